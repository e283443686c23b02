"""The examples as a Postman collection (format v2.1)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from app.dialects.base import Dialect, Example
from app.engine.model import Model
from app.replies import JSON

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
ANSWERS = 'pm.test("it answers", () => pm.response.to.have.status(200));'
IS_JSON = 'pm.test("its answer is JSON", () => pm.response.to.be.json);'
MEMBERS = 'pm.test("its answer has %s", () => pm.expect(pm.response.json()).to.include.all.keys(%s));'


def build_collection(
    models: Sequence[Model], dialects: Iterable[Dialect], document: Mapping[str, Any]
) -> dict[str, Any]:
    """A folder per dialect with the examples of every model; `document` is the OpenAPI document of the same."""
    folders = [_folder(dialect, models, document["paths"]) for dialect in dialects]
    return {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, "slipway")),
            "name": "Slipway",
            "description": "An example for each model and dialect. Set base_url, or choose an environment.",
            "schema": FORMAT,
        },
        "item": [folder for folder in folders if folder["item"]],
        "variable": [{"key": "base_url", "value": "http://localhost:8080"}],
    }


def _folder(dialect: Dialect, models: Sequence[Model], paths: Mapping[str, Any]) -> dict[str, Any]:
    items = [
        _item(f"{model.name}: {example.title}", example, _replied(paths, example))
        for model in models
        for example in dialect.examples(model)
        if example.body_from is None  # a file, which a collection cannot hold
    ]
    return {"name": dialect.TITLE, "item": items}


def _replied(paths: Mapping[str, Any], example: Example) -> Mapping[str, Any]:
    """The schemas of an example's reply by media type."""
    operation = paths.get(example.path, {}).get(example.method.lower(), {})
    found: Mapping[str, Any] = operation.get("responses", {}).get("200", {}).get("content", {})
    return {media_type: entry.get("schema", {}) for media_type, entry in found.items()}


def _item(name: str, example: Example, replied: Mapping[str, Any]) -> dict[str, Any]:
    headers = {**example.headers, **({"Content-Type": example.content_type} if example.body is not None else {})}
    request: dict[str, Any] = {
        "method": example.method,
        "header": [{"key": key, "value": value} for key, value in headers.items()],
        "url": _url(example.path),
    }
    if example.body is not None:
        request["body"] = {"mode": "raw", "raw": _text(example.body)}
    is_json = headers.get("Accept", JSON) == JSON and JSON in replied
    script = [ANSWERS, *(_shape(replied[JSON]) if is_json else [])]
    return {
        "name": name,
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": script}}],
        "request": request,
    }


def _shape(schema: Mapping[str, Any]) -> list[str]:
    members = schema.get("required", ())
    keys = ", ".join(orjson.dumps(member).decode() for member in members)
    return [IS_JSON, *([MEMBERS % (", ".join(members), keys)] if members else [])]


def _url(path: str) -> dict[str, Any]:
    return {"raw": "{{base_url}}" + path, "host": ["{{base_url}}"], "path": path.strip("/").split("/")}


def _text(body: Any) -> str:
    return body if isinstance(body, str) else orjson.dumps(body).decode()
