"""TensorFlow Serving's routes."""

from typing import NoReturn

from flask import Blueprint, Response, abort, request

from app.dialects.failures import Failure, shape_failures
from app.dialects.tfserving.metadata import describe_model
from app.dialects.tfserving.reading import read_examples, read_predict
from app.dialects.tfserving.signatures import Verb, check_verb
from app.dialects.tfserving.states import describe_status
from app.dialects.tfserving.urls import Asked, PathConverter
from app.dialects.tfserving.writing import write_classes, write_predictions, write_values
from app.engine.model import Model
from app.engine.predict import predict
from app.engine.registry import Registry
from app.errors import InvalidInputError
from app.replies import json_reply, remember_model


def create_blueprint(registry: Registry) -> Blueprint:
    tfserving = Blueprint("tfserving", __name__)
    tfserving.record_once(lambda state: state.app.url_map.converters.update(tfserving=PathConverter))
    shape_failures(tfserving, "/v1", _write_failure, {InvalidInputError: 400})

    def resolve(asked: Asked, verb: Verb) -> Model:
        model = remember_model(registry.resolve(asked.name, asked.version, request.headers.get))
        check_verb(model, verb)
        return model

    @tfserving.post("/<tfserving(predict):asked>")
    def predict_rows(asked: Asked) -> Response:
        model = resolve(asked, "predict")
        layout, arrays = read_predict(model, _body())
        return write_predictions(model, layout, predict(model, arrays))

    @tfserving.post("/<tfserving(classify):asked>")
    def classify(asked: Asked) -> Response:
        model = resolve(asked, "classify")
        return write_classes(model, predict(model, read_examples(model, "classify", _body())))

    @tfserving.post("/<tfserving(regress):asked>")
    def regress(asked: Asked) -> Response:
        model = resolve(asked, "regress")
        return write_values(predict(model, read_examples(model, "regress", _body())))

    @tfserving.get("/<tfserving(status):asked>")
    def status(asked: Asked) -> Response:
        return json_reply(describe_status(registry, asked.name, asked.version))

    @tfserving.get("/<tfserving(metadata):asked>")
    def metadata(asked: Asked) -> Response:
        return json_reply(describe_model(remember_model(registry.resolve(asked.name, asked.version))))

    @tfserving.get("/<tfserving(models):asked>")
    def list_models(asked: None) -> Response:
        return json_reply({"models": list(registry.models())})

    @tfserving.route("/<tfserving(malformed):asked>", methods=["GET", "POST"])
    def refuse(asked: Asked | None) -> NoReturn:
        abort(
            400,
            f"malformed request: {request.method} {request.path}; accepted: /v1/models/<model>, then nothing, "
            "/versions/<number> or /labels/<label>, then :predict, :classify or :regress (POST), or /metadata (GET)",
        )

    return tfserving


def _body() -> bytes:
    """Whatever its content type: curl calls JSON a form."""
    return request.get_data(cache=False)


def _write_failure(failure: Failure) -> Response:
    return json_reply({"error": failure.detail}, failure.status)
