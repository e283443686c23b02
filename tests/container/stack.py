"""A running Slipway, native or in a container: asked, watched, killed and stopped in the same words."""

import http.client
import json
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from app.settings import default_metrics_port

ROOT = Path(__file__).parents[2]
DOCKER = shlex.split(os.environ.get("DOCKER", "docker"))
IRIS = json.dumps(
    {"instances": [{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}]}
).encode()
JSON = {"Content-Type": "application/json"}
START_SECONDS, STOP_SECONDS = 150, 90  # of a machine whose processors others use as well

# Prints [pid, parent, command line] of each process that it sees; runs here or in the container.
LIST_PROCESSES = """
import json, pathlib
found = []
for entry in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        command = (entry / "cmdline").read_bytes().replace(b"\\0", b" ").decode(errors="replace")
        parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        found.append([int(entry.name), parent, command])
    except OSError:
        pass
print(json.dumps(found))
"""


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, dict(headers or {}))
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


def free_port() -> int:
    """A port that is free with its neighbour and with both scrapers' ports; below those that clients are given."""
    while True:
        port = random.randrange(12_000, 31_000)
        ours = (port, port + 1)
        if all(map(_is_free, (*ours, *map(default_metrics_port, ours)))):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_for(true: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.05)


class Stack:
    """What both kinds have in common. `outcome` is known once it ended."""

    port: int

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        return ask(self.port, method, path, body, headers)

    def predict(self) -> Reply:
        return self.ask("POST", "/predict/iris", IRIS, JSON)

    def predicts(self) -> bool:
        try:
            return self.predict().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def ready(self) -> bool:
        assert self.running(), f"ended while it was awaited:\n{self.stderr()}"
        try:
            return self.ask("GET", "/readyz").status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def access_log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout().splitlines()]

    def application_log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stderr().splitlines() if not line.startswith(("Slipway: ", "make"))]

    def logged(self, request_id: str) -> dict[str, Any]:
        """The access-log line of a request; NGINX writes it after the reply."""
        found: list[dict[str, Any]] = []

        def search() -> bool:
            found[:] = [line for line in self.access_log() if line["request_id"] == request_id]
            return bool(found)

        wait_for(search, f"the access-log line of {request_id}", 10)
        assert len(found) == 1
        return found[0]

    def family(self, program: str) -> tuple[int, list[int]]:
        """A program's master, 0 where it is dead, and its workers."""
        processes = self.processes()
        supervisor = self.supervisor()
        masters = [pid for pid, parent, command in processes if parent == supervisor and program in command]
        if not masters:
            return 0, []
        return masters[0], [pid for pid, parent, _ in processes if parent == masters[0]]

    # What differs.
    def running(self) -> bool:
        raise NotImplementedError

    def supervisor(self) -> int:
        raise NotImplementedError

    def processes(self) -> list[tuple[int, int, str]]:
        raise NotImplementedError

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        raise NotImplementedError

    def terminate(self) -> None:
        """SIGTERM, as `docker stop`, Kubernetes and systemd send it. Returns at once."""
        raise NotImplementedError

    def outcome(self) -> int:
        """The exit status, once it ended."""
        raise NotImplementedError

    def stdout(self) -> str:
        raise NotImplementedError

    def stderr(self) -> str:
        raise NotImplementedError

    def discard(self) -> None:
        raise NotImplementedError


