"""The day: steady runs against the formulas, requests that do not get lost, and pods that take their time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from deploy.plan.autoscaler import Autoscaler, Rules
from deploy.plan.cluster import Cluster, Delays
from deploy.plan.curve import DAY, PRESETS, TROUGH
from deploy.plan.pod import Pod
from deploy.plan.simulation import Outcome, simulate
from tests.deploy.test_plan_pod import erlang_c

POD = Pod(workers=2, throughput=50.0, queue=512)
FIXED = Rules(0, [], "Disabled")


def run(curve: np.ndarray, minimum: int, maximum: int, target: float = 0.65, **delays: float) -> Outcome:
    return simulate(POD, Autoscaler(minimum, maximum, target), Delays(**delays), curve)


def test_a_steady_run_waits_as_erlang_says() -> None:
    outcome = run(np.full(1200, 120.0), 3, 3)
    wait = erlang_c(2, 40 * POD.service) / (POD.throughput - 40)
    minute = outcome.answers[-1] / outcome.answers[-1].sum()
    mean = POD.times[0] + np.trapezoid(minute @ POD.slower, POD.times)
    assert mean == pytest.approx(wait + POD.service, rel=0.02)
    assert outcome.refused.sum() == pytest.approx(0, abs=1e-6)
    assert outcome.pod_hours == pytest.approx(1)


@pytest.mark.parametrize("seconds_per_request", [0.0005, 0.04, 5.0])
def test_the_step_is_stable_however_long_a_request_is(seconds_per_request: float) -> None:
    pod = Pod(2, 2 / seconds_per_request, queue=512)
    outcome = simulate(pod, Autoscaler(1, 1, 0.65), Delays(), np.full(600, 0.8 * pod.throughput))
    wait = erlang_c(2, 1.6) / (0.2 * pod.throughput)
    minute = outcome.answers[-1] / outcome.answers[-1].sum()
    assert pod.times[0] + np.trapezoid(minute @ pod.slower, pod.times) == pytest.approx(wait + pod.service, rel=0.03)


def test_what_is_too_much_is_refused_once_the_queue_is_full() -> None:
    outcome = run(np.full(600, 80.0), 1, 1)
    assert outcome.refused[:5].sum() == pytest.approx(0, abs=0.5)
    assert outcome.refused[-1] == pytest.approx(30, rel=0.01)
    assert outcome.percentile(0.5, slice(-1, None)) == pytest.approx(POD.queue / POD.throughput, rel=0.05)


def test_a_short_queue_refuses_what_the_formula_says_below_its_limit() -> None:
    pod = Pod(3, throughput=30.0, queue=3)
    outcome = simulate(pod, Autoscaler(1, 1, 0.65), Delays(), np.full(60, 24.0))
    offered = 2.4
    blocked = offered**3 / 6 / (1 + offered + offered**2 / 2 + offered**3 / 6)
    assert outcome.refused[-1] / 24 == pytest.approx(blocked, rel=0.01)


def test_every_request_is_answered_or_refused() -> None:
    outcome = run(PRESETS["spike"](300.0)[11 * 3600 : 14 * 3600], 2, 10)
    assert outcome.refused.sum() > 1000
    assert outcome.answers.sum() + outcome.refused.sum() == pytest.approx(outcome.arrived.sum())


def test_a_steady_day_ends_at_the_pods_that_the_target_asks_for() -> None:
    outcome = run(np.full(1800, 300.0), 2, 20)
    assert outcome.asked[-1] == 10


def test_pods_follow_a_rising_load_after_their_start_and_leave_five_minutes_after_it() -> None:
    curve = np.concatenate([np.full(300, 30.0), np.full(900, 150.0), np.full(900, 30.0)])
    outcome = run(curve, 1, 10, start=20, node=60)
    more = int(np.argmax(outcome.asked > 1))
    assert 300 < more <= 330
    assert np.argmax(outcome.ready > 1) == more - 1 + 60 + 20
    assert np.all(outcome.asked[1200:1490] == outcome.asked[1199])
    assert outcome.asked[-1] == 1


@dataclass
class Watched(Autoscaler):
    """Keeps what it was told: the time, how many pods had a metric, and how many had none."""

    told: list[tuple[float, int, int]] = field(default_factory=list)

    def decide(self, now: float, current: int, metrics: Sequence[float], unready: int = 0) -> int:
        self.told.append((now, len(metrics), unready))
        return super().decide(now, current, metrics, unready)


@pytest.mark.parametrize(("start", "counts_at"), [(1, 44), (2, 59), (16, 59), (17, 74)])
def test_a_pod_counts_once_it_was_ready_for_a_whole_sample(start: float, counts_at: int) -> None:
    """The second one is asked for at 29 s. Samples are of the 15 seconds up to 29, 44, 59 and 74."""
    scaler = Watched(1, 2, 0.65)
    simulate(POD, scaler, Delays(start=start, node=0), np.repeat([10.0, 45.0], [15, 75]))
    assert scaler.told[:2] == [(14, 1, 0), (29, 1, 0)]
    assert next(now for now, known, _ in scaler.told if known == 2) == counts_at
    assert all(known + unready == 2 for _, known, unready in scaler.told[2:])


def test_a_smaller_target_costs_more_and_waits_less() -> None:
    curve = PRESETS["daily"](300.0)[8 * 3600 : 12 * 3600]
    eager, tight = run(curve, 1, 20, 0.4), run(curve, 1, 20, 0.8)
    assert eager.pod_hours > tight.pod_hours
    assert eager.percentile(0.99) < tight.percentile(0.99)


def test_a_place_on_a_node_that_is_there_needs_no_new_node() -> None:
    cluster = Cluster(Delays(start=30, node=90, pods_per_node=2), 3)
    cluster.scale(100, 6)
    assert cluster.ready_at[3:].tolist() == [130, 220, 220]


def test_a_node_that_nobody_needs_stays_for_ten_minutes() -> None:
    cluster = Cluster(Delays(start=30, node=90, idle=600, drain=40), 3)
    cluster.scale(0, 1)
    cluster.scale(300, 2)
    assert cluster.ready_at[-1] == 330
    for now in (400, 900, 1100):
        cluster.scale(now, 2)
    cluster.scale(1200, 3)
    assert cluster.ready_at[-1] == 1200 + 90 + 30


def test_who_is_not_ready_goes_first_and_unpaid() -> None:
    cluster = Cluster(Delays(start=30, node=0), 2)
    cluster.scale(10, 3)
    cluster.scale(20, 2)
    assert cluster.ready_at.tolist() == [0, 0]
    assert cluster.paid(20) == 2
    cluster.scale(30, 1)
    assert (cluster.paid(30), cluster.paid(69), cluster.paid(70)) == (2, 2, 1)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_a_day_and_reach_their_peak(preset: str) -> None:
    curve = PRESETS[preset](200.0)
    assert curve.shape == (DAY,)
    assert curve.max() == pytest.approx(200)
    assert curve.min() == pytest.approx(200 if preset == "steady" else 200 * TROUGH)
