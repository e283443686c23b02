"""The model repository extension: which versions there are, and taking a model out of service and back."""

import re
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import Forbidden

from app.dialects.jsonbody import parse_json
from app.dialects.openinference.request import Strict, validate
from app.engine.registry import Registry, VersionState
from app.errors import MalformedBodyError
from app.replies import json_reply

READY, UNAVAILABLE = "READY", "UNAVAILABLE"
LOOPBACK = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?", re.I)


class IndexRequest(Strict):
    """repository_name: of another server's several; here is one."""

    ready: bool = False
    repository_name: str = ""


class UnloadParameters(Strict):
    """unload_dependents: no model here has any."""

    unload_dependents: bool = False


class UnloadRequest(Strict):
    parameters: UnloadParameters = UnloadParameters()


class LoadRequest(Strict):
    """No parameter: a model's files and configuration come from the repository alone."""

    parameters: dict[str, Any] | None = None


def create_blueprint(registry: Registry) -> Blueprint:
    """Nested, so that what is asked here is not counted among the predictions."""
    repository = Blueprint("repository", __name__, url_prefix="/repository")

    @repository.post("/index")
    def index() -> Response:
        asked = validate(IndexRequest, _body())
        states = [(name, state) for name in registry.names() for state in registry.states(name)]
        return json_reply([_entry(name, state) for name, state in states if _is_ready(state) or not asked.ready])

    @repository.post("/models/<name>/load")
    def load(name: str) -> Response:
        _check_control()
        asked = validate(LoadRequest, _body())
        if asked.parameters:
            raise MalformedBodyError("load takes no parameters: files and configuration come from the repository")
        registry.load(name)
        return json_reply({})

    @repository.post("/models/<name>/unload")
    def unload(name: str) -> Response:
        _check_control()
        validate(UnloadRequest, _body())
        registry.unload(name)
        return json_reply({})

    return repository


def _check_control() -> None:
    if not current_app.config["MODEL_CONTROL"]:
        raise Forbidden("clients may not load and unload models here; SLIPWAY_MODEL_CONTROL=true would let them")
    if _is_foreign():
        raise Forbidden("other sites' pages may not load and unload models; SLIPWAY_CORS_ORIGINS names those that may")
    host = request.headers.get("Host", "")
    if not current_app.config["MODEL_CONTROL_CHOSEN"] and not LOOPBACK.fullmatch(host):
        told = f"models are loaded and unloaded under localhost, not under {host!r}"  # which may be made to point here
        raise Forbidden(f"{told}; SLIPWAY_MODEL_CONTROL=true would allow any name")


def _is_foreign() -> bool:
    """Whether another site's page asks: browsers send such a POST before they look for a permission."""
    origin = request.headers.get("Origin", "").lower()
    if origin in current_app.config["MODEL_CONTROL_ORIGINS"]:
        return False
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return True
    return "Origin" in request.headers and origin.rpartition("/")[2] != request.headers.get("Host", "").lower()


def _body() -> Any:
    """Clients may send nothing at all."""
    body = request.get_data(cache=False)
    return parse_json(body) if body else {}


def _entry(name: str, state: VersionState) -> dict[str, str]:
    return {
        "name": name,
        "version": state.version,
        "state": READY if _is_ready(state) else UNAVAILABLE,
        "reason": state.reason or "",
    }


def _is_ready(state: VersionState) -> bool:
    return state.state == "ready"
