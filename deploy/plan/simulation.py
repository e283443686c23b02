"""A day, second by second: what arrives, the pods' queues, and the autoscaler every 15 seconds.

The queues are fluids that obey the M/M/c/K formulas: in each second every pod's mean number of requests changes by what
arrives less what is answered, and what a queue of that mean length answers and refuses is what the stationary queue of
the same mean does (the pointwise stationary fluid flow approximation: Wang, Tipper, Banerjee, A simple approximation
for modeling nonstationary queues, INFOCOM 1996). It is exact where the load is steady, keeps a backlog where it is
not, and costs the same for ten requests as for ten million. The step is taken backwards (implicit Euler), so that it
is stable however short a request is.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from deploy.plan.autoscaler import SYNC_PERIOD, Autoscaler
from deploy.plan.cluster import Cluster, Delays
from deploy.plan.pod import LOADS, Floats, Pod

MINUTE = 60
INDEXES = np.arange(len(LOADS), dtype=float)


@dataclass
class Outcome:
    """Per second: requests that arrived and were refused, pods asked for, ready and paid. Per minute: `answers`,
    [minutes, loads], requests that were accepted by a pod with such a load."""

    pod: Pod
    arrived: Floats
    refused: Floats = field(init=False)
    asked: Floats = field(init=False)
    ready: Floats = field(init=False)
    paid: Floats = field(init=False)
    answers: Floats = field(init=False)

    def __post_init__(self) -> None:
        seconds = len(self.arrived)
        self.refused, self.asked, self.ready, self.paid = np.zeros((4, seconds))
        self.answers = np.zeros((-(-seconds // MINUTE), len(LOADS)))

    @property
    def pod_hours(self) -> float:
        return float(self.paid.sum() / 3600)

    def percentile(self, share: float, minutes: slice = slice(None)) -> float:
        """Seconds within which that share of the accepted requests were answered; nan where there were none."""
        counts = self.answers[minutes].sum(axis=0)
        if counts.sum() <= 0:
            return float("nan")
        slower = counts @ self.pod.slower / counts.sum()
        return float(np.interp(share - 1, -slower, self.pod.times))


def simulate(pod: Pod, scaler: Autoscaler, delays: Delays, curve: Floats) -> Outcome:
    """`curve` in requests/s, for each second. It begins with as many pods as the first second needs."""
    outcome = Outcome(pod, curve)
    needed = int(np.ceil(curve[0] / pod.throughput * pod.cpu / scaler.target))
    cluster = Cluster(delays, min(max(needed, scaler.minimum), scaler.maximum))
    answered = np.zeros(cluster.asked)
    for now, rate in enumerate(curve):
        ready = cluster.ready(now)
        answered[ready] += _second(outcome, cluster, ready, now, rate)
        outcome.asked[now], outcome.ready[now], outcome.paid[now] = cluster.asked, ready.sum(), cluster.paid(now)
        if now % SYNC_PERIOD == SYNC_PERIOD - 1:
            # Within cpu-initialization-period a sample counts where the pod was ready for the whole of it.
            known = cluster.ready(now - SYNC_PERIOD + 1)
            usage = answered[known] / SYNC_PERIOD / pod.throughput * pod.cpu
            cluster.scale(now, scaler.decide(now, cluster.asked, usage.tolist(), int(np.count_nonzero(~known))))
            answered = np.zeros(cluster.asked)
    return outcome


def _second(outcome: Outcome, cluster: Cluster, ready: npt.NDArray[np.bool_], now: int, rate: float) -> Floats:
    """Let a second pass in the pods that are ready, which get equal shares; what each answered."""
    pod, pods = outcome.pod, np.count_nonzero(ready)
    if not pods:
        outcome.refused[now] = rate
        return np.zeros(0)
    share, before = rate / pods, cluster.held[ready]
    # What a pod of each load would hold at the second's end, with all that it answers and refuses until then, rises
    # with the load; and it can only be what it held before and what arrived.
    index = np.interp(before + share, pod.held + pod.answered + share * pod.refused, INDEXES)
    after: Floats = np.interp(index, INDEXES, pod.held)
    answered: Floats = np.interp(index, INDEXES, pod.answered)
    cluster.held[ready] = after
    refused = np.maximum(before + share - after - answered, 0)
    outcome.refused[now] = refused.sum()
    loads = np.rint(index).astype(int)
    outcome.answers[now // MINUTE] += np.bincount(loads, share - refused, len(LOADS))
    return answered
