"""Counts in slots of time, written by one process and read by all.

A ring is a file that its writer alone writes, for it holds the file's lock. When the writer dies the lock goes and the
counts stay; a later process goes on in the file, or takes it for another key once all that it holds is old. Slots
are numbered by the system's monotonic clock, which all processes share and nobody sets.
"""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SLOT_SECONDS = 10
SLOTS = 90
KEY_BYTES = 512
PREFIX = "ring_"

_log = logging.getLogger("slipway")


class Ring:
    """The last SLOTS slots of a key: in each its number, then `columns` counts."""

    def __init__(self, memory: mmap, columns: int, *, shared: bool) -> None:
        self.shared = shared
        self._memory = memory
        self._width = 1 + columns
        self._cells = memoryview(memory)[KEY_BYTES:].cast("q")

    @property
    def content(self) -> bytes:
        return self._memory[:]

    @property
    def key(self) -> str:
        return key_of(self._memory[:KEY_BYTES])

    @property
    def is_old(self) -> bool:
        return max(self._cells[:: self._width]) <= current_slot() - SLOTS

    def begin(self, key: str) -> None:
        """Empty it, for another key."""
        self._memory[:] = key.encode().ljust(len(self._memory), b"\0")

    def add(self, column: int, number: int = 1) -> None:
        slot = current_slot()
        start = slot % SLOTS * self._width
        if self._cells[start] != slot:
            for cell in range(start, start + self._width):
                self._cells[cell] = 0
            self._cells[start] = slot
        self._cells[start + 1 + column] += number


def open_ring(folder: Path | None, key: str, columns: int) -> Ring:
    """A ring that nobody else writes; without a folder, or where it has no room, one that nobody else can read."""
    size = KEY_BYTES + 8 * SLOTS * (1 + columns)
    if folder is not None:
        try:
            return _claim(folder, key, columns, size)
        except OSError as error:
            _log.warning("what this worker answers is not shown: %s", error)
    ring = Ring(mmap(-1, size), columns, shared=False)
    ring.begin(key)
    return ring


def shared_rings(folder: Path) -> Iterator[bytes]:
    """The content of every ring in a folder, whether its writer lives or not."""
    for path in folder.glob(f"{PREFIX}*"):
        content = path.read_bytes()
        if content:  # or it is being made just now
            yield content


def key_of(content: bytes) -> str:
    return content[:KEY_BYTES].rstrip(b"\0").decode()


def recent_slots(content: bytes) -> NDArray[np.int64]:
    """A ring's counts, [SLOTS, columns], oldest first; the last slot has only begun."""
    slots = np.frombuffer(content, np.int64, offset=KEY_BYTES).reshape(SLOTS, -1)
    places = slots[:, 0] - (current_slot() - SLOTS + 1)
    fresh = (places >= 0) & (places < SLOTS)
    recent = np.zeros((SLOTS, slots.shape[1] - 1), np.int64)
    recent[places[fresh]] = slots[fresh, 1:]
    return recent


def current_slot() -> int:
    """Beyond SLOTS even where the system has just started: what was never written is old."""
    return int(time.monotonic() // SLOT_SECONDS) + SLOTS


def _claim(folder: Path, key: str, columns: int, size: int) -> Ring:
    """The first file that no living process holds, if it is this key's, or new, or old."""
    for number in count():
        # The memory keeps the file open, and with it the lock (flock(2)), for as long as the process lives.
        with (folder / f"{PREFIX}{number}").open("a+b") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if file.tell() != size:
                file.truncate(0)
                file.write(bytes(size))  # a hole would do, but where the disk is full it kills whoever fills it
                file.flush()
            ring = Ring(mmap(file.fileno(), size), columns, shared=True)
            if ring.key != key and ring.is_old:
                ring.begin(key)
            if ring.key == key:
                return ring
    raise AssertionError("there is always a next number")
