"""A copy button: what is copied, and what it says of it, on every device."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]
# As a page has it that is neither HTTPS nor on localhost.
WITHOUT_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
WITHOUT_COPYING = WITHOUT_CLIPBOARD + "; document.execCommand = () => false"


@pytest.fixture
def open_lines(open_page: Open) -> Callable[..., "Page"]:
    """Opens a model's lines in other dialects; a script may take something from the page first."""

    def open_lines(taking: str = "null") -> "Page":
        page = open_page("?model=iris", permissions=["clipboard-read", "clipboard-write"])
        page.evaluate(taking)
        page.click("#dialects summary")
        page.locator("#dialects li").first.wait_for()
        return page

    return open_lines


def first(page: "Page") -> tuple["Locator", "Locator", "Locator"]:
    """A line's button, what is said beside it, and its code."""
    line = page.locator("#dialects li").first
    return line.get_by_role("button"), line.get_by_role("status"), line.locator("code")


def pasted(page: "Page") -> str:
    """What a person would paste elsewhere now."""
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'elsewhere' }))")
    page.focus("#elsewhere")
    page.keyboard.press("Control+V")
    return page.locator("#elsewhere").input_value()


@pytest.mark.parametrize("taking", ["null", WITHOUT_CLIPBOARD])
def test_what_is_copied_is_said_to_who_sees_and_to_who_listens(open_lines: Open, taking: str) -> None:
    page = open_lines(taking)
    button, said, code = first(page)
    page.clock.install()
    name = button.get_attribute("aria-label") or ""
    assert name.startswith("Copy: ")
    button.click()
    expect(button).to_have_text("Copied")
    expect(button).to_have_accessible_name(name.replace("Copy", "Copied"))
    expect(said).to_have_text("Copied to the clipboard.")
    assert pasted(page) == code.inner_text()
    page.clock.run_for(2_000)
    expect(button).to_have_accessible_name(name)
    expect(said).to_be_empty()


def test_where_nothing_can_be_copied_the_text_is_selected_and_no_key_is_named(open_lines: Open) -> None:
    page = open_lines(WITHOUT_COPYING)
    button, said, code = first(page)
    button.click()
    expect(button).to_have_text("Selected")
    expect(said).to_contain_text("is selected")
    expect(said).not_to_contain_text("Ctrl")
    assert page.evaluate("getSelection().toString()") == code.inner_text()
