"""The status page in a browser, and what it still knows when workers have come and gone."""

import signal
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.browser.rollout import ANSWERED, FAILED, REASON, REFUSED, rollout, shadowed
from tests.container.conftest import MakeStack, make_stack
from tests.container.stack import Stack, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["make_stack", "rollout"]  # fixtures, which pytest finds here by their names

Open = Callable[..., "Page"]
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
# What the page waits for until it asks again, and much longer.
PERIOD, LONG = 5_000, 60_000


@pytest.fixture
def status(open_page: Open) -> tuple["Page", list[str]]:
    """The page, with a clock that stands still, and how often it has asked for itself since."""
    page = open_page("status")
    page.clock.install()
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.away ?? false })")
    page.reload()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/status") else None)
    return page, asked


def predict(page: "Page", service: str, **row: float) -> None:
    page.request.post(f"{service}predict/iris", data={"instances": [{**ROW, **row}]})


def answered(page: "Page") -> int:
    """How many requests of all models the page tells of."""
    key = page.locator("section[aria-labelledby=all] .key.answered")
    return int(key.inner_text().split()[0]) if key.count() else 0


def come_and_go(page: "Page", away: bool) -> None:
    page.evaluate("away => { window.away = away; document.dispatchEvent(new Event('visibilitychange')) }", away)


def test_a_request_is_seen_without_reloading(status: tuple["Page", list[str]], service: str) -> None:
    page, asked = status
    before = answered(page)
    predict(page, service)
    with page.expect_response("**/status"):
        page.clock.run_for(PERIOD)
    page.locator("section[aria-labelledby=all] .key.answered", has_text=f"{before + 1} answered").wait_for()
    assert asked == [f"{service}status"]


def test_it_asks_again_and_again(status: tuple["Page", list[str]]) -> None:
    page, asked = status
    for number in range(1, 4):
        page.evaluate("document.querySelector('#board section').dataset.old = 1")
        page.clock.run_for(PERIOD)
        page.locator("[data-old]").wait_for(state="detached")
        assert len(asked) == number


def test_nothing_is_asked_while_it_is_paused(status: tuple["Page", list[str]]) -> None:
    page, asked = status
    pause = page.get_by_role("button", name="Pause")
    pause.focus()
    page.keyboard.press("Space")
    assert pause.get_attribute("aria-pressed") == "true"
    page.clock.run_for(LONG)
    assert asked == []
    with page.expect_response("**/status"):
        page.keyboard.press("Space")


def test_nothing_is_asked_while_nobody_looks(status: tuple["Page", list[str]]) -> None:
    page, asked = status
    come_and_go(page, away=True)
    page.clock.run_for(LONG)
    assert asked == []
    with page.expect_response("**/status"):
        come_and_go(page, away=False)


def test_who_reads_a_table_with_the_keyboard_stays_in_it(status: tuple["Page", list[str]]) -> None:
    page, _ = status
    table = page.get_by_role("region", name="Versions of iris")
    table.focus()
    page.evaluate("document.activeElement.dataset.old = 1")
    page.clock.run_for(PERIOD)
    page.locator("[data-old]").wait_for(state="detached")
    assert page.evaluate("document.activeElement.ariaLabel") == "Versions of iris"


def test_a_service_that_is_gone_is_told_and_so_is_its_return(status: tuple["Page", list[str]]) -> None:
    page, _ = status
    assert page.get_by_role("status").inner_text() == "Ready"
    page.route("**/status", lambda route: route.abort())
    page.clock.run_for(PERIOD)
    page.get_by_role("status").get_by_text("The service does not answer").wait_for()
    page.unroute("**/status")
    page.clock.run_for(PERIOD)
    page.get_by_role("status").get_by_text("Ready", exact=True).wait_for()


def test_without_a_script_there_is_a_link_to_reload(open_page: Open, service: str) -> None:
    page = open_page("status", java_script_enabled=False)
    assert page.get_by_role("button", name="Pause").count() == 0
    before = answered(page)
    predict(page, service)
    page.get_by_role("link", name="Reload").click()
    assert answered(page) == before + 1


