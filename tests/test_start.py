"""A signal to end is obeyed from the first moment on, also by process 1, which has no signals but those it handles."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
START = [sys.executable, "app/start.py"]
NAMESPACE = ["unshare", "--pid", "--fork"]
TICKS = os.sysconf("SC_CLK_TCK")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def field(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wait_for(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def obeys(pid: int, number: signal.Signals) -> bool:
    return bool(int(field(pid, "SigCgt"), 16) >> (number - 1) & 1)


def child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_before_the_imports_ends_it_with_0(tmp_path: Path, number: signal.Signals) -> None:
    environment = {**os.environ, "SLIPWAY_RUN_DIR": str(tmp_path / "run")}
    process = subprocess.Popen(START, cwd=ROOT, env=environment)
    wait_for(lambda: obeys(process.pid, signal.SIGTERM))
    assert cpu_seconds(process.pid) < 0.2  # and not after all the imports
    process.send_signal(number)
    assert process.wait(20) == 0
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("later", [0.0, 0.05, 0.1])
def test_process_1_obeys_as_well(tmp_path: Path, later: float) -> None:
    if not shutil.which("unshare") or subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace of processes may be made here")
    environment = {**os.environ, "SLIPWAY_RUN_DIR": str(tmp_path / "run"), "PORT": "http"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen([*NAMESPACE, *START], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    wait_for(lambda: child(process.pid))
    pid = child(process.pid)
    wait_for(lambda: obeys(pid, signal.SIGTERM))
    wait_for(lambda: cpu_seconds(pid) >= later)
    os.kill(pid, signal.SIGTERM)
    assert process.wait(20) == 0  # and not 2, which it would say of its port
