"""What the documentation says of the protocol's paths."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

import numpy as np

from app.dialects import schemas
from app.dialects.base import Example
from app.dialects.openinference.datatypes import BYTES, NUMBERS, Datatype, fitting
from app.dialects.openinference.metadata import inputs_of
from app.dialects.openinference.outputs import names_of_outputs
from app.dialects.openinference.reply import OCTETS
from app.dialects.openinference.request import HEADER_LENGTH
from app.dialects.schemas import COUNT, Schema, closed
from app.engine.model import Model
from app.signature import Column, TableSignature

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
FILE: Schema = {"type": "string", "format": "binary"}
PARAMETERS: Schema = {"type": ["object", "null"]}
DATATYPES = list(get_args(Datatype))
ERROR = closed({"error": TEXT})
FAILURES = schemas.statuses_of_views() - {406, 422}  # all that does not fit is 400
DESCRIBED = closed(
    {
        "name": TEXT,
        "datatype": {"enum": DATATYPES},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": -1}},
        "parameters": closed({"content_type": TEXT}),
    },
    optional=["parameters"],
)
METADATA = closed(
    {
        "name": TEXT,
        "versions": {"type": "array", "items": TEXT},
        "platform": TEXT,
        "inputs": {"type": "array", "items": DESCRIBED},
        "outputs": {"type": "array", "items": DESCRIBED},
    }
)
SERVER = closed({"name": TEXT, "version": TEXT, "extensions": {"type": "array", "items": TEXT}})
READY = closed({"name": TEXT, "ready": {"const": True}})
STATE = closed({"name": TEXT, "version": TEXT, "state": {"enum": ["READY", "UNAVAILABLE"]}, "reason": TEXT})
LENGTH_PARAMETER: Schema = {
    "name": HEADER_LENGTH,
    "in": "header",
    "required": False,
    "description": "How many bytes of JSON stand before the binary tensors; 0 where the body is one raw input.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,9}$"},
}


def examples(model: Model) -> Sequence[Example]:
    """The model's first example row as one input per column, as a matrix, or encoded; its metadata."""
    path, values = f"/v2/models/{model.name}", {name: _text(value) for name, value in model.example.items()}
    told = inputs_of(model.manifest.signature)
    columns = [_tensor(each["name"], each["datatype"], values[each["name"]]) for each in told]
    found = [Example("inputs", f"{path}/infer", {"id": "1", "inputs": columns})]
    if len(told) > 1 and all(each["datatype"] in NUMBERS for each in told) and None not in values.values():
        matrix = _tensor("input-0", "FP64", list(values.values()))
        wanted = [{"name": name} for name in names_of_outputs(model)[:1]]
        found.append(Example("a matrix", f"{path}/infer", {"inputs": [matrix], "outputs": wanted}))
    return [*found, Example("metadata", path, method="GET")]


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    """The server's own paths, then those of each model, with and without a version."""
    server: dict[str, Any] = {
        "/v2": {"get": _operation("What the server is", SERVER)},
        "/v2/health/live": {"get": _operation("Whether it is alive", closed({"live": {"const": True}}))},
        "/v2/health/ready": {"get": _operation("Whether it is ready", closed({"ready": {"const": True}}), {503})},
        **_repository(),
    }
    return server | {path: item for model in models for path, item in _items(model)}


def _repository() -> Schema:
    """Models by a parameter, so that nobody who tries every address unloads what is served."""
    name: Schema = {"name": "name", "in": "path", "required": True, "schema": TEXT, "example": "churn"}
    index = closed({"ready": FLAG, "repository_name": TEXT}, optional=["ready", "repository_name"])
    load = closed({"parameters": {"anyOf": [closed({}), {"type": "null"}]}}, optional=["parameters"])
    dependents = closed({"unload_dependents": FLAG}, optional=["unload_dependents"])
    unload = closed({"parameters": dependents}, optional=["parameters"])
    listed = {"type": "array", "items": STATE}
    failed = {400, 403, 404, 413, 415, 503}
    return {
        "/v2/repository/index": {
            "post": _asking("Every version of every model", index, listed, failed - {403, 404, 503})
        },
        "/v2/repository/models/{name}/load": {
            "parameters": [name],
            "post": _asking("Let a model that was unloaded answer again", load, closed({}), failed),
        },
        "/v2/repository/models/{name}/unload": {
            "parameters": [name],
            "post": _asking("Let a model answer no more until it is loaded", unload, closed({}), failed - {503}),
        },
    }


