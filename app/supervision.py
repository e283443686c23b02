"""supervisord inside this process: which deaths it forgives, and where its children's lines go.

Inside, because supervisord itself always exits 0: a container whose child cannot be kept alive must say so.
"""

import logging
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType

from supervisor import events
from supervisor.medusa import asyncore_25
from supervisor.options import ServerOptions, SignalReceiver
from supervisor.process import Subprocess
from supervisor.supervisord import Supervisor

from app.outlet import Outlet

MAX_DEATHS, HEALTHY_SECONDS = 3, 300
# Without these nothing is answered. Without the watcher all that is loaded goes on answering.
ESSENTIAL = {"nginx", "gunicorn"}
MAX_LINE = 4 * 1024**2

_log = logging.getLogger("slipway")


def supervise(
    configuration: Path,
    outlets: tuple[Outlet, Outlet],
    on_start: Callable[[str], None],
    on_stop: Callable[[], None],
) -> str | None:
    """Keep the programs of a supervisord.conf alive until SIGTERM, SIGINT, SIGQUIT or SIGHUP.

    Returns None after such a signal, or a sentence on the child that could not be kept alive. The children's lines
    leave through `outlets`, for standard output and standard error.
    `on_start` is called with a program's name each time before it starts, `on_stop` before the first is stopped.
    """
    options = ServerOptions()
    options.realize(["-c", str(configuration)])
    options.first = True
    options.test = False
    options.signal_receiver = _Signals()
    stack = _Stack(options, outlets, on_start, on_stop)
    with suppress(asyncore_25.ExitNow):
        stack.main()
    return stack.failure


class _Signals(SignalReceiver):  # type: ignore[misc]  # supervisor ships no types
    def receive(self, sig: int, frame: FrameType | None) -> None:
        # A closed terminal means the end, where supervisord would start everything again.
        super().receive(signal.SIGTERM if sig == signal.SIGHUP else sig, frame)


class _Stack(Supervisor):  # type: ignore[misc]  # supervisor ships no types
    failure: str | None = None

    def __init__(
        self,
        options: ServerOptions,
        outlets: tuple[Outlet, Outlet],
        on_start: Callable[[str], None],
        on_stop: Callable[[], None],
    ) -> None:
        super().__init__(options)
        self._on_start, self._on_stop = on_start, on_stop
        self._deaths = Deaths()
        output, error = outlets
        log_python = partial(_log_python, error)
        self._channels: dict[tuple[str, str], Lines] = {
            ("nginx", "stdout"): Lines(output.write),
            ("nginx", "stderr"): Lines(_log_nginx),
            ("gunicorn", "stdout"): Lines(log_python),
            ("gunicorn", "stderr"): Lines(log_python),
            ("watch", "stdout"): Lines(log_python),
            ("watch", "stderr"): Lines(log_python),
        }

    def runforever(self) -> None:
        # Not earlier: run() forgets all subscriptions.
        events.subscribe(events.SupervisorStoppingEvent, lambda _: self._on_stop())
        events.subscribe(events.ProcessLogEvent, self._pass_on)
        events.subscribe(events.ProcessStateStartingEvent, self._started)
        events.subscribe(events.ProcessStateStoppedEvent, self._stopped)
        events.subscribe(events.ProcessStateExitedEvent, self._died)
        events.subscribe(events.ProcessStateBackoffEvent, self._died)
        events.subscribe(events.ProcessStateFatalEvent, self._gave_up)
        wakeup = Wakeup()
        self.options.get_socket_map()[wakeup.fd] = wakeup
        super().runforever()

    def _pass_on(self, event: events.ProcessLogEvent) -> None:
        self._channels[event.process.config.name, event.channel].feed(event.data)

    def _started(self, event: events.ProcessStateEvent) -> None:
        self._on_start(event.process.config.name)

    def _stopped(self, event: events.ProcessStateEvent) -> None:
        self._flush(event.process.config.name)

    def _died(self, event: events.ProcessStateEvent) -> None:
        process = event.process
        name = process.config.name
        self._flush(name)
        _stop_orphans(process)
        deaths = self._deaths.count(name, time.monotonic())
        reason = f"{name} ended unasked ({process.spawnerr or 'exit status 0'})"
        if deaths > MAX_DEATHS and name in ESSENTIAL:
            self._end(f"{reason}, {deaths} times without {HEALTHY_SECONDS} seconds in between")
        elif self.failure is None:
            _log.error("%s; starting it again", reason)

    def _gave_up(self, event: events.ProcessStateEvent) -> None:
        self._end(f"{event.process.config.name} could not be started ({event.process.spawnerr})")

    def _end(self, failure: str) -> None:
        if self.failure is None:
            self.failure = failure
            self.options.signal_receiver.receive(signal.SIGTERM, None)

    def _flush(self, name: str) -> None:
        for (owner, _), lines in self._channels.items():
            if owner == name:
                lines.flush()


