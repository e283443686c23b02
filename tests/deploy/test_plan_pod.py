"""The queue against textbook formulas: Erlang's C, M/M/1, and a loss system."""

import math

import numpy as np
import pytest

from deploy.plan.pod import LOADS, Pod


def at(pod: Pod, load: float) -> int:
    """The row nearest to a load."""
    return int(np.argmin(np.abs(LOADS - load)))


def erlang_c(workers: int, offered: float) -> float:
    """The probability of waiting in M/M/c; `offered` in erlangs (Erlang 1917)."""
    waits = offered**workers / math.factorial(workers) / (1 - offered / workers)
    return waits / (waits + sum(offered**busy / math.factorial(busy) for busy in range(workers)))


@pytest.mark.parametrize("workers", [1, 2, 4, 16])
@pytest.mark.parametrize("load", [0.3, 0.65, 0.9])
def test_mean_wait_is_erlangs(workers: int, load: float) -> None:
    pod = Pod(workers, throughput=50.0, queue=512)
    row = at(pod, load)
    rate = LOADS[row] * pod.throughput
    wait = erlang_c(workers, rate * pod.service) / (pod.throughput - rate)
    assert pod.held[row] / rate == pytest.approx(wait + pod.service, rel=1e-6)
    assert pod.answered[row] == pytest.approx(rate)


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_times_have_the_mean_that_littles_law_demands(workers: int) -> None:
    pod = Pod(workers, throughput=20.0, queue=40)
    for load in (0.4, 0.9, 1.0, 1.5):
        row = at(pod, load)
        mean = pod.times[0] + np.trapezoid(pod.slower[row], pod.times)
        assert mean == pytest.approx(pod.held[row] / pod.answered[row], rel=5e-3)


def test_one_worker_answers_in_exponential_time() -> None:
    pod = Pod(1, throughput=10.0, queue=512)
    row = at(pod, 0.6)
    expected = np.exp(-(pod.throughput * (1 - LOADS[row])) * pod.times)
    np.testing.assert_allclose(pod.slower[row], expected, atol=1e-9)


def test_without_places_to_wait_erlangs_b_is_refused() -> None:
    pod = Pod(3, throughput=30.0, queue=3)
    row = at(pod, 0.8)
    offered = LOADS[row] * 3
    blocked = offered**3 / 6 / sum(offered**busy / math.factorial(busy) for busy in range(4))
    assert pod.refused[row] == pytest.approx(blocked)


def test_the_longest_queue_stays_within_floating_point() -> None:
    pod = Pod(2, throughput=100.0, queue=1000)
    assert np.all(np.isfinite(pod.slower))
    assert np.all(np.diff(pod.slower, axis=1) <= 1e-9)
    assert pod.held[-1] == pytest.approx(1000, rel=0.01)
