"""What Prometheus reads. The counters are the process's own, so each test looks at what it adds."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from app.ops.metrics import LATENCY_BUCKETS, fold_the_dead
from tests.bundles import state_of
from tests.fakes import make_model

ROOT = Path(__file__).parents[2]
GOOD, BAD = {"instances": [[1, 2]]}, {"instances": [["x", 2]]}


@pytest.fixture
def client(app):
    return app.test_client()  # outside `with`, so that a request is over when its reply is here


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(client):
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert reply.content_type.startswith("text/plain; version=")
    return samples(reply.text)


def added(client, act):
    """What changed between two scrapes."""
    before = scrape(client)
    act()
    return {key: value - before.get(key, 0) for key, value in scrape(client).items() if value != before.get(key, 0)}


def requests(changes):
    return {
        tuple(value for _, value in key[1:]): count
        for key, count in changes.items()
        if key[0] == "slipway_requests_total"
    }


def test_requests_are_counted_by_model_status_and_version(client, registry):
    registry.add(make_model(version=2))

    def act():
        client.post("/predict", json=GOOD)
        client.post("/predict", json=GOOD)
        client.post("/predict?version=1", json=BAD)
        client.post("/predict/sign", data=b"{", content_type="application/json")
        client.post("/predict/broken", json=GOOD)
        client.post("/predict/nothing", json=GOOD)

    assert requests(added(client, act)) == {
        ("sum", "200", "2"): 2,
        ("sum", "422", "1"): 1,
        ("sign", "400", "1"): 1,
        ("broken", "500", "1"): 1,
        ("", "404", ""): 1,
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/ping", "/metrics", "/nothing", "/predict"])
def test_what_is_no_request_to_a_model_is_not_counted(client, path):
    assert requests(added(client, lambda: client.get(path))) == {}


def test_made_up_names_make_no_new_series(client):
    def act():
        for number in range(5):
            client.post(f"/predict/made-up-{number}", json=GOOD)

    assert requests(added(client, act)) == {("", "404", ""): 5}


def test_every_request_is_timed(client):
    changes = added(client, lambda: [client.post("/predict/sign", json=body) for body in (GOOD, BAD)])
    labels = (("model", "sign"), ("version", "1"))
    assert changes["slipway_request_seconds_count", *labels] == 2
    assert 0 < changes["slipway_request_seconds_sum", *labels] < 10
    assert changes["slipway_request_seconds_bucket", ("le", "+Inf"), *labels] == 2


def test_the_buckets_reach_from_a_row_to_the_time_out():
    assert list(LATENCY_BUCKETS) == sorted(LATENCY_BUCKETS)
    assert LATENCY_BUCKETS[0] <= 0.001
    assert LATENCY_BUCKETS[-1] >= 60


class Looking:
    """Reads a metric while the request is under way."""

    seen = None

    def predict(self, arrays):
        self.seen = REGISTRY.get_sample_value("slipway_requests_in_flight")
        return make_model().runtime.predict(arrays)


def test_a_request_is_in_flight_while_it_is_and_no_longer(client, registry):
    looking = Looking()
    registry.add(make_model(name="looking", runtime=looking))
    assert client.post("/predict/looking", json=GOOD).status_code == 200
    assert looking.seen == 1
    assert scrape(client)["slipway_requests_in_flight",] == 0


def test_a_request_whose_context_is_kept_ends_once(app):
    with app.test_client() as keeping:
        keeping.post("/predict", json=GOOD)
    assert REGISTRY.get_sample_value("slipway_requests_in_flight") == 0


def test_nothing_stays_in_flight_after_an_exception(client, registry, monkeypatch):
    client.post("/predict/broken", json=GOOD)
    client.post("/predict", data=b"{", content_type="application/json")
    monkeypatch.setattr(registry, "resolve", lambda *_: 1 / 0)
    assert client.post("/predict", json=GOOD).status_code == 500
    monkeypatch.undo()
    assert scrape(client)["slipway_requests_in_flight",] == 0


def test_what_is_loaded_and_what_failed_is_told(client, registry, tmp_path):
    ready = list(registry.models().values())
    (tmp_path / "late" / "3").mkdir(parents=True)
    registry.update(state_of(tmp_path))
    for model in (*ready, make_model(version=2)):
        registry.add(model)
    loaded = {
        (key[1][1], key[2][1]): value for key, value in scrape(client).items() if key[0] == "slipway_model_loaded"
    }
    assert loaded == {
        ("sum", "1"): 1,
        ("sum", "2"): 1,
        ("sign", "1"): 1,
        ("tensor", "1"): 1,
        ("broken", "1"): 1,
        ("late", "3"): 0,
    }


WORKER = """
import sys
from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.settings import Settings
from tests.fakes import make_model

