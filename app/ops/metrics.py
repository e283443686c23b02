"""Prometheus metrics, right across workers and their restarts."""

import fcntl
import logging
import os
import struct
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

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
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.engine.registry import Registry
from app.ops.activity import LATENCY_BUCKETS, Activity
from app.replies import remembered_model

REQUESTS = Counter("slipway_requests", "Requests to models, by the status they got", ["model", "version", "status"])
LATENCY = Histogram(
    "slipway_request_seconds",
    "Seconds that a worker spent on a request to a model",
    ["model", "version"],
    buckets=LATENCY_BUCKETS,
)
IN_FLIGHT = Gauge("slipway_requests_in_flight", "Requests in the workers' hands", multiprocess_mode="livesum")

# Gauges are not among them: what a dead worker held, nobody holds.
FOLDED_KINDS = ("counter", "histogram", "summary")
NOBODY = 0  # no process has this id
# The library leaves them untyped.
_UntypedCollector: Any = MultiProcessCollector
_UntypedFile: Any = MmapedDict

_log = logging.getLogger("slipway")


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


def count_requests(app: Flask, blueprints: Collection[str], activity: Activity) -> None:
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
            seconds = time.perf_counter() - g.began
            LATENCY.labels(*labels).observe(seconds)
            activity.count(labels, response.status_code, seconds)
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        # Flask tears a request down once more where a test keeps its context.
        if g.pop("began", None) is not None:
            IN_FLIGHT.dec()


def shared_directory() -> Path | None:
    """Where the workers' counts are, if they share a directory."""
    shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(shared) if shared else None


def _collect(models: ModelsCollector) -> bytes:
    """All workers' samples where they share a directory, else this process's own."""
    collected = CollectorRegistry()
    shared = shared_directory()
    if shared:
        _UntypedCollector(collected)
    else:
        collected.register(REGISTRY)
    collected.register(models)
    with _held(shared, fcntl.LOCK_SH) if shared else nullcontext():
        return generate_latest(collected)


def fold_the_dead(directory: Path) -> None:
    """Add the counts of workers that are gone into one file, and remove theirs, which would be read for ever.

    A scrape holds the lock while it reads, so it finds each count once, before or after. Where one reads just now
    nothing is done until the next worker dies: the master waits for nobody.
    """
    try:
        with _held(directory, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for kind in FOLDED_KINDS:
                dead = [path for path in directory.glob(f"{kind}_*.db") if _is_gone(int(path.stem.rpartition("_")[2]))]
                _fold(directory, kind, dead)
    except BlockingIOError:
        return
    except OSError as error:
        _log.warning("the counts of workers that are gone cannot be folded: %s", error)


def _fold(directory: Path, kind: str, dead: Collection[Path]) -> None:
    if not dead:
        return
    folded, new = directory / f"{kind}_{NOBODY}.db", directory / f"{kind}.new"
    sums: defaultdict[str, float] = defaultdict(float)
    for path in (folded, *dead):
        for key, value in _values(path):
            sums[key] += value
    new.unlink(missing_ok=True)
    file = _UntypedFile(str(new))
    for key, value in sums.items():
        file.write_value(key, value, 0.0)
    file.close()
    new.replace(folded)
    for path in dead:
        path.unlink()


def _values(path: Path) -> list[tuple[str, float]]:
    try:
        return [(key, value) for key, value, *_ in _UntypedFile.read_all_values_from_file(str(path))]
    except FileNotFoundError:
        return []
    except (RuntimeError, ValueError, struct.error):  # its worker was killed while it made the file
        _log.warning("%s cannot be read; its counts are lost", path.name)
        return []


@contextmanager
def _held(directory: Path, how: int) -> Iterator[None]:
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return pid != NOBODY
    except PermissionError:
        return False
    return False
