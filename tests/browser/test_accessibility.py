"""Every page as axe-core sees it, in both themes and at both widths, and as it looks: screenshots/ has the pictures.

https://github.com/dequelabs/axe-core
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.rollout import rollout
from tests.container.stack import Stack
from tests.npm import installed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["rollout"]  # a fixture, which pytest finds here by its name

Open = Callable[..., "Page"]
Make = Callable[["Page"], None]

HERE = Path(__file__).parent
SCREENSHOTS = HERE / "screenshots"
THEMES = ("light", "dark")
WIDTHS = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}
PICTURE = HERE.parents[1] / "docs" / "numbers.jpg"


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source."""
    return (installed(HERE) / "axe-core" / "axe.min.js").read_text()


def as_it_comes(page: "Page") -> None:
    page.locator("main").wait_for()


def ask_example(page: "Page") -> None:
    example = page.locator("#example")
    asks_by_itself = example.locator("img").count() > 0  # a picture, while a table's example fills in the form
    example.click()
    if not asks_by_itself:
        page.get_by_role("button", name="Predict", exact=True).click()
    page.locator("#result [data-slot=filled]").wait_for()


def ask_nothing(page: "Page") -> None:
    page.get_by_role("button", name="Predict", exact=True).click()
    page.locator(".error:visible, #problems:visible").first.wait_for()


def segment(page: "Page") -> None:
    page.set_input_files("input[type=file]", PICTURE)
    page.get_by_role("button", name="Segment").click()
    page.get_by_role("table").wait_for()


def vary(page: "Page") -> None:
    page.get_by_role("button", name="What if").click()
    page.locator("#what-if [data-slot=drawing] path").first.wait_for()
    for summary in ("#what-if summary", "#dialects summary"):
        page.click(summary)
    page.locator("#dialects li").first.wait_for()


def score_file(page: "Page") -> None:
    rows = b"sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n5.1,wide,1.4,0.2\n"
    page.set_input_files("#batch-file", {"name": "irises.csv", "mimeType": "text/csv", "buffer": rows})
    page.locator("#batch .preview").wait_for()


def look_into(page: "Page") -> None:
    ask_example(page)
    page.get_by_role("button", name="Where does it look?").click()
    page.locator("#heat figure").wait_for()


def list_operations(page: "Page") -> None:
    page.set_default_timeout(90_000)  # Swagger UI thinks about a document for seconds
    page.locator(".opblock-tag").first.wait_for()


def try_operation(page: "Page") -> None:
    list_operations(page)
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table .response-col_status").first.wait_for()
    for tab in page.get_by_role("tab", name="Schema").all()[:3]:
        tab.click()
    page.locator(".json-schema-2020-12-accordion").first.click()


# A page by its name: its address, and what is done there first.
PAGES: dict[str, tuple[str, Make]] = {
    "first": ("", as_it_comes),
    "digits": ("?model=digits", ask_example),
    "mnist": ("?model=mnist", ask_example),
    "iris": ("?model=iris", ask_example),
    "wine": ("?model=wine", ask_example),
    "diabetes": ("?model=diabetes", ask_example),
    "what-if": ("?model=diabetes&example=1", vary),
    "batch": ("?model=iris", score_file),
    "heat-map": ("?model=mnist", look_into),
    "refused": ("?model=iris", ask_nothing),
    "no-such-model": ("?model=nothing", as_it_comes),
    "status": ("status", as_it_comes),
    "docs": ("docs", list_operations),
    "docs-operation": ("docs#/Slipway/post-predict-iris", try_operation),
    "segmentfrontend": ("segmentfrontend", segment),
}


@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_kept_out_by_theme_or_width(open_page: Open, axe: str, service: str, name: str) -> None:
    address, make = PAGES[name]
    page = open_page(address)
    if name == "status":
        fill_status(page, service)
    make(page)
    page.evaluate(axe)
    found = {view: violations for view in views(page, name) if (violations := run_axe(page))}
    assert found == {}


def test_nobody_is_kept_out_of_a_roll_out(browser: "Browser", axe: str, rollout: Stack) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{rollout.port}/status")
    page.evaluate(axe)
    found = {view: violations for view in views(page, "roll-out") if (violations := run_axe(page))}
    page.close()
    assert found == {}


def fill_status(page: "Page", service: str) -> None:
    """Requests of each kind that it tells apart."""
    row = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
    for body in [{"instances": [row]}] * 3 + [{"instances": [{}]}]:
        page.request.post(f"{service}predict/iris", data=body)
    page.reload()


def views(page: "Page", name: str) -> Any:
    """The page in each theme and width, one after the other; each leaves a picture."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width, size in WIDTHS.items():
            page.set_viewport_size(size)
            page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{width}.png", full_page=True)
            parts = page.locator("html, .shell > *, main")
            overflowing = parts.evaluate_all("all => all.filter(each => each.scrollWidth > each.clientWidth).length")
            assert not overflowing, f"something in {name} is wider than its place on a {width}"
            yield f"{theme} {width}"


def run_axe(page: "Page") -> list[str]:
    """Each violation by its rule, with the elements that have it."""
    violations = page.evaluate("async () => (await axe.run()).violations")
    return [f"{each['id']}: {[node['html'][:200] for node in each['nodes']]}" for each in violations]
