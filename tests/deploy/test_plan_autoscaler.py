"""The autoscaler against the examples of Kubernetes' documentation."""

from pathlib import Path

import pytest
import yaml

from deploy.plan.autoscaler import Autoscaler, Policy, Rules, recommend

MANIFEST = Path(__file__).parents[2] / "deploy/components/autoscale/horizontalpodautoscaler.yaml"
AT_ONCE = Rules(0, [Policy("Percent", 900, 15)])


def test_twice_the_target_doubles_and_half_of_it_halves() -> None:
    assert recommend(4, [200] * 4, 100) == 8
    assert recommend(4, [50] * 4, 100) == 2


def test_fifty_pods_at_90_percent_with_a_target_of_75_become_sixty() -> None:
    assert recommend(50, [0.90] * 50, 0.75) == 60


@pytest.mark.parametrize(("usage", "pods"), [(0.9, 10), (1.1, 10), (1.11, 12), (0.89, 9)])
def test_a_tenth_is_tolerated(usage: float, pods: int) -> None:
    assert recommend(10, [usage] * 10, 1.0) == pods


def test_pods_that_are_not_ready_dampen_scaling_up() -> None:
    assert recommend(2, [3.0, 3.0], 1.0) == 6
    assert recommend(4, [3.0, 3.0], 1.0, unready=2) == 6
    assert recommend(6, [3.0, 3.0], 1.0, unready=4) == 6
    assert recommend(8, [3.0, 3.0], 1.0, unready=6) == 8
    assert recommend(10, [2.1] * 5, 1.0, unready=5) == 10


def test_nothing_is_known_of_pods_without_a_metric() -> None:
    assert recommend(3, [], 1.0, unready=3) == 3


def test_the_larger_policy_is_taken_down_from_eighty() -> None:
    """80 pods, 72 a minute later, then 64; by four where a tenth is less."""
    down = Rules(0, [Policy("Pods", 4, 60), Policy("Percent", 10, 60)])
    scaler = Autoscaler(1, 100, 1.0, AT_ONCE, down)
    pods, seen = 80, []
    for minute in range(12):
        pods = scaler.decide(minute * 60, pods, [0.0] * pods)
        seen.append(pods)
    assert seen == [72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16]


def test_a_policy_holds_for_the_whole_of_its_period() -> None:
    scaler = Autoscaler(1, 100, 1.0, AT_ONCE, Rules(0, [Policy("Pods", 4, 60)]))
    pods, seen = 20, []
    for now in range(0, 90, 15):
        pods = scaler.decide(now, pods, [0.0] * pods)
        seen.append(pods)
    assert seen == [16, 16, 16, 16, 12, 12]


def test_the_smaller_policy_where_min_is_selected() -> None:
    down = Rules(0, [Policy("Percent", 10, 60), Policy("Pods", 5, 60)], "Min")
    assert Autoscaler(1, 100, 1.0, AT_ONCE, down).decide(0, 80, [0.0] * 80) == 75


def test_disabled_does_not_scale_down() -> None:
    assert Autoscaler(1, 100, 1.0, AT_ONCE, Rules(0, [], "Disabled")).decide(0, 80, [0.0] * 80) == 80


def test_by_default_four_pods_or_double_every_fifteen_seconds() -> None:
    scaler, pods, seen = Autoscaler(1, 50, 1.0), 1, []
    for now in range(0, 75, 15):
        pods = scaler.decide(now, pods, [100.0] * pods)
        seen.append(pods)
    assert seen == [5, 10, 20, 40, 50]


def test_by_default_the_highest_of_five_minutes_holds_it_up() -> None:
    scaler, pods, seen = Autoscaler(1, 50, 1.0), 10, []
    for now in range(0, 330, 15):
        pods = scaler.decide(now, pods, [1.0 if now == 0 else 0.5] * pods)
        seen.append(pods)
    assert seen[:20] == [10] * 20
    assert seen[20] == 5


def test_a_window_upwards_waits_for_its_lowest() -> None:
    scaler = Autoscaler(1, 50, 1.0, Rules(60, AT_ONCE.policies))
    assert [scaler.decide(now, 4, [usage] * 4) for now, usage in ((0, 1.0), (15, 3.0), (60, 3.0))] == [4, 4, 12]


def test_never_below_the_minimum_nor_above_the_maximum() -> None:
    assert Autoscaler(3, 9, 1.0, AT_ONCE, AT_ONCE).decide(0, 5, [9.0] * 5) == 9
    assert Autoscaler(3, 9, 1.0, AT_ONCE, Rules(0, [Policy("Percent", 100, 15)])).decide(0, 5, [0.0] * 5) == 3


def test_the_projects_own_manifest_is_read() -> None:
    spec = yaml.safe_load(MANIFEST.read_text())["spec"]
    scaler = Autoscaler.read({"spec": spec})
    assert (scaler.minimum, scaler.maximum) == (spec["minReplicas"], spec["maxReplicas"])
    assert scaler.target == spec["metrics"][0]["containerResource"]["target"]["averageUtilization"] / 100
    assert len(scaler.up.policies) == len(spec["behavior"]["scaleUp"]["policies"])
    assert scaler.down.window == spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"]
    assert Autoscaler.read({"spec": {**spec, "behavior": {}}}).down == Autoscaler(1, 2, 0.5).down
