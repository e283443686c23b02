"""Slipway's own dialect: /predict and /models."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects.base import Example
from app.dialects.native.views import create_blueprint
from app.engine.model import Model

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "Slipway"


def examples(model: Model) -> Sequence[Example]:
    return []


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    return {}
