"""An example request as a command line for bash, on Linux and macOS."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from app.dialects.base import Dialect, Example, example_picture
from app.engine.model import Model

# A longer line is shown only where its dialect has no other that asks the model.
LONGEST = 1000


def requests_of(model: Model, dialects: Iterable[Dialect], url: str) -> list[dict[str, str]]:
    """Each example of a model, by dialect; `url` is where the service answers, without a slash at its end."""
    return [
        {"title": example.title, "dialect": dialect.TITLE, "curl": line}
        for dialect in dialects
        for example, line in _short([(example, curl(model, example, url)) for example in dialect.examples(model)])
    ]


def curl(model: Model, example: Example, url: str) -> str:
    """The command line. A picture comes from the service itself, for in base64 it would fill pages."""
    source, body = _body(model, example, url)
    headers = dict(example.headers)
    if example.body is not None or example.body_from:
        # curl writes a form's own content type, for only it knows the boundary.
        headers |= {} if _is_form(example) else {"Content-Type": example.content_type}
    words = ["curl", *(["-X", example.method] if _is_unusual(example) else []), *body]
    words += [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    if headers.get("Accept", "").startswith("image/"):
        words += ["-o", f"{model.name}.{headers['Accept'].partition('/')[2]}"]
    return source + shlex.join([*words, url + example.path])


def _body(model: Model, example: Example, url: str) -> tuple[str, Sequence[str]]:
    """What feeds curl, and its options for the body."""
    if example.body_from is not None:
        file = ["-F", f"{example.file_field}=@-;type=image/png"] if _is_form(example) else ["--data-binary", "@-"]
        return f"{shlex.join(['curl', '-s', url + example.body_from])} | ", file
    if example.body is None:
        return "", []
    if _is_form(example):
        return "", [word for name, value in example.body.items() for word in ("-F", f"{name}={value}")]
    text = example.body if isinstance(example.body, str) else orjson.dumps(example.body).decode()
    path, encoded = example_picture(model), _encoded_picture(model)
    if path is None or not encoded or encoded not in text:
        return "", ["--data-raw", text]
    shown = text.replace("\\", "\\\\").replace("%", "%%").replace(encoded, "%s")
    asked = f"$(curl -s {shlex.quote(url + path)} | base64 | tr -d '\\n')"
    return f'printf {shlex.quote(shown)} "{asked}" | ', ["--data-binary", "@-"]


def _encoded_picture(model: Model) -> str | None:
    """The base64 text in the model's example row."""
    row: Any = model.manifest.examples[0]
    while isinstance(row, Mapping) and len(row) == 1:
        (row,) = row.values()
    return row if isinstance(row, str) else None


def _is_form(example: Example) -> bool:
    return example.content_type == "multipart/form-data"


def _is_unusual(example: Example) -> bool:
    """Whether curl would take another method by itself."""
    has_body = example.body is not None or example.body_from is not None
    return example.method != ("POST" if has_body else "GET")


def _short(lines: Sequence[tuple[Example, str]]) -> Sequence[tuple[Example, str]]:
    asking = sorted((entry for entry in lines if entry[0].method == "POST"), key=lambda entry: len(entry[1]))
    return [entry for entry in lines if len(entry[1]) <= LONGEST or entry in asking[:1]]