class Deaths:
    """How often a program died in a row: without a healthy time since the last death."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, float]] = {}

    def count(self, name: str, now: float) -> int:
        """One more death, at this second."""
        before, last = self._rows.get(name, (0, now))
        deaths = before + 1 if now - last < HEALTHY_SECONDS else 1
        self._rows[name] = deaths, now
        return deaths


def _stop_orphans(process: Subprocess) -> None:
    """A master that was killed leaves its workers: they would hold the port, and half of the memory."""
    if process.pid:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, process.config.stopsignal)


class Wakeup:
    """Ends supervisord's poll as soon as a signal arrives; it would otherwise finish its second first."""

    def __init__(self) -> None:
        self.fd, write_end = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        os.read(self.fd, 4096)

    def handle_error(self) -> None:
        """Nothing was lost: supervisord has the signals themselves."""


class Lines:
    """Passes bytes on in whole lines, so that the lines of two children never mix."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self._rest = bytearray()

    def feed(self, data: bytes) -> None:
        end = data.rfind(b"\n") + 1
        if end:
            self._sink(bytes(self._rest) + data[:end])
            self._rest.clear()
        self._rest += data[end:]
        if len(self._rest) > MAX_LINE:
            self.flush()

    def flush(self) -> None:
        if self._rest:
            self._sink(bytes(self._rest) + b"\n")
            self._rest.clear()


def _log_python(error: Outlet, lines: bytes) -> None:
    """Its log is JSON already; what else it prints (a traceback, a library's remark) becomes one entry."""
    for is_json, block in _blocks(lines):
        if is_json:
            error.write(block)
        else:
            level = logging.ERROR if b"Traceback" in block else logging.INFO
            logging.getLogger("gunicorn").log(level, "%s", block.decode(errors="replace").rstrip())


def _blocks(lines: bytes) -> list[tuple[bool, bytes]]:
    """Neighbouring lines that are both JSON, or both are not, together."""
    blocks: list[tuple[bool, bytes]] = []
    for line in lines.splitlines(keepends=True):
        is_json = line.startswith(b"{")
        if blocks and blocks[-1][0] == is_json:
            line = blocks.pop()[1] + line
        blocks.append((is_json, line))
    return blocks


_NGINX_LINE = re.compile(r"(?:[\d/]+ [\d:]+|nginx:) \[(?P<level>\w+)\] (?:\d+#\d+: )?(?P<message>.*)")
_NGINX_LEVELS = {"debug": 10, "info": 20, "notice": 20, "warn": 30, "error": 40, "crit": 50, "alert": 50, "emerg": 50}


# Each probe while Gunicorn starts leaves two of these, and the access log has its 503 already.
_NOT_LISTENING_YET = re.compile(r"gunicorn\.sock failed \((2: No such file|111: Connection refused|61: )")


def _log_nginx(lines: bytes) -> None:
    for line in lines.decode(errors="replace").splitlines():
        match = _NGINX_LINE.match(line)
        level = _NGINX_LEVELS.get(match["level"], logging.ERROR) if match else logging.ERROR
        if _NOT_LISTENING_YET.search(line):
            level = logging.DEBUG
        logging.getLogger("nginx").log(level, "%s", match["message"] if match else line)
