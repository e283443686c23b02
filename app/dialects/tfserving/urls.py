"""TensorFlow Serving's paths, which are read without regard to case."""

import re
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import BaseConverter, Map

# A label that begins as a number does would be taken for a version.
_VERSION = r"/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:0-9][^/:]*)"
_MODEL = rf"v1/models/(?P<name>[^/:]+)(?:{_VERSION})?"
_WELL_FORMED = rf"(?:/[^/:]+(?:{_VERSION})?(?::predict|:classify|:regress|/metadata)?)?"
_PATTERNS = {
    "models": "v1/models",
    "status": _MODEL,
    "metadata": f"{_MODEL}/metadata",
    **{verb: f"{_MODEL}:{verb}" for verb in ("predict", "classify", "regress")},
    "malformed": rf"v1/models(?!{_WELL_FORMED}\Z).*",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a path names: a model, and a version of it by number or label, or None."""

    name: str
    version: str | None


class PathConverter(BaseConverter):
    """A whole path of one kind: `<tfserving(predict):asked>` is v1/models/<model>[/versions/1|/labels/x]:predict."""

    part_isolating = False

    def __init__(self, url_map: Map, kind: str) -> None:
        super().__init__(url_map)
        self.regex = f"(?i:{_PATTERNS[kind]})"

    def to_python(self, value: str) -> Any:
        """What the path names; None where it is of no model."""
        found = re.match(_MODEL, value, re.IGNORECASE)
        return found and Asked(found["name"], found["label"] or _plain(found["version"]))


def _plain(number: str | None) -> str | None:
    """A number without leading zeros."""
    return number and (number.lstrip("0") or "0")
