"""`make deploy-local` and `make stop-local`, and what they say where no engine answers."""

import os
import shutil
import subprocess
from pathlib import Path

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


def only(folder: Path, *programs: str) -> str:
    """A PATH on which nothing but these is found."""
    folder.mkdir()
    for name in programs:
        (folder / name).symlink_to(shutil.which(name) or "")
    return str(folder)


def test_without_curl_one_sentence_says_so_before_anything_is_built(tmp_path: Path) -> None:
    done = make("deploy-local", PATH=only(tmp_path / "bin", "sh", "make", "awk"), DOCKER="/nonexistent")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == "Slipway: this needs curl: install it (apt-get, dnf, apk or brew)."


def fake_python(folder: Path, name: str, *, fits: bool) -> None:
    """Answers whether its version is accepted, and notes what it is told to do."""
    (folder / name).write_text(
        f'#!/bin/sh\ncase "$*" in *version_info*) exit {int(not fits)} ;; --version) echo Python 3.14.0 ;; '
        f'*) echo "{name} $*" >>"{folder}/told" ;; esac\n'
    )
    (folder / name).chmod(0o755)


def set_up_venv(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder}:{os.environ['PATH']}"
    command = [ROOT / "deploy" / "local" / "setup", "venv"]
    environment = {**os.environ, "PYTHON": "python3", "PATH": path, **environment}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_another_python_stands_in_where_the_systems_does_not_fit(tmp_path: Path) -> None:
    for name, fits in (("python3", False), ("python3.13", False), ("python3.12", True), ("python3.11", True)):
        fake_python(tmp_path, name, fits=fits)
    assert set_up_venv(tmp_path).returncode == 0
    assert (tmp_path / "told").read_text().splitlines()[-1] == "python3.12 -m venv .venv"


def test_a_python_that_was_named_and_does_not_fit_is_refused(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3.14", fits=False)
    fake_python(tmp_path, "python3.12", fits=True)
    done = set_up_venv(tmp_path, PYTHON="python3.14")
    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13 is needed, and python3.14 is Python 3.14.0." in done.stderr
    assert not (tmp_path / "told").exists()


@pytest.mark.parametrize(
    "changed",
    [
        "app/pack/bundles.py",
        "app/signature.py",
        "app/predictions.py",
        "app/repository/bundle.py",
        "app/runtimes/sklearn.py",
        "app/runtimes/digits/on_pages.py",
        "app/examples/tables.py",
        "requirements-pack.txt",
    ],
)
def test_the_examples_are_made_again_when_what_makes_them_changes(changed: str) -> None:
    assert (ROOT / changed).exists()
    assert "deploy/local/setup examples" in make("--dry-run", "-W", changed, "examples").stdout


def test_make_alone_lists_the_targets() -> None:
    done = make()
    assert done.returncode == 0
    for target in ("run", "test", "check", "format", "lock", "image", "deploy-local", "stop-local", "clean"):
        assert f"\n  make {target} " in done.stdout