def test_the_page_and_the_status_lead_to_each_other(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("link", name="Status").click()
    page.get_by_role("heading", name="Status", level=1).wait_for()
    page.get_by_role("link", name="wine").click()
    page.get_by_role("heading", name="wine", level=1).wait_for()


# Amid a roll-out


@pytest.fixture(params=[1280, 360])
def shown(request: pytest.FixtureRequest, browser: "Browser", rollout: Stack) -> Iterator["Page"]:
    """The page of a roll-out, as wide as a desktop and as a phone."""
    context = browser.new_context(viewport={"width": request.param, "height": 740})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{rollout.port}/status")
    yield page
    context.close()


def section(page: "Page", model: str) -> "Locator":
    return page.locator("#board section", has=page.get_by_role("heading", name=model))


def rows(page: "Page", region: str) -> list[list[str]]:
    """Each row of a table as its cells' texts, as assistive technology finds them."""
    found = page.get_by_role("region", name=region).get_by_role("row").filter(has=page.get_by_role("cell")).all()
    return [row.locator("[role=rowheader], [role=cell]").all_inner_texts() for row in found]


def test_labels_shares_and_states_stand_beside_the_counts(shown: "Page", rollout: Stack) -> None:
    stable, canary, broken, shadow = rows(shown, "Versions of prices")
    told = shadowed(rollout)
    assert stable[:7] == ["1", "ready", "stable", "75 %", str(told["disagreed"]), "0", "0"]
    ours = told["agreed"] + REFUSED + FAILED
    assert canary[:7] == ["2", "ready", "canary", "25 %", str(ours), str(REFUSED), str(FAILED)]
    assert broken == ["3", "failed", "", "-", "0", "0", "0", "-", "-", "-"]
    assert shadow[:5] == ["4", "ready", "shadow", "-", "0"]
    for percentile in stable[7:] + canary[7:]:
        assert percentile.endswith("ms") or percentile.endswith(" s")


def test_what_is_wrong_is_told_first(shown: "Page") -> None:
    wrong = shown.locator("#board section").first
    assert wrong.get_by_role("heading").inner_text() == "What is wrong"
    version, traffic = wrong.get_by_role("listitem").all_inner_texts()
    assert version.startswith("prices version 3 failed to load: ")
    assert REASON in version
    assert traffic.startswith("sizes keeps its last good traffic: ")
    assert "sum to 90, not to 100" in traffic


def test_the_plots_draw_what_they_say(shown: "Page", rollout: Stack) -> None:
    told = shadowed(rollout)
    requests, latency, shadow = section(shown, "prices").locator("svg[role=img]").all()
    said = f"{ANSWERED} answered, {REFUSED} refused, {FAILED} failed"
    assert requests.get_attribute("aria-label") == f"Requests in the last 15 minutes: {said}"
    said = f"{told['agreed']} agreed, {told['disagreed']} disagreed, 0 failed"
    assert shadow.get_attribute("aria-label") == f"Rows that version 4 shadowed in the last 15 minutes: {said}"
    assert drawn(requests) == {"answered", "refused", "failed"}
    assert drawn(latency) == {"p50", "p95", "p99"}
    assert drawn(shadow) == {"agreed", "disagreed"}


def drawn(plot: "Locator") -> set[str]:
    """The lines of a plot that cover something."""
    sizes = plot.locator("path").evaluate_all(
        "all => all.map((path) => [path.classList[0], path.getBBox().width + path.getBBox().height])"
    )
    return {name for name, size in sizes if size > 0}


def test_what_the_shadow_says_otherwise_is_listed(shown: "Page", rollout: Stack) -> None:
    listed = rows(shown, "Disagreements on prices")
    kept = rollout.ask("GET", "/models/prices/shadow").json()["disagreements"]
    assert [row[1:] for row in listed] == [[each["request_id"], "1.0", "2.0"] for each in kept[:5]]
    shown.get_by_role("link", name="all as JSON").click()
    shown.wait_for_url("**/models/prices/shadow")


def test_every_cell_is_on_the_screen(shown: "Page") -> None:
    width = shown.viewport_size["width"] if shown.viewport_size else 0
    cells = shown.get_by_role("region", name="Versions of prices").get_by_role("cell")
    assert cells.count() == 4 * 9
    for box in [cell.bounding_box() for cell in cells.all()]:
        assert box is not None
        assert 0 <= box["x"] < box["x"] + box["width"] <= width


def test_a_card_on_a_phone_says_what_its_numbers_are(shown: "Page") -> None:
    is_phone = shown.viewport_size is not None and shown.viewport_size["width"] < 700
    cell = shown.get_by_role("region", name="Versions of prices").get_by_role("cell", name="75 %", exact=True)
    said = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert said.startswith('"Traffic"') if is_phone else said == "none"


def told(stack: Stack) -> int:
    report = stack.ask("GET", "/status.json").json()
    return sum(report["all"]["slots"]["requests"])


def test_killed_workers_and_a_reload_take_nothing_from_the_history(make_stack: MakeStack) -> None:
    stack = make_stack("native")
    for _ in range(20):
        assert stack.predict().status == HTTPStatus.OK
    assert told(stack) == 20
    master, workers = stack.family("gunicorn")
    for worker in workers:
        stack.kill(worker)
    wait_for(lambda: len(set(stack.family("gunicorn")[1]) - set(workers)) == 2, "new workers")
    wait_for(stack.ready, "ready again")
    assert stack.predict().status == HTTPStatus.OK
    assert told(stack) == 21
    _, workers = stack.family("gunicorn")
    stack.kill(master, signal.SIGHUP)
    wait_for(lambda: not set(stack.family("gunicorn")[1]) & set(workers), "workers of the new generation")
    wait_for(stack.ready, "ready after the reload")
    assert stack.predict().status == HTTPStatus.OK
    assert told(stack) == 22
