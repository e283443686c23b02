"""GET / and POST /: the page, and its form where no script runs."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.dialects.problems import RETRY_AFTER_SECONDS, STATUS
from app.engine.predict import predict
from app.engine.registry import Model, Registry
from app.errors import InvalidInputError, NotReadyError, Problem, SlipwayError, TooLargeError, UnknownModelError
from app.outputs.png import encode_png
from app.pages.assets import FOREVER, Assets
from app.pages.forms import build_form, example_texts, is_picture, read_form
from app.pages.results import COLORS, MAX_BARS, Result, describe_result
from app.replies import remember_model, remembered_model
from app.signature import TensorSignature

# Nothing from another host, nothing inline. data: is the picture that is drawn for a page without scripts.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_blueprint(registry: Registry) -> Blueprint:
    pages = Blueprint("pages", __name__, template_folder="templates")
    assets = Assets(Path(__file__).parent / "static")

    @pages.get("/")
    def show() -> Response:
        model = asked_model()
        signature = model.manifest.signature
        filled = "example" in request.args and not is_picture(signature)
        return render(model, example_texts(signature, model.manifest.examples[0]) if filled else {})

    @pages.post("/")
    def run() -> Response:
        model = asked_model()
        began = time.perf_counter()
        arrays = read_form(model, request)
        result = describe_result(model, arrays, predict(model, arrays))
        milliseconds = 1000 * (time.perf_counter() - began)
        return render(model, request.form, result=result, milliseconds=milliseconds)

    @pages.get("/examples/<name>")
    def example_picture(name: str) -> Response:
        model = remember_model(registry.resolve(name, request.args.get("version")))
        if not is_picture(model.manifest.signature):
            raise UnknownModelError(f"the model {name!r} has no example picture")
        # Its address holds the artifact's hash, so another artifact's picture has another address.
        return Response(_draw_example(model), content_type="image/png", headers={"Cache-Control": FOREVER})

    @pages.get("/static/<tag>/<name>")
    def static_file(tag: str, name: str) -> Response:
        return assets.reply(tag, name)

    @pages.errorhandler(SlipwayError)
    def refuse(error: SlipwayError) -> Response:
        problems = error.problems if isinstance(error, InvalidInputError) else [Problem(f"{error}")]
        values = {} if isinstance(error, TooLargeError) else request.form
        response = render(remembered_model(), values, problems)
        response.status_code = STATUS[type(error)]
        if isinstance(error, NotReadyError):
            response.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return response

    @pages.errorhandler(RequestEntityTooLarge)
    def refuse_size(error: RequestEntityTooLarge) -> Response:
        return refuse(TooLargeError("the form is larger than this service is configured to take"))

    def asked_model() -> Model:
        return remember_model(registry.resolve(request.args.get("model"), request.args.get("version")))

    def render(
        model: Model | None,
        values: Mapping[str, str],
        problems: Sequence[Problem] = (),
        result: Result | None = None,
        milliseconds: float = 0,
    ) -> Response:
        form = build_form(model, values, problems) if model else None
        page = render_template(
            "page.html",
            assets=assets,
            models=registry.models().values(),
            versions=registry.versions(model.name) if model else [],
            model=model,
            form=form,
            problems=form.errors if form else [problem.detail for problem in problems],
            colors=COLORS,
            max_bars=MAX_BARS,
            result=result,
            milliseconds=milliseconds,
        )
        return _page_reply(page)

    return pages


def _page_reply(page: str) -> Response:
    response = make_response(page)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _draw_example(model: Model) -> bytes:
    """The model's example as a PNG picture."""
    (pictures,) = model.reader.rows(model.manifest.examples[:1]).values()
    picture, signature = pictures[0], model.manifest.signature
    if isinstance(signature, TensorSignature):
        picture = 255 * (picture - signature.minimum) / (signature.maximum - signature.minimum)
    return encode_png(np.asarray(picture).round().astype(np.uint8))
