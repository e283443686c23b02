"""Slipway's own dialect: /predict."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Request, Response, request
from werkzeug.datastructures import MIMEAccept

from app.dialects.jsonbody import parse_json
from app.dialects.native.media import CSV, FILE_FIELDS, MULTIPART, NPY, PICTURES, PNG, answer_types
from app.engine.model import Model
from app.engine.predict import predict
from app.engine.registry import Registry
from app.errors import (
    InvalidInputError,
    MalformedBodyError,
    NotAcceptableError,
    Problem,
    UnsupportedMediaError,
)
from app.inputs.base import enumerate_names
from app.outputs.drawing import draw_instances
from app.outputs.segmentation import segmentation
from app.outputs.table import write_csv
from app.predictions import Instances, Outputs
from app.replies import JSON, json_reply, remember_model
from app.signature import Arrays, Target


def create_blueprint(registry: Registry) -> Blueprint:
    native = Blueprint("native", __name__)

    @native.post("/predict", defaults={"name": None})
    @native.post("/predict/<name>")
    def predict_rows(name: str | None) -> Response:
        model = remember_model(registry.resolve(name, request.args.get("version"), request.headers.get))
        write = _WRITERS[_accepted_type(model, request)]
        arrays = _read(model, request)
        return write(model, arrays, predict(model, arrays))

    return native


# Reading


def _read(model: Model, request: Request) -> Arrays:
    return _reader(request.mimetype)(model, request)


def _reader(media_type: str) -> Callable[[Model, Request], Arrays]:
    if media_type not in _READERS:
        found = f"the content type {media_type!r} is not known" if media_type else "the request has no content type"
        raise UnsupportedMediaError(f"{found}; accepted: {', '.join(_READERS)}")
    return _READERS[media_type]


def _read_json(model: Model, request: Request) -> Arrays:
    body = parse_json(request.get_data(cache=False))
    match body:
        case {"instances": list(rows), **rest} if not rest:
            return model.reader.rows(rows)
        case {"inputs": dict(columns), **rest} if not rest:
            return model.reader.columns(columns)
    raise MalformedBodyError(
        'the JSON must be an object with one member: "instances" with a list of rows, '
        'or "inputs" with an object of columns'
    )


def _read_form(model: Model, request: Request) -> Arrays:
    files = [(name, file) for name, file in request.files.items(multi=True) if file.filename]
    if not files:
        return model.reader.form({name: request.form.getlist(name) for name in request.form})
    names = [name for name, _ in files] + list(request.form)
    if len(names) > 1 or names[0] not in FILE_FIELDS:
        accepted = f"one file in a field named {' or '.join(map(repr, FILE_FIELDS))}, and nothing beside it"
        detail = f"the form has the fields {enumerate_names(names)}"
        raise InvalidInputError([Problem(detail, accepted=accepted)])
    file = files[0][1]
    # Clients that do not know a file's type say octet-stream, and some call a CSV file a spreadsheet.
    likely = CSV if model.manifest.signature.kind == "table" else PNG
    return _FILE_READERS.get(file.mimetype, _FILE_READERS[likely])(model, file.read())


def _read_picture(model: Model, body: bytes) -> Arrays:
    return model.reader.picture(body)


_FILE_READERS: dict[str, Callable[[Model, bytes], Arrays]] = {
    CSV: lambda model, body: model.reader.csv(body),
    NPY: lambda model, body: model.reader.npy(body),
    **dict.fromkeys(PICTURES, _read_picture),
}


def _whole_body(read: Callable[[Model, bytes], Arrays]) -> Callable[[Model, Request], Arrays]:
    return lambda model, request: read(model, request.get_data(cache=False))


_READERS: dict[str, Callable[[Model, Request], Arrays]] = {
    JSON: _read_json,
    **{media_type: _whole_body(read) for media_type, read in _FILE_READERS.items()},
    MULTIPART: _read_form,
}


# Writing


def _accepted_type(model: Model, request: Request) -> str:
    """The type to answer in, decided before any work is done."""
    offers = answer_types(model)
    # A parameter, such as a charset, does not change what can be offered.
    accepted = MIMEAccept([(value.partition(";")[0], quality) for value, quality in request.accept_mimetypes])
    best = accepted.best_match(offers) if accepted else JSON
    if best is None:
        raise NotAcceptableError(f"model {model.name!r} answers in {', '.join(offers)}, not in {accepted}")
    return best


def _write_json(model: Model, arrays: Arrays, outputs: Outputs) -> Response:
    body: dict[str, Any] = {
        "model": model.name,
        "version": model.version,
        "predictions": [_plain(prediction, model.manifest.target) for prediction in outputs.predictions],
    }
    if outputs.probabilities is not None:
        labels = model.labels
        body["probabilities"] = [dict(zip(labels, row, strict=True)) for row in outputs.probabilities.tolist()]
    return json_reply(body)


def _write_csv(model: Model, arrays: Arrays, outputs: Outputs) -> Response:
    return Response(write_csv(arrays, outputs, model.manifest.target), content_type=f"{CSV}; charset=utf-8")


def _write_png(model: Model, arrays: Arrays, outputs: Outputs) -> Response:
    (pictures,) = arrays.values()
    if len(pictures) != 1:
        detail = f"{PNG} is the answer to one picture; the request has {len(pictures)}"
        raise InvalidInputError([Problem(detail, accepted=f"one picture, or Accept: {JSON}")])
    instances = outputs.predictions[0]
    return Response(draw_instances(pictures[0], instances), content_type=PNG)


_WRITERS = {JSON: _write_json, CSV: _write_csv, PNG: _write_png}


def _plain(prediction: Any, target: Target) -> Any:
    if isinstance(prediction, Instances):
        return segmentation(prediction)
    return dict(zip(target.outputs, prediction.tolist(), strict=True)) if target.outputs else prediction
