"""TensorFlow Serving's request bodies -> arrays."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from app.dialects.tfserving.signatures import Verb, check_signature
from app.dialects.tfserving.tokens import read_json
from app.engine.model import Model
from app.errors import InvalidInputError, MalformedBodyError, Problem
from app.inputs.base import describe, enumerate_names, refuse
from app.inputs.pictures import decode_base64
from app.signature import Arrays, TableSignature, TensorSignature

# How a request says its rows, and so how its answer does.
Layout = Literal["instances", "inputs"]


def read_predict(model: Model, body: bytes) -> tuple[Layout, Arrays]:
    """Raises MalformedBodyError, InvalidInputError."""
    match _members(body, "predict", ("instances", "inputs")):
        case {"instances": list(rows), **rest} if not rest:
            return "instances", _read_rows(model, rows)
        case {"inputs": value, **rest} if not rest:
            return "inputs", _read_inputs(model, value)
    raise MalformedBodyError(
        'the JSON must have either "instances" with a list of rows, or "inputs" with an object of columns'
    )


def read_examples(model: Model, verb: Verb, body: bytes) -> Arrays:
    """Raises MalformedBodyError, InvalidInputError."""
    match _members(body, verb, ("examples", "context")):
        case {"examples": list(examples), "context": dict(context)}:
            return _read_rows(model, _merge(model, examples, context))
        case {"examples": list(examples), **rest} if not rest:
            return _read_rows(model, _merge(model, examples, {}))
    raise MalformedBodyError(
        'the JSON must have "examples" with a list of objects, and may have "context" with an object of what they share'
    )


def is_b64(value: Any) -> bool:
    """Whether it is a binary value, and not an object of named ones."""
    return isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str)


def _members(body: bytes, verb: Verb, accepted: Sequence[str]) -> dict[str, Any]:
    """The members of a request beside its signature's name, which is checked."""
    request = read_json(body)
    if not isinstance(request, dict):
        raise MalformedBodyError(f"the JSON is {describe(request)}; accepted: an object")
    check_signature(request.pop("signature_name", ""), verb)
    unknown = [name for name in request if name not in accepted]
    if unknown:
        known = ", ".join(("signature_name", *accepted))
        raise MalformedBodyError(f"{verb} does not know {enumerate_names(unknown)}; accepted: {known}")
    return request


# Rows


def _read_rows(model: Model, rows: Sequence[Any]) -> Arrays:
    signature = model.manifest.signature
    if not rows or not isinstance(signature, TableSignature):
        return model.reader.rows(rows)
    first = rows[0]
    if not isinstance(first, dict) or is_b64(first):
        if len(signature.columns) == 1:
            return _read_table(model, signature, {signature.columns[0].name: rows})
    elif any(isinstance(value, list | dict) for value in first.values()) and _same_names(rows):
        return _read_table(model, signature, {name: [row[name] for row in rows] for name in first})
    return model.reader.rows(rows)


def _same_names(rows: Sequence[Any]) -> bool:
    return all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows)


def _merge(model: Model, examples: Sequence[Any], context: Mapping[str, Any]) -> list[Any]:
    """Each example with the features that all share. Raises InvalidInputError."""
    problems = list(_misfits(examples, context))
    if problems:
        raise InvalidInputError(problems)
    merged = [{**context, **example} for example in examples]
    signature = model.manifest.signature
    return [_folded(row, signature) for row in merged] if isinstance(signature, TensorSignature) else merged


def _misfits(examples: Sequence[Any], context: Mapping[str, Any]) -> Iterator[Problem]:
    for index, example in enumerate(examples):
        if not isinstance(example, dict):
            yield Problem(f"the example is {describe(example)}", index, accepted="an object of features")
        elif twice := [name for name in example if name in context]:
            names = enumerate_names(twice)
            yield Problem(f"{names} stands in the context as well", index, accepted="each feature once")


def _folded(row: dict[str, Any], signature: TensorSignature) -> dict[str, Any]:
    """A feature of an example is a flat list, whatever the shape of what it holds."""
    values = row.get(signature.name)
    if not isinstance(values, list) or len(values) != math.prod(signature.shape) or isinstance(values[0], list):
        return row
    for extent in reversed(signature.shape[1:]):
        values = [values[start : start + extent] for start in range(0, len(values), extent)]
    return {**row, signature.name: values}


# Columns


def _read_inputs(model: Model, value: Any) -> Arrays:
    """A tensor by the name of each input; its name may be left out where there is one."""
    signature = model.manifest.signature
    named = isinstance(value, dict) and not is_b64(value)
    if not isinstance(signature, TableSignature):
        columns = value if named else {signature.name: value}
        return model.reader.columns({name: _batch(values) for name, values in columns.items()})
    if named:
        return _read_table(model, signature, value)
    if len(signature.columns) == 1:
        return _read_table(model, signature, {signature.columns[0].name: _batch(value)})
    if not isinstance(value, list) or any(not isinstance(row, list) for row in value):
        detail = f'"inputs" is {describe(value)}' + " of what are no lists" * isinstance(value, list)
        raise refuse(detail, accepted="an object with a list per column, or a list of rows as lists")
    return model.reader.rows(value)


def _batch(value: Any) -> Any:
    """A binary value by itself is a batch of one."""
    return [value] if is_b64(value) else value


def _read_table(model: Model, signature: TableSignature, columns: Mapping[str, Any]) -> Arrays:
    texts = {column.name for column in signature.columns if column.dtype == "string"}
    return model.reader.columns({name: _cells(name, values, name in texts) for name, values in columns.items()})


def _cells(name: str, values: Any, is_text: bool) -> Any:
    """One value per row, where a column may come in the shape [rows, 1] and a text as a binary value."""
    if not isinstance(values, list) or not values:
        return values
    if all(isinstance(value, list) and len(value) == 1 for value in values):
        values = [value[0] for value in values]
    return _texts(name, values) if is_text and any(map(is_b64, values)) else values


def _texts(name: str, values: Sequence[Any]) -> list[Any]:
    """Binary values as the UTF-8 texts that they are. Raises InvalidInputError."""
    texts, problems = [], []
    for row, value in enumerate(values):
        try:
            texts.append(decode_base64(value["b64"]).decode() if is_b64(value) else value)
        except ValueError as error:
            problems.append(Problem(str(error), row, name, "a text in UTF-8 as base64"))
    if problems:
        raise InvalidInputError(problems)
    return texts
