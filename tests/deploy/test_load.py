"""The load test and the plan's measurement, against the local stack."""

import contextlib
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.load.__main__ import main as load_main
from deploy.load.mix import BATCH, MixError, read_mix
from tests.container.stack import ROOT, NativeStack, free_port, wait_for


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    # Short: a socket's path has a limit.
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        port = free_port()
        stack = NativeStack(Path(folder), {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "2"})
        try:
            wait_for(stack.ready, "ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            stack.discard()


def make(target: str, **options: str) -> subprocess.CompletedProcess[str]:
    command = ["make", target, *(f"{name}={value}" for name, value in options.items())]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def load(report: Path, **options: str) -> subprocess.CompletedProcess[str]:
    """Five users for three seconds, with bounds that a machine under load does not pass."""
    chosen = {"USERS": "5", "TIME": "3s", "THINK": "0.1", "MAX_P95": "60000", "REPORT": str(report), **options}
    return make("load-test", **chosen)


def test_each_model_is_asked_as_it_says(url: str) -> None:
    mix = {request.name: request for request in read_mix(url)}
    assert {"digits", "mnist", "iris", f"iris, {BATCH} rows", "wine", "diabetes", "hello"} <= set(mix)
    assert mix["hello"].path == "/api/v1/hello"
    assert mix[f"iris, {BATCH} rows"].body.count(b"sepal_length") == BATCH
    assert mix["iris"].weight > mix["digits"].weight


def test_only_what_was_chosen_is_asked(url: str) -> None:
    assert Counter(request.path for request in read_mix(url, ["iris"])) == {"/predict/iris": 2}
    with pytest.raises(MixError, match="has no iri, nobody; it has diabetes, digits, hello, iris"):
        read_mix(url, ["nobody", "iri", "iris"])


def test_a_run_within_its_bounds_succeeds_and_reports(url: str, tmp_path: Path) -> None:
    report = tmp_path / "new" / "report.html"
    done = load(report, URL=url)
    assert done.returncode == 0, done.stderr
    assert "0.00% errors" in done.stdout
    assert "within the bounds" in done.stdout
    assert "Response time percentiles" in done.stderr + done.stdout
    page = report.read_text()
    assert "/predict/iris" in page or '"iris"' in page
    assert "<script" in page


class Relay(socketserver.ThreadingTCPServer):
    """Passes bytes on, as a balancer does that spreads connections; counts these."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.port, self.connections = port, 0

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        with socket.create_connection(("127.0.0.1", self.port)) as service:
            back = threading.Thread(target=_pass_on, args=(service, request))
            back.start()
            _pass_on(request, service)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_users_come_anew_now_and_then(url: str, tmp_path: Path) -> None:
    """Else the pods that came last would never be asked: a balancer may spread connections, not requests."""
    with Relay(int(url.rpartition(":")[2])) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{relay.server_address[1]}"
        done = load(tmp_path / "report.html", URL=address, MODELS="hello", THINK="0")
        relay.shutdown()
    assert done.returncode == 0, done.stdout
    (requests,) = re.findall(r"Aggregated +(\d+) ", done.stderr + done.stdout)[:1]
    # Two ask what there is to ask.
    renewed = relay.connections - 2 - 5
    assert 0 < renewed < int(requests) / 5


def test_a_percentile_past_its_bound_fails(url: str, tmp_path: Path) -> None:
    done = load(tmp_path / "report.html", URL=url, MODELS="iris hello", MAX_P95="0.5")
    # make's own status for a command that failed, and the command's.
    assert done.returncode == 2
    assert "Error 1" in done.stderr
    assert "ms, and 0 ms is allowed" in done.stdout


def test_too_many_errors_fail(url: str, tmp_path: Path) -> None:
    """Of a prefix that this service has not, each request is answered 404."""
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(
        "from dataclasses import replace\nfrom deploy.load import locustfile as own\n"
        "from deploy.load.locustfile import Visitor\nread = own.read_mix\n"
        "own.read_mix = lambda *asked: [replace(request, path='/nowhere') for request in read(*asked)]\n"
    )
    flags = ["--headless", "--host", url, "--users", "2", "--run-time", "2", "--think", "0.1"]
    command = [sys.executable, "-m", "locust", "--locustfile", str(locustfile), *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "100.00% of the requests failed, and 1.00% may" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "URL is missing"),
        ({"URL": "localhost"}, "URL=localhost is not accepted"),
        ({"URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9/models does not answer as Slipway does"),
        ({"URL": "http://127.0.0.1:9", "TIME": "soon"}, "TIME=soon is not accepted"),
        ({"URL": "http://127.0.0.1:9", "MAX_ERRORS": "5"}, "MAX_ERRORS=5 is not accepted"),
    ],
)
def test_what_a_run_cannot_begin_with_is_said(
    options: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in options.items():
        monkeypatch.setenv(name, value)
    # Ended as the options are read, or by main's own status.
    with pytest.raises(SystemExit) as ended:
        sys.exit(load_main())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_plan_is_made_from_what_is_measured(url: str, tmp_path: Path) -> None:
    curve = tmp_path / "day.csv"
    curve.write_text("time,rate\n08:00,10\n08:30,20\n")
    settings = {"URL": url, "MODELS": "iris", "STEP": "2", "CURVE": str(curve), "PICTURE": str(tmp_path / "plan.png")}
    done = make("plan", **settings)
    assert done.returncode == 0, done.stderr
    steps = [line.split() for line in done.stdout.splitlines()[2:7]]
    assert [step[0] for step in steps] == ["1", "2", "4", "8", "16"]
    best = max(float(step[1]) for step in steps)
    assert f"one answers up to {best:.1f} requests/s" in done.stdout
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")
