"""A posted form -> the same request as a curl line, for whoever reads the page without scripts."""

import shlex
from collections.abc import Sequence

from flask import Request

from app.engine.model import Model
from app.outputs.table import write_lines
from app.pages.forms import FILE_FIELD, example_texts, is_picture
from app.signature import TableSignature, TensorSignature


def curl_line(model: Model, request: Request) -> str:
    """What asks the public API for what the form asked, with each value as it was typed."""
    asked = f"?version={model.version}" if "version" in request.args else ""
    source, body = _body(model, request)
    return source + shlex.join(["curl", f"{request.root_url}predict/{model.name}{asked}", *body])


def _body(model: Model, request: Request) -> tuple[str, Sequence[str]]:
    """What feeds curl, and its options for the body."""
    signature = model.manifest.signature
    if isinstance(signature, TableSignature):
        # CSV holds any name and any value as the form had it; a form's fields are read by CSV's rules.
        return "", ["-H", "Content-Type: text/csv", "--data-raw", _csv(model, request)]
    if not is_picture(signature):
        return "", _json(request.form.get(signature.name, ""))
    file = request.files.get(FILE_FIELD)
    if file is None or not file.filename:
        if isinstance(signature, TensorSignature):
            return "", _json(example_texts(model)[signature.name])
        example = f"{request.root_url}examples/{model.name}?version={model.version}"
        return f"{shlex.join(['curl', '-s', example])} | ", ["-F", f"{FILE_FIELD}=@-;type=image/png"]
    quoted = file.filename.replace("\\", "\\\\").replace('"', '\\"')
    return "", ["-F", f'{FILE_FIELD}=@"{quoted}"']


def _json(row: str) -> Sequence[str]:
    return ["-H", "Content-Type: application/json", "--data-raw", f'{{"instances": [{row}]}}']


def _csv(model: Model, request: Request) -> str:
    row = example_texts(model) if "example" in request.args else request.form
    return write_lines(zip(*row.items(), strict=True), "\n")
