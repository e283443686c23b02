"""The error shape of everything that has none of its own: problem+json."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Flask, Response

from app.dialects.failures import explain, redirection, shape_of_path
from app.errors import InvalidInputError
from app.replies import problem_reply


def register_problems(app: Flask) -> None:
    """Shape every error that leaves the app, where no dialect shapes it."""
    app.register_error_handler(Exception, _reply)


def _reply(error: Exception) -> Response:
    shape = shape_of_path()
    return shape(error) if shape else redirection(error) or _problem(error)


def _problem(error: Exception) -> Response:
    failure = explain(error)
    detail, members = (
        (f"{error} with the input", _list(error)) if isinstance(error, InvalidInputError) else (failure.detail, {})
    )
    reply = problem_reply(failure.status, detail, members)
    reply.headers.update(failure.headers)
    return reply


def _list(error: InvalidInputError) -> Mapping[str, Any]:
    listed = [{key: value for key, value in asdict(problem).items() if value is not None} for problem in error.problems]
    return {"errors": listed, "more_errors": error.more}
