"""What several rooms' tests share: a service around trivial models, and the packed example models."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from flask import Flask
from flask.testing import FlaskClient

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.examples.__main__ import BUILDERS
from app.settings import Settings
from tests.fakes import MAX_PIXELS, SIGN, TENSOR, BrokenRuntime, make_model


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests say which settings they mean; the machine's own have no part in it."""
    for variable in ("HOST", "PORT", "WEB_CONCURRENCY", "PROMETHEUS_MULTIPROC_DIR"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def registry() -> Registry:
    """Trivial models, one of each kind that a dialect has to tell apart."""
    registry = Registry(default="sum", loading=Loading(MAX_PIXELS))
    registry.add(make_model())
    registry.add(make_model(name="sign", target=SIGN, task="classification"))
    registry.add(make_model(name="tensor", signature=TENSOR, examples=([[1, 2, 3], [4, 5, 6]],)))
    registry.add(make_model(name="broken", runtime=BrokenRuntime()))
    return registry


@pytest.fixture
def app(registry: Registry) -> Flask:
    return build_app(Settings(max_pixels=MAX_PIXELS), registry)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A directory with the example models, trained and packed as `make run` and the image do it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "models"
    with FileLock(f"{folder}.lock"):  # where several processes share the tests they share the models
        if not folder.exists():
            scratch = tmp_path_factory.mktemp("packing")
            for build in BUILDERS.values():
                build(scratch)
            scratch.chmod(0o755)  # a container's user reads it as well
            scratch.rename(folder)
    return folder