registry = Registry("sum", Loading(1000))
registry.add(make_model())
client = build_app(Settings(), registry).test_client()
for _ in range(int(sys.argv[1])):
    client.post("/predict", json={"instances": [[1, 2]]})
print(client.get("/metrics").text)
"""


def worker(folder, count):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-W", "error", "-c", WORKER, str(count)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return samples(done.stdout)


def test_workers_are_summed_also_those_that_are_gone(tmp_path):
    labels = (("model", "sum"), ("version", "1"))
    worker(tmp_path, 3)
    seen = worker(tmp_path, 4)
    assert seen["slipway_requests_total", ("model", "sum"), ("status", "200"), ("version", "1")] == 7
    assert seen["slipway_request_seconds_count", *labels] == 7
    assert seen["slipway_requests_in_flight",] == 0
    assert seen["slipway_model_loaded", *labels] == 1


def files(folder, kind):
    return sorted(path.name for path in folder.glob(f"{kind}_*.db"))


def test_the_counts_of_workers_that_are_gone_are_folded_into_one_file(tmp_path):
    labels = (("model", "sum"), ("version", "1"))
    for count in (1, 2, 3):
        worker(tmp_path, count)
        fold_the_dead(tmp_path)
        assert (files(tmp_path, "counter"), files(tmp_path, "histogram")) == (["counter_0.db"], ["histogram_0.db"])
    seen = worker(tmp_path, 4)
    assert seen["slipway_requests_total", ("model", "sum"), ("status", "200"), ("version", "1")] == 10
    assert seen["slipway_request_seconds_count", *labels] == 10
    assert seen["slipway_request_seconds_bucket", ("le", "+Inf"), *labels] == 10
    assert seen["slipway_request_seconds_sum", *labels] > 0


def test_the_counts_of_the_living_stay_where_they_are(tmp_path):
    worker(tmp_path, 1)
    (dead,) = files(tmp_path, "counter")
    (tmp_path / dead).rename(tmp_path / f"counter_{os.getpid()}.db")
    fold_the_dead(tmp_path)
    assert files(tmp_path, "counter") == [f"counter_{os.getpid()}.db"]
    assert files(tmp_path, "histogram") == ["histogram_0.db"]


def test_while_a_scrape_reads_nothing_is_folded_and_nobody_waits(tmp_path):
    worker(tmp_path, 1)
    before = files(tmp_path, "counter")
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        fold_the_dead(tmp_path)
        assert files(tmp_path, "counter") == before
    fold_the_dead(tmp_path)
    assert files(tmp_path, "counter") == ["counter_0.db"]


def test_a_scrape_waits_for_the_moment_of_folding(tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        scraping = threading.Thread(target=worker, args=(tmp_path, 1))
        scraping.start()
        while not files(tmp_path, "counter"):
            time.sleep(0.01)
        scraping.join(0.5)
        assert scraping.is_alive()
    scraping.join(20)
    assert not scraping.is_alive()


def test_a_file_that_a_killed_worker_left_half_made_spoils_nothing(tmp_path, caplog):
    worker(tmp_path, 2)
    (tmp_path / "counter_999999999.db").touch()
    fold_the_dead(tmp_path)
    assert files(tmp_path, "counter") == ["counter_0.db"]
    assert "counter_999999999.db cannot be read" in caplog.text
    seen = worker(tmp_path, 1)
    assert seen["slipway_requests_total", ("model", "sum"), ("status", "200"), ("version", "1")] == 3
