"""Which requests are sent how often: made of what the service says of its models."""

import json
import urllib.request
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, cast

HELLO = "hello"
SECONDS = 30
# Rows of a batch.
BATCH = 50
# How often each is sent, among all. Per model: most callers of a table ask about the one row that they have in their
# hands, a nightly job about many; a picture costs as much as hundreds of rows, and comes less often. Once, whichever
# models there are: hello.
SINGLE_ROW, BATCH_OF_ROWS, TENSOR, PICTURE, ONE_HELLO = 9, 1, 4, 2, 2


class MixError(Exception):
    """The service cannot be asked, or has not what was asked for; says which."""


@dataclass(frozen=True)
class Request:
    """A POST with a body of JSON. `name` is its line in the reports."""

    name: str
    path: str
    body: bytes
    weight: int


def read_mix(url: str, names: Collection[str] = ()) -> Sequence[Request]:
    """The requests for the service at `url`: of the models with these names, and hello, or of all. Raises MixError."""
    models = [model["name"] for model in _get(f"{url}/models")["models"]]
    known = {*models, HELLO}
    if unknown := sorted(set(names) - known):
        raise MixError(f"{url} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    chosen = set(names) or known
    mix = [request for name in models if name in chosen for request in _of(_get(f"{url}/models/{name}"))]
    return [*mix, Request(HELLO, "/api/v1/hello", b"{}", ONE_HELLO)] if HELLO in chosen else mix


def _of(model: dict[str, Any]) -> Sequence[Request]:
    """A model's requests, from its description."""
    name, path, rows = model["name"], model["example"]["path"], model["example"]["body"]["instances"]
    match model["signature"]["kind"]:
        case "table":
            many = (rows * BATCH)[:BATCH]
            return [_ask(name, path, rows, SINGLE_ROW), _ask(f"{name}, {BATCH} rows", path, many, BATCH_OF_ROWS)]
        case "image":
            return [_ask(name, path, rows, PICTURE)]
        case _:
            return [_ask(name, path, rows, TENSOR)]


def _ask(name: str, path: str, rows: Sequence[Any], weight: int) -> Request:
    return Request(name, path, json.dumps({"instances": rows}).encode(), weight)


def _get(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as reply:
            return cast(dict[str, Any], json.load(reply))
    except (OSError, ValueError) as error:
        raise MixError(f"{url} does not answer as Slipway does: {error}") from error
