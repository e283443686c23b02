"""`make plan` as it is run: from numbers, from a curve in a file, and from a pod that it measures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.plan.__main__ import main as plan_main
from deploy.plan.curve import CurveError, read_curve
from deploy.plan.measure import MeasureError, summarize

ROOT = Path(__file__).parents[2]
ENTRY = {
    "num_requests": 4,
    "num_failures": 0,
    "start_time": 100.0,
    "last_request_timestamp": 102.0,
    "total_response_time": 60.0,
    "response_times": {"10": 3, "30": 1},
}


def plan(folder: Path, **options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PICTURE": str(folder / "plan.svg"), **options}
    command = [sys.executable, "-m", "deploy.plan"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def curve(tmp_path: Path) -> Path:
    path = tmp_path / "day.csv"
    path.write_text("time,rate\n08:00,40\n08:30:00,120\n10:00,40\n")
    return path


def test_a_curve_is_drawn_and_told_hour_by_hour(tmp_path: Path, curve: Path) -> None:
    done = plan(tmp_path, THROUGHPUT="50", CURVE=str(curve), MIN="1", MAX="4", TARGET="70")
    assert done.returncode == 0, done.stderr
    first, _, *hours, total, drawn = done.stdout.splitlines()
    assert first.startswith("1 to 4 pods, at 70% CPU")
    assert [line.split()[0] for line in hours] == ["0", "1"]
    assert total.split()[0] == "all"
    assert float(total.split()[-1]) == pytest.approx(sum(float(line.split()[-1]) for line in hours), abs=0.11)
    assert str(tmp_path / "plan.svg") in drawn
    assert "<svg" in (tmp_path / "plan.svg").read_text()


def test_it_plans_with_the_queue_of_the_manifest_and_says_whom_that_is_too_long_for(
    tmp_path: Path, curve: Path
) -> None:
    _, remark, *_ = plan(tmp_path, THROUGHPUT="8", CURVE=str(curve)).stdout.splitlines()
    assert remark.startswith("Slipway: a full queue of 64 takes 8 s, and the readiness probe waits for 5 s")
    assert remark.endswith("plan with QUEUE=32.")
    _, head, *_ = plan(tmp_path, THROUGHPUT="8", CURVE=str(curve), QUEUE="32").stdout.splitlines()
    assert head.startswith(" hour")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "one of URL= (to measure a pod) and THROUGHPUT="),
        ({"THROUGHPUT": "0"}, "THROUGHPUT=0 is not accepted"),
        ({"THROUGHPUT": "5", "MIN": "8", "MAX": "4"}, "MIN=8 is more than MAX=4"),
        ({"THROUGHPUT": "5", "CURVE": "weekly"}, "presets are steady, daily, spike"),
        ({"THROUGHPUT": "5", "QUEUE": "1"}, "QUEUE=1 is less than WORKERS=2"),
        ({"THROUGHPUT": "5", "PICTURE": "plan.gif"}, "a name that ends in .png or .svg"),
        ({"URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9/models does not answer as Slipway does"),
    ],
)
def test_what_cannot_be_planned_with_is_said(
    options: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in options.items():
        monkeypatch.setenv(name, value)
    # Ended as the options are read, or by main's own status.
    with pytest.raises(SystemExit) as ended:
        sys.exit(plan_main())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_between_its_points_a_curve_is_a_straight_line(curve: Path) -> None:
    rates = read_curve(curve)
    assert len(rates) == 2 * 3600
    assert (rates[0], rates[900], rates[1800], rates[-1]) == pytest.approx((40, 80, 120, 40), abs=0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,rate\n08:00,40\n08:xx,50\n", "line 3"),
        ("time,rate\n08:00,-1\n09:00,50\n", "line 2"),
        ("when,rate\n08:00,1\n09:00,50\n", "line 2"),
        ("time,rate\n09:00,1\n08:00,50\n", "in the order of their times"),
        ("time,rate\n09:00,1\n", "two rows or more"),
    ],
)
def test_a_curve_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(text)
    with pytest.raises(CurveError, match=said):
        read_curve(path)


def test_a_step_counts_all_names_together() -> None:
    step = summarize(2, [ENTRY, {**ENTRY, "last_request_timestamp": 104.0, "response_times": {"10": 4}}])
    assert (step.throughput, step.mean, step.p99) == pytest.approx((2, 0.015, 0.03))


def test_a_step_with_failures_is_no_measurement() -> None:
    with pytest.raises(MeasureError, match="1 of 4 requests failed"):
        summarize(2, [{**ENTRY, "num_failures": 1}])
    with pytest.raises(MeasureError, match="two are needed"):
        summarize(2, [])
