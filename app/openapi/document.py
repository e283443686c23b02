"""The OpenAPI 3.1 document of everything that is served."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson

from app.dialects import schemas
from app.dialects.base import Dialect, Example
from app.dialects.schemas import Schema
from app.engine.model import Model
from app.openapi import service
from app.replies import PROBLEM_JSON

METHODS = ("get", "post", "put", "patch", "delete")
# What NGINX answers itself, whatever the address: serve.problems without those that need another path or method.
FRONT = {status: schemas.MEANINGS[status] for status in (400, 413, 429, 500, 502, 503, 504)} | {
    408: "The request did not arrive in time.",
    411: "The body has no length.",
    414: "The address is too long.",
    431: "The headers are too large.",
    501: "The body's transfer encoding is not known.",
    505: "This version of HTTP is not spoken.",
}
PROBLEM = schemas.content({"$ref": "#/components/schemas/problem"}, PROBLEM_JSON)
# Characters of an example beside the first: pictures and pixels would fill the document, and Swagger UI takes its time.
LONGEST = 1000
IDENTIFIED = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
ABOUT = """One model, every dialect, one port. Each model has its own paths, with the inputs that its manifest promises.
Every reply carries X-Request-ID, the client's own where it sent a sane one. What NGINX refuses itself is
problem+json in every dialect."""


def build_document(
    models: Sequence[Model], dialects: Iterable[Dialect], version: str, *, metrics_public: bool
) -> dict[str, Any]:
    """models: that answer, the default first. metrics_public: whether /metrics is answered beside them."""
    parts = {dialect.TITLE: _with_examples(dialect, models) for dialect in dialects}
    parts |= service.paths(models, metrics_public)
    shared: dict[str, Schema] = {}
    paths = dict(chain.from_iterable(_finished(title, part, shared).items() for title, part in parts.items()))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Slipway", "version": version, "description": ABOUT},
        "servers": [{"url": ".", "description": "where this document is, whatever prefix stands before it"}],
        "tags": [{"name": title} for title in parts],
        "paths": paths,
        "components": {
            "schemas": schemas.components(models),
            "responses": shared,
            "headers": {"X-Request-ID": {"schema": {"type": "string"}, "description": "stands in the log as well"}},
        },
    }


def _with_examples(dialect: Dialect, models: Sequence[Model]) -> Mapping[str, Any]:
    """A dialect's paths, each with the examples that are sent to it."""
    paths = dialect.paths(models)
    for example in chain.from_iterable(map(dialect.examples, models)):
        asked = _content(paths, example)
        if asked is not None and example.body is not None:
            shown = asked.setdefault("examples", {})
            if not shown or len(orjson.dumps(example.body)) <= LONGEST:
                shown[example.title] = {"value": example.body}
    return paths


def _content(paths: Mapping[str, Any], example: Example) -> Schema | None:
    """The media type object of an example's request."""
    operation = paths.get(example.path, {}).get(example.method.lower(), {})
    found: Schema | None = operation.get("requestBody", {}).get("content", {}).get(example.content_type)
    return found


def _finished(tag: str, paths: Mapping[str, Any], shared: dict[str, Schema]) -> Mapping[str, Any]:
    return {
        path: {
            key: _operation(tag, key, path, value, shared) if key in METHODS else value for key, value in item.items()
        }
        for path, item in paths.items()
    }


def _operation(tag: str, method: str, path: str, operation: Schema, shared: dict[str, Schema]) -> Schema:
    """With what is true of every one: its tag, its id, and what NGINX answers in its place."""
    own: Schema = operation["responses"]
    replies = {status: _reply(status, own.get(status)) for status in sorted({*own, *map(str, FRONT)})}
    owners = {status: tag if status in own else "NGINX" for status in replies}
    return {
        "tags": [tag],
        "operationId": "-".join([method, *_words(path)]),  # Swagger UI takes an underscore for a space, and complains
        **operation,
        "responses": {status: _share(owners[status], status, reply, shared) for status, reply in replies.items()},
    }


def _reply(status: str, own: Schema | None) -> Schema:
    """As the dialect gives it and, where NGINX may answer instead, as NGINX does."""
    front: Schema = {"description": FRONT[int(status)], "content": PROBLEM} if int(status) in FRONT else {}
    reply = own or front
    contents = {**reply.get("content", {}), **front.get("content", {})}
    return {**reply, "content": contents, "headers": {**IDENTIFIED, **reply.get("headers", {})}}


def _share(owner: str, status: str, reply: Schema, shared: dict[str, Schema]) -> Schema:
    """A reference to a failure that a dialect's operations have in common: documents are read by people, too."""
    name = "-".join([*_words(owner), status])
    if status == "200" or shared.setdefault(name, reply) != reply:
        return reply
    return {"$ref": f"#/components/responses/{name}"}


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9]+", text)
