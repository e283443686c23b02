"""TensorFlow Serving REST."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint

from app.dialects.base import Example
from app.engine.model import Model
from app.engine.registry import Registry

TITLE = "TensorFlow Serving REST"


def create_blueprint(registry: Registry) -> Blueprint:
    return Blueprint("tfserving", __name__)


def examples(model: Model) -> Sequence[Example]:
    return []


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    return {}
