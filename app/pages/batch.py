"""A posted CSV file -> the same table with its predictions: the whole file or nothing of it, where no script runs."""

from collections.abc import Iterator
from pathlib import PurePath

from flask import Request, Response

from app.engine.model import Model
from app.engine.predict import predict
from app.errors import InvalidInputError, Problem
from app.outputs.table import write_csv
from app.pages.forms import placed
from app.signature import Arrays

FIELD = "file"
MOST_LISTED = 20
# Spreadsheets count from 1, and the header is their first row.
FIRST_ROW = 2


def score_file(model: Model, request: Request) -> Response:
    """The file to download. Raises what the model's reader raises, with each problem's row in its words."""
    file = request.files.get(FIELD)
    if file is None or not file.filename:
        raise InvalidInputError([Problem("the form has no file", accepted=f"a CSV file in a field named {FIELD!r}")])
    arrays = _read(model, file.read())
    text = write_csv(arrays, predict(model, arrays), model.manifest.target)
    response = Response(text, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{PurePath(file.filename).stem}-scored.csv")
    return response


def _read(model: Model, body: bytes) -> Arrays:
    try:
        return model.reader.csv(body)
    except InvalidInputError as error:
        raise InvalidInputError(_worded(error)) from None


def _worded(error: InvalidInputError) -> Iterator[Problem]:
    """Problems of no field in particular: those of the page's form hold one row's values, and not the file's."""
    for problem in error.found[:MOST_LISTED]:
        row = "" if problem.row is None else f"row {problem.row + FIRST_ROW}: "
        yield Problem(row + placed(problem))
    if len(error.found) > MOST_LISTED:
        yield Problem("these are the first of more")
