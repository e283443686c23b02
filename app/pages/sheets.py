"""A CSV file -> the same with an answer, or an error, behind each row; what static/table.js does where scripts run."""

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from app.engine.model import Model
from app.engine.predict import predict
from app.errors import InvalidInputError
from app.inputs.lines import read_lines
from app.outputs.table import free_name, prediction_columns, write_lines
from app.pages.forms import placed

CHUNK = 2000  # rows
ERROR = "error"


def score_sheet(model: Model, body: bytes) -> str:
    """Raises what the model's reader raises for a file without rows, and PredictionFailedError."""
    header, rows = read_lines(body)
    answered = list(_answer(model, header, []))
    names = [*header, *answered, free_name(ERROR, [*header, *answered])]
    parts = [BOM_UTF8.decode()] if body.startswith(BOM_UTF8) else []  # some spreadsheets tell UTF-8 by it alone
    parts.append(write_lines([names]))
    while chunk := list(islice(rows, CHUNK)):
        parts.append(write_lines(_score(model, header, chunk, len(answered))))
    return "".join(parts)


def _score(model: Model, header: Sequence[str], rows: Sequence[Sequence[str]], answers: int) -> Iterator[list[Any]]:
    """Rows that are refused are marked, and the others asked about again."""
    errors = {index: [_misfit(row, len(header))] for index, row in enumerate(rows) if len(row) != len(header)}
    while True:
        good = [index for index in range(len(rows)) if index not in errors]
        try:
            columns = _answer(model, header, [rows[index] for index in good])
            break
        except InvalidInputError as error:
            named = [problem for problem in error.problems if problem.row is not None]
            if not named:
                raise
            for problem in named:
                errors.setdefault(good[problem.row or 0], []).append(placed(problem))
    found = dict(zip(good, zip(*columns.values(), strict=True), strict=True))
    for index, row in enumerate(rows):
        inputs = [*row[: len(header)], *[""] * (len(header) - len(row))]
        yield [*inputs, *found.get(index, [""] * answers), "; ".join(errors.get(index, []))]


def _answer(model: Model, header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, list[Any]]:
    arrays = model.reader.csv(write_lines([header, *rows]).encode())
    return prediction_columns(predict(model, arrays), model.manifest.target, taken=header)


def _misfit(row: Sequence[str], width: int) -> str:
    """In the words of static/table.js; what finds no place in the file stands here."""
    if not row:
        return "the line is empty"
    left = f"; left out here: {','.join(row[width:])}" if len(row) > width else ""
    return (
        f"the row has {len(row)} {'field' if len(row) == 1 else 'fields'}; accepted: {width}, as the header has{left}"
    )
