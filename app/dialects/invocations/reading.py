"""MLflow's, SageMaker's and Vertex AI's bodies -> arrays."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Request

from app.dialects.jsonbody import parse_json
from app.engine.model import Model
from app.errors import InvalidInputError, MalformedBodyError, Problem, UnsupportedMediaError
from app.inputs.base import Reader, describe, enumerate_names, refuse, shorten
from app.replies import JSON
from app.signature import Arrays, TableSignature

CSV, NPY = "text/csv", "application/x-npy"
PICTURES = ("image/png", "image/jpeg", "image/webp", "application/x-image")
# MLflow's name and Vertex AI's.
PARAMETERS = ("params", "parameters")
HEADERS = ("present", "absent")


def read(model: Model, request: Request) -> Arrays:
    """The rows of a request. Raises UnsupportedMediaError, MalformedBodyError, InvalidInputError."""
    read_body = _READERS.get(request.mimetype)
    if read_body is None:
        found = f"the content type {request.mimetype!r} is not read" if request.mimetype else "there is no content type"
        raise UnsupportedMediaError(f"{found}; accepted: {', '.join(_READERS)}")
    _check_parameters(request)
    return read_body(model, request.get_data(cache=False), request.mimetype_params)


def _check_parameters(request: Request) -> None:
    """As MLflow does, refuse what a content type says beyond what is obeyed."""
    obeyed = {"charset": ("utf-8",)} | ({"header": HEADERS} if request.mimetype == CSV else {})
    for name, value in request.mimetype_params.items():
        if value.lower() not in obeyed.get(name, ()):
            accepted = "; ".join(f"{known}={' or '.join(values)}" for known, values in obeyed.items())
            raise UnsupportedMediaError(
                f"the content type says {shorten(name)}={shorten(value)}; with {request.mimetype} it may say {accepted}"
            )


# JSON


def _read_json(model: Model, body: bytes, parameters: Mapping[str, str]) -> Arrays:
    envelope = parse_json(body)
    if not isinstance(envelope, dict):
        raise MalformedBodyError(
            f"the JSON is {describe(envelope)}; accepted: an object with one of {', '.join(FORMS)}"
        )
    named = [name for name in envelope if name in FORMS]
    if len(named) != 1 or envelope.keys() - {*FORMS, *PARAMETERS}:
        raise MalformedBodyError(
            f"the JSON has the members {enumerate_names(envelope) or 'none'}; accepted: exactly one of "
            f"{', '.join(FORMS)}, and {' or '.join(PARAMETERS)} beside it"
        )
    for name in PARAMETERS:
        if envelope.get(name) not in (None, {}):
            raise refuse("the model takes no parameters", field=name, accepted="null or an empty object")
    return FORMS[named[0]](model.reader, envelope[named[0]])


def _read_split(reader: Reader, table: Any) -> Arrays:
    """A frame as pandas' to_dict("split") gives it; what the rows are called in its index is of no account."""
    match table:
        case {"columns": list(columns), "data": list(rows), **rest} if rest.keys() <= {"index"}:
            _check_split(columns, rows, rest.get("index"))
            values = zip(*rows, strict=True) if rows else [()] * len(columns)
            return reader.columns({name: list(column) for name, column in zip(columns, values, strict=True)})
    raise refuse(
        f"'dataframe_split' is {describe(table)}"
        if not isinstance(table, dict)
        else f"it has {enumerate_names(table)}",
        field="dataframe_split",
        accepted='an object with "columns", a list of names, "data", a list of rows as lists, and perhaps "index"',
    )


def _check_split(columns: Sequence[Any], rows: Sequence[Any], index: Any) -> None:
    unnamed = [name for name in columns if not isinstance(name, str)]
    if unnamed:
        raise refuse(f"a column's name is {describe(unnamed[0])}", field="columns", accepted="texts")
    repeated = [name for name, count in Counter(columns).items() if count > 1]
    if repeated:
        raise refuse("the column stands more than once", field=shorten(repeated[0]), accepted="each column once")
    if index is not None and not (isinstance(index, list) and len(index) == len(rows)):
        raise refuse("the index does not fit", field="index", accepted=f"a list of {len(rows)} values, one per row")
    _check_width(rows, len(columns))


