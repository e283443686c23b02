"""The protocol's routes."""

from flask import Blueprint, Response, current_app, request

from app.dialects.failures import Failure, shape_failures
from app.dialects.openinference import repository
from app.dialects.openinference.binary import read_body
from app.dialects.openinference.metadata import inputs_of, model_metadata, server_metadata
from app.dialects.openinference.outputs import answer, check_wanted
from app.dialects.openinference.reply import compress, infer_reply
from app.dialects.openinference.request import HEADER_LENGTH, InferenceRequest, is_raw, raw_request, read_request
from app.dialects.openinference.tensors import read_tensors
from app.engine.model import Model
from app.engine.predict import predict
from app.engine.registry import Registry
from app.errors import InvalidInputError, NotReadyError
from app.replies import json_reply, remember_model

PREFIX = "/v2"
MODEL = "/models/<name>"
VERSION = f"{MODEL}/versions/<version>"


def create_blueprint(registry: Registry) -> Blueprint:
    openinference = Blueprint("openinference", __name__, url_prefix=PREFIX)
    shape_failures(openinference, PREFIX, error_reply, {InvalidInputError: 400})
    openinference.register_blueprint(repository.create_blueprint(registry))
    openinference.after_request(lambda reply: compress(request, reply))

    @openinference.get("")
    def describe_server() -> Response:
        return json_reply(server_metadata(current_app.config["VERSION"]))

    @openinference.get("/health/live")
    def live() -> Response:
        return json_reply({"live": True})

    @openinference.get("/health/ready")
    def ready() -> Response:
        if not registry.ready:
            raise NotReadyError("a model is not ready; POST /v2/repository/index tells why")
        return json_reply({"ready": True})

    @openinference.get(MODEL, defaults={"version": None})
    @openinference.get(VERSION)
    def describe_model(name: str, version: str | None) -> Response:
        model = remember_model(registry.resolve(name, version))
        return json_reply(model_metadata(model, registry.versions(name)))

    @openinference.get(f"{MODEL}/ready", defaults={"version": None})
    @openinference.get(f"{VERSION}/ready")
    def model_ready(name: str, version: str | None) -> Response:
        model = remember_model(registry.resolve(name, version))
        return json_reply({"name": model.name, "ready": True})

    @openinference.post(f"{MODEL}/infer", defaults={"version": None})
    @openinference.post(f"{VERSION}/infer")
    def infer(name: str, version: str | None) -> Response:
        body = read_body(request)  # first: a connection closed on an unread body is reset, and the error with it
        model = remember_model(registry.resolve(name, version, request.headers.get))
        asked, tail = _read(model, body)
        arrays = model.reader.tensors(read_tensors(asked, tail, model.manifest.signature))
        check_wanted(model, arrays, asked.wanted)
        outputs = predict(model, arrays)
        return infer_reply(model, asked, answer(model, outputs, asked.wanted))

    return openinference


def error_reply(failure: Failure) -> Response:
    return json_reply({"error": failure.detail}, failure.status)


def _read(model: Model, body: bytes | bytearray) -> tuple[InferenceRequest, memoryview]:
    header = request.headers.get(HEADER_LENGTH)
    if is_raw(header):
        return raw_request(body, inputs_of(model.manifest.signature))
    return read_request(body, header)
