"""What went wrong with a request, in words and a status; each dialect gives it its own shape."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from app import errors
from app.replies import RETRY_AFTER_SECONDS

STATUS: Mapping[type[errors.SlipwayError], int] = {
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
# Of a dialect whose error is one sentence; native's problem+json lists all.
MOST_TOLD = 5
_SHAPES = "slipway.error_shapes"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """A status, a sentence, and headers that are as true of our body as of Werkzeug's."""

    status: int
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


Shape = Callable[[Failure], Response]


def shape_failures(
    blueprint: Blueprint, prefix: str, shape: Shape, statuses: Mapping[type[errors.SlipwayError], int] | None = None
) -> None:
    """Shape every failure of a blueprint's views, and of requests below a path that no view answers.

    statuses: where the dialect has other numbers than STATUS.
    """
    numbers = {**STATUS, **(statuses or {})}

    def reply(error: Exception) -> Response:
        return redirection(error) or _with_headers(shape, explain(error, numbers))

    blueprint.register_error_handler(Exception, reply)
    blueprint.record_once(lambda state: state.app.extensions.setdefault(_SHAPES, {}).update({prefix: reply}))


def shape_of_path() -> Callable[[Exception], Response] | None:
    """How failures are shaped below the request's path, where a dialect has spoken for it."""
    shapes: Mapping[str, Callable[[Exception], Response]] = current_app.extensions.get(_SHAPES, {})
    path = request.path.lower()
    return next((shapes[prefix] for prefix in shapes if f"{path}/".startswith(f"{prefix}/")), None)


def explain(error: Exception, statuses: Mapping[type[errors.SlipwayError], int] = STATUS) -> Failure:
    """An exception's status and sentence. One that nobody expected is logged."""
    if isinstance(error, errors.SlipwayError):
        return _explain_ours(error, statuses[type(error)])
    if isinstance(error, HTTPException):
        return _explain_http(error)
    log.exception("an unexpected error: %s", error)
    return Failure(500, "the service failed on this request; its log holds the reason under this request id")


def redirection(error: Exception) -> Response | None:
    """Werkzeug raises redirections as well."""
    if isinstance(error, HTTPException) and (error.code is None or error.code < 400):
        return Response(status=error.code, headers=error.get_headers())
    return None


def _explain_ours(error: errors.SlipwayError, status: int) -> Failure:
    if log.isEnabledFor(logging.DEBUG):
        log.debug("refused: %s", _sentences(error, errors.MOST_PROBLEMS))
    detail = _sentences(error, MOST_TOLD)
    return Failure(status, detail, {"Retry-After": RETRY_AFTER_SECONDS} if status == 503 else {})


def _explain_http(error: HTTPException) -> Failure:
    detail = error.description or ""
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.path} does not answer {request.method}; it answers {', '.join(error.valid_methods or ())}"
    elif isinstance(error, NotFound):
        detail = f"nothing answers at {request.path}; POST /predict/<model> predicts, GET /models lists the models"
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return Failure(error.code or 500, detail, headers)


def _sentences(error: errors.SlipwayError, most: int) -> str:
    """What is wrong, with no more than so many problems of an input."""
    if not isinstance(error, errors.InvalidInputError):
        return str(error)
    told = [_sentence(problem) for problem in islice(error.problems, most)]
    more = ["and more"] * (len(error.problems) > most or error.more)
    return f"{error} with the input: {'; '.join(told + more)}"


def _sentence(problem: errors.Problem) -> str:
    where = [f"row {problem.row}"] * (problem.row is not None) + [repr(problem.field)] * (problem.field is not None)
    hints = [f"did you mean {problem.did_you_mean!r}?"] * (problem.did_you_mean is not None)
    hints += [f"accepted: {problem.accepted}"] * (problem.accepted is not None)
    return ", ".join(where) + (": " if where else "") + problem.detail + (f" ({'; '.join(hints)})" if hints else "")


def _with_headers(shape: Shape, failure: Failure) -> Response:
    reply = shape(failure)
    reply.headers.update(failure.headers)
    return reply