def _check_width(rows: Sequence[Any], width: int) -> None:
    if not all(isinstance(row, list) and len(row) == width for row in rows):
        raise InvalidInputError(
            Problem(
                f"the row has {len(row)} values" if isinstance(row, list) else f"the row is {describe(row)}",
                number,
                accepted=f"a list of {width} values, one per column",
            )
            for number, row in enumerate(rows)
            if not isinstance(row, list) or len(row) != width
        )


def _read_records(reader: Reader, records: Any) -> Arrays:
    if not isinstance(records, list):
        raise refuse(f"it is {describe(records)}", field="dataframe_records", accepted="a list of objects")
    if not all(isinstance(record, dict) for record in records):
        raise InvalidInputError(
            Problem(f"the row is {describe(record)}", number, accepted="an object of values by column")
            for number, record in enumerate(records)
            if not isinstance(record, dict)
        )
    return reader.rows(records)


def _read_instances(reader: Reader, rows: Any) -> Arrays:
    if not isinstance(rows, list):
        raise refuse(f"it is {describe(rows)}", field="instances", accepted="a list with one entry per row")
    return reader.rows(rows)


def _read_inputs(reader: Reader, inputs: Any) -> Arrays:
    if isinstance(inputs, dict):
        return reader.columns(inputs)
    if isinstance(inputs, list):
        return reader.rows(inputs)
    accepted = "an object with a list per input, or a list with one entry per row"
    raise refuse(f"it is {describe(inputs)}", field="inputs", accepted=accepted)


FORMS: dict[str, Callable[[Reader, Any], Arrays]] = {
    "dataframe_split": _read_split,
    "dataframe_records": _read_records,
    "instances": _read_instances,
    "inputs": _read_inputs,
}


# CSV


def _read_csv(model: Model, body: bytes, parameters: Mapping[str, str]) -> Arrays:
    """MLflow's first line names the columns, SageMaker's is a row already.

    The media type's parameter `header` (RFC 4180) decides. Where it is not given, a first line of which any field is
    a column's name is a header, be it a wrong one; any other line is a row, its fields in the signature's order.
    """
    signature = model.manifest.signature
    if not isinstance(signature, TableSignature):
        return model.reader.csv(body)
    body = body.removeprefix(codecs.BOM_UTF8)
    names = [column.name for column in signature.columns]
    first = _first_line(body)
    if not first or _has_header(first, names, parameters.get("header", "").lower()):
        return model.reader.csv(body)
    if len(first) != len(names):
        accepted = f"{len(names)} fields a line: {', '.join(names)}, in this order, or these names as the first line"
        raise refuse(f"the first line has {len(first)} fields", row=0, accepted=accepted)
    return model.reader.csv(_line(names) + body)


def _has_header(first: Sequence[str], names: Sequence[str], said: str) -> bool:
    known = {name.strip().casefold() for name in names}
    return said == "present" if said else any(field.strip().casefold() in known for field in first)


def _first_line(body: bytes) -> list[str]:
    text = io.TextIOWrapper(io.BytesIO(body), "utf-8", errors="replace", newline="")
    try:
        return next(csv.reader(text, strict=True), [])
    except csv.Error as error:
        raise MalformedBodyError(f"the CSV cannot be read: {error}") from None


def _line(fields: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(fields)
    return text.getvalue().encode()


_READERS: dict[str, Callable[[Model, bytes, Mapping[str, str]], Arrays]] = {
    JSON: _read_json,
    CSV: _read_csv,
    NPY: lambda model, body, parameters: model.reader.npy(body),
    **dict.fromkeys(PICTURES, lambda model, body, parameters: model.reader.picture(body)),
}
