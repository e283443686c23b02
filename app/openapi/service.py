"""The part of the OpenAPI document that belongs to no dialect: the models, their health, the pages."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from app.dialects.base import example_picture
from app.dialects.schemas import FILE, Schema, closed, content, failures, statuses_of_views, version_parameter
from app.engine.model import Model
from app.replies import PROBLEM_JSON

MODELS, HEALTH, PAGES = "Models", "Health", "Pages"
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
ANYTHING: Schema = {"type": "object"}
PROBLEMS: Schema = {"$ref": "#/components/schemas/problem"}

SUMMARY: dict[str, Schema] = {
    "name": TEXT,
    "version": TEXT,
    "versions": TEXTS,
    "default": {"type": "boolean"},
    "task": TEXT,
    "description": TEXT,
}
STATE: dict[str, Schema] = {
    "version": TEXT,
    "state": {"enum": ["ready", "unloaded", "failed"]},
    "percent": {"type": "number", "minimum": 0, "maximum": 100},
    "labels": TEXTS,
    "shadow": {"type": "boolean"},
    "reason": TEXT,
}
DESCRIPTION: dict[str, Schema] = {
    **SUMMARY,
    "states": {"type": "array", "items": closed(STATE, optional=["labels", "shadow", "reason"])},
    "artifact_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "signature": ANYTHING,
    "target": ANYTHING,
    "metrics": {"type": "object", "additionalProperties": {"type": "number"}},
    "libraries": {"type": "object", "additionalProperties": TEXT},
    "example": closed({"method": TEXT, "path": TEXT, "content_type": TEXT, "body": ANYTHING}),
    "requests": {"type": "array", "items": closed(dict.fromkeys(("title", "dialect", "curl"), TEXT))},
}
READY: dict[str, Schema] = {
    "ready": {"type": "boolean"},
    "models": TEXTS,
    "failed": {"type": "object", "additionalProperties": TEXT},
    "problems": {"type": "object", "additionalProperties": TEXT},
    "missing": TEXT,
}
COUNT: Schema = {"type": "integer", "minimum": 0}
COUNTS: Schema = {"type": "array", "items": COUNT}
SECONDS: Schema = {"type": ["number", "null"], "minimum": 0, "description": "in seconds; null where there was none"}
SERIES: Schema = {"type": "array", "items": SECONDS}
PERCENTILES = ("p50", "p95", "p99")
OUTCOMES = ("agreed", "disagreed", "failed")
RECENT: dict[str, Schema] = {
    **dict.fromkeys(("requests", "refused", "failed"), COUNT),
    **dict.fromkeys(PERCENTILES, SECONDS),
}
SLOTS: dict[str, Schema] = {
    **dict.fromkeys(("requests", "refused", "failed"), COUNTS),
    **dict.fromkeys(PERCENTILES, SERIES),
}
SHADOWED: dict[str, Schema] = {
    "version": TEXT,
    "rows": closed(dict.fromkeys(OUTCOMES, COUNT)),
    "slots": closed(dict.fromkeys(OUTCOMES, COUNTS)),
    "last": {"type": "array", "items": ANYTHING, "description": "The last disagreements, newest first."},
}
MODEL_STATUS: dict[str, Schema] = {
    "name": TEXT,
    "default": {"type": "boolean"},
    "recent": closed({**RECENT, "slots": closed(SLOTS)}),
    "versions": {
        "type": "array",
        "items": closed({**STATE, "reason": {"type": ["string", "null"]}, "recent": closed(RECENT)}),
    },
    "shadow": {"anyOf": [closed(SHADOWED), {"type": "null"}]},
}
STATUS: dict[str, Schema] = {
    "ready": {"type": "boolean"},
    "problems": {"type": "object", "additionalProperties": TEXT},
    "slot_seconds": COUNT,
    "all": closed({**RECENT, "slots": closed(SLOTS)}),
    "models": {"type": "array", "items": closed(MODEL_STATUS)},
}
DISAGREEMENTS: dict[str, Schema] = {
    "model": TEXT,
    "shadow": {"type": ["string", "null"]},
    "disagreements": {"type": "array", "items": ANYTHING},
}


def paths(models: Sequence[Model], metrics_public: bool) -> Mapping[str, Mapping[str, Any]]:
    """Path item objects by tag and path."""
    return {MODELS: _models(models), HEALTH: _health(metrics_public), PAGES: _pages(models)}


def _models(models: Sequence[Model]) -> Mapping[str, Any]:
    listed = {"type": "array", "items": closed(SUMMARY)}
    found = {"/models": _get("The models", _json(closed({"models": listed})))}
    for model in models:
        path, version = f"/models/{model.name}", version_parameter(model)
        found[path] = _get(
            f"All about {model.name}", _json(closed(DESCRIPTION)), failures([404, 503]), parameters=[version]
        )
        found[f"{path}/shadow"] = _get(
            f"What the shadow version of {model.name} answered otherwise",
            _json(closed(DISAGREEMENTS)),
            failures([404, 503]),
        )
    return found


def _health(metrics_public: bool) -> Mapping[str, Any]:
    alive = _json(closed({"status": {"const": "alive"}}))
    ready = _json(closed(READY, optional=["problems", "missing"]))
    found = {
        "/livez": _get("NGINX is alive", alive),
        "/healthz": _get("A worker is alive", alive),
        "/ping": _get("A worker is alive", _json(closed({"ping": {"const": "pong!"}}))),
        "/readyz": _get("Every model is loaded and checked", ready, {"503": _reply("Not ready", ready)}),
        "/status.json": _get(
            "The versions, and how all workers have answered lately",
            _json(closed(STATUS)),
            description="The lists hold a value for each slot of time, oldest first; the newest slot has only begun.",
        ),
    }
    scraped = {"/metrics": _get("Metrics for Prometheus", {"text/plain": {"schema": TEXT}})}
    return found | (scraped if metrics_public else {})


def _pages(models: Sequence[Model]) -> Mapping[str, Any]:
    page, file = content(TEXT, "text/html"), {"404": _problem("There is no such file")}
    shown = {str(status): _reply("The page says what is wrong.", page) for status in sorted(statuses_of_views())}
    asked: list[Schema] = [
        {"name": "model", "in": "query", "schema": {"enum": [model.name for model in models]}},
        {"name": "version", "in": "query", "schema": TEXT},
        {"name": "example", "in": "query", "schema": TEXT, "description": "Given at all: with the example filled in."},
    ]
    form = {"requestBody": {"content": content(ANYTHING, "multipart/form-data")}}
    addresses = [
        {"name": name, "in": "path", "required": True, "schema": TEXT, "example": "unknown"} for name in ("tag", "name")
    ]
    found = {
        "/": {
            **_get("The page", page, shown, parameters=asked),
            "post": {**_get("The page's form, where no script runs", page, shown, parameters=asked)["get"], **form},
        },
        "/status": _get("How the service does, as a page", page),
        "/docs": _get("Swagger UI", page),
        "/docs/{tag}/{name}": _get("A file of Swagger UI", {"*/*": {"schema": FILE}}, file, parameters=addresses),
        "/static/{tag}/{name}": _get("A file of the page", {"*/*": {"schema": FILE}}, file, parameters=addresses),
        "/openapi.json": _get("This document", _json(ANYTHING)),
        "/postman.json": _get("A Postman collection of the examples", _json(ANYTHING)),
    }
    return found | dict(chain.from_iterable(_picture(model).items() for model in models))


def _picture(model: Model) -> Mapping[str, Any]:
    path = example_picture(model)
    if path is None:
        return {}
    told = "The artifact's hash: the picture may be cached for good."
    parameters = [version_parameter(model), {"name": "of", "in": "query", "schema": TEXT, "description": told}]
    replied = content(FILE, "image/png")
    return {path: _get(f"The example picture of {model.name}", replied, failures([404, 503]), parameters=parameters)}


def _get(summary: str, replied: Schema, failed: Mapping[str, Schema] | None = None, **operation: Any) -> Schema:
    responses = {"200": _reply(summary, replied), **(failed or {})}
    return {"get": {"summary": summary, **operation, "responses": responses}}


def _reply(description: str, replied: Schema) -> Schema:
    return {"description": description, "content": replied}


def _problem(description: str) -> Schema:
    return _reply(description, content(PROBLEMS, PROBLEM_JSON))


def _json(schema: Schema) -> Schema:
    return content(schema)
