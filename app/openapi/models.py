"""The models as JSON: what /models and /models/<name> answer."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.dialects.base import Dialect
from app.engine.model import Model
from app.engine.registry import Registry
from app.openapi.curl import requests_of
from app.replies import JSON

MAX_EXAMPLES = 1


def summary(model: Model, registry: Registry) -> dict[str, Any]:
    """A model in the list of all."""
    manifest = model.manifest
    return {
        "name": model.name,
        "version": model.version,
        "versions": registry.versions(model.name),
        "default": model.name == registry.default,
        "task": manifest.task,
        "description": manifest.description,
    }


def description(model: Model, registry: Registry, dialects: Sequence[Dialect], url: str) -> dict[str, Any]:
    """Everything about a model; `url` is where curl finds the service."""
    manifest = model.manifest
    return {
        **summary(model, registry),
        "states": [_without_nothing(asdict(state)) for state in registry.states(model.name)],
        "artifact_sha256": manifest.files[manifest.artifact],
        "signature": manifest.signature.model_dump(exclude_none=True),
        "target": manifest.target.model_dump(exclude_none=True),
        "metrics": manifest.metrics,
        "libraries": manifest.libraries,
        "example": {
            "method": "POST",
            "path": f"/predict/{model.name}",
            "content_type": JSON,
            "body": {"instances": manifest.examples[:MAX_EXAMPLES]},
        },
        "requests": requests_of(model, dialects, url),
    }


def _without_nothing(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value or (value == 0 and value is not False)}
