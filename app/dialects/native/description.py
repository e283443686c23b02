"""What the documentation says of /predict."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects import schemas
from app.dialects.base import Example, example_picture
from app.dialects.native.media import CSV, FILE_FIELDS, MULTIPART, NPY, PICTURES, PNG, answer_types
from app.dialects.schemas import FILE, Schema, closed
from app.engine.model import Model
from app.outputs.table import write_lines
from app.replies import JSON
from app.signature import TableSignature


def examples(model: Model) -> Sequence[Example]:
    """The model's first example row in each way of saying it."""
    path, row = f"/predict/{model.name}", model.manifest.examples[0]
    rows = Example("rows", path, {"instances": [row]})
    signature = model.manifest.signature
    if isinstance(signature, TableSignature):
        columns = model.example
        listed = {name: [value] for name, value in columns.items()}
        text = write_lines([columns, columns.values()], "\n")
        table = Example("a CSV table", path, text, content_type=CSV, headers={"Accept": CSV})
        return [rows, Example("columns", path, {"inputs": listed}), table]
    listed_rows = Example("columns", path, {"inputs": {signature.name: [row]}})
    picture = example_picture(model)
    pictures = [Example("a picture", path, body_from=picture, content_type=PNG)] if picture else []
    return [*pictures, rows, listed_rows]


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    """POST /predict for the default, and POST /predict/<name> for each model."""
    named = {f"/predict/{model.name}": {"post": _operation(model, f"Ask {model.name}")} for model in models}
    default = [
        ("/predict", {"post": _operation(model, f"Ask the default model, {model.name}")}) for model in models[:1]
    ]
    return dict(default) | named


def _operation(model: Model, summary: str) -> Schema:
    return {
        "summary": summary,
        "description": model.manifest.description,
        "parameters": [schemas.version_parameter(model)],
        "requestBody": {"required": True, "content": _requests(model)},
        "responses": {
            "200": {"description": "The predictions, in the order of the rows.", "content": _replies(model)},
            **schemas.failures(schemas.statuses_of_views()),
        },
    }


def _requests(model: Model) -> Schema:
    whole = [NPY, *([CSV] if isinstance(model.manifest.signature, TableSignature) else [])]
    whole += PICTURES if example_picture(model) else ()
    in_json = [closed({"instances": schemas.rows(model)}), closed({"inputs": schemas.columns(model)})]
    found: Schema = schemas.content({"oneOf": in_json}, JSON)
    for media_type in whole:
        found |= schemas.content(FILE, media_type)
    return found | schemas.content({"anyOf": _forms(model)}, MULTIPART)


def _forms(model: Model) -> list[Schema]:
    """A form with one file; a table's may have one field per column instead."""
    signature = model.manifest.signature
    files = [closed({name: FILE}) for name in FILE_FIELDS]
    if isinstance(signature, TableSignature):
        return [closed({column.name: schemas.column(column) for column in signature.columns}), *files]
    return files


def _replies(model: Model) -> Schema:
    members: Schema = {
        "model": {"const": model.name},
        "version": {"type": "string"},
        "predictions": schemas.predictions(model),
        "probabilities": {"type": "array", "items": schemas.probabilities(model)},
    }
    written: Schema = {JSON: closed(members, optional=["probabilities"]), CSV: {"type": "string"}, PNG: FILE}
    found: Schema = {}
    for media_type in answer_types(model):
        found |= schemas.content(written[media_type], media_type)
    return found
