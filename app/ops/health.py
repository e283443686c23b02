"""Alive, and ready. What a balancer, a container engine and Kubernetes ask."""

from flask import Blueprint, Response

from app.engine.registry import Registry
from app.replies import RETRY_AFTER_SECONDS, json_reply


def create_blueprint(registry: Registry) -> Blueprint:
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return json_reply({"status": "alive"})

    @health.get("/ping")
    def ping() -> Response:
        return json_reply({"ping": "pong!"})

    @health.get("/readyz")
    def ready() -> Response:
        models = {name: f"{name}/{model.version}" for name, model in registry.models().items()}
        failed = {f"{name}/{version}": reason for (name, version), reason in registry.failures.items()}
        body = {"ready": registry.ready, "models": sorted(models.values()), "failed": failed}
        if registry.problems:
            body["problems"] = registry.problems
        if registry.default not in models:
            body["missing"] = registry.default
        reply = json_reply(body)
        if not registry.ready:
            reply.status_code = 503
            reply.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return reply

    return health
