"""TensorFlow Serving REST: /v1/models/<model>:predict, :classify, :regress, states and metadata."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects.base import Example
from app.dialects.tfserving.views import create_blueprint
from app.engine.model import Model

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "TensorFlow Serving REST"


def examples(model: Model) -> Sequence[Example]:
    return []


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    return {}