def _items(model: Model) -> Iterator[tuple[str, Schema]]:
    version = schemas.version_parameter(model, "path")
    for place, parameters in (("", []), ("/versions/{version}", [version])):
        path = f"/v2/models/{model.name}{place}"
        shared = {"parameters": parameters} if parameters else {}
        yield path, shared | {"get": _operation(f"What {model.name} takes and gives", METADATA, {404, 500, 503})}
        yield f"{path}/ready", shared | {"get": _operation(f"Whether {model.name} is ready", READY, {404, 503})}
        yield f"{path}/infer", shared | {"post": _infer(model)}


def _infer(model: Model) -> Schema:
    """A reply is binary where the request wants it so."""
    reply = schemas.content(_reply(model)) | schemas.content(FILE, OCTETS)
    return {
        "summary": f"Ask {model.name}",
        "description": model.manifest.description,
        "parameters": [LENGTH_PARAMETER],
        "requestBody": {"required": True, "content": schemas.content(_request(model)) | schemas.content(FILE, OCTETS)},
        "responses": {
            "200": {"description": "The outputs, in the order of the rows.", "content": reply},
            **schemas.failures(FAILURES, ERROR),
        },
    }


def _operation(summary: str, schema: Schema, statuses: Iterable[int] = ()) -> Schema:
    content = schemas.content(schema)
    responses = {"200": {"description": f"{summary}.", "content": content}, **schemas.failures(statuses, ERROR)}
    return {"summary": summary, "responses": responses}


def _asking(summary: str, request: Schema, schema: Schema, statuses: Iterable[int]) -> Schema:
    body = {"required": False, "content": schemas.content(request)}
    return {**_operation(summary, schema, statuses), "requestBody": body}


# Asking a model


def _request(model: Model) -> Schema:
    output = closed({"name": {"enum": names_of_outputs(model)}, "parameters": PARAMETERS}, optional=["parameters"])
    members: Schema = {
        "id": TEXT,
        "parameters": PARAMETERS,
        "inputs": {"type": "array", "items": {"anyOf": _inputs(model)}, "minItems": 1},
        "outputs": {"type": "array", "items": output},
    }
    return closed(members, optional=["id", "parameters", "outputs"])


def _inputs(model: Model) -> list[Schema]:
    """Each input that the model may be given; of a table one per column, or all of them in a matrix."""
    signature = model.manifest.signature
    if isinstance(signature, TableSignature):
        matrix = _input(TEXT, NUMBERS, {"type": ["number", "null", "array"]})
        return [*map(_column, signature.columns), matrix]
    if signature.kind == "tensor":
        return [_input({"const": signature.name}, [*NUMBERS, BYTES], {"type": ["number", "string", "array"]})]
    pixels: Schema = {"type": ["integer", "array"], "minimum": 0, "maximum": 255}
    name: Schema = {"const": signature.name}
    return [_input(name, [BYTES], schemas.PICTURE), _input(name, ["UINT8"], pixels)]


def _column(column: Column) -> Schema:
    return _input({"const": column.name}, fitting(column), schemas.column(column))


def _input(name: Schema, datatypes: Sequence[str], value: Schema) -> Schema:
    """data: flat, or nested as the shape says; without it the tensor follows the JSON as bytes."""
    members: Schema = {
        "name": name,
        "shape": {"type": "array", "items": COUNT, "minItems": 1},
        "datatype": {"enum": list(datatypes)},
        "parameters": PARAMETERS,
        "data": {"type": "array", "items": value},
    }
    return closed(members, optional=["parameters", "data"])


def _reply(model: Model) -> Schema:
    tensor: Schema = {
        "name": {"enum": names_of_outputs(model)},
        "datatype": {"enum": DATATYPES},
        "shape": {"type": "array", "items": COUNT},
        "data": {"type": "array", "items": schemas.ANY_SCALAR},
        "parameters": closed({"binary_data_size": COUNT}),
    }
    output = closed(tensor, optional=["data", "parameters"])
    members: Schema = {
        "model_name": {"const": model.name},
        "model_version": TEXT,
        "id": TEXT,
        "outputs": {"type": "array", "items": output},
    }
    return closed(members, optional=["id"])


def _text(value: Any) -> Any:
    """A picture as its base64 text."""
    return value["b64"] if isinstance(value, dict) else value


def _tensor(name: str, datatype: Datatype, value: Any) -> dict[str, Any]:
    """One row."""
    return {"name": name, "shape": [1, *np.shape(value)], "datatype": datatype, "data": [value]}
