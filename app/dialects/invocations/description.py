"""What the OpenAPI document and the examples say of this dialect."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects.base import Example
from app.engine.model import Model


def examples(model: Model) -> Sequence[Example]:
    return []


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    return {}
