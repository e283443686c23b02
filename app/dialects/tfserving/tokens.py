"""JSON with the tokens NaN, Infinity and -Infinity, which JSON itself does not have."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from flask import Response
from numpy.typing import NDArray

from app.dialects.jsonbody import parse_json
from app.errors import MalformedBodyError
from app.inputs.volume import uncollected
from app.replies import JSON, json_reply

_TEXT_OR_TOKEN = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+"?)|-?Infinity|NaN', re.DOTALL)


def read_json(body: bytes) -> Any:
    """As parse_json, which has to agree with all of the text but the tokens. Raises MalformedBodyError."""
    if b"NaN" not in body and b"Infinity" not in body:
        return parse_json(body)
    try:
        parse_json(_TEXT_OR_TOKEN.sub(lambda found: found[1] or b" null ", body))
        with uncollected():
            return json.loads(body)
    except RecursionError:
        raise MalformedBodyError("the JSON is nested too deeply") from None


def write_json(value: Any, numbers: Iterable[NDArray[Any]]) -> Response:
    """A JSON reply, with tokens where not all of its numbers are finite."""
    if all(map(_is_finite, numbers)):
        return json_reply(value)
    return Response(json.dumps(value, default=lambda array: array.tolist()), content_type=JSON)


def _is_finite(array: NDArray[Any]) -> bool:
    if array.dtype == object:
        return all(math.isfinite(value) for value in array.flat if isinstance(value, float))
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())
