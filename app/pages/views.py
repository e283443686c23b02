"""GET / and POST /: the page, and its form where no script runs. GET /status."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from app.engine.model import Model
from app.engine.predict import predict
from app.engine.registry import Registry
from app.errors import Problem, SlipwayError
from app.outputs.png import encode_png
from app.pages.assets import FOREVER, Assets
from app.pages.batch import score_files
from app.pages.forms import build_form, example_texts, is_picture, only_field, placed, read_form, takes_files
from app.pages.results import COLORS, MAX_BARS, Result, describe_result
from app.pages.snippets import curl_line
from app.pages.status import Report, render_status
from app.replies import PROBLEM_JSON, remember_model, remembered_model
from app.signature import TensorSignature

MOST_LISTED = 20
# Statuses that are for the input.
OF_THE_INPUT = {400, 413, 415, 422}
HTML = "text/html; charset=utf-8"
PAGES = {"pages.show", "pages.run", "pages.show_status"}
HEADERS = {
    # Nothing from another host, nothing inline. data: is the picture that is drawn for a page without scripts.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def create_blueprint(registry: Registry, report: Report) -> Blueprint:
    pages = Blueprint("pages", __name__, template_folder="templates")
    assets = Assets(Path(__file__).parent / "static")
    pages.app_context_processor(lambda: {"assets": assets})  # the documentation's page has the same look

    @pages.get("/")
    def show() -> str:
        model = asked_model()
        signature = model.manifest.signature
        filled = "example" in request.args and not is_picture(signature)
        return render(model, example_texts(model) if filled else {})

    @pages.post("/")
    def run() -> str | Response:
        model = asked_model()
        if "batch" in request.args:
            return score_files(model, request)
        began = time.perf_counter()
        arrays = read_form(model, request)
        result = describe_result(model, arrays, predict(model, arrays))
        milliseconds = 1000 * (time.perf_counter() - began)
        return render(model, request.form, result=result, milliseconds=milliseconds, curl=curl_line(model, request))

    @pages.get("/status")
    def show_status() -> str:
        return render_status(report())

    @pages.get("/examples/<name>")
    def example_picture(name: str) -> Response:
        model = remember_model(registry.resolve(name, request.args.get("version")))
        if not is_picture(model.manifest.signature):
            raise NotFound(f"the model {name!r} takes no pictures, so it has no example picture")
        # Where its address holds the artifact's hash, another artifact's picture has another address.
        caching = FOREVER if request.args.get("of") == model.short_hash else "no-cache"
        return Response(_draw_example(model), content_type="image/png", headers={"Cache-Control": caching})

    @pages.get("/static/<tag>/<name>")
    def static_file(tag: str, name: str) -> Response:
        return assets.reply(tag, name)

    @pages.after_request
    def finish(response: Response) -> Response:
        """A page's headers; and a problem, worded once for every client, becomes a page with its status."""
        if request.endpoint not in PAGES:
            return response
        if response.content_type == PROBLEM_JSON:
            model = remembered_model()
            signature = model.manifest.signature if model else None
            if "batch" in request.args and signature and takes_files(signature):
                response.set_data(render(model, {}, file_problems=_problems(response)))
            else:
                only = only_field(signature) if signature else None
                response.set_data(render(model, _entered(), _problems(response, only)))
            response.content_type = HTML
        response.headers.update(HEADERS)
        return response

    @pages.after_app_request
    def finish_unanswered(response: Response) -> Response:
        """Who navigates to a path that nothing answers reads a page as well."""
        navigates = request.headers.get("Accept", "").startswith("text/html")
        if request.url_rule is None and navigates and response.content_type == PROBLEM_JSON:
            response.set_data(render(None, {}, _problems(response)))
            response.content_type = HTML
            response.headers.update(HEADERS)
        return response

    def asked_model() -> Model:
        return remember_model(registry.resolve(request.args.get("model"), request.args.get("version")))

    def render(
        model: Model | None,
        values: Mapping[str, str],
        problems: Sequence[Problem] = (),
        file_problems: Sequence[Problem] = (),
        result: Result | None = None,
        milliseconds: float = 0,
        curl: str = "",
    ) -> str:
        form = build_form(model, values, problems) if model else None
        return render_template(
            "page.html",
            models=registry.models().values(),
            states=registry.states(model.name) if model else [],
            model=model,
            form=form,
            problems=form.errors if form else [problem.detail for problem in problems],
            file_problems=[placed(problem) for problem in file_problems[:MOST_LISTED]],
            colors=COLORS,
            max_bars=MAX_BARS,
            result=result,
            milliseconds=milliseconds,
            curl=curl,
        )

    return pages


def _problems(response: Response, only: str | None = None) -> list[Problem]:
    """only: the field that every problem of the input belongs to, where there is one field."""
    body = response.get_json()
    if response.status_code not in OF_THE_INPUT:
        return [Problem(body["detail"])]
    found = [Problem(**error) for error in body.get("errors", ())] or [Problem(body["detail"])]
    return [replace(problem, field=problem.field or only) for problem in found]


def _entered() -> Mapping[str, str]:
    """What the person had typed; nothing of a form that is too large or cannot be read."""
    try:
        return request.form
    except (SlipwayError, HTTPException):
        return {}


def _draw_example(model: Model) -> bytes:
    """The model's example as a PNG picture."""
    (pictures,) = model.reader.rows(model.manifest.examples[:1]).values()
    picture, signature = pictures[0], model.manifest.signature
    if isinstance(signature, TensorSignature):
        picture = 255 * (picture - signature.minimum) / (signature.maximum - signature.minimum)
    return encode_png(np.asarray(picture).round().astype(np.uint8))
