"""What each dialect offers to whoever puts the service together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import Blueprint

from app.engine.model import Model
from app.engine.registry import Registry
from app.replies import JSON


@dataclass(frozen=True)
class Example:
    """A request that a loaded model answers with 200, as the documentation shows it.

    path: with all its parameters filled in, such as "/predict/iris". body: a JSON value, or a text.
    body_from: where the body is a file, a path of this service that answers GET with it, such as "/examples/digits".
    """

    title: str
    path: str
    body: Any = None
    body_from: str | None = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


class Dialect(Protocol):
    """A module or package of this room."""

    TITLE: str

    def create_blueprint(self, registry: Registry) -> Blueprint:
        """Its routes."""

    def examples(self, model: Model) -> Sequence[Example]:
        """Requests that this model answers in this dialect; none where the dialect cannot express it."""

    def paths(self, models: Sequence[Model]) -> Mapping[str, Any]:
        """Its part of the OpenAPI document: path item objects by path, with a path of its own for each model."""
