"""A shadow version sees a copy of the traffic, after the reply was sent."""

from flask import Blueprint, Flask, Response, request
from prometheus_client import Counter

from app.engine.predict import take_asked
from app.engine.registry import Registry
from app.engine.shadow import Shadowing
from app.ops.activity import Activity
from app.replies import json_reply, remember_model

ROWS = Counter(
    "slipway_shadow_rows",
    "Rows that a shadow version saw as well: agreed, disagreed or failed",
    ["model", "version", "shadow", "outcome"],
)


def create_blueprint(registry: Registry, shadowing: Shadowing) -> Blueprint:
    shadows = Blueprint("shadows", __name__)

    @shadows.get("/models/<name>/shadow")
    def last_disagreements(name: str) -> Response:
        remember_model(registry.resolve(name))
        shadow = registry.shadow(name)
        body = {"model": name, "shadow": shadow and shadow.version, "disagreements": shadowing.last(name)}
        return json_reply(body)

    return shadows


def copy_traffic(app: Flask, registry: Registry, shadowing: Shadowing, activity: Activity) -> None:
    """Show every prediction to the shadow version of its model, where it has one."""

    @app.after_request
    def copy(response: Response) -> Response:
        asked = take_asked()
        shadow = registry.shadow(asked.model.name) if asked else None
        if asked is None or shadow is None or shadow.version == asked.model.version:
            return response
        request_id = request.headers.get("X-Request-ID")
        # Gunicorn's configuration holds a reply back until it is whole. When the response closes, it is.
        send = getattr(request.environ.get("gunicorn.socket"), "flush", None)

        @response.call_on_close
        def show() -> None:
            if send:
                send()
            outcomes = shadowing.show(asked, shadow, request_id)
            activity.count_shadow((shadow.name, shadow.version), outcomes)
            for outcome, rows in outcomes.items():
                ROWS.labels(asked.model.name, asked.model.version, shadow.version, outcome).inc(rows)

        return response
