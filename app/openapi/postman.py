"""The examples as a Postman collection (format v2.1)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from app.dialects.base import Dialect, Example
from app.engine.model import Model

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
TEST = """pm.test("it answers", () => pm.response.to.have.status(200));
"""
TEST_JSON = """pm.test("its answer is JSON", () => pm.expect(pm.response.json()).to.be.an("object"));
"""


def build_collection(models: Sequence[Model], dialects: Iterable[Dialect]) -> dict[str, Any]:
    """A folder per dialect, in it a folder per model."""
    return {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, "slipway")),
            "name": "Slipway",
            "description": "An example for each model and dialect. Set base_url, or choose an environment.",
            "schema": FORMAT,
        },
        "item": [folder for dialect in dialects if (folder := _dialect(dialect, models))["item"]],
        "variable": [{"key": "base_url", "value": "http://localhost:8080"}],
    }


def _dialect(dialect: Dialect, models: Sequence[Model]) -> dict[str, Any]:
    items = [
        _item(f"{model.name}: {example.title}", example)
        for model in models
        for example in dialect.examples(model)
        if example.body_from is None  # a file, which a collection cannot hold
    ]
    return {"name": dialect.TITLE, "item": items}


def _item(name: str, example: Example) -> dict[str, Any]:
    headers = {**example.headers, **({"Content-Type": example.content_type} if example.body is not None else {})}
    request: dict[str, Any] = {
        "method": example.method,
        "header": [{"key": key, "value": value} for key, value in headers.items()],
        "url": _url(example.path),
    }
    if example.body is not None:
        request["body"] = {"mode": "raw", "raw": _text(example.body)}
    lines = TEST + (TEST_JSON if "Accept" not in headers else "")
    return {
        "name": name,
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": lines.splitlines()}}],
        "request": request,
    }


def _url(path: str) -> dict[str, Any]:
    return {"raw": "{{base_url}}" + path, "host": ["{{base_url}}"], "path": path.strip("/").split("/")}


def _text(body: Any) -> str:
    return body if isinstance(body, str) else orjson.dumps(body).decode()
