"""What MLflow's scoring server answers; SageMaker asks the same path, and Vertex AI one that leads here."""

from flask import Blueprint, Response, current_app, request

from app.dialects.failures import Failure, shape_failures
from app.dialects.invocations.reading import read
from app.dialects.invocations.writing import writer_for
from app.engine.predict import predict
from app.engine.registry import Registry
from app.errors import InvalidInputError
from app.replies import json_reply, remember_model

# MLflow's names, from its databricks.proto.
ERROR_CODES = {
    404: "RESOURCE_DOES_NOT_EXIST",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}


def create_blueprint(registry: Registry) -> Blueprint:
    invocations = Blueprint("invocations", __name__)

    @invocations.post("/invocations", defaults={"name": None})
    @invocations.post("/invocations/<name>")
    def invoke(name: str | None) -> Response:
        model = remember_model(registry.resolve(name, request.args.get("version"), request.headers.get))
        write = writer_for(model, request.accept_mimetypes)
        return write(predict(model, read(model, request)))

    @invocations.get("/health")
    def health() -> Response:
        registry.resolve()
        return json_reply({"status": "ready"})

    @invocations.get("/version")
    def version() -> Response:
        return Response(current_app.config["VERSION"], content_type="text/plain; charset=utf-8")

    # MLflow knows one number for whatever is wrong with the input.
    shape_failures(invocations, "/invocations", _error, {InvalidInputError: 400})
    return invocations


def _error(failure: Failure) -> Response:
    code = ERROR_CODES.get(failure.status, "BAD_REQUEST")
    return json_reply({"error_code": code, "message": failure.detail}, failure.status)
