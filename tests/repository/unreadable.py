"""A directory that may not be read, for root as well."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# linux/capability.h
VERSION_3, DAC_OVERRIDE, DAC_READ_SEARCH = 0x20080522, 1, 2


@contextmanager
def unreadable(folder: Path) -> Iterator[None]:
    before = folder.stat().st_mode
    folder.chmod(0)
    try:
        if os.geteuid():
            yield
        else:
            with _bound_by_modes():
                yield
    finally:
        folder.chmod(before)


@contextmanager
def _bound_by_modes() -> Iterator[None]:
    """Root without the capabilities that let it read and write everything."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    held, less = (ctypes.c_uint32 * 6)(), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, held) == 0
    less[:] = held[:]
    less[0] &= ~(1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH)
    assert libc.capset(header, less) == 0
    try:
        yield
    finally:
        assert libc.capset(header, held) == 0
