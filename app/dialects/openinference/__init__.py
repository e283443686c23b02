"""Open Inference Protocol v2, with the binary tensor and the model repository extensions."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects.base import Example
from app.dialects.openinference.views import create_blueprint
from app.engine.model import Model

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "Open Inference Protocol v2"


def examples(model: Model) -> Sequence[Example]:
    return []


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    return {}
