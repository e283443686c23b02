"""Start, death and end of the stack, natively and in the container."""

import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory

import pytest

from app.settings import default_metrics_port
from tests.container.conftest import Launch, MakeStack
from tests.container.stack import IRIS, JSON, ROOT, Load, NativeStack, Stack, ask, free_port, wait_for
from tests.container.test_answers import NAVIGATES


def test_sigterm_under_load_fails_no_request_and_exits_0(launch: Launch) -> None:
    stack = launch()
    with Load(stack.port) as load:
        wait_for(lambda: load.answered > 100, "load")
        load.ending.set()
        stack.terminate()
        assert stack.outcome() == 0
    assert load.failures == []


def test_a_request_in_hand_is_finished_after_sigterm(launch: Launch) -> None:
    stack = launch(WEB_CONCURRENCY="1")
    (worker,) = stack.family("gunicorn")[1]
    stack.kill(worker, signal.SIGSTOP)
    with Load(stack.port, threads=1) as load:
        load.ending.set()
        time.sleep(0.5)  # the request now waits for the worker
        stack.terminate()
        time.sleep(0.5)
        assert stack.running()
        stack.kill(worker, signal.SIGCONT)
        assert stack.outcome() == 0
    assert (load.answered, load.failures) == (1, [])


def test_a_request_that_outlasts_the_grace_does_not_hold_up_the_end(launch: Launch) -> None:
    stack = launch(WEB_CONCURRENCY="1", SLIPWAY_GRACE="1")
    (worker,) = stack.family("gunicorn")[1]
    stack.kill(worker, signal.SIGSTOP)
    with Load(stack.port, threads=1) as load:
        load.ending.set()
        time.sleep(0.5)
        stack.terminate()
        assert stack.outcome() == 0
    assert load.answered == 0


def test_a_killed_worker_under_load_fails_no_request(launch: Launch) -> None:
    stack = launch()
    with Load(stack.port) as load:
        for _ in range(3):
            load.wait_for_more(50)
            wait_for(lambda: len(stack.family("gunicorn")[1]) == 2, "two workers")
            stack.kill(stack.family("gunicorn")[1][0])
        load.wait_for_more(50)
    assert load.failures == []


def test_a_second_start_takes_far_less_than_5_seconds_of_processor_time(make_stack: MakeStack) -> None:
    """Processor time, for a clock would measure what else the machine has to do. Of two processors one may be idle."""
    make_stack("native").discard()
    stack = make_stack("native")
    assert isinstance(stack, NativeStack)
    seconds = stack.cpu_seconds()
    stack.discard()
    assert 0.1 < seconds < 4


def test_every_request_stays_counted_though_workers_die_and_are_replaced(make_stack: MakeStack) -> None:
    stack = make_stack("native")
    assert isinstance(stack, NativeStack)
    for _ in range(4):
        assert [stack.predict().status for _ in range(10)] == [200] * 10
        before = set(stack.family("gunicorn")[1])
        for worker in before:
            stack.kill(worker)
        wait_for(lambda before=before: len(set(stack.family("gunicorn")[1]) - before) == 2, "new workers")
    text = ask(default_metrics_port(stack.port), "GET", "/metrics").body.decode()
    assert 'slipway_requests_total{model="iris",status="200",version="1"} 40.0' in text
    assert 'slipway_request_seconds_count{model="iris",version="1"} 40.0' in text
    assert len(list((stack.run_dir / "metrics").glob("counter_*.db"))) <= 4  # one of the dead, the master, two workers
    stack.discard()


@pytest.mark.parametrize("program", ["gunicorn", "nginx"])
def test_a_killed_master_comes_back_and_leaves_no_orphan(launch: Launch, program: str) -> None:
    stack = launch()
    master, workers = stack.family(program)
    stack.kill(master)
    wait_for(lambda: stack.family(program)[0] not in (0, master), "a new master")
    wait_for(lambda: not {pid for pid, _, _ in stack.processes()} & set(workers), "the orphans' end")
    wait_for(stack.predicts, "a prediction")
    stack.terminate()
    assert stack.outcome() == 0


def test_while_gunicorn_starts_again_the_answer_is_503_with_retry_after(launch: Launch) -> None:
    stack = launch()
    stack.kill(stack.family("gunicorn")[0])
    replies, pages = [], []

    def answered() -> bool:
        pages.append(stack.ask("GET", "/", headers=NAVIGATES))
        replies.append(stack.predict())
        return len(replies) > 1 and replies[-1].status == 200 and any(reply.status != 200 for reply in replies)

    wait_for(answered, "a prediction after a refusal")
    refused = [reply for reply in replies if reply.status == 503]
    assert refused
    assert {reply.headers["Retry-After"] for reply in refused} == {"2"}
    assert {reply.headers["Content-Type"] for reply in refused} == {"application/problem+json"}
    assert {page.headers["Content-Type"] for page in pages if page.status == 503} == {"text/html"}


@pytest.mark.parametrize("program", ["gunicorn", "nginx"])
def test_a_master_that_dies_again_and_again_ends_the_stack_with_a_failure(launch: Launch, program: str) -> None:
    stack = launch()
    for _ in range(4):
        killed, _ = stack.family(program)
        stack.kill(killed)
        wait_for(lambda killed=killed: _ended_or_replaced(stack, program, killed), f"another {program}, or the end")
    assert stack.outcome() != 0
    last = stack.application_log()[-1]
    assert last["message"].startswith(f"{program} ended unasked")
    assert last["message"].endswith("4 times without 300 seconds in between; giving up")


