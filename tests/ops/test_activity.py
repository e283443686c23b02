"""What is known of the last minutes, whoever counted it."""

import fcntl
import signal
import subprocess
import sys
import time
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from openapi_schema_validator import OAS31Validator

from app import build_app
from app.ops import ring
from app.ops.activity import BUCKETS, COLUMNS, FAILED, LATENCY_BUCKETS, REFUSED, Activity, quantile
from app.ops.ring import SLOT_SECONDS, SLOTS, open_ring, recent_slots
from app.repository.traffic import Traffic
from app.settings import Settings
from tests.bundles import state_of
from tests.fakes import MAX_PIXELS, BrokenRuntime, make_model

ROOT = Path(__file__).parents[2]
GOOD, BAD = {"instances": [[1, 2]]}, {"instances": [["x", 2]]}
KEY = ("sum", "1")


class Clock:
    """The system's, as far as the slots see it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def pass_slots(self, number: int) -> None:
        self.now += number * SLOT_SECONDS


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(ring, "time", clock)
    return clock


def requests(activity, key=KEY):
    counts = activity.recent().get(key)
    return [] if counts is None else counts[:, BUCKETS:].sum(axis=1).tolist()


def test_requests_stand_in_the_slot_of_their_time(clock):
    activity = Activity(None)
    activity.count(KEY, 200, 0.002)
    clock.pass_slots(2)
    activity.count(KEY, 200, 0.002)
    activity.count(KEY, 200, 0.002)
    assert requests(activity) == [0] * (SLOTS - 3) + [1, 0, 2]


def test_refusals_failures_and_the_time_taken_are_told_apart(clock):
    activity = Activity(None)
    for status, seconds in ((200, 0.001), (422, 0.0011), (500, 61)):
        activity.count(KEY, status, seconds)
    last = activity.recent()[KEY][-1]
    assert (last[REFUSED], last[FAILED]) == (1, 1)
    assert last[BUCKETS:].nonzero()[0].tolist() == [0, 1, len(LATENCY_BUCKETS)]


@pytest.mark.parametrize("start", [0, 12_345.6])
def test_a_slot_is_forgotten_when_the_window_has_passed_it(clock, start):
    clock.now = start
    activity = Activity(None)
    activity.count(KEY, 200, 0.01)
    clock.pass_slots(SLOTS - 1)
    assert requests(activity)[0] == 1
    clock.pass_slots(1)
    assert sum(requests(activity)) == 0
    activity.count(KEY, 200, 0.01)  # in the place of the first
    assert requests(activity) == [0] * (SLOTS - 1) + [1]


def test_after_a_long_silence_nothing_old_comes_back(clock):
    activity = Activity(None)
    for _ in range(SLOTS):
        activity.count(KEY, 200, 0.01)
        clock.pass_slots(1)
    clock.pass_slots(3 * SLOTS)
    activity.count(KEY, 200, 0.01)
    assert sum(requests(activity)) == 1


def test_workers_are_summed(tmp_path):
    workers = [Activity(tmp_path) for _ in range(3)]
    for worker in workers:
        worker.count(KEY, 200, 0.01)
        worker.count(("", ""), 404, 0.01)
    for worker in workers:
        assert sum(requests(worker)) == sum(requests(worker, ("", ""))) == 3


WORKER = """
import os, signal
from pathlib import Path
from app.ops.activity import Activity

