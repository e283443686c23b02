"""Whose answer is judged: pods of before, and a canary's, answer at the same address as the new ones."""

import itertools
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.deploy.cloud.conftest import ALL, Machine


@dataclass(frozen=True)
class Pod:
    """The default model's versions, and what each answers."""

    answers: dict[str, int]

    @property
    def default(self) -> str:
        return max(self.answers)


@dataclass
class Service:
    """A Service whose balancer goes round its pods; those of before end when `gone` is there."""

    gone: Path
    old: Sequence[Pod] = ()
    new: Sequence[Pod] = ()
    turn: Iterator[int] = field(default_factory=itertools.count)

    def pod(self) -> Pod:
        pods = [*([] if self.gone.exists() else self.old), *self.new]
        return pods[next(self.turn) % len(pods)]

    def reply(self, path: str) -> tuple[int, str, object]:
        """Status, X-Model and body."""
        pod, asked = self.pod(), urlsplit(path)
        if asked.path == "/models":
            return 200, "", {"models": [{"name": "digits", "version": pod.default, "default": True}]}
        if asked.path == "/models/digits":
            return 200, "", {"requests": [{"curl": "curl"}]}
        (version,) = parse_qs(asked.query).get("version", [pod.default])
        if version not in pod.answers:
            return 404, "", {"error": f"digits has no version {version}"}
        body = {"model": "digits", "version": version, "predictions": [pod.answers[version]], "probabilities": None}
        return 200, f"digits/{version}@abcdef0", body


@pytest.fixture
def service(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """On a machine where an update to image 1.1 and a canary 1.2 find it."""
    served = Service(machine.folder / "gone")

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            """Whatever the method."""
            self.raw_requestline = self.rfile.readline()
            self.close_connection = True
            self.parse_request()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, model, body = served.reply(self.path)
            self.send_response(status)
            self.send_header("X-Model", model)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None: ...

    monkeypatch.setenv("STANDIN_SERVICE", "here")
    monkeypatch.setenv("SMOKE_SECONDS", "5")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        answers = {
            "kubectl * wait --for=delete pods *": f"!touch {served.gone}",
            "kubectl * exec deployment/slipway *": "!cat stable",
            "kubectl * exec deployment/slipway-canary *": "digits/2",
            "kubectl * get service *": f"http://127.0.0.1:{server.server_port}",
            "docker run * models/digits/1/*": golden(1),
            "docker run * models/digits/2/*": golden(2),
        }
        machine.answers = {**answers, **{call: answer for call, answer in ALL.items() if call not in answers}}
        yield served
        server.shutdown()


def golden(prediction: int) -> str:
    return json.dumps({"instances": [[0]], "outputs": {"predictions": [prediction], "probabilities": None}})


def put(machine: Machine, service: Service, old: Sequence[Pod], new: Sequence[Pod], **variables: str) -> int:
    service.old, service.new = old, new
    Path("stable").write_text(f"digits/{new[0].default}\n")
    return machine.run("update", "gke", VERSION="1.1", **variables)


FIRST, SECOND, BOTH = Pod({"1": 1}), Pod({"2": 2}), Pod({"1": 1, "2": 2})


@pytest.mark.parametrize("new", [SECOND, BOTH])
def test_pods_of_before_are_not_taken_for_the_new_ones(new: Pod, machine: Machine, service: Service) -> None:
    assert put(machine, service, old=[FIRST, FIRST], new=[new, new]) == 0


@pytest.mark.parametrize("new", [Pod({"1": 9}), Pod({"1": 9, "2": 9})])
def test_new_pods_that_are_wrong_are_found_beside_old_ones_that_are_right(
    new: Pod, machine: Machine, service: Service
) -> None:
    assert put(machine, service, old=[FIRST, FIRST], new=[new]) == 1
    assert any("rollout undo" in line for line in machine.lines())


def test_one_wrong_pod_among_right_ones_is_found(machine: Machine, service: Service) -> None:
    assert put(machine, service, old=[], new=[FIRST, FIRST, FIRST, Pod({"1": 9})]) == 1


@pytest.mark.parametrize("canary", [SECOND, BOTH])
def test_a_canary_is_not_taken_for_the_version_nor_the_version_for_it(
    canary: Pod, machine: Machine, service: Service
) -> None:
    assert put(machine, service, old=[FIRST], new=[FIRST, FIRST, canary], CANARY="1.2") == 0


@pytest.mark.parametrize("canary", [Pod({"2": 9}), Pod({"1": 9, "2": 2})])
def test_a_canary_that_is_wrong_is_found(canary: Pod, machine: Machine, service: Service) -> None:
    assert put(machine, service, old=[], new=[FIRST, FIRST, canary], CANARY="1.2") == 1
    assert any("delete deployment slipway-canary" in line for line in machine.lines())


def test_a_rollback_is_judged_by_the_pods_that_it_brought_back(machine: Machine, service: Service) -> None:
    service.old, service.new = [SECOND], [FIRST]
    Path("stable").write_text("digits/1\n")
    assert machine.run("rollback", "gke") == 0
    service.gone.unlink()
    service.old, service.new = [FIRST], [Pod({"1": 9})]
    assert machine.run("rollback", "gke") == 1
