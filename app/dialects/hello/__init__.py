"""kubernetes-fastapi's /api/v1/hello: work for a processor, to try autoscaling with."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects import schemas
from app.dialects.base import Example
from app.dialects.hello.views import HIGHEST, LOWEST, create_blueprint
from app.dialects.schemas import closed
from app.engine.model import Model

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "kubernetes-fastapi"


def examples(model: Model) -> Sequence[Example]:
    """None: no model is asked."""
    return []


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    """POST /api/v1/hello."""
    answer = closed(
        {
            "message1": {"const": "Hello, world!"},
            "message2": {"type": "string"},
            "n": {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST},
            "largest_prime_factor": {"type": "integer", "minimum": 2, "maximum": HIGHEST},
            "elapsed_time": {"type": "number", "minimum": 0, "description": "in seconds"},
        }
    )
    body = {"content": schemas.content(closed({}) | {"example": {}}), "description": "An empty object, or none."}
    replies = {"200": {"description": "The number and its factor.", "content": schemas.content(answer)}}
    operation = {
        "summary": "Find the largest prime factor of a random number",
        "description": "Work for a processor, to try autoscaling with.",
        "requestBody": body,
        "responses": replies | schemas.failures([400, 413, 415, 422]),
    }
    return {"/api/v1/hello": {"post": operation}}
