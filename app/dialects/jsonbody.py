"""JSON request bodies: parsed once, and refused where a key that stands twice would be lost."""

import json
import re
from codecs import BOM_UTF8
from typing import Any

import orjson

from app.errors import MalformedBodyError
from app.inputs.base import shorten

_KEY = re.compile(rb'"\s*:')


def parse_json(body: bytes) -> Any:
    """The value of a JSON text. Raises MalformedBodyError, also for a repeated key, of which parsers keep one."""
    body = body.removeprefix(BOM_UTF8)  # which some editors write, and parsers may pass over (RFC 8259)
    try:
        value = orjson.loads(body)
        # Text values can look like a key, so more matches than keys only calls for the slower, exact parse.
        if len(_KEY.findall(body)) != _count_keys(value):
            json.loads(body, object_pairs_hook=_unique)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise MalformedBodyError("the JSON is nested too deeply") from None
    return value


def _count_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count_keys, value.values()))
    if isinstance(value, list) and value and isinstance(value[0], dict | list):
        return sum(map(_count_keys, value))
    return 0


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise MalformedBodyError(f"the JSON has the key {shorten(name)!r} more than once in one object")
        members[name] = value
    return members
