"""What the documentation says of /invocations, and of what a scoring server answers beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects import schemas
from app.dialects.base import Example, example_picture
from app.dialects.invocations.reading import CSV, NPY, PARAMETERS, PICTURES
from app.dialects.invocations.writing import answer_types
from app.dialects.schemas import FILE, Schema, closed
from app.engine.model import Model
from app.outputs.table import write_lines
from app.replies import JSON
from app.signature import TableSignature

NOTHING = {"type": ["object", "null"], "maxProperties": 0, "description": "The models take no parameters."}
ERROR = closed({"error_code": {"type": "string"}, "message": {"type": "string"}})


def examples(model: Model) -> Sequence[Example]:
    """The model's first example row in each way of saying it."""
    path, row = f"/invocations/{model.name}", model.manifest.examples[0]
    values = model.example
    split = {"dataframe_split": {"columns": list(values), "data": [list(values.values())]}}
    records = {"dataframe_records": [values]}
    columns = {"inputs": {name: [value] for name, value in values.items()}}
    in_json = {"a pandas frame, split": split, "a pandas frame, records": records, "columns": columns}
    found = [Example(title, path, body) for title, body in in_json.items()]
    found.append(Example("rows, as Vertex AI sends them", path, {"instances": [row]}))
    if isinstance(model.manifest.signature, TableSignature):
        found.append(Example("a CSV table", path, write_lines([values, values.values()], "\n"), content_type=CSV))
        bare, as_csv = write_lines([values.values()], "\n"), {"Accept": CSV}
        return [*found, Example("CSV as SageMaker sends it", path, bare, content_type=CSV, headers=as_csv)]
    picture = example_picture(model)
    return [Example("a picture", path, body_from=picture, content_type=PICTURES[0])] * bool(picture) + found


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    """POST /invocations for the default, POST /invocations/<name> for each model, GET /health and GET /version."""
    default = [("/invocations", _operation(model, f"Ask the default model, {model.name}")) for model in models[:1]]
    named = {f"/invocations/{model.name}": _operation(model, f"Ask {model.name}") for model in models}
    health = {"200": _answer("The default model answers.", schemas.content(closed({"status": {"const": "ready"}})))}
    version = {"200": _answer("Slipway's version.", schemas.content({"type": "string"}, "text/plain"))}
    health |= schemas.failures([404, 503], ERROR)
    beside = {
        "/health": {"get": {"summary": "Does the default model answer?", "responses": health}},
        "/version": {"get": {"summary": "The service's version", "responses": version}},
    }
    return dict(default) | named | beside


def _operation(model: Model, summary: str) -> Schema:
    return {
        "post": {
            "summary": summary,
            "description": model.manifest.description,
            "parameters": [schemas.version_parameter(model)],
            "requestBody": {"required": True, "content": _requests(model)},
            "responses": {
                "200": _answer("The predictions, in the order of the rows.", _replies(model)),
                **schemas.failures(schemas.statuses_of_views() - {422}, ERROR),
            },
        }
    }


def _answer(description: str, content: Schema) -> Schema:
    return {"description": description, "content": content}


def _requests(model: Model) -> Schema:
    forms = {
        "dataframe_split": _split(model),
        "dataframe_records": {"type": "array", "items": schemas.row(model)},
        "instances": schemas.rows(model),
        "inputs": {"anyOf": [schemas.columns(model), schemas.rows(model)]},
    }
    beside = dict.fromkeys(PARAMETERS, NOTHING)
    found: Schema = schemas.content({"oneOf": [closed({name: form} | beside, beside) for name, form in forms.items()]})
    whole = [NPY, *([CSV] if isinstance(model.manifest.signature, TableSignature) else [])]
    for media_type in (*whole, *(PICTURES if example_picture(model) else ())):
        found |= schemas.content(FILE, media_type)
    return found


def _split(model: Model) -> Schema:
    names = list(model.example)
    exactly = {"minItems": len(names), "maxItems": len(names)}
    value = schemas.ANY_SCALAR if isinstance(model.manifest.signature, TableSignature) else schemas.row(model)
    table: Schema = {
        "columns": {"type": "array", "items": {"enum": names}, "uniqueItems": True} | exactly,
        "data": {"type": "array", "items": {"type": "array", "items": value} | exactly},
        "index": {"type": ["array", "null"], "description": "What the rows are called, of which nothing is made."},
    }
    return closed(table, ["index"])


def _replies(model: Model) -> Schema:
    outputs = model.manifest.target.outputs
    several = {"type": "array", "items": schemas.ANY_SCALAR, "minItems": len(outputs or ())}
    prediction = several if outputs else schemas.prediction(model)
    answer = closed({"predictions": {"type": "array", "items": prediction}})
    written: Schema = {JSON: answer, CSV: {"type": "string"}, NPY: FILE}
    return {media_type: {"schema": written[media_type]} for media_type in answer_types(model)}
