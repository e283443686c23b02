"""Standard output and standard error, written without ever waiting for whoever reads them.

A pipe that nobody drains would otherwise stop the process that writes to it, and with it the whole service.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from select import select

LIMIT = 8 * 1024**2
# As much as a pipe takes whole (pipe(7)). The descriptor stays blocking, for other processes share it.
PIECE = 4096
CLOSE_SECONDS, STILL_SECONDS = 5.0, 1.0

_log = logging.getLogger("slipway")


class Outlet:
    """A buffer before a descriptor, emptied by a thread, for it alone may be held up.

    When the buffer is full, lines are dropped until half of it is free; `on_loss` is then told how many they were.
    """

    def __init__(self, fd: int, on_loss: Callable[[int], None], limit: int = LIMIT) -> None:
        self._fd, self._on_loss, self._limit = fd, on_loss, limit
        self._blocks: deque[bytes] = deque()
        self._size = 0
        self._lost = 0
        self._written = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._empty, name=f"outlet-{fd}", daemon=True).start()

    def write(self, lines: bytes) -> None:
        """Whole lines, in the order in which they are to leave; returns at once."""
        with self._changed:
            if self._lost or self._size + len(lines) > self._limit:
                self._lost += lines.count(b"\n")
                return
            self._blocks.append(lines)
            self._size += len(lines)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until all is written, unless the reader takes nothing for a second, or is slow for five."""
        end = time.monotonic() + CLOSE_SECONDS
        with self._changed:
            while self._blocks and time.monotonic() < end:
                before = self._written
                self._changed.wait_for(lambda: not self._blocks, STILL_SECONDS)
                if self._written == before:
                    return

    def _empty(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._blocks)
                block = self._blocks[0]
            self._write_whole(block)
            with self._changed:
                self._blocks.popleft()
                self._size -= len(block)
                lost = self._lost if self._size <= self._limit // 2 else 0
                self._lost -= lost
                self._changed.notify_all()
            if lost:
                self._on_loss(lost)

    def _write_whole(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            try:
                written = os.write(self._fd, rest[:PIECE])
            except BlockingIOError:  # somebody set the terminal to non-blocking
                select([], [self._fd], [])
            except OSError:  # the reader has gone, and nobody misses the rest
                return
            else:
                rest = rest[written:]
                self._written += written


def standard_outlets() -> tuple[Outlet, Outlet]:
    """For output and error. Where both lead to one pipe they are one outlet, or long lines would mix."""
    output = Outlet(1, lambda lost: _tell_loss(lost, "output"))
    if os.path.sameopenfile(1, 2):
        return output, output
    return output, Outlet(2, lambda lost: _tell_loss(lost, "error"))


def _tell_loss(lost: int, stream: str) -> None:
    _log.warning("%d lines of the standard %s were dropped, for nobody read them in time", lost, stream)


class OutletHandler(logging.Handler):
    """Log entries, through the same buffer as all other lines."""

    def __init__(self, outlet: Outlet) -> None:
        super().__init__()
        self._outlet = outlet

    def emit(self, record: logging.LogRecord) -> None:
        self._outlet.write(self.format(record).encode() + b"\n")
