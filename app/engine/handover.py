"""From one state of the repository to the next, in the process that forks the workers."""

import ctypes
import gc
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from app.engine.registry import Registry
from app.repository.state import Taken, read_state, write_taken
from app.runtimes.copies import COPIES

log = logging.getLogger(__name__)


def take_over(registry: Registry, run_dir: Path, seconds: float) -> None:
    """Load what has been published since, and drop what is gone. Call it before new workers are forked.

    seconds: after these no worker is left of those that were there at the last time. Never raises: a master that
    cannot follow goes on with what it has.
    """
    state = read_state(run_dir)
    if state is None:
        log.error("nothing in %s says what is in the repository", run_dir)
        return
    COPIES.sweep(seconds)
    gc.unfreeze()  # so that the collector finds what is dropped now
    registry.update(state)
    give_back()
    announce(registry, run_dir)


def announce(registry: Registry, run_dir: Path) -> None:
    """Say which state is served from here on, and by whom."""
    try:
        write_taken(run_dir, Taken(pid=os.getpid(), digest=registry.digest))
    except OSError as error:
        log.error("what is served cannot be noted, so changes will not be seen: %s", error)


def give_back() -> None:
    """Return what has been freed to the system: glibc keeps it, and every worker would share what nobody uses."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
