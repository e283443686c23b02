"""Prometheus metrics, right across workers and their restarts."""

import os
import time
from collections.abc import Collection, Iterator

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.engine.registry import Registry
from app.replies import remembered_model

# From a compiled model's single row to the time-out; a dashboard's percentiles are only as fine as these.
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

REQUESTS = Counter("slipway_requests", "Requests to models, by the status they got", ["model", "version", "status"])
LATENCY = Histogram(
    "slipway_request_seconds",
    "Seconds that a worker spent on a request to a model",
    ["model", "version"],
    buckets=LATENCY_BUCKETS,
)
IN_FLIGHT = Gauge("slipway_requests_in_flight", "Requests in the workers' hands", multiprocess_mode="livesum")


class ModelsCollector(Collector):
    """What is loaded, read from the registry when it is asked for."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        loaded = GaugeMetricFamily(
            "slipway_model_loaded",
            "1 where a version is loaded, 0 where it failed",
            labels=["model", "version"],
        )
        for name in self._registry.models():
            for version in self._registry.versions(name):
                loaded.add_metric([name, version], 1)
        for name, version in self._registry.failures:
            loaded.add_metric([name, version], 0)
        yield loaded


def create_blueprint(registry: Registry) -> Blueprint:
    metrics = Blueprint("metrics", __name__)
    models = ModelsCollector(registry)

    @metrics.get("/metrics")
    def scrape() -> Response:
        return Response(_collect(models), content_type=CONTENT_TYPE_LATEST)

    return metrics


def count_requests(app: Flask, blueprints: Collection[str]) -> None:
    """Count and time every request for a prediction that one of these blueprints answers."""

    @app.before_request
    def begin() -> None:
        if request.method == "POST" and request.blueprint in blueprints:
            g.began = time.perf_counter()
            IN_FLIGHT.inc()

    @app.after_request
    def count(response: Response) -> Response:
        if "began" in g:
            model = remembered_model()
            labels = (model.name, model.version) if model else ("", "")
            REQUESTS.labels(*labels, str(response.status_code)).inc()
            LATENCY.labels(*labels).observe(time.perf_counter() - g.began)
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        # Flask tears a request down once more where a test keeps its context.
        if g.pop("began", None) is not None:
            IN_FLIGHT.dec()


def _collect(models: ModelsCollector) -> bytes:
    """All workers' samples where they share a directory, else this process's own."""
    collected = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(collected)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    else:
        collected.register(REGISTRY)
    collected.register(models)
    return generate_latest(collected)
