"""What each dialect offers to whoever puts the service together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import Blueprint

from app.engine.model import Model
from app.engine.registry import Registry
from app.replies import JSON
from app.signature import TensorSignature


@dataclass(frozen=True)
class Example:
    """A request that a loaded model answers with 200, as the documentation shows it.

    path: with all its parameters filled in, such as "/predict/iris". body: a JSON value, or a text.
    body_from: where the body is a file, a path of this service that answers GET with it, such as "/examples/digits".
    Of content type "multipart/form-data" `body` is an object of texts by field, `body_from` the file in `file_field`.
    """

    title: str
    path: str
    body: Any = None
    body_from: str | None = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    file_field: str = "image"


def example_picture(model: Model) -> str | None:
    """The path that answers GET with the model's example as a PNG picture, where it takes pictures."""
    signature = model.manifest.signature
    drawn = isinstance(signature, TensorSignature) and len(signature.shape) == 2
    return f"/examples/{model.name}" if drawn or signature.kind == "image" else None


class Dialect(Protocol):
    """A module or package of this room."""

    TITLE: str

    def create_blueprint(self, registry: Registry) -> Blueprint:
        """Its routes."""

    def examples(self, model: Model) -> Sequence[Example]:
        """Requests that this model answers in this dialect; none where the dialect cannot express it."""

    def paths(self, models: Sequence[Model]) -> Mapping[str, Any]:
        """Its part of the OpenAPI document: path item objects by path, with a path of its own for each model.

        models: that answer, the default first. The document adds tags, operation ids, the examples, and what is
        true of every reply: the request's id, and the failures that NGINX answers itself.
        """
