"""GET /status, as it comes without a script."""

import re
from html.parser import HTMLParser

import pytest

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.ops.ring import SLOTS
from app.pages.plots import HEIGHT, decades, duration, latency_plot, requests_plot
from app.repository.state import State
from app.repository.traffic import Traffic
from app.settings import Settings
from tests.bundles import state_of
from tests.fakes import MAX_PIXELS, BrokenRuntime, make_model

GOOD, BAD = {"a": "1", "b": "2"}, {"a": "x", "b": "2"}


def text_of(html):
    """What a person reads of a page, without the space between words."""
    words = []
    parser = HTMLParser()
    parser.handle_data = words.append
    parser.feed(html)
    return " ".join(" ".join(words).split())


def recent(requests=(), refused=(), failed=(), **percentiles):
    """A series of which only the newest slots hold something."""
    numbers = {"requests": requests, "refused": refused, "failed": failed}
    slots = {name: [0] * (SLOTS - len(newest)) + list(newest) for name, newest in numbers.items()}
    for name in ("p50", "p95", "p99"):
        newest = percentiles.get(name, ())
        slots[name] = [None] * (SLOTS - len(newest)) + list(newest)
    sums = {name: sum(newest) for name, newest in numbers.items()}
    return {**sums, "p50": 0.002, "p95": None, "p99": None, "slots": slots}


def paths(plot):
    return {line.name: line.path for line in plot.lines}


# The page


def test_versions_are_listed_with_their_states_labels_shares_and_counts(client, registry):
    registry.add(make_model(version=2))
    traffic = Traffic(traffic={1: 75, 2: 25}, labels={"stable": 1})
    registry._traffic = {"sum": traffic}
    client.post("/?model=sum&version=1", data=GOOD)
    page = client.get("/status")
    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    text = text_of(page.text)
    assert re.search(r"1 ready stable 75 % 1 0 0 \S+ ms", text)
    assert "2 ready 25 % 0 0 0 - - -" in text


def test_a_version_that_failed_stands_at_the_top_with_its_reason(client, registry, tmp_path):
    ready = list(registry.models().values())
    (tmp_path / "late" / "3").mkdir(parents=True)
    registry.update(state_of(tmp_path))
    for model in ready:
        registry.add(model)
    text = text_of(client.get("/status").text)
    assert "What is wrong late version 3 failed to load: " in text
    assert text.index("late version 3") < text.index("All models")
    assert "3 failed" in text[text.index("All models") :]


def test_a_traffic_file_that_cannot_be_followed_is_told(client, registry):
    registry._problems = {"sum": "the shares add up to 90"}
    assert "sum keeps its last good traffic: the shares add up to 90" in text_of(client.get("/status").text)


def test_a_model_that_is_unloaded_is_not_wrong(client, registry):
    registry.unload("sum")
    text = text_of(client.get("/status").text)
    assert "1 unloaded" in text
    assert "What is wrong" not in text


def test_refused_and_failed_requests_are_counted_apart(client, registry):
    registry.add(make_model(name="broken", runtime=BrokenRuntime()))
    client.post("/?model=sum", data=BAD)
    client.post("/?model=broken", data=GOOD)
    text = text_of(client.get("/status").text)
    assert "0 answered 1 refused 1 failed" in text


def test_where_nobody_has_asked_the_page_says_so(client):
    page = client.get("/status").text
    assert "No request to a model in the last 15 minutes." in text_of(page)
    assert "<figure" not in page


def test_a_service_without_a_model_says_so():
    app = build_app(Settings(max_pixels=MAX_PIXELS), Registry("sum", Loading(MAX_PIXELS)))
    text = text_of(app.test_client().get("/status").text)
    assert "Not ready" in text
    assert "There is no model yet." in text


def test_what_a_shadow_disagrees_with_is_shown(registry, tmp_path):
    registry.add(make_model(name="sum", version=2, runtime=BrokenRuntime()))
    registry._traffic = State(terms="", root=tmp_path, traffic={"sum": Traffic(traffic={1: 100}, shadow=2)}).traffic
    client = build_app(Settings(max_pixels=MAX_PIXELS, run_dir=tmp_path), registry).test_client()
    client.post("/predict/sum", json={"instances": [GOOD | {"a": 1, "b": 2}]}, headers={"X-Request-ID": "r1"}).close()
    page = client.get("/status").text
    assert "Rows that version 2 shadowed 0 agreed 0 disagreed 1 failed" in text_of(page)
    assert re.search(r"r1 failed: ZeroDivisionError", text_of(page))


def test_every_plot_is_told_in_words(client):
    client.post("/?model=sum", data=GOOD)
    page = client.get("/status").text
    labels = re.findall(r'<svg role="img" aria-label="([^"]+)"', page)
    assert "Requests in the last 15 minutes: 1 answered, 0 refused, 0 failed" in labels
    assert any(label.startswith("Latency in the last 15 minutes: p50 ") for label in labels)
    assert len(labels) == page.count('<figure class="plot">') == 4


def test_pages_link_to_each_other(client):
    assert 'href="status"' in client.get("/").text
    assert 'href="./"' in client.get("/status").text


# The plots


def test_bars_stand_on_each_other_and_the_highest_fills_the_plot():
    plot = requests_plot(recent(requests=(10, 0, 5), refused=(4, 0, 0), failed=(1, 0, 5)), 10)
    assert paths(plot) == {
        "answered": "M87 100h0.8v-50h-0.8z",
        "refused": "M87 50h0.8v-40h-0.8z",
        "failed": "M87 10h0.8v-10h-0.8zM89 100h0.8v-50h-0.8z",
    }
    assert plot.marks[0].text == "1 / s"


def test_percentiles_are_steps_with_gaps_where_nobody_asked():
    plot = latency_plot(recent(p50=(0.01, 0.1, None, 0.001)), (-3, -1))
    assert paths(plot)["p50"] == f"M86 50h1V0h1M89 {HEIGHT}h1"
    assert [mark.text for mark in plot.marks] == ["10 ms", "100 ms"]


@pytest.mark.parametrize(
    ("percentiles", "expected"),
    [((), (-3, -1)), ((0.002, 0.03), (-3, -1)), ((0.01,), (-3, -2)), ((0.0004, 31), (-4, 2))],
)
def test_one_scale_holds_every_percentile(percentiles, expected):
    assert decades([recent(), recent(p99=percentiles)]) == expected


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.00051, "0.51 ms"), (0.2468, "250 ms"), (1.5, "1.5 s"), (60, "60 s")]
)
def test_durations_are_said_in_two_digits(seconds, text):
    assert duration(seconds) == text