activity = Activity(Path({folder!r}))
for _ in range(4):
    activity.count(("sum", {version!r}), 200, 0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def die_after_four_requests(folder, version="1"):
    program = WORKER.format(folder=str(folder), version=version)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL


def rings(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_worker_counted_stays_and_its_successor_goes_on_in_the_same_file(tmp_path):
    for _ in range(3):
        die_after_four_requests(tmp_path)
    assert rings(tmp_path) == ["ring_0"]
    assert sum(requests(Activity(tmp_path))) == 12


def test_the_file_of_a_version_that_is_gone_is_taken_once_it_is_old(tmp_path, clock):
    die_after_four_requests(tmp_path)
    clock.now = time.monotonic()
    newer = ("sum", "2")
    Activity(tmp_path).count(newer, 200, 0.01)
    assert rings(tmp_path) == ["ring_0", "ring_1"]
    clock.pass_slots(SLOTS + 1)
    third = Activity(tmp_path)
    third.count(("sum", "3"), 200, 0.01)
    assert rings(tmp_path) == ["ring_0", "ring_1"]
    assert {key: sum(requests(third, key)) for key in third.recent()} == {("sum", "3"): 1, newer: 0}


def test_a_file_that_a_living_worker_holds_is_nobody_else_s_however_old(tmp_path, clock):
    first, second = Activity(tmp_path), Activity(tmp_path)
    first.count(KEY, 200, 0.01)
    clock.pass_slots(2 * SLOTS)
    second.count(KEY, 200, 0.01)
    assert rings(tmp_path) == ["ring_0", "ring_1"]
    first.count(KEY, 200, 0.01)
    assert sum(requests(second)) == 2


def test_a_file_that_was_left_half_made_is_made_anew(tmp_path):
    (tmp_path / "ring_0").write_bytes(b"sum")
    activity = Activity(tmp_path)
    activity.count(KEY, 200, 0.01)
    assert sum(requests(activity)) == 1
    assert rings(tmp_path) == ["ring_0"]


def test_one_that_another_is_making_is_passed_over(tmp_path):
    with (tmp_path / "ring_0").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        activity = Activity(tmp_path)
        activity.count(KEY, 200, 0.01)
        assert sum(requests(activity)) == 1


def test_where_no_file_can_be_made_a_worker_counts_for_itself_and_says_so(tmp_path, caplog):
    activity = Activity(tmp_path / "missing")
    activity.count(KEY, 200, 0.01)
    assert sum(requests(activity)) == 1
    assert "not shown" in caplog.text


def test_a_ring_s_columns_are_all_kept(clock):
    made = open_ring(None, "key", COLUMNS)
    for column in range(COLUMNS):
        made.add(column, column + 1)
    assert recent_slots(made.content)[-1].tolist() == list(range(1, COLUMNS + 1))


# Percentiles


def test_percentiles_are_those_of_prometheus():
    """The estimate in its own words: the rank's place between the bounds of the bucket that holds it."""
    numbers = np.random.default_rng(1)
    for _ in range(50):
        counts = numbers.integers(0, 20, len(LATENCY_BUCKETS) + 1)
        cumulative = list(accumulate(counts.tolist()))
        bounds = [0.0, *LATENCY_BUCKETS]
        for share in (0.5, 0.95, 0.99):
            expected = np.interp(share * cumulative[-1], [0, *cumulative[:-1]], bounds)
            assert quantile(share, counts) == pytest.approx(expected)


def test_percentiles_of_nothing_and_of_what_lies_beyond_every_bound():
    assert quantile(0.5, [0] * (len(LATENCY_BUCKETS) + 1)) is None
    assert quantile(0.5, [*[0] * len(LATENCY_BUCKETS), 3]) == LATENCY_BUCKETS[-1]
    assert quantile(0.5, [4, *[0] * len(LATENCY_BUCKETS)]) == LATENCY_BUCKETS[0] / 2


# What is told


@pytest.fixture
def told(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    return build_app(Settings(max_pixels=MAX_PIXELS, run_dir=tmp_path), registry).test_client()


def model(report, name):
    return next(model for model in report["models"] if model["name"] == name)


def test_the_report_counts_requests_by_model_and_version(told):
    told.post("/predict", json=GOOD)
    told.post("/predict/sum", json=BAD)
    told.post("/predict/broken", json=GOOD)
    told.post("/predict/nothing", json=GOOD)
    told.get("/models")
    report = told.get("/status.json").json
    assert (report["all"]["requests"], report["all"]["refused"], report["all"]["failed"]) == (4, 2, 1)
    summed = model(report, "sum")
    assert (summed["recent"]["requests"], summed["recent"]["refused"]) == (2, 1)
    assert sum(summed["recent"]["slots"]["requests"]) == 2
    assert 0 < summed["recent"]["p50"] <= summed["recent"]["p99"]
    (version,) = summed["versions"]
    assert (version["version"], version["state"], version["percent"]) == ("1", "ready", 100)
    assert version["recent"]["requests"] == 2
    assert model(report, "sign")["recent"]["p50"] is None


def test_the_report_is_as_the_document_says(told, registry, tmp_path):
    ready = list(registry.models().values())
    (tmp_path / "late" / "3").mkdir(parents=True)
    registry.update(state_of(tmp_path))
    for each in (*ready, make_model(version=2, runtime=BrokenRuntime())):
        registry.add(each)
    registry._traffic = {"sum": Traffic(traffic={1: 100}, labels={"stable": 1}, shadow=2)}
    registry.unload("sign")
    told.post("/predict/sum", json=GOOD).close()
    report = told.get("/status.json").json
    documented = told.get("/openapi.json").json["paths"]["/status.json"]["get"]["responses"]["200"]
    OAS31Validator(documented["content"]["application/json"]["schema"]).validate(report)
    assert model(report, "sum")["shadow"]["rows"] == {"agreed": 0, "disagreed": 0, "failed": 1}
    assert model(report, "late")["versions"][0]["reason"] is not None


def test_the_files_are_among_the_workers_counts_and_no_scrape_reads_them(told, tmp_path):
    told.post("/predict", json=GOOD)
    assert told.get("/metrics").status_code == 200
    assert (tmp_path / "ring_0").stat().st_size < 20_000
