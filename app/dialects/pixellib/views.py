"""POST /segmentapi, and /segmentfrontend for a browser."""

import base64
import hashlib
from pathlib import Path

from flask import Blueprint, Request, Response, render_template, request

from app.dialects.pixellib.segments import FIELD, write
from app.engine.model import Model
from app.engine.predict import predict
from app.engine.registry import Registry
from app.errors import UnknownModelError
from app.inputs.base import enumerate_names, refuse
from app.outputs.drawing import PAGE_SIDE, draw_instances
from app.predictions import Instances
from app.replies import JSON, PROBLEM_JSON, remember_model
from app.signature import Arrays

TASK = "segmentation"
HTML = "text/html; charset=utf-8"
STYLE = (Path(__file__).parent / "templates" / "segment.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    # Nothing from another host and no script. data: is the picture that was drawn.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_blueprint(registry: Registry) -> Blueprint:
    pixellib = Blueprint("pixellib", __name__, template_folder="templates")

    @pixellib.post("/segmentapi", defaults={"name": None})
    @pixellib.post("/segmentapi/<name>")
    def segment(name: str | None) -> Response:
        model = remember_model(registry.resolve(name or first_that_segments(), None, request.headers.get))
        _check_segments(model)
        found, _ = _segment(model, request)
        return Response(write(found), content_type=JSON)

    @pixellib.get("/segmentfrontend")
    def show_form() -> str:
        return _page()

    @pixellib.post("/segmentfrontend")
    def draw() -> str:
        model = remember_model(registry.resolve(first_that_segments(), None, request.headers.get))
        found, arrays = _segment(model, request)
        ((picture,),) = arrays.values()
        return _page(found=found, picture=base64.b64encode(draw_instances(picture, found, PAGE_SIDE)).decode())

    @pixellib.after_request
    def finish(response: Response) -> Response:
        """A page's headers; and a problem, worded once for every client, becomes a page with its status."""
        if request.path != "/segmentfrontend":
            return response
        if response.content_type == PROBLEM_JSON:
            body = response.get_json()
            response.set_data(_page(problems=[error["detail"] for error in body.get("errors", ())] or [body["detail"]]))
            response.content_type = HTML
        response.headers.update(HEADERS)
        return response

    def first_that_segments() -> str:
        """The default model where it segments, else the first by name that does."""
        found = [name for name, model in registry.models().items() if model.manifest.task == TASK]
        if not found:
            raise UnknownModelError("no model that is loaded segments pictures; GET /models lists the models")
        return registry.default if registry.default in found else found[0]

    return pixellib


def _check_segments(model: Model) -> None:
    if model.manifest.task != TASK:
        raise UnknownModelError(
            f"the model {model.name!r} does not segment pictures: its task is {model.manifest.task}"
        )


def _segment(model: Model, request: Request) -> tuple[Instances, Arrays]:
    """What is found in the picture of a form, and that picture."""
    names = [*request.files, *request.form]
    files = request.files.getlist(FIELD)
    if names != [FIELD] or len(files) != 1 or not files[0].filename:
        found = f"the form has the fields {enumerate_names(names)}" if names else "the form has no field"
        raise refuse(
            found, field=FIELD, accepted=f"one picture as a file in the field {FIELD!r}, and nothing beside it"
        )
    arrays = model.reader.picture(files[0].read())
    return predict(model, arrays).predictions[0], arrays


def _page(*, found: Instances | None = None, picture: str | None = None, problems: list[str] | None = None) -> str:
    return render_template("segment.html", style=STYLE, found=found, picture=picture, problems=problems or [])