class NativeStack(Stack):
    """`make run`, with make's exit status as the outcome."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.port = int(environment["PORT"]) if environment["PORT"].isdigit() else 0
        self.run_dir = folder / "run"
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                ["make", "run"],
                cwd=ROOT,
                env={**os.environ, "SLIPWAY_RUN_DIR": str(self.run_dir), **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def running(self) -> bool:
        return self.process.poll() is None

    def supervisor(self) -> int:
        return int((self.run_dir / "supervisord.pid").read_text())

    def processes(self) -> list[tuple[int, int, str]]:
        listed = subprocess.run([sys.executable, "-c", LIST_PROCESSES], capture_output=True, check=True)
        return [tuple(entry) for entry in json.loads(listed.stdout)]

    def cpu_seconds(self) -> float:
        """Of the processes from make on that are there, and of those that they have waited for (proc(5))."""
        family = {self.process.pid}
        for pid, parent, _ in sorted(self.processes()):
            if parent in family:
                family.add(pid)
        ticks = 0
        for pid in family:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        os.kill(pid, number)

    def terminate(self) -> None:
        os.kill(self.supervisor(), signal.SIGTERM)

    def outcome(self) -> int:
        return self.process.wait(STOP_SECONDS)

    def stdout(self) -> str:
        text = self._out.read_text()
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("Slipway: "))

    def stderr(self) -> str:
        return self._err.read_text()

    def discard(self) -> None:
        if self.running():
            try:
                self.terminate()
                self.process.wait(STOP_SECONDS)
            except (OSError, subprocess.TimeoutExpired):
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


class ContainerStack(Stack):
    """The image with a read-only root and no capability, on the host's network; own models are mounted to be read."""

    def __init__(self, image: str, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.port = int(environment["PORT"]) if environment["PORT"].isdigit() else 0
        flags = [word for key, value in environment.items() for word in ("--env", f"{key}={value}")]
        models = environment.get("SLIPWAY_MODELS", "")
        if models.startswith("/"):
            flags += ["--volume", f"{models}:{models}:ro"]
        docker("run", "--detach", "--name", name, "--network", "host", *HARDENED, *flags, image)

    def running(self) -> bool:
        return self.inspect("{{.State.Running}}") == "true"

    def inspect(self, what: str) -> str:
        return docker("inspect", "--format", what, self.name).strip()

    def execute(self, *command: str) -> str:
        return docker("exec", self.name, *command)

    def supervisor(self) -> int:
        return 1

    def processes(self) -> list[tuple[int, int, str]]:
        return [tuple(entry) for entry in json.loads(self.execute("python", "-c", LIST_PROCESSES))]

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        self.execute("python", "-c", f"import os; os.kill({pid}, {number.value})")

    def terminate(self) -> None:
        docker("kill", "--signal", "TERM", self.name)

    def outcome(self) -> int:
        wait_for(lambda: not self.running(), "the container's end", STOP_SECONDS)
        return int(self.inspect("{{.State.ExitCode}}"))

    def stdout(self) -> str:
        return self._logs().stdout

    def stderr(self) -> str:
        return self._logs().stderr

    def discard(self) -> None:
        docker("rm", "--force", self.name)

    def _logs(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*DOCKER, "logs", self.name], capture_output=True, text=True, check=True)


HARDENED = ("--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/slipway", "--cap-drop", "ALL")


def docker(*arguments: str) -> str:
    done = subprocess.run([*DOCKER, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {shlex.join(arguments)}: {done.stderr}"
    return done.stdout


@dataclass
class Load:
    """Threads that ask without a pause, each request on a new connection; every failure is kept.

    `models` are the X-Model headers of the answers, in the order in which they came.

    Once `ending` is set, a refused connection is the expected end of a thread: nobody listens any more. A request
    that was accepted must be answered all the same.
    """

    port: int
    threads: int = 8
    path: str = "/predict/iris"
    body: bytes = IRIS
    answered: int = 0
    models: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._pool = [threading.Thread(target=self._ask_on, daemon=True) for _ in range(self.threads)]
        for thread in self._pool:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._pool:
            thread.join()

    def wait_for_more(self, answers: int) -> None:
        enough = self.answered + answers
        wait_for(lambda: self.answered >= enough, f"{answers} more answers")

    def _ask_on(self) -> None:
        while not self._stop.is_set():
            try:
                reply = ask(self.port, "POST", self.path, self.body, JSON)
            except ConnectionRefusedError as error:
                if self.ending.is_set():
                    return
                self._count(str(error))
            except (OSError, http.client.HTTPException) as error:
                self._count(repr(error))
            else:
                self.models.append(reply.headers.get("X-Model", ""))
                self._count(None if reply.status == http.HTTPStatus.OK else f"{reply.status} {reply.body!r}")

    def _count(self, failure: str | None) -> None:
        with self._lock:
            if failure is None:
                self.answered += 1
            else:
                self.failures.append(failure)
