"""JSON request bodies: parsed once, with no key lost that stands twice, and no digit of a whole number."""

import json
import re
from codecs import BOM_UTF8
from typing import Any

import orjson
from flask import current_app

from app.errors import MalformedBodyError
from app.inputs.base import shorten
from app.inputs.volume import check_values, uncollected

_KEY = re.compile(rb'"\s*:')
# Whole numbers beyond 64 bits, of which orjson makes floats. One expression for each sign that can stand before a
# number: it is searched for many times as fast as a set of signs, above all in a picture's base64.
_LONG = tuple(re.compile(sign + rb"\s*-?[0-9]{20}") for sign in (rb"^", rb"\[", rb":", rb","))


def parse_json(body: bytes) -> Any:
    """The value of a JSON text. Raises MalformedBodyError, also for a repeated key, of which parsers keep one.

    Raises TooLargeError before a text is parsed that has more values than the application's MAX_VALUES.
    """
    # Every list and object counts as well: in memory an empty one is larger than a number.
    check_values(sum(map(body.count, (b",", b":", b"[", b"{"))), current_app.config["MAX_VALUES"])
    body = body.removeprefix(BOM_UTF8)  # which some editors write, and parsers may pass over (RFC 8259)
    try:
        with uncollected():
            value = orjson.loads(body)
            if _is_whole(value, body):
                return value
            del value  # both at once would take twice the memory
            return json.loads(body, object_pairs_hook=_unique)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise MalformedBodyError("the JSON is nested too deeply") from None


def _is_whole(value: Any, body: bytes) -> bool:
    """Whether nothing was lost. Texts can look like a key or a number, so a no only calls for the slower parser."""
    keys = sum(1 for _ in _KEY.finditer(body))
    return keys == _count_keys(value) and not any(long.search(body) for long in _LONG)


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
