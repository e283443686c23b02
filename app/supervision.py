"""supervisord inside this process: which deaths it forgives, and where its children's lines go.

Inside, because supervisord itself always exits 0: a container whose child cannot be kept alive must say so.
"""

import logging
import os
import re
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from select import select
from types import FrameType

from supervisor import events
from supervisor.medusa import asyncore_25
from supervisor.options import ServerOptions, SignalReceiver
from supervisor.process import Subprocess
from supervisor.supervisord import Supervisor

MAX_DEATHS, WINDOW_SECONDS = 3, 60
# Without these nothing is answered. Without the watcher all that is loaded goes on answering.
ESSENTIAL = {"nginx", "gunicorn"}
MAX_LINE = 4 * 1024**2

_log = logging.getLogger("slipway")


def supervise(configuration: Path, on_start: Callable[[str], None], on_stop: Callable[[], None]) -> str | None:
    """Keep the programs of a supervisord.conf alive until SIGTERM, SIGINT, SIGQUIT or SIGHUP.

    Returns None after such a signal, or a sentence on the child that could not be kept alive.
    `on_start` is called with a program's name each time before it starts, `on_stop` before the first is stopped.
    """
    options = ServerOptions()
    options.realize(["-c", str(configuration)])
    options.first = True
    options.test = False
    options.signal_receiver = _Signals()
    stack = _Stack(options, on_start, on_stop)
    with suppress(asyncore_25.ExitNow):
        stack.main()
    return stack.failure


class _Signals(SignalReceiver):  # type: ignore[misc]  # supervisor ships no types
    def receive(self, sig: int, frame: FrameType | None) -> None:
        # A closed terminal means the end, where supervisord would start everything again.
        super().receive(signal.SIGTERM if sig == signal.SIGHUP else sig, frame)


class _Stack(Supervisor):  # type: ignore[misc]  # supervisor ships no types
    failure: str | None = None

    def __init__(self, options: ServerOptions, on_start: Callable[[str], None], on_stop: Callable[[], None]) -> None:
        super().__init__(options)
        self._on_start, self._on_stop = on_start, on_stop
        self._deaths: dict[str, deque[float]] = {}
        self._channels: dict[tuple[str, str], Lines] = {
            ("nginx", "stdout"): Lines(lambda lines: write(1, lines)),
            ("nginx", "stderr"): Lines(_log_nginx),
            ("gunicorn", "stdout"): Lines(_log_python),
            ("gunicorn", "stderr"): Lines(_log_python),
            ("watch", "stdout"): Lines(_log_python),
            ("watch", "stderr"): Lines(_log_python),
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
        now = time.monotonic()
        deaths = self._deaths.setdefault(name, deque())
        deaths.append(now)
        while deaths[0] < now - WINDOW_SECONDS:
            deaths.popleft()
        reason = f"{name} ended unasked ({process.spawnerr or 'exit status 0'})"
        if len(deaths) > MAX_DEATHS and name in ESSENTIAL:
            self._end(f"{reason}, {len(deaths)} times within {WINDOW_SECONDS} seconds")
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


def write(fd: int, data: bytes) -> None:
    """All of it, also where somebody set the terminal to non-blocking. A log that nobody reads stops nothing."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            select([], [fd], [])
        except OSError:
            return


def _log_python(lines: bytes) -> None:
    """Its log is JSON already; what else it prints (a traceback, a library's remark) becomes one entry."""
    for is_json, block in _blocks(lines):
        if is_json:
            write(2, block)
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
