"""What the documentation says of /segmentapi."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.dialects import schemas
from app.dialects.base import Example, example_picture
from app.dialects.pixellib.segments import FIELD
from app.dialects.schemas import FILE, Schema, closed
from app.engine.model import Model

MULTIPART = "multipart/form-data"


def examples(model: Model) -> Sequence[Example]:
    """The model's example picture, where the model segments."""
    if model.manifest.task != "segmentation":
        return []
    path = f"/segmentapi/{model.name}"
    return [Example("a picture", path, body_from=example_picture(model), content_type=MULTIPART, file_field=FIELD)]


def paths(models: Sequence[Model]) -> Mapping[str, Any]:
    """POST /segmentapi, for each model that segments POST /segmentapi/<name>, and the page /segmentfrontend."""
    segmenting = [model.name for model in models if model.manifest.task == "segmentation"]
    default = "the default model, or the first by name where that one does not segment"
    named = {f"/segmentapi/{name}": {"post": _operation(name)} for name in segmenting}
    page = {"200": {"description": "The page.", "content": _HTML}}
    drawn = {"200": {"description": "The page with the picture drawn on.", "content": _HTML}}
    frontend = {
        "get": {"summary": "A form for one picture", "responses": page},
        "post": {"summary": "Draw what is found in a picture", "requestBody": _BODY, "responses": drawn | _PAGES},
    }
    return {"/segmentapi": {"post": _operation(default)}, **named, "/segmentfrontend": frontend}


def _operation(asked: str) -> Schema:
    content = schemas.content(_ANSWER)
    return {
        "summary": f"Segment a picture with {asked}",
        "requestBody": _BODY,
        "responses": {
            "200": {"description": "What is found, with each mask written out.", "content": content},
            **schemas.failures(_STATUSES),
        },
    }


_STATUSES = schemas.statuses_of_views() - {406}
_FORM = closed({FIELD: FILE})
_BODY: Schema = {"required": True, "content": schemas.content(_FORM, MULTIPART)}
_HTML = schemas.content({"type": "string"}, "text/html")
_PAGES = schemas.failures(_STATUSES, {"type": "string"}, "text/html")
_OUTPUTS = closed(
    {
        "class_names": {"type": "array", "items": {"type": "string"}},
        "class_ids": {"type": "array", "items": {"type": "integer"}},
        "scores": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 100}},
        "object_counts": {"type": "object", "additionalProperties": schemas.COUNT},
        "boxes": {"type": "array", "items": {"type": "array", "items": schemas.COUNT, "minItems": 4, "maxItems": 4}},
        "mask_shape": {"type": "array", "items": schemas.COUNT, "minItems": 3, "maxItems": 3},
    }
)
_PIXEL = {"type": "array", "items": {"type": "boolean"}, "description": "One value per instance."}
_ANSWER = closed({"outputs": _OUTPUTS, "mask_values": {"type": "array", "items": {"type": "array", "items": _PIXEL}}})
