"""Slipway: a trained model in, a production prediction service out."""

from flask import Flask, Response

from app.dialects import native
from app.dialects.problems import register_problems
from app.engine.model import Loading
from app.engine.registry import Registry
from app.ops import health, metrics
from app.pages import views
from app.replies import remembered_model
from app.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings) -> Flask:
    """The service as the settings say: every model of the repository, loaded and checked."""
    registry = Registry(settings.default_model, Loading(settings.max_pixels, settings.libraries == "refuse"))
    registry.load_all(settings.models)
    return build_app(settings, registry)


def build_app(settings: Settings, registry: Registry) -> Flask:
    """Put the rooms together around what is loaded."""
    app = Flask(__name__, static_folder=None)
    # NGINX refuses a large body first; this holds where the app runs without it.
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = int(settings.max_body)
    dialects = [native.create_blueprint(registry)]
    for blueprint in (*dialects, health.create_blueprint(registry), metrics.create_blueprint(registry)):
        app.register_blueprint(blueprint)
    app.register_blueprint(views.create_blueprint(registry))
    register_problems(app)
    metrics.count_requests(app, {dialect.name for dialect in dialects} | {"pages"})
    app.after_request(_name_model)
    return app


def _name_model(response: Response) -> Response:
    """Say which version answered: NGINX's log reads it from here as well."""
    model = remembered_model()
    if model is not None:
        response.headers["X-Model"] = model.tag
    return response
