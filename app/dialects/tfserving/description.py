"""What the documentation says of TensorFlow Serving's paths."""

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from app.dialects import schemas
from app.dialects.base import Example
from app.dialects.schemas import Schema, closed
from app.dialects.tfserving.signatures import NAMES, Verb, verbs_of
from app.dialects.tfserving.writing import FOUND
from app.engine.model import Model
from app.signature import TensorSignature

TEXT: Schema = {"type": "string"}
NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}
ERROR = closed({"error": TEXT})
FAILURES = schemas.statuses_of_views() - {406, 422}  # all that does not fit is 400
VERSION = closed(
    {
        "version": TEXT,
        "state": {"enum": ["AVAILABLE", "END"]},
        "status": closed({"error_code": {"enum": ["OK", "UNAVAILABLE"]}, "error_message": TEXT}),
    }
)
STATE = closed(
    {"name": TEXT, "ready": {"type": "boolean"}, "model_version_status": {"type": "array", "items": VERSION}}
)
TENSOR = closed(
    {
        "dtype": {"type": "string", "pattern": "^DT_"},
        "tensor_shape": closed(
            {
                "dim": {"type": "array", "items": closed({"size": TEXT, "name": TEXT})},
                "unknown_rank": {"type": "boolean"},
            }
        ),
        "name": TEXT,
    }
)
TENSORS: Schema = {"type": "object", "additionalProperties": TENSOR}
SIGNATURE = closed({"inputs": TENSORS, "outputs": TENSORS, "method_name": TEXT, "defaults": {"type": "object"}})
METADATA = closed(
    {
        "model_spec": closed({"name": TEXT, "signature_name": TEXT, "version": TEXT}),
        "metadata": closed({"signature_def": closed({"signature_def": {"additionalProperties": SIGNATURE}})}),
    }
)
# What stands behind a model's name, and the parameter in it.
PLACES: Mapping[str, Schema | None] = {
    "": None,
    "/versions/{version}": {
        "name": "version",
        "description": "The number of the version that is to answer; its schema may be another.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    },
    "/labels/{label}": {
        "name": "label",
        "description": "A label of the model's traffic, for the version that is to answer.",
        "schema": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$"},
        "example": "stable",
    },
}


def examples(model: Model) -> Sequence[Example]:
    """The model's first example row in each way of saying it; its state and its metadata."""
    path, row, columns = f"/v1/models/{model.name}", model.manifest.examples[0], model.example
    listed = {name: [value] for name, value in columns.items()}
    verbs = [verb for verb in verbs_of(model) if verb != "predict"]
    return [
        Example("rows", f"{path}:predict", {"instances": [row]}),
        *_binary(model, row),
        Example("columns", f"{path}:predict", {"inputs": listed}),
        *(Example(verb, f"{path}:{verb}", {"examples": [columns]}) for verb in verbs),
        Example("state", path, method="GET"),
        Example("metadata", f"{path}/metadata", method="GET"),
    ]


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    """Of each model, with and without a version or a label: its verbs, its state and its metadata."""
    names = closed({"models": {"type": "array", "items": TEXT}})
    listing = {"summary": "List the models", "responses": _responses("The models.", names, ())}
    return {"/v1/models": {"get": listing}} | {path: item for model in models for path, item in _items(model)}


def _items(model: Model) -> Iterator[tuple[str, Schema]]:
    for place, parameter in PLACES.items():
        path = f"/v1/models/{model.name}{place}"
        shared = {"parameters": [_parameter(parameter, model)]} if parameter else {}
        yield path, {**shared, "get": _get(f"The state of {model.name}", STATE, (400, 404))}
        yield (
            f"{path}/metadata",
            {**shared, "get": _get(f"What {model.name} takes and gives", METADATA, (400, 404, 500, 503))},
        )
        for verb in verbs_of(model):
            yield f"{path}:{verb}", {**shared, "post": _post(model, verb)}


def _parameter(parameter: Schema, model: Model) -> Schema:
    return {"in": "path", "required": True, "example": model.version, **parameter}


def _get(summary: str, schema: Schema, statuses: Collection[int]) -> Schema:
    return {"summary": summary, "responses": _responses(f"{summary}.", schema, statuses)}


def _post(model: Model, verb: Verb) -> Schema:
    return {
        "summary": f"Ask {model.name} to {verb}",
        "description": model.manifest.description,
        "requestBody": {"required": True, "content": schemas.content(_request(model, verb))},
        "responses": _responses("The answers, in the order of the rows.", _reply(model, verb), FAILURES),
    }


def _responses(told: str, schema: Schema, statuses: Collection[int]) -> Schema:
    return {"200": {"description": told, "content": schemas.content(schema)}, **schemas.failures(statuses, ERROR)}


def _request(model: Model, verb: Verb) -> Schema:
    signature_name = {"signature_name": {"enum": ["", *NAMES[verb]]}}
    if verb == "predict":
        ways = ({"instances": schemas.rows(model)}, {"inputs": schemas.columns(model)})
        return {"oneOf": [closed(signature_name | way, optional=signature_name) for way in ways]}
    features: Schema = {"type": "object", "description": "Values, or lists of them, by the name of the input."}
    members = {"context": features, "examples": {"type": "array", "items": features}}
    return closed(signature_name | members, optional=["signature_name", "context"])


def _reply(model: Model, verb: Verb) -> Schema:
    if verb == "regress":
        return closed({"results": NUMBERS})
    if verb == "classify":
        # Not prefixItems, which schemathesis cannot hold an answer against.
        label_and_score = {"type": ["string", "number"]}
        pair = {"type": "array", "items": label_and_score, "minItems": 2, "maxItems": 2}
        return closed({"results": _array(_array(pair))})
    return {"oneOf": [closed({"predictions": _array(_prediction(model))}), closed({"outputs": _outputs(model)})]}


def _prediction(model: Model) -> Schema:
    """Of one row; a classifier's is a list of probabilities, where it has them."""
    if model.manifest.task == "classification":
        return {"anyOf": [NUMBERS, schemas.prediction(model)]}
    if len(model.manifest.target.outputs or ()) == 1:
        return schemas.ANY_SCALAR
    return schemas.prediction(model)


def _outputs(model: Model) -> Schema:
    names = FOUND if model.finds_instances else model.manifest.target.outputs or ()
    return closed(dict.fromkeys(names, _array({}))) if len(names) > 1 else _array(_prediction(model))


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _binary(model: Model, row: Any) -> list[Example]:
    """The example as the bytes of its float32 values."""
    if not isinstance(model.manifest.signature, TensorSignature):
        return []
    body = {"b64": base64.b64encode(np.array(row, "<f4").tobytes()).decode()}
    return [Example("raw float32", f"/v1/models/{model.name}:predict", {"instances": [body]})]
