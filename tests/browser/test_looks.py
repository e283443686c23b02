"""What only the eye would miss: columns that line up, and what is chosen where a person has forced the colours."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import wait_for_result

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]


def lefts(items: "Locator") -> list[float]:
    found: list[float] = items.evaluate_all("all => all.map((each) => each.getBoundingClientRect().left)")
    return found


@pytest.mark.parametrize("width", [360, 1280])
def test_what_was_found_stands_in_columns_below_the_counts(open_page: Open, width: int) -> None:
    page = open_page("?model=digits", viewport={"width": width, "height": 900})
    page.click("#example")
    wait_for_result(page)
    swatches = lefts(page.locator("#instances li .swatch"))
    columns = sorted(set(swatches))
    assert len(swatches) == 5 > len(columns) > 1
    assert columns[0] == lefts(page.locator(".counts .swatch"))[0]
    steps = {round(after - before) for before, after in pairwise(columns)}
    assert len(steps) == 1


@pytest.fixture
def forced(open_page: Open) -> Callable[[str], "Page"]:
    """Opens a model's page in colours that a person has forced on every page."""

    def open_forced(address: str) -> "Page":
        page = open_page(address)
        page.emulate_media(forced_colors="active")
        return page

    return open_forced


def painted(element: "Locator", style: str = "backgroundColor") -> str:
    found: str = element.evaluate(f"each => getComputedStyle(each).{style}")
    return found


def system(page: "Page", name: str) -> str:
    """A system colour, as computed styles write it."""
    found: str = page.evaluate(
        """name => {
            const probe = document.body.appendChild(document.createElement("p"));
            probe.style.backgroundColor = name;
            const color = getComputedStyle(probe).backgroundColor;
            probe.remove();
            return color;
        }""",
        name,
    )
    return found


def test_forced_colours_show_which_model_is_shown(forced: Callable[[str], "Page"]) -> None:
    page = forced("?model=iris")
    current, other = page.locator("#models a[aria-current]"), page.locator("#models a:not([aria-current])").first
    assert painted(current) == system(page, "Highlight")
    assert painted(current.locator(".more").first, "color") == system(page, "HighlightText")
    assert painted(other) != system(page, "Highlight")
    assert painted(other, "borderLeftColor") == system(page, "Canvas")


def test_forced_colours_show_what_is_pressed(forced: Callable[[str], "Page"]) -> None:
    page = forced("?model=iris&example=1")
    toggle = page.get_by_role("button", name="What if")
    assert painted(toggle) != system(page, "Highlight")
    toggle.click()
    page.locator("#what-if-toggle[aria-pressed=true]").wait_for()
    assert painted(toggle) == system(page, "Highlight")


def test_forced_colours_show_which_tab_is_chosen(forced: Callable[[str], "Page"]) -> None:
    page = forced("?model=iris&example=1")
    page.get_by_role("button", name="Predict", exact=True).click()
    chosen, other = page.locator("#curl-tab"), page.locator("#python-tab")
    chosen.wait_for()
    assert painted(chosen) == system(page, "Highlight")
    assert painted(other, "borderBottomColor") == system(page, "Canvas")
