"""Slipway: a trained model in, a production prediction service out."""

import re
import subprocess
import sys
from collections.abc import Sequence

from flask import Flask, Response
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from app.children import environment
from app.dialects import hello, invocations, native, openinference, pixellib, tfserving
from app.dialects.base import Dialect
from app.dialects.problems import register_problems
from app.engine.journal import Journal
from app.engine.model import Loading
from app.engine.registry import Registry
from app.engine.review import Terms, review
from app.engine.shadow import Shadowing
from app.engine.withheld import Withheld
from app.openapi import views as openapi
from app.ops import health, metrics, shadows, status
from app.ops.activity import Activity
from app.pages import views
from app.replies import remembered_model
from app.repository.disagreements import Disagreements
from app.repository.opening import Repository, is_remote, open_repository
from app.repository.state import State, read_state
from app.request import StrictRequest, receive_the_rest
from app.settings import Settings

__version__ = "0.1.0"

FIRST_SECONDS = 30
PREFLIGHT_SECONDS = 600
# What a page's script may read besides the body.
EXPOSED_HEADERS = ("X-Request-ID", "X-Model", "Retry-After", "Inference-Header-Content-Length")
DIALECTS: tuple[Dialect, ...] = (native, tfserving, openinference, invocations, pixellib, hello)


def create_app(settings: Settings) -> Flask:
    """The service as the settings say: every model of the repository, loaded and checked."""
    return build_app(settings, create_registry(settings))


def create_registry(settings: Settings) -> Registry:
    """Every model of the repository that has been tried and may be loaded, loaded."""
    named = "default_model" in settings.model_fields_set
    run_dir = settings.run_dir.resolve()
    registry = Registry(
        settings.default_model,
        _loading(settings),
        default_required=named,
        journal=Journal(run_dir / "loading.json"),
        withheld=Withheld(run_dir / "unloaded"),
    )
    registry.update(_first_state(settings))
    return registry


def look(settings: Settings, *, first: bool = False) -> State:
    """Look over the repository: fetch and try what is new, and publish what came of it.

    At the first look of a service that will look again, one slow version does not keep all others waiting.
    """
    seconds = min(FIRST_SECONDS, settings.load_seconds) if first and settings.poll_seconds else settings.load_seconds
    terms = Terms(_loading(settings), seconds, first)
    return review(repository_of(settings), settings.run_dir.resolve(), terms)


def repository_of(settings: Settings) -> Repository:
    """Where the settings say that models are kept."""
    return open_repository(
        settings.models, settings.cache, seconds=settings.load_seconds, trusted=settings.trust_mlflow
    )


def _first_state(settings: Settings) -> State:
    if not is_remote(settings.models):
        return look(settings, first=True)
    # Elsewhere, for a bucket's client starts threads, which the master must not have when it forks.
    subprocess.run([sys.executable, "-m", "app.watch", "--once"], env=environment(), check=True)
    state = read_state(settings.run_dir.resolve())
    assert state is not None, "the first look has published what it saw"
    return state


def _loading(settings: Settings) -> Loading:
    return Loading(
        settings.max_pixels, settings.libraries == "refuse", settings.extra_columns == "ignore", settings.max_values
    )


def build_app(settings: Settings, registry: Registry) -> Flask:
    """Put the rooms together around what is loaded."""
    app = Flask(__name__, static_folder=None)
    app.request_class = StrictRequest
    # The prefix that a proxy took off, as NGINX lets it through; of the rest NGINX and Gunicorn take care.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=0, x_prefix=1)  # type: ignore[method-assign]  # Flask's way
    app.extensions["registry"] = registry  # for the process that forks the workers
    app.config.update(
        VERSION=__version__,
        MAX_VALUES=settings.max_values,
        MODEL_CONTROL=settings.model_control,
        MODEL_CONTROL_CHOSEN="model_control" in settings.model_fields_set,
        MODEL_CONTROL_ORIGINS={origin.lower() for origin in settings.cors_origins},
    )
    # NGINX refuses a large body first; this holds where the app runs without it.
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = int(settings.max_body)
    dialects = [dialect.create_blueprint(registry) for dialect in DIALECTS]
    shadowing = Shadowing(Disagreements(settings.run_dir.resolve() / "shadow"))
    activity = Activity(metrics.shared_directory())
    told = status.Status(registry, activity, shadowing)
    ops = (
        health.create_blueprint(registry),
        metrics.create_blueprint(registry),
        shadows.create_blueprint(registry, shadowing),
        status.create_blueprint(told),
        openapi.create_blueprint(registry, DIALECTS, __version__, metrics_public=settings.metrics_public),
    )
    for blueprint in (*dialects, *ops):
        app.register_blueprint(blueprint)
    app.register_blueprint(views.create_blueprint(registry, told.report))
    register_problems(app)
    metrics.count_requests(app, {dialect.name for dialect in dialects} | {"pages"}, activity)
    shadows.copy_traffic(app, registry, shadowing, activity)
    app.after_request(_name_model)
    app.after_request(receive_the_rest)
    if settings.cors_origins:
        _allow_origins(app, settings.cors_origins)
    return app


def _allow_origins(app: Flask, origins: Sequence[str]) -> None:
    """Let these origins' pages ask: without cookies, which nothing here reads."""
    CORS(
        app,
        # As expressions, for the library would take an IPv6 address for one.
        origins="*" if origins == ("*",) else [re.compile(re.escape(origin) + r"\Z", re.I) for origin in origins],
        methods=("GET", "HEAD", "POST"),
        expose_headers=EXPOSED_HEADERS,
        max_age=PREFLIGHT_SECONDS,
        send_wildcard=True,
        always_send=False,
        vary_header=False,
    )
    app.after_request(_vary_by_origin)


def _vary_by_origin(response: Response) -> Response:
    """Also of a reply to no page at all, or a cache would give it to a page, which could not read it."""
    response.vary.add("Origin")
    return response


def _name_model(response: Response) -> Response:
    """Say which version answered: NGINX's log reads it from here as well."""
    model = remembered_model()
    if model is not None:
        response.headers["X-Model"] = model.tag
    return response
