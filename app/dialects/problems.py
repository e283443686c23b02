"""The error shape of everything that has none of its own: problem+json."""

import logging
from dataclasses import asdict

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from app import errors
from app.replies import RETRY_AFTER_SECONDS, problem_reply

log = logging.getLogger(__name__)

STATUS: dict[type[errors.SlipwayError], int] = {
    errors.MalformedBodyError: 400,
    errors.UnknownModelError: 404,
    errors.UnknownVersionError: 404,
    errors.NotAcceptableError: 406,
    errors.TooLargeError: 413,
    errors.UnsupportedMediaError: 415,
    errors.InvalidInputError: 422,
    errors.PredictionFailedError: 500,
    errors.NotReadyError: 503,
}


def register_problems(app: Flask) -> None:
    """Shape every error that leaves the app."""
    app.register_error_handler(errors.InvalidInputError, _invalid_input)
    app.register_error_handler(errors.SlipwayError, _serving_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _invalid_input(error: errors.InvalidInputError) -> Response:
    listed = [{key: value for key, value in asdict(problem).items() if value is not None} for problem in error.problems]
    log.debug("refused: %s", orjson.dumps(listed).decode())
    members = {"errors": listed, "more_errors": error.more}
    return problem_reply(STATUS[errors.InvalidInputError], f"{error} with the input", members)


def _serving_error(error: errors.SlipwayError) -> Response:
    log.debug("refused: %s", error)
    reply = problem_reply(STATUS[type(error)], str(error))
    if reply.status_code == STATUS[errors.NotReadyError]:
        reply.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return reply


def _http_error(error: HTTPException) -> Response:
    detail = error.description or ""
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.path} does not answer {request.method}; it answers {', '.join(error.valid_methods or ())}"
    elif isinstance(error, NotFound):
        detail = f"nothing answers at {request.path}; POST /predict/<model> predicts, GET /models lists the models"
    if error.code is None or error.code < 400:
        return Response(status=error.code, headers=error.get_headers())  # a redirection
    reply = problem_reply(error.code, detail)
    for name, value in error.get_headers():
        if name != "Content-Type":  # Allow and Retry-After are as true of our body as of Werkzeug's
            reply.headers[name] = value
    return reply


def _unexpected(error: Exception) -> Response:
    log.exception("an unexpected error: %s", error)
    return problem_reply(500, "the service failed on this request; its log holds the reason under this request id")
