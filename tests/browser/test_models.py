"""The list of models, where there are many; and a model's versions."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.settings import Settings
from tests.browser.conftest import serve
from tests.fakes import MAX_PIXELS, make_model

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
MANY = 50


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    registry = Registry(default="model-00", loading=Loading(MAX_PIXELS))
    for number in range(MANY):
        registry.add(make_model(f"model-{number:02}"))
    with serve(build_app(Settings(), registry)) as address:
        yield address


def test_many_models_are_filtered_as_one_types(open_page: Open) -> None:
    page = open_page()
    page.fill("#filter", "MODEL 3")
    expect(page.locator("#models [role=status]")).to_have_text("14 of 50")
    assert page.locator("#models li:visible").count() == 14
    page.fill("#filter", "-33")
    page.press("#filter", "Enter")
    expect(page.locator("h1")).to_have_text("model-33")


def test_what_is_filtered_out_comes_back(open_page: Open) -> None:
    page = open_page()
    page.fill("#filter", "nothing like it")
    expect(page.locator("#models [role=status]")).to_have_text("0 of 50")
    page.fill("#filter", "")
    assert page.locator("#models li:visible").count() == MANY
    expect(page.locator("#models [role=status]")).to_have_text("")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_current_model_and_the_form_are_on_the_first_screen(open_page: Open, size: dict[str, int]) -> None:
    page = open_page("?model=model-40", viewport=size)
    expect(page.locator("#models [aria-current=page]")).to_be_in_viewport()
    expect(page.locator("#form input").first).to_be_in_viewport()
    assert page.evaluate("[scrollY, document.documentElement.scrollWidth]") == [0, size["width"]]


def test_without_scripts_there_is_no_filter_and_every_model(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator("#filter").is_hidden()
    assert page.locator("#models a").count() == MANY
