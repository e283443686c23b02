"""What a model takes and gives as JSON Schema (2020-12, the dialect of OpenAPI 3.1), for the dialects' `paths`.

A model's schemas are components of the document: the functions that take a model give references to them, and
`components` gives what they refer to. A table's `minimum` and `maximum` are what training saw, so they are told and
not demanded; a tensor's are limits.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from app.dialects.failures import STATUS
from app.engine.model import Model
from app.replies import JSON, PROBLEM_JSON
from app.signature import Column, ImageSignature, TableSignature, TensorSignature

Schema = dict[str, Any]

FLOAT32, INT64 = np.finfo(np.float32), np.iinfo(np.int64)
ANY_SCALAR: Schema = {"type": ["number", "string", "boolean", "null"]}
FILE: Schema = {"type": "string", "format": "binary"}
COUNT: Schema = {"type": "integer", "minimum": 0}
PICTURE: Schema = {
    "type": "string",
    "format": "byte",
    "contentEncoding": "base64",
    "description": "A PNG, JPEG or WebP picture in base64, with or without data:image/png;base64, before it.",
}
PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `errors` lists what is wrong with the input, and where.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "row": COUNT,
                    **{name: {"type": "string"} for name in ("field", "detail", "accepted", "did_you_mean")},
                },
                "required": ["detail"],
                "additionalProperties": False,
            },
        },
        "more_errors": {"type": "boolean", "description": "Whether there are problems beyond those that are listed."},
    },
    "required": ["type", "title", "status", "detail"],
}
MEANINGS = {
    400: "The request cannot be read.",
    403: "This service is not set up to let its clients do this.",
    404: "There is no such model or version.",
    406: "The model cannot answer in a type that is accepted.",
    413: "The request is larger than this service takes.",
    415: "The model cannot be asked with this content type or encoding.",
    422: "The input does not honour the model's signature.",
    429: "More requests wait than the queue holds.",
    500: "The model, or the service, failed on this request.",
    502: "The worker that had the request is gone.",
    503: "The model, or the service, is not ready.",
    504: "The answer took too long.",
}


# What a model takes


def row(model: Model) -> Schema:
    """One row as a JSON value: an object by column, nested lists, or a picture."""
    return _reference(model, "row")


def rows(model: Model) -> Schema:
    """A list of rows; a table's all as objects, or all as lists in the signature's order."""
    if isinstance(model.manifest.signature, TableSignature):
        return {"anyOf": [_array(row(model)), _array(_reference(model, "list"))]}
    return _array(row(model))


def columns(model: Model) -> Schema:
    """An object with a list per input name."""
    return _reference(model, "columns")


def column(column: Column) -> Schema:
    """One column's value."""
    kind: Schema = _KINDS[column.dtype]
    if column.categories is not None and not column.open_categories:
        kind = {"enum": [*column.categories, *[None] * column.nullable]}
    elif column.nullable:
        kind = {**kind, "type": [kind["type"], "null"]}
    return {**kind, **_told(column)}


def tensor(signature: TensorSignature) -> Schema:
    """Nested lists of a tensor's shape, its numbers within its limits."""
    schema: Schema = {"type": "number", "minimum": signature.minimum, "maximum": signature.maximum}
    for extent in reversed(signature.shape):
        schema = {"type": "array", "items": schema, "minItems": extent, "maxItems": extent}
    return schema | ({"description": signature.description} if signature.description else {})


# What a model gives


def prediction(model: Model) -> Schema:
    """One row's prediction, as native writes it."""
    return _reference(model, "prediction")


def predictions(model: Model) -> Schema:
    """A list with the prediction of each row."""
    return _array(prediction(model))


def probabilities(model: Model) -> Schema:
    """An object with the probability of each class, by its label. Of a classifier's row."""
    share = {"type": ["number", "null"], "minimum": 0}
    return closed(dict.fromkeys(model.labels, share))


# Parts of a path


def content(schema: Schema, media_type: str = JSON) -> Schema:
    """An OpenAPI content object of one media type."""
    return {media_type: {"schema": schema}}


def failures(statuses: Iterable[int], schema: Schema | None = None, media_type: str | None = None) -> dict[str, Schema]:
    """The responses of these statuses in a dialect's error shape; without one problem+json."""
    shaped = content({"$ref": "#/components/schemas/problem"}, PROBLEM_JSON)
    if schema is not None:
        shaped = content(schema, media_type or JSON)
    return {str(status): {"description": MEANINGS[status], "content": shaped} for status in sorted(statuses)}


