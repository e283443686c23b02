"""Files that are posted to the page, where no script takes them -> one CSV file with the answers."""

from pathlib import PurePath

from flask import Request, Response

from app.engine.model import Model
from app.errors import UnsupportedMediaError
from app.inputs.base import refuse
from app.pages.albums import score_album
from app.pages.forms import takes_files
from app.pages.sheets import score_sheet
from app.signature import TableSignature

FIELD = "file"


def score_files(model: Model, request: Request) -> Response:
    """The file to download. Raises what is wrong with it as a whole; a wrong row, or picture, is told in the file."""
    files = [file for file in request.files.getlist(FIELD) if file.filename]
    if not files:
        raise refuse("the form has no file", accepted=f"a file in a field named {FIELD!r}")
    if not takes_files(model.manifest.signature):
        raise UnsupportedMediaError(f"the model {model.name!r} is asked with JSON, not with files")
    if isinstance(model.manifest.signature, TableSignature):
        if len(files) > 1:
            raise refuse(f"these are {len(files)} files", accepted="one CSV file at a time")
        name, text = f"{PurePath(files[0].filename or '').stem}-scored.csv", score_sheet(model, files[0].read())
    else:
        name, text = f"{model.name}-pictures.csv", score_album(model, files, request.max_content_length)
    response = Response(text, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
