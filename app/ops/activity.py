"""How the last minutes' requests went, of all workers together and also of those that are gone."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.ops.ring import SLOTS, Ring, key_of, open_ring, recent_slots, shared_rings

# From a compiled model's single row to the time-out; percentiles are only as fine as these.
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# A slot's columns. The last bucket has no upper bound.
REFUSED, FAILED, AGREED, DISAGREED, SHADOW_FAILED, BUCKETS = range(6)
COLUMNS = BUCKETS + len(LATENCY_BUCKETS) + 1
SHADOW_OUTCOMES = {"agreed": AGREED, "disagreed": DISAGREED, "failed": SHADOW_FAILED}

# A model's name and a version; both are empty for requests that no version answered.
Key: TypeAlias = tuple[str, str]
# [SLOTS, COLUMNS], oldest first.
Counts: TypeAlias = NDArray[np.int64]


class Activity:
    """Counts what this worker answers, and reads what all have counted."""

    def __init__(self, folder: Path | None) -> None:
        """folder: what the workers share; without one this process counts for itself."""
        self._folder = folder
        self._rings: dict[Key, Ring] = {}

    def count(self, key: Key, status: int, seconds: float) -> None:
        """One request to a version, by the HTTP status that it got and the time that it took."""
        ring = self._ring(key)
        ring.add(BUCKETS + bisect_left(LATENCY_BUCKETS, seconds))
        if status >= 400:
            ring.add(FAILED if status >= 500 else REFUSED)

    def count_shadow(self, key: Key, outcomes: Mapping[str, int]) -> None:
        """Rows that a shadow version saw as well, by outcome."""
        for outcome, rows in outcomes.items():
            self._ring(key).add(SHADOW_OUTCOMES[outcome], rows)

    def recent(self) -> Mapping[Key, Counts]:
        """What was counted in the last SLOTS slots, by version."""
        found: defaultdict[Key, Counts] = defaultdict(no_counts)
        for content in self._contents():
            name, _, version = key_of(content).partition("/")
            found[name, version] += recent_slots(content)
        return found

    def _contents(self) -> Iterator[bytes]:
        if self._folder is not None:
            yield from shared_rings(self._folder)
        yield from (ring.content for ring in self._rings.values() if not ring.shared)

    def _ring(self, key: Key) -> Ring:
        ring = self._rings.get(key)
        if ring is None:
            ring = self._rings[key] = open_ring(self._folder, "/".join(key), COLUMNS)
        return ring


def no_counts() -> Counts:
    return np.zeros((SLOTS, COLUMNS), np.int64)


def quantile(share: float, buckets: Iterable[int]) -> float | None:
    """Seconds within which this share of the requests was answered, by LATENCY_BUCKETS' counts; None of no requests.

    As Prometheus' histogram_quantile estimates it: straight between a bucket's bounds, and what lies beyond the last
    bound lies at it (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile).
    """
    counts = [int(number) for number in buckets]
    if not any(counts):
        return None
    rank, below, lower = share * sum(counts), 0, 0.0
    for upper, number in zip(LATENCY_BUCKETS, counts[:-1], strict=True):
        if number and below + number >= rank:
            return lower + (upper - lower) * (rank - below) / number
        below, lower = below + number, upper
    return LATENCY_BUCKETS[-1]
