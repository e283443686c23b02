"""HTTP replies that every room at the door shares: JSON, and problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, g, request

from app.engine.model import Model

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
# When to ask again what is not ready: models load within seconds.
RETRY_AFTER_SECONDS = "5"


def json_reply(value: Any, status: int = 200, content_type: str = JSON) -> Response:
    """A JSON reply. NaN and infinity, which JSON does not have, become null."""
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), status, content_type=content_type)


def problem_reply(status: int, detail: str, members: Mapping[str, Any] | None = None) -> Response:
    """A problem+json reply; `members` are the extension members."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request.headers.get("X-Request-ID"),
        **(members or {}),
    }
    return json_reply(body, status, PROBLEM_JSON)


def remember_model(model: Model) -> Model:
    """Note which version answers this request, for its header, its log line and its metrics."""
    g.model = model
    return model


def remembered_model() -> Model | None:
    """The version that answers this request, once it is known."""
    model: Model | None = g.get("model")
    return model
