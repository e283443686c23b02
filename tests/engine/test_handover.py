"""What happens in the process that forks the workers: memory goes back, and what old workers read stays."""

import os
import subprocess
import sys

import pytest

from app import serve
from app.engine.handover import take_over
from app.engine.model import Loading
from app.engine.registry import Registry
from app.repository.state import write_state
from app.runtimes.copies import Copies
from tests.bundles import constant, state_of
from tests.fakes import MAX_PIXELS

# Loading leaves holes behind: what is freed below something that is kept.
WHEN_READY = """
import ctypes, runpy, types
from app.engine.model import Loading
from app.engine.registry import Registry

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096

configuration = runpy.run_path("gunicorn.conf")
registry = Registry("m", Loading(1))
application = types.SimpleNamespace(extensions={"registry": registry})
server = types.SimpleNamespace(app=types.SimpleNamespace(wsgi=lambda: application))
held = [bytes(2000) for _ in range(50_000)]
kept = held[-1]
del held
before = resident()
configuration["when_ready"](server)
print(before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_what_the_first_load_has_freed_goes_back_before_the_first_fork(tmp_path):
    environment = {**os.environ, "SLIPWAY_RUN_DIR": str(tmp_path), "SLIPWAY_MODELS": str(tmp_path)}
    asked = subprocess.run(
        [sys.executable, "-c", WHEN_READY], cwd=serve.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stderr
    assert int(asked.stdout) > 50_000 * 1000


@pytest.fixture
def copies(tmp_path, monkeypatch):
    copies = Copies()
    copies.keep_in(tmp_path / "predictors")
    for module in ("runtimes.predictor", "engine.handover"):
        monkeypatch.setattr(f"app.{module}.COPIES", copies)
    return tmp_path / "predictors"


def test_a_copy_of_what_is_dropped_outlives_the_workers_that_read_it(tmp_path, copies):
    models = tmp_path / "models"
    registry = Registry("m", Loading(MAX_PIXELS))

    def published(seconds):
        write_state(tmp_path, state_of(models))
        take_over(registry, tmp_path, seconds)
        return sorted(path.read_text() for path in copies.rglob("model.txt"))

    path = constant(models, "m", 1, 1)
    assert published(0) == ["m 1"]
    path.rename(tmp_path / "gone")
    constant(models, "m", 2, 2)
    assert published(0) == ["m 1", "m 2"]
    assert published(600) == ["m 1", "m 2"]
    assert published(0) == ["m 2"]
