"""Versions that come, go, are rolled back and misbehave, while the service answers."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import default_metrics_port
from tests.bundles import constant, predictor, write_bundle
from tests.container.conftest import MakeStack
from tests.container.stack import JSON, ROOT, Load, NativeStack, Reply, Stack, ask, wait_for

BODY = json.dumps({"instances": [{"a": 1, "b": 2}]}).encode()
PATH = "/predict/const"
WORKERS = 3

# Where a container adds nothing that could go wrong.
native_only = pytest.mark.parametrize("kind", ["native"])


@pytest.fixture
def models() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="slipway-models-"))
    folder.chmod(0o755)  # the image's user is another
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def served(kind: str, models: Path, make_stack: MakeStack) -> Iterator[Stack]:
    """A service of versions 1 and 2, each of which answers its own number."""
    for version in (1, 2):
        constant(models, "const", version, version)
    stack = launch(make_stack, kind, models)
    yield stack
    stack.discard()


def launch(make_stack: MakeStack, kind: str, models: Path) -> Stack:
    return make_stack(
        kind,
        SLIPWAY_MODELS=str(models),
        SLIPWAY_DEFAULT_MODEL="const",
        SLIPWAY_POLL_SECONDS="0.2",
        SLIPWAY_LOAD_SECONDS="5",
        WEB_CONCURRENCY=str(WORKERS),
    )


def load(stack: Stack) -> Load:
    return Load(stack.port, path=PATH, body=BODY)


def predict(stack: Stack, **headers: str) -> Reply:
    return stack.ask("POST", PATH, BODY, {**JSON, **headers})


def answer(stack: Stack) -> float:
    reply = predict(stack)
    assert reply.status == 200, reply.body
    return float(reply.json()["predictions"][0])


def settled(running: Load, version: int) -> None:
    """Wait until all workers answer with a version, which they then do without exception."""
    wait_for(lambda: running.models and running.models[-1].startswith(f"const/{version}@"), f"version {version}")
    running.wait_for_more(50)  # old workers finish what they have in hand
    begin = len(running.models)
    running.wait_for_more(200)
    assert {model.partition("@")[0] for model in running.models[begin:]} == {f"const/{version}"}


def failed(stack: Stack) -> dict[str, str]:
    found: dict[str, str] = stack.ask("GET", "/readyz").json()["failed"]
    return found


def states(stack: Stack) -> dict[str, dict[str, Any]]:
    return {each["version"]: each for each in stack.ask("GET", "/models/const").json()["states"]}


def scrape(stack: Stack) -> str:
    return ask(default_metrics_port(stack.port), "GET", "/metrics").body.decode()


def answering(stack: Stack) -> str:
    """The version that answers; nothing while Gunicorn starts."""
    try:
        return (predict(stack).headers["X-Model"] or "").partition("@")[0]
    except (OSError, http.client.HTTPException):
        return ""


def roll(stack: Stack, models: Path, *flags: str) -> str:
    assert isinstance(stack, NativeStack)
    done = subprocess.run(
        ["make", "rollback", "MODEL=const", f"FLAGS={' '.join(flags)}"],
        cwd=ROOT,
        env={**os.environ, "SLIPWAY_MODELS": str(models), "SLIPWAY_RUN_DIR": str(stack.run_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_version_takes_over_in_every_worker_and_goes_again(served: Stack, models: Path) -> None:
    with load(served) as running:
        settled(running, 2)
        before = set(served.family("gunicorn")[1])
        constant(models, "const", 3, 3)
        settled(running, 3)
        assert answer(served) == 3
        wait_for(lambda: not before & set(served.family("gunicorn")[1]), "the old workers' end")
        assert len(served.family("gunicorn")[1]) == WORKERS
        shutil.rmtree(models / "const" / "3")
        settled(running, 2)
    assert running.failures == []


@native_only
def test_a_version_is_rolled_back_and_released(served: Stack, models: Path) -> None:
    with load(served) as running:
        settled(running, 2)
        assert roll(served, models).startswith("const: version 1 answers; before: version 2 answers, the newest.\n")
        settled(running, 1)
        constant(models, "const", 3, 3)
        wait_for(lambda: "3" in states(served), "version 3")
        settled(running, 1)
        assert roll(served, models, "--release").startswith("const: version 3 answers, the newest; before: version 1")
        settled(running, 3)
    assert running.failures == []


FAULTS = {
    "exits": ("import os; os._exit(0)", "it ended the process that loaded it (exit status 0)"),
    "segfaults": ("import ctypes; ctypes.string_at(0)", "it ended the process that loaded it (SIGSEGV)"),
    "raises": ("raise ValueError('no')", "ValueError: no"),
    "hangs": ("import time; time.sleep(1000)", "it did not load within 5 seconds"),
    "leaves": ("import sys; sys.exit(3)", "it ended the process that loaded it (exit status 3)"),
}


def test_a_version_that_misbehaves_as_it_loads_is_reported_and_harms_nobody(served: Stack, models: Path) -> None:
    with load(served) as running:
        for version, (statement, _) in enumerate(FAULTS.values(), 3):
            write_bundle(models, "const", version, predictor(version, statement), version)
        write_bundle(models, "const", 8, predictor(8), answer=9)
        reasons = {f"const/{version}": reason for version, (_, reason) in enumerate(FAULTS.values(), 3)}
        wait_for(lambda: reasons.items() <= failed(served).items(), "all reasons")
        wait_for(lambda: "the golden rows are not reproduced" in failed(served).get("const/8", ""), "the last reason")
        settled(running, 2)
    assert running.failures == []
    assert states(served)["3"] == {
        "version": "3",
        "state": "failed",
        "percent": 0,
        "reason": reasons["const/3"],
    }
    reply = served.ask("POST", f"{PATH}?version=3", BODY, JSON)
    assert reply.status == 503
    assert reasons["const/3"] in reply.json()["detail"]


def test_a_service_starts_beside_versions_that_misbehave(kind: str, models: Path, make_stack: MakeStack) -> None:
    constant(models, "const", 1, 1)
    for version, (statement, _) in enumerate(FAULTS.values(), 2):
        write_bundle(models, "const", version, predictor(version, statement), version)
    stack = launch(make_stack, kind, models)
    assert answer(stack) == 1
    assert len(failed(stack)) == len(FAULTS)
    stack.discard()


def test_a_bundle_that_was_tampered_with_is_named_and_what_was_loaded_goes_on(served: Stack, models: Path) -> None:
    with load(served) as running:
        own = models / "const" / "2" / "code" / "own.py"
        own.write_text(own.read_text().replace("2.0", "666.0"))
        wait_for(lambda: "own.py was changed after packing" in failed(served).get("const/2", ""), "the reason")
        settled(running, 2)
        assert answer(served) == 2
        served.kill(served.family("gunicorn")[0])
    # A new master finds only what is on the disk, and there the genuine version 2 is no more.
    wait_for(lambda: answering(served) == "const/1", "version 1")


@native_only
def test_a_version_that_is_replaced_in_place_is_loaded_anew(served: Stack, models: Path) -> None:
    constant(models, "const", 2, 22)
    wait_for(lambda: answer(served) == 22, "the new version 2")


@native_only
def test_a_request_in_hand_is_finished_by_its_old_worker(served: Stack, models: Path) -> None:
    slow = predictor(3).replace("return", "import time; time.sleep(6 * float(inputs['a'][0] == 99)); return")
    write_bundle(models, "const", 3, slow, 3)
    wait_for(lambda: answer(served) == 3, "version 3")
    with Load(served.port, threads=1, path=PATH, body=BODY.replace(b"1", b"99")) as waiting:
        wait_for(lambda: "slipway_requests_in_flight 1.0" in scrape(served), "the slow request")
        constant(models, "const", 4, 4)
        wait_for(lambda: answer(served) == 4, "version 4")
        wait_for(lambda: waiting.answered, "the slow answer")
    assert waiting.failures == []
    assert waiting.models[0].startswith("const/3@")


def test_a_killed_watcher_comes_back(served: Stack, models: Path) -> None:
    def watcher() -> int:
        return next(
            (pid for pid, parent, line in served.processes() if parent == served.supervisor() and "watch" in line), 0
        )

    for _ in range(5):
        wait_for(watcher, "the watcher")
        killed = watcher()
        served.kill(killed, signal.SIGKILL)
        wait_for(lambda killed=killed: watcher() not in (0, killed), "another watcher")
    constant(models, "const", 3, 3)
    wait_for(lambda: answer(served) == 3, "version 3")
    assert served.running()


@native_only
def test_traffic_is_shared_and_sticks(served: Stack, models: Path) -> None:
    (models / "const" / "traffic.json").write_text(
        json.dumps({"labels": {"stable": 1, "canary": 2}, "traffic": {"1": 75, "2": 25}, "sticky": "X-User"})
    )
    wait_for(lambda: states(served)["1"]["percent"] == 75, "the shares")
    people = {
        f"user {number}": predict(served, **{"X-User": f"user {number}"}).json()["version"] for number in range(200)
    }
    assert 25 < sum(version == "2" for version in people.values()) < 80
    for user, version in list(people.items())[:40]:
        assert predict(served, **{"X-User": user}).json()["version"] == version
    labelled = served.ask("POST", f"{PATH}?version=canary", BODY, JSON)
    assert labelled.json()["version"] == "2"
    (models / "const" / "traffic.json").write_text('{"traffic": {"1": 10}}')
    wait_for(lambda: "problems" in served.ask("GET", "/readyz").json(), "the problem")
    assert "sum to 10, not to 100" in served.ask("GET", "/readyz").json()["problems"]["const"]
    assert states(served)["1"]["percent"] == 75


@native_only
def test_a_shadow_sees_all_and_harms_nobody(served: Stack, models: Path) -> None:
    mortal = predictor(3).replace("return", "import os; inputs['a'][0] == 13 and os._exit(1); return")
    write_bundle(models, "const", 3, mortal, 3)
    roll_out = json.dumps({"traffic": {"2": 100}, "shadow": 3})
    (models / "const" / "traffic.json").write_text(roll_out)
    wait_for(lambda: states(served).get("3", {}).get("shadow"), "the shadow")
    fatal = BODY.replace(b"1", b"13")
    for number in range(20):
        reply = served.ask("POST", PATH, fatal if number % 4 == 0 else BODY, JSON)
        assert (reply.status, reply.json()["predictions"]) == (200, [2.0])
    seen: list[Any] = []

    def kept() -> bool:
        seen[:] = served.ask("GET", "/models/const/shadow").json()["disagreements"]
        return len(seen) == 15

    wait_for(kept, "the disagreements")
    assert {(each["version"], each["shadow"], each["answer"], each["shadow_answer"]) for each in seen} == {
        ("2", "3", 2, 3)
    }
    assert 'slipway_shadow_rows_total{model="const",outcome="disagreed",shadow="3",version="2"} 15.0' in scrape(served)
