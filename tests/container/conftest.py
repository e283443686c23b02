"""The stack under test: `native` through `make run`, `container` from the image that `make image` builds once."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.container.stack import DOCKER, ROOT, ContainerStack, NativeStack, Stack, free_port, wait_for

IMAGE = "slipway:test"

Launch = MakeStack = Callable[..., Stack]


@pytest.fixture(scope="session")
def engine() -> None:
    """A Docker engine that answers; without one its tests are skipped, or fail where CI promised one."""
    asked = shutil.which(DOCKER[0]) and subprocess.run([*DOCKER, "version"], capture_output=True, check=False)
    if asked and asked.returncode == 0:
        return
    reason = "no Docker engine answers"
    if os.environ.get("SLIPWAY_REQUIRE_DOCKER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def image(engine: None) -> str:
    built = subprocess.run(["make", "image", f"IMAGE={IMAGE}"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return IMAGE


@pytest.fixture(scope="session")
def make_stack(request: pytest.FixtureRequest) -> Iterator[MakeStack]:
    """Start a stack of a kind with settings; each is removed at the end of the session at the latest."""
    started: list[Stack] = []
    folder = Path(tempfile.mkdtemp(prefix="slipway-"))  # short: a socket's path has a limit that pytest's may exceed

    def make(kind: str, *, ready: bool = True, **settings: str) -> Stack:
        environment = {"HOST": "127.0.0.1", "PORT": str(free_port()), "WEB_CONCURRENCY": "2", **settings}
        name = f"slipway-test-{uuid.uuid4().hex[:8]}"
        stack: Stack
        if kind == "container":
            stack = ContainerStack(request.getfixturevalue("image"), name, environment)
        else:
            (folder / name).mkdir()
            stack = NativeStack(folder / name, environment)
        started.append(stack)
        if ready:
            wait_for(stack.ready, "ready")
        return stack

    yield make
    for stack in started:
        stack.discard()
    shutil.rmtree(folder)


@pytest.fixture(scope="session", params=["native", "container"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def stack(kind: str, make_stack: MakeStack) -> Stack:
    """One for all tests that only ask."""
    return make_stack(kind)


@pytest.fixture
def launch(kind: str, make_stack: MakeStack) -> Iterator[Launch]:
    """Start a stack of one's own, with settings, to be killed or changed."""
    launched: list[Stack] = []

    def start(*, ready: bool = True, **settings: str) -> Stack:
        launched.append(make_stack(kind, ready=ready, **settings))
        return launched[-1]

    yield start
    for stack in launched:
        stack.discard()
