"""Every kind of column in the form: filled, left out, wrong."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import build_app
from app.settings import Settings
from tests.browser import orders
from tests.browser.conftest import serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
scripts = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with serve(build_app(Settings(), orders.registry())) as address:
        yield address


def open_filled(open_page: Open, scripts: bool) -> "Page":
    page = open_page("?model=orders", java_script_enabled=scripts)
    page.click("#example")
    return page


def expect_answer(page: "Page", number: str) -> None:
    page.click("text=Predict")
    expect(page.locator("#result [data-slot=answer]")).to_have_text(number)


@scripts
def test_the_example_of_every_kind_is_filled_in_and_read(open_page: Open, scripts: bool) -> None:
    page = open_filled(open_page, scripts)
    assert page.input_value("[name=code]") == "9007199254740993"
    assert page.input_value("[name=day]") == "2026-03-01"
    assert page.input_value("[name=note]") == orders.EXAMPLE["note"]
    assert page.input_value("[name=gift]") == ""
    expect_answer(page, "34")


@scripts
@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("weight", " +.5 ", "26"),
        ("weight", "0012.", "49"),
        ("weight", "1e1", "45"),
        ("parcels", "3.0", "38"),
        ("discount", "", "44"),
        ("note", "", "35"),
        ("day", "", "34"),
        ("country", "FR", "58"),
    ],
)
def test_what_forms_take_is_taken(open_page: Open, scripts: bool, name: str, text: str, number: str) -> None:
    page = open_filled(open_page, scripts)
    page.fill(f"[name={name}]", text)
    expect_answer(page, number)


@scripts
@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("weight", "4,5", "'4,5' is not a number; accepted: a number in kg"),
        ("weight", "", "the value is missing; accepted: a number in kg"),
        ("parcels", "2.5", re.compile("^'?2[.]5'? is not a whole number; accepted: a whole number$")),
        ("country", "", "the value is missing; accepted: text"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    open_page: Open, scripts: bool, name: str, text: str, said: str | re.Pattern[str]
) -> None:
    page = open_filled(open_page, scripts)
    page.fill(f"[name={name}]", text)
    page.click("text=Predict")
    expect(page.locator(f"[data-field={name}] .error")).to_have_text(said)
    assert page.locator("[aria-invalid]").get_attribute("name") == name
    assert page.locator("#problems").is_hidden()


@scripts
def test_a_choice_that_was_not_made_is_said_at_its_field(open_page: Open, scripts: bool) -> None:
    page = open_filled(open_page, scripts)
    page.select_option("[name=size]", "")
    page.click("text=Predict")
    expect(page.locator("[data-field=size] .error")).to_contain_text("the value is missing")


def test_an_open_category_suggests_what_training_saw(open_page: Open) -> None:
    page = open_page("?model=orders")
    options = "each => [...each.list.options].map(option => option.value)"
    assert page.locator("[name=country]").evaluate(options) == ["AT", "CH", "DE"]
