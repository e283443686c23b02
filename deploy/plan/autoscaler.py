"""The HorizontalPodAutoscaler's algorithm, as Kubernetes documents it.

https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (algorithm details, configurable scaling
behavior); where the text leaves a case open, as pkg/controller/podautoscaler of Kubernetes decides it.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

# The controller manager's defaults: --horizontal-pod-autoscaler-sync-period (seconds) and -tolerance.
SYNC_PERIOD = 15
TOLERANCE = 0.1

Select = Callable[[Iterable[int]], int]


@dataclass(frozen=True)
class Policy:
    """At most so much change in `period` seconds: `value` Pods, or Percent of what there was at its beginning."""

    type: str
    value: int
    period: int

    def more(self, pods: int) -> int:
        return pods + self.value if self.type == "Pods" else math.ceil(pods * (1 + self.value / 100))

    def fewer(self, pods: int) -> int:
        return pods - self.value if self.type == "Pods" else int(pods * (1 - self.value / 100))


@dataclass(frozen=True)
class Rules:
    """One direction of a behavior: seconds of stabilization, policies, and Max, Min or Disabled."""

    window: int
    policies: Sequence[Policy]
    select: str = "Max"

    @classmethod
    def read(cls, rules: dict[str, Any], default: Self) -> Self:
        """From a manifest's scaleUp or scaleDown; what it leaves out is the default."""
        policies = [Policy(policy["type"], policy["value"], policy["periodSeconds"]) for policy in rules["policies"]]
        window = rules.get("stabilizationWindowSeconds", default.window)
        return cls(window, policies, rules.get("selectPolicy", "Max"))


# What Kubernetes does where a manifest has no behavior.
UP = Rules(0, (Policy("Percent", 100, 15), Policy("Pods", 4, 15)))
DOWN = Rules(300, (Policy("Percent", 100, 15),))


@dataclass
class Autoscaler:
    """Decides once per sync. `target` is the wanted mean of the pods' metric, in the metric's unit."""

    minimum: int
    maximum: int
    target: float
    up: Rules = UP
    down: Rules = DOWN
    _recommendations: deque[tuple[float, int]] = field(default_factory=deque)
    _changes: list[tuple[float, int]] = field(default_factory=list)

    @classmethod
    def read(cls, manifest: dict[str, Any]) -> Self:
        """From a HorizontalPodAutoscaler whose first metric has a target utilization; that becomes a share of 1."""
        spec = manifest["spec"]
        metric = spec["metrics"][0]
        target = metric[metric["type"][0].lower() + metric["type"][1:]]["target"]["averageUtilization"] / 100
        rules = spec.get("behavior", {})
        up = Rules.read(rules["scaleUp"], UP) if "scaleUp" in rules else UP
        down = Rules.read(rules["scaleDown"], DOWN) if "scaleDown" in rules else DOWN
        return cls(spec["minReplicas"], spec["maxReplicas"], target, up, down)

    def decide(self, now: float, current: int, metrics: Sequence[float], unready: int = 0) -> int:
        """How many pods there are to be, given each pod's metric and how many more have none, since they are not ready.

        `now` in seconds, from call to call not less.
        """
        wanted = self._stabilized(now, current, recommend(current, metrics, self.target, unready))
        decided = self._limited(now, current, wanted)
        if decided != current:
            self._changes.append((now, decided - current))
        return decided

    def _stabilized(self, now: float, current: int, wanted: int) -> int:
        """Up to the lowest that its window saw, down to the highest that its own saw."""
        self._recommendations.append((now, wanted))
        while self._recommendations[0][0] <= now - max(self.up.window, self.down.window, 1):
            self._recommendations.popleft()
        lowest = min([wanted, *self._seen(now - self.up.window)])
        highest = max([wanted, *self._seen(now - self.down.window)])
        return min(max(current, lowest), highest)

    def _seen(self, since: float) -> list[int]:
        return [wanted for when, wanted in self._recommendations if when > since]

    def _limited(self, now: float, current: int, wanted: int) -> int:
        """By the policies, then by minimum and maximum."""
        if wanted > current:
            allowed = self._allowed(now, current, self.up, Policy.more, max, min)
            wanted = min(wanted, max(allowed, current))
        elif wanted < current:
            allowed = self._allowed(now, current, self.down, Policy.fewer, min, max)
            wanted = max(wanted, min(allowed, current))
        return min(max(wanted, self.minimum), self.maximum)

    def _allowed(
        self, now: float, current: int, rules: Rules, apply: Callable[[Policy, int], int], most: Select, least: Select
    ) -> int:
        """The number of pods that the selected policy allows."""
        if rules.select == "Disabled":
            return current
        select = most if rules.select == "Max" else least
        return select(apply(policy, current - self._changed(now - policy.period)) for policy in rules.policies)

    def _changed(self, since: float) -> int:
        """Pods that came, less those that went."""
        return sum(change for when, change in self._changes if when > since)


def recommend(current: int, metrics: Sequence[float], target: float, unready: int = 0) -> int:
    """ceil(pods * mean metric / target), or `current` within the tolerance.

    Pods that are not ready are left out; where the rest would have it scale up, they count as idle. No metric at all
    changes nothing.
    """
    if not len(metrics):
        return current
    ratio = sum(metrics) / len(metrics) / target
    counted = len(metrics)
    if unready and ratio > 1:
        counted += unready
        idle_too = sum(metrics) / counted / target
        if idle_too < 1 or math.ceil(idle_too * counted) < current:
            return current
        ratio = idle_too
    if abs(ratio - 1) <= TOLERANCE + 1e-12:
        return current
    # Floating point must not make one more of a whole number.
    return math.ceil(round(ratio * counted, 9))
