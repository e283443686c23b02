"""`make deploy-local` and `make stop-local`, and what they say where no engine answers."""

import os
import subprocess

import pytest

from tests.container.conftest import IMAGE
from tests.container.stack import IRIS, JSON, ROOT, ask, docker, free_port

CONTAINER = f"slipway-test-local-{os.getpid()}"


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.usefixtures("image")
def test_it_runs_answers_and_is_removed() -> None:
    port = free_port()
    names = (f"IMAGE={IMAGE}", f"CONTAINER={CONTAINER}")
    flags = "DOCKER_RUN_FLAGS=--network host -e HOST=127.0.0.1"
    try:
        done = make("deploy-local", f"PORT={port}", flags, *names)
        assert done.returncode == 0, done.stderr
        assert '"predictions":["setosa"]' in done.stdout
        curl = done.stdout.splitlines()[-1]
        assert f"http://localhost:{port}/predict/iris" in curl
        local = curl.replace("localhost", "127.0.0.1").replace("curl ", "curl --silent --fail ", 1)
        assert "setosa" in subprocess.run(["bash", "-c", local], capture_output=True, text=True, check=True).stdout
        assert ask(port, "POST", "/predict/iris", IRIS, JSON).status == 200
    finally:
        stopped = make("stop-local", *names)
    assert stopped.returncode == 0
    assert CONTAINER not in docker("ps", "--all", "--format", "{{.Names}}")
    assert "no container" in make("stop-local", *names).stderr


@pytest.mark.usefixtures("image")
def test_a_container_that_ends_is_told_with_its_reason() -> None:
    done = make(
        "deploy-local", f"PORT={free_port()}", f"IMAGE={IMAGE}", f"CONTAINER={CONTAINER}",
        "DOCKER_RUN_FLAGS=--network host -e HOST=127.0.0.1 -e SLIPWAY_QUEUE=none",
    )  # fmt: skip
    assert done.returncode != 0
    assert "the container ended" in done.stderr
    assert "SLIPWAY_QUEUE='none' is not accepted" in done.stderr
    assert CONTAINER not in docker("ps", "--all", "--format", "{{.Names}}")


@pytest.mark.parametrize("target", ["image", "deploy-local", "stop-local"])
@pytest.mark.parametrize("engine", [{"DOCKER": "/nonexistent"}, {"DOCKER_HOST": "unix:///nonexistent.sock"}])
def test_without_an_engine_one_sentence_says_so(target: str, engine: dict[str, str]) -> None:
    done = make(target, **engine)
    assert done.returncode != 0
    said, *makes_own = done.stderr.splitlines()
    assert said.startswith("Slipway: no Docker engine answers to '")
    assert len(makes_own) == 1  # make: *** [...] Error 1


def test_make_alone_lists_the_targets() -> None:
    done = make()
    assert done.returncode == 0
    for target in ("run", "test", "check", "format", "lock", "image", "deploy-local", "stop-local", "clean"):
        assert f"\n  make {target} " in done.stdout
