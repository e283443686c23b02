"""How long two runtimes take for the same rows."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

import threadpoolctl

from app.compile_report import Timing
from app.runtimes.base import Runtime
from app.signature import Arrays

# Enough calls for a steady median of the fast, and no more than this of anyone's time for the slow.
MOST_ROUNDS = 40
SECONDS_PER_SIZE = 0.5


def measure(original: Runtime, compiled: Runtime, arrays: Arrays) -> Timing:
    """The median times of one call of each, taken in turns, so that what else the machine does hits both alike.

    The rows go the whole way from arrays to outputs. One thread; no garbage is collected meanwhile.
    """
    with _undisturbed():
        times = [(_seconds(original, arrays), _seconds(compiled, arrays))]  # the first call warms up
        end = perf_counter() + SECONDS_PER_SIZE - sum(times[0])
        while perf_counter() < end and len(times) <= MOST_ROUNDS:
            times.append((_seconds(original, arrays), _seconds(compiled, arrays)))
    of_original, of_compiled = zip(*(times[1:] or times), strict=True)
    return Timing(original_us=median(of_original) * 1e6, compiled_us=median(of_compiled) * 1e6)


def _seconds(runtime: Runtime, arrays: Arrays) -> float:
    start = perf_counter()
    runtime.predict(arrays)
    return perf_counter() - start


@contextmanager
def _undisturbed() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with threadpoolctl.threadpool_limits(1):
            yield
    finally:
        if was_enabled:
            gc.enable()
