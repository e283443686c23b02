"""Pods that come and go: how long one takes to be ready, and when it needs a node that is not there yet."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deploy.plan.pod import Floats


@dataclass(frozen=True)
class Delays:
    """Seconds, but for `pods_per_node`.

    `start`: from a pod's place on a node to its readiness. `node`: until a new node can take pods. `idle`: for so long
    a node stays that nobody needs (the cluster autoscaler's --scale-down-unneeded-time is 10 minutes). `drain`: for so
    long a pod is paid for after it was told to go.
    """

    start: float = 30
    node: float = 90
    idle: float = 600
    drain: float = 40
    pods_per_node: int = 1


class Cluster:
    """The pods in the order in which they were asked for. `held` are the requests in each."""

    def __init__(self, delays: Delays, pods: int) -> None:
        """So many pods, ready, on nodes that are just enough."""
        self.delays = delays
        self.ready_at = np.zeros(pods)
        self.held: Floats = np.zeros(pods)
        self._going: list[float] = []
        self._places = self._rounded(pods)
        self._needed_at = 0.0

    @property
    def asked(self) -> int:
        return len(self.ready_at)

    def ready(self, now: float) -> npt.NDArray[np.bool_]:
        """[pods]"""
        return self.ready_at <= now

    def paid(self, now: float) -> int:
        """Pods that take up a place, or wait for one: all, with those that end."""
        self._going = [end for end in self._going if end > now]
        return self.asked + len(self._going)

    def scale(self, now: float, pods: int) -> None:
        self._release(now)
        for _ in range(pods - self.asked):
            self._add(now)
        if pods < self.asked:
            self._remove(now, pods)

    def _add(self, now: float) -> None:
        wait = 0.0 if self.paid(now) < self._places else self.delays.node
        self.ready_at = np.append(self.ready_at, now + wait + self.delays.start)
        self.held = np.append(self.held, 0.0)

    def _remove(self, now: float, pods: int) -> None:
        """As a ReplicaSet does: what is not ready first, then the youngest. Each still answers what it has."""
        kept = np.sort(np.argsort(self.ready_at, kind="stable")[:pods])
        started = np.count_nonzero(self.ready(now)) - np.count_nonzero(self.ready(now)[kept])
        self._going += [now + self.delays.drain] * int(started)
        self.ready_at, self.held = self.ready_at[kept], self.held[kept]

    def _release(self, now: float) -> None:
        """Nodes that came in the meantime, or went unneeded."""
        needed = self._rounded(self.paid(now))
        arrived = self._rounded(int(np.count_nonzero(self.ready_at <= now + self.delays.start)))
        self._places = max(self._places, arrived)
        if needed >= self._places:
            self._needed_at = now
        elif now - self._needed_at > self.delays.idle:
            self._places = needed

    def _rounded(self, pods: int) -> int:
        """To whole nodes."""
        return math.ceil(pods / self.delays.pods_per_node) * self.delays.pods_per_node