def _ended_or_replaced(stack: Stack, program: str, killed: int) -> bool:
    try:
        return stack.family(program)[0] not in (0, killed)
    except (AssertionError, OSError):  # the container, or the directory of its process id, is gone
        return not stack.running()


def test_a_program_that_cannot_start_ends_the_stack_with_a_failure(launch: Launch) -> None:
    stack = launch(ready=False, PYTHONWARNINGS="", GUNICORN_CMD_ARGS="--no-such-option")
    assert stack.outcome() != 0
    assert "gunicorn" in stack.application_log()[-1]["message"]
    assert "giving up" in stack.application_log()[-1]["message"]


@pytest.mark.parametrize(
    ("variable", "value", "accepted"),
    [
        ("PORT", "http", "a port from 1 to 65535"),
        ("WEB_CONCURRENCY", "0", "a number of worker processes from 1 to 512"),
        ("SLIPWAY_MAX_BODY", "lots", "the largest request body"),
    ],
)
def test_a_bad_setting_stops_the_start_with_a_sentence(
    launch: Launch, variable: str, value: str, accepted: str
) -> None:
    stack = launch(ready=False, **{variable: value})
    assert stack.outcome() != 0
    assert f"{variable}='{value}' is not accepted: set it to {accepted}" in stack.stderr()


def test_a_port_that_is_taken_is_named(launch: Launch) -> None:
    first = launch()
    second = launch(ready=False, PORT=str(first.port))
    assert second.outcome() != 0
    assert f"Cannot listen on 127.0.0.1, port {first.port}: Address already in use. Set PORT to" in second.stderr()
    third = launch(ready=False, SLIPWAY_METRICS_PORT=str(first.port))
    assert third.outcome() != 0
    assert f"port {first.port}: Address already in use. Set SLIPWAY_METRICS_PORT to" in third.stderr()
    assert first.predict().status == 200


@pytest.mark.parametrize("together", [True, False])
def test_a_log_that_nobody_reads_stops_nothing(tmp_path: Path, together: bool) -> None:
    port = free_port()
    reader, writer = os.pipe()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "SLIPWAY_RUN_DIR": str(tmp_path / "run")}
    with (tmp_path / "stderr").open("wb") as err:
        process = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=environment, stdout=writer, stderr=writer if together else err
        )
    os.close(writer)
    try:
        wait_for(lambda: _answers(port, "/readyz"), "ready")
        # Each request leaves a line of some 1,200 bytes: the pipe is full after a few dozen.
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(lambda _: _answers(port, f"/healthz?{'q' * 1000}"), range(2000)))
        os.kill(int((tmp_path / "run" / "supervisord.pid").read_text()), signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        os.close(reader)
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def _answers(port: int, path: str) -> bool:
    try:
        return ask(port, "GET", path).status == 200
    except OSError:
        return False


def test_a_run_directory_is_not_shared(make_stack: MakeStack, tmp_path: Path) -> None:
    stack = make_stack("native")
    assert isinstance(stack, NativeStack)
    (tmp_path / "second").mkdir()
    second = NativeStack(
        tmp_path / "second", {"PORT": str(free_port()), "HOST": "127.0.0.1", "SLIPWAY_RUN_DIR": str(stack.run_dir)}
    )
    assert second.outcome() != 0
    assert f"Slipway already runs with the run directory {stack.run_dir}" in second.stderr()
    assert stack.predicts()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A socket's path has a limit, which pytest's directories may exceed."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_a_checkout_whose_path_has_a_space_works(short_path: Path) -> None:
    checkout = short_path / "a checkout"
    checkout.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in ("run", ".git"):
            (checkout / entry.name).symlink_to(entry)
    port = free_port()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    with (short_path / "log").open("wb") as log:
        process = subprocess.Popen(["make", "run"], cwd=checkout, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: process.poll() is not None or _answers(port, "/readyz"), "ready")
        assert ask(port, "POST", "/predict/iris", IRIS, JSON).status == 200
        os.kill(int((checkout / "run" / str(port) / "supervisord.pid").read_text()), signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def test_sigterm_to_make_ends_the_whole_stack(make_stack: MakeStack) -> None:
    stack = make_stack("native")
    assert isinstance(stack, NativeStack)
    programs = [pid for program in ("gunicorn", "nginx") for pid in (stack.family(program)[0],)]
    supervisor = stack.supervisor()
    stack.process.terminate()
    stack.process.wait(30)  # make ends by the signal itself; it has waited for the stack
    assert not {pid for pid, _, _ in stack.processes()} & {supervisor, *programs}


def test_ctrl_c_in_a_terminal_ends_make_run_with_0() -> None:
    """The way a user ends it: the terminal sends SIGINT to whichever process group is in the foreground."""
    port = free_port()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execvp("make", ["make", "run", f"PORT={port}", "HOST=127.0.0.1"])
    shown = bytearray()

    def read() -> bool:
        if select([terminal], [], [], 0.1)[0]:
            try:
                shown.extend(os.read(terminal, 65536))
            except OSError:  # EIO: nobody has the terminal open any more
                return True
        return b"ready: " in shown

    wait_for(read, "ready")
    os.write(terminal, b"\x03")
    deadline = time.monotonic() + 30
    ended = (0, 0)
    while ended[0] == 0 and time.monotonic() < deadline:
        read()
        ended = os.waitpid(pid, os.WNOHANG)
    os.close(terminal)
    assert ended[0] == pid, bytes(shown).decode()
    assert os.waitstatus_to_exitcode(ended[1]) == 0
    assert b"***" not in shown
