"""The real stack, started for a benchmark and stopped after it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[tuple[int, Path]]:
    """The port and the run directory of a stack with the bundles of folder/models, once it is ready."""
    port, run_dir = free_port(), folder / f"run-{settings.get('WEB_CONCURRENCY', '')}"
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SLIPWAY_METRICS_PORT": str(port + 1),
        "SLIPWAY_MODELS": str(folder / "models"),
        "SLIPWAY_RUN_DIR": str(run_dir),
        "SLIPWAY_POLL_SECONDS": "0",
        "SLIPWAY_LOG_LEVEL": "warning",
        **settings,
    }
    stack = subprocess.Popen(
        [sys.executable, "app/start.py"], cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        while not is_ready(port):
            assert stack.poll() is None, "the stack ended while it was awaited"
            time.sleep(0.2)
        yield port, run_dir
    finally:
        stack.send_signal(signal.SIGTERM)
        stack.wait()


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port that is free together with the next one, which is the scraper's."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