def closed(properties: Mapping[str, Schema], optional: Iterable[str] = ()) -> Schema:
    """An object with these members and no others."""
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def version_parameter(model: Model, where: str = "query") -> Schema:
    """An OpenAPI parameter named `version`: a number, or a label of the model's traffic."""
    return {
        "name": "version",
        "in": where,
        "required": where == "path",
        "description": "The version that is to answer, by its number or a label; its schema may be another.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},
        # Of a query it would be sent by everyone who tries the model in Swagger UI.
        **({"example": model.version} if where == "path" else {}),
    }


def components(models: Sequence[Model]) -> dict[str, Schema]:
    """All schemas that are referred to, by name."""
    found = {"problem": PROBLEM}
    for model in models:
        for part, schema in _parts(model).items():
            found[f"{model.name}.{part}"] = schema
    return found


def statuses_of_views() -> set[int]:
    """The statuses of every error that reading an input and asking a model may end in."""
    return set(STATUS.values())


def _parts(model: Model) -> dict[str, Schema]:
    signature = model.manifest.signature
    prediction = {"prediction": _prediction(model)}
    if isinstance(signature, TableSignature):
        return prediction | _table(signature, model.example)
    value = closed({"b64": PICTURE}) if isinstance(signature, ImageSignature) else tensor(signature)
    row_schema = {"anyOf": [value, closed({signature.name: value})]}
    return prediction | {"row": row_schema, "columns": closed({signature.name: _array(row(model))})}


def _table(signature: TableSignature, example: Mapping[str, Any]) -> dict[str, Schema]:
    kinds = {part.name: column(part) | {"examples": [example[part.name]]} for part in signature.columns}
    ordered = {"type": "array", "prefixItems": list(kinds.values()), "items": False}
    exactly = {"minItems": len(kinds), "maxItems": len(kinds)}
    lists = {name: _array(kind) for name, kind in kinds.items()}
    return {"row": closed(kinds), "list": ordered | exactly, "columns": closed(lists)}


def _prediction(model: Model) -> Schema:
    target, task = model.manifest.target, model.manifest.task
    if model.finds_instances:
        return _INSTANCES
    told = {"description": " in ".join(filter(None, (target.description or target.name, target.unit)))}
    if target.outputs:
        return closed(dict.fromkeys(target.outputs, ANY_SCALAR)) | told
    if target.classes:
        return {"enum": list(target.classes)} | told
    return ({"type": ["number", "null"]} if task == "regression" else ANY_SCALAR) | told


def _told(column: Column) -> Schema:
    """A column's description, with its unit and what training saw."""
    known = [column.description, f"in {column.unit}" if column.unit else None]
    if column.minimum is not None and column.maximum is not None:
        known.append(f"training saw {column.minimum:g} to {column.maximum:g}")
    if column.categories and column.open_categories:
        known.append("training saw " + ", ".join(map(str, column.categories)))
    said = "; ".join(filter(None, known))
    return {"description": said} if said else {}


def _reference(model: Model, part: str) -> Schema:
    return {"$ref": f"#/components/schemas/{model.name}.{part}"}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_NUMBER = {"type": "number", "minimum": float(FLOAT32.min), "maximum": float(FLOAT32.max)}
_KINDS: Mapping[str, Schema] = {
    "float64": _NUMBER,
    "float32": _NUMBER,
    "int64": {"type": "integer", "minimum": int(INT64.min), "maximum": int(INT64.max)},
    "bool": {"type": "boolean"},
    "string": {"type": "string"},
}
_INSTANCES = closed(
    {
        "boxes": _array({"type": "array", "items": COUNT, "minItems": 4, "maxItems": 4}),
        "class_ids": _array({"type": "integer"}),
        "class_names": _array({"type": "string"}),
        "scores": _array({"type": "number", "minimum": 0, "maximum": 100}),
        "object_counts": {"type": "object", "additionalProperties": COUNT},
        "mask_shape": {"type": "array", "items": COUNT, "minItems": 3, "maxItems": 3},
        "masks": _array(closed({"size": _array(COUNT), "counts": _array(COUNT)})),
    }
)
