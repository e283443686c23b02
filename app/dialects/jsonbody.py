"""JSON request bodies: parsed once, with no key lost that stands twice, and no digit of a whole number."""

import json
import re
from codecs import BOM_UTF8
from typing import Any

import orjson

from app.errors import MalformedBodyError
from app.inputs.base import shorten

_KEY = re.compile(rb'"\s*:')
# Whole numbers beyond 64 bits, of which orjson makes floats. One expression for each sign that can stand before a
# number: it is searched for many times as fast as a set of signs, above all in a picture's base64.
_LONG = tuple(re.compile(sign + rb"\s*-?[0-9]{20}") for sign in (rb"^", rb"\[", rb":", rb","))


def parse_json(body: bytes) -> Any:
    """The value of a JSON text. Raises MalformedBodyError, also for a repeated key, of which parsers keep one."""
    body = body.removeprefix(BOM_UTF8)  # which some editors write, and parsers may pass over (RFC 8259)
    try:
        value = orjson.loads(body)
        # Text values can look like a key or a number, so a match only calls for the slower, exact parse.
        if len(_KEY.findall(body)) != _count_keys(value) or any(long.search(body) for long in _LONG):
            value = json.loads(body, object_pairs_hook=_unique)
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
