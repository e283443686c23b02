"""One pod as a queue: c workers, at most K requests under way or waiting, and 429 beyond."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincc, gammaln

Floats = npt.NDArray[np.float64]

# Where the tables have a row: at offered loads (arrivals over what all workers can do) of 0 and of exp(-7) to exp(7),
# closest to each other around 1, where a queue's length changes most.
STEPS = np.geomspace(1e-4, 7, 300)
LOADS = np.concatenate([[0.0], np.exp(-STEPS[::-1]), [1.0], np.exp(STEPS)])
# Above it (c / (c - 1)) ** K leaves the range of floating point.
LONGEST_QUEUE = 1000


@dataclass(frozen=True)
class Pod:
    """An M/M/c/K queue: Poisson arrivals, exponential times of service, workers = c, queue = K >= c requests.

    `throughput` is what it answers at most, in requests/s, so a request takes workers / throughput seconds on average.
    `cpu` is the share of its time for which a busy worker computes, as opposed to waits.
    Formulas: Gross, Shortle, Thompson, Harris, Fundamentals of Queueing Theory, 4th edition, section 2.4.
    """

    workers: int
    throughput: float
    queue: int
    cpu: float = 1.0

    @property
    def service(self) -> float:
        """Seconds of a worker that a request takes, mean."""
        return self.workers / self.throughput

    @cached_property
    def states(self) -> Floats:
        """[loads, K + 1]: how probable each number of requests in the pod is in the long run, at each of LOADS."""
        held = np.arange(self.queue + 1)
        busy = np.minimum(held, self.workers)
        with np.errstate(divide="ignore", invalid="ignore"):
            offered = np.where(held == 0, 0.0, held * np.log(LOADS[:, None] * self.workers))
        logs = offered - gammaln(busy + 1) - (held - busy) * np.log(self.workers)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    @cached_property
    def held(self) -> Floats:
        """[loads]: requests in the pod, mean."""
        return np.asarray(self.states @ np.arange(self.queue + 1.0))

    @cached_property
    def refused(self) -> Floats:
        """[loads]: the share of arrivals that finds the queue full."""
        return self.states[:, -1]

    @cached_property
    def answered(self) -> Floats:
        """[loads]: requests/s."""
        return np.asarray(self.states @ np.minimum(np.arange(self.queue + 1), self.workers) / self.service)

    @cached_property
    def times(self) -> Floats:
        """Seconds at which `slower` is known, from a hundredth of the service's mean to past a full queue's end."""
        return np.geomspace(self.service / 100, self.service * (2 * self.queue / self.workers + 30), 400)

    @cached_property
    def slower(self) -> Floats:
        """[loads, times]: the share of accepted requests that takes longer, waiting included.

        Who finds j >= c requests waits for j - c + 1 ends of service, an Erlang time at rate c/service, then is served.
        """
        accepted = self.states[:, :-1] / self.states[:, :-1].sum(axis=1, keepdims=True)
        ends = np.maximum(np.arange(self.queue) - self.workers + 1, 0)
        return np.asarray(accepted @ self._slower_after(ends))

    def _slower_after(self, ends: npt.NDArray[np.int_]) -> Floats:
        """[ends, times]: P(Erlang(ends, c/service) + Exponential(1/service) > time)."""
        alone = np.exp(-self.times / self.service)
        behind, x = np.maximum(ends, 1)[:, None], self.times / self.service
        if self.workers == 1:
            waiting = gammaincc(behind + 1, x)
        else:
            factor = (self.workers / (self.workers - 1)) ** behind.astype(float)
            waiting = gammaincc(behind, self.workers * x) + alone * factor * gammainc(behind, (self.workers - 1) * x)
        return np.where(ends[:, None] == 0, alone, waiting)
