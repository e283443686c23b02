"""GET /models, /openapi.json, /docs and /postman.json."""

from collections.abc import Sequence
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request, send_file
from werkzeug.exceptions import NotFound

from app.dialects.base import Dialect
from app.engine.model import Model
from app.engine.registry import Registry
from app.openapi.document import build_document
from app.openapi.models import description, summary
from app.openapi.postman import build_collection
from app.replies import JSON, json_reply, remember_model

HEADERS = {
    # Nothing from another host, nothing inline. data: are the arrows that Swagger UI's style sheet draws.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
SECONDS_OF_A_YEAR = 31_536_000


class Described:
    """What is made of the loaded models: anew where the master has loaded others, else once for each process."""

    def __init__(self, registry: Registry, dialects: Sequence[Dialect], version: str, metrics_public: bool) -> None:
        self._registry = registry
        self._dialects = dialects
        self._version = version
        self._metrics_public = metrics_public
        self._models: list[Model] = []
        self._made: dict[str, bytes] = {}

    def document(self) -> bytes:
        return self._make("document")

    def collection(self) -> bytes:
        return self._make("collection")

    def _make(self, what: str) -> bytes:
        models = sorted(self._registry.models().values(), key=lambda model: model.name != self._registry.default)
        if self._models != models or not self._made:
            document = build_document(models, self._dialects, self._version, metrics_public=self._metrics_public)
            collection = build_collection(models, self._dialects, document)
            self._made = {"document": orjson.dumps(document), "collection": orjson.dumps(collection)}
            self._models = models
        return self._made[what]


def create_blueprint(
    registry: Registry, dialects: Sequence[Dialect], version: str, *, metrics_public: bool
) -> Blueprint:
    openapi = Blueprint("openapi", __name__, template_folder="templates")
    described = Described(registry, dialects, version, metrics_public)
    files = _files()
    tag = sha256(b"".join(path.read_bytes() for path in files.values())).hexdigest()[:12]

    @openapi.get("/models")
    def list_models() -> Response:
        return json_reply({"models": [summary(model, registry) for model in registry.models().values()]})

    @openapi.get("/models/<name>")
    def describe_model(name: str) -> Response:
        model = remember_model(registry.resolve(name, request.args.get("version")))
        return json_reply(description(model, registry, dialects, request.root_url.rstrip("/")))

    @openapi.get("/openapi.json")
    def document() -> Response:
        return Response(described.document(), content_type=JSON)

    @openapi.get("/postman.json")
    def collection() -> Response:
        return Response(described.collection(), content_type=JSON)

    @openapi.get("/docs")
    def docs() -> Any:
        return render_template("docs.html", tag=tag), HEADERS

    @openapi.get("/docs/<asked>/<name>")
    def docs_file(asked: str, name: str) -> Response:
        if name not in files:
            raise NotFound(f"the documentation has no file {name!r}")
        # Another release's tag is answered during a rollout, but must not stay in a cache under its name.
        return send_file(files[name], max_age=SECONDS_OF_A_YEAR if asked == tag else 0)

    return openapi


def _files() -> dict[str, Path]:
    """Swagger UI as its package ships it, and what starts it."""
    shipped = Path(str(resources.files("flask_swagger_ui"))) / "dist"
    ours = Path(__file__).parent / "static"
    found = [shipped / "swagger-ui-bundle.js", shipped / "swagger-ui.css", *sorted(ours.iterdir())]
    return {path.name: path for path in found}
