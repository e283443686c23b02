"""What TensorFlow Serving says of the states of a model's versions."""

from typing import Any

from app.engine.registry import Registry, VersionState


def describe_status(registry: Registry, name: str, version: str | None) -> dict[str, Any]:
    """The states of a model's versions, or of one; `name` and `ready` are what KServe's clients read.

    Raises UnknownModelError, UnknownVersionError.
    """
    states = [state for state in registry.states(name) if version is None or version in (state.version, *state.labels)]
    if not states:
        registry.resolve(name, version)  # raises: says what there is instead
    ready = any(state.state == "ready" for state in states)
    return {"name": name, "ready": ready, "model_version_status": [_status(state) for state in states]}


def _status(state: VersionState) -> dict[str, Any]:
    ready = state.state == "ready"
    return {
        "version": state.version,
        "state": "AVAILABLE" if ready else "END",
        "status": {"error_code": "OK" if ready else "UNAVAILABLE", "error_message": state.reason or ""},
    }
