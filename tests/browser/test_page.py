"""What a person does on the page, in a real browser."""

import shutil
import subprocess
from typing import Any

import orjson
import pytest
from playwright.sync_api import Route, expect

from tests.browser.acts import Open, answer, ink, upload, wait_for_result

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


# Forms


def test_the_example_fills_the_form_and_gets_its_label(open_page: Open) -> None:
    page = open_page("?model=iris")
    page.click("#example")
    assert page.input_value("[name=sepal_length]") == "5.1"
    page.click("text=Predict")
    wait_for_result(page)
    assert answer(page) == "setosa"
    assert page.locator("#said").inner_text() == "setosa"
    assert page.locator(".bars .best [data-slot=label]").inner_text() == "setosa"
    assert page.locator(".bars li").count() == 3


def test_a_number_stands_in_the_range_of_training(open_page: Open) -> None:
    page = open_page("?model=diabetes")
    page.click("#example")
    page.click("text=Predict")
    wait_for_result(page)
    assert 25 < float(answer(page)) < 346
    assert page.locator("[data-slot=marker]").get_attribute("cx") != "0%"
    assert page.locator("#result [data-slot=beyond]").is_hidden()


def test_the_keyboard_is_enough(open_page: Open) -> None:
    page = open_page("?model=iris")
    page.focus("[name=sepal_length]")
    for value in ("6.4", "2.9", "4.3", "1.3"):
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_result(page)
    assert answer(page) == "versicolor"


def test_a_wrong_value_shows_its_error_at_its_field(open_page: Open) -> None:
    page = open_page("?model=iris")
    page.click("#example")
    page.click("text=Predict")
    wait_for_result(page)
    page.fill("[name=petal_length]", "long")
    page.click("text=Predict")
    error = page.locator("[data-field=petal_length] .error")
    error.wait_for()
    assert error.inner_text() == "'long' is not a number; accepted: a number in cm"
    assert page.evaluate("document.activeElement.name") == "petal_length"
    assert page.locator("[data-slot=filled]").is_hidden()  # the older answer does not pass for this one's

    page.fill("[name=petal_length]", "1.4")
    page.click("text=Predict")
    wait_for_result(page)
    assert error.is_hidden()


def test_a_value_beyond_training_is_remarked_and_allowed(open_page: Open) -> None:
    page = open_page("?model=iris")
    page.click("#example")
    page.fill("[name=petal_width]", "9")
    assert page.locator("[data-field=petal_width].beyond").count() == 1
    page.click("text=Predict")
    wait_for_result(page)


def test_the_curl_line_asks_the_same(open_page: Open) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    page = open_page("?model=iris")
    page.click("#example")
    page.click("text=Predict")
    wait_for_result(page)
    command = page.locator("#snippets #curl code").inner_text()
    reply = subprocess.run(["sh", "-c", command], capture_output=True, check=True, timeout=30).stdout
    assert orjson.loads(reply)["predictions"] == ["setosa"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_service_that_is_gone_is_said_to_be_where_it_is_seen(open_page: Open, viewport: Any) -> None:
    page = open_page("?model=wine", viewport=viewport)
    page.route("**/predict/*", lambda route: route.abort())
    page.click("text=Predict")
    problem = page.locator("#problems")
    problem.wait_for()
    assert "did not answer" in problem.inner_text()
    expect(problem).to_be_focused()
    expect(problem).to_be_in_viewport()


def test_an_answer_that_takes_long_is_seen_and_said_to_be_awaited(open_page: Open) -> None:
    page = open_page("?model=iris")
    held: list[Route] = []
    page.route("**/predict/*", lambda route: held.append(route))
    page.click("#example")
    page.click("text=Predict")
    expect(page.locator("#said")).to_have_text("Asking.")
    assert page.locator("#result").evaluate("each => getComputedStyle(each, '::before').content") == '""'
    held[0].continue_()
    expect(page.locator("#said")).to_have_text("setosa")
    assert page.locator("#result").evaluate("each => getComputedStyle(each, '::before').content") == "none"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_number_that_is_too_large_is_refused_at_its_field(open_page: Open, scripts: bool) -> None:
    page = open_page("?model=iris&example=1", java_script_enabled=scripts)
    page.fill("[name=petal_length]", "1e400")
    page.click("text=Predict")
    error = page.locator("[data-field=petal_length] .error")
    error.wait_for()
    assert "is not a number" in error.inner_text()
    assert page.locator("#problems").is_hidden()


def test_what_was_typed_is_there_again_on_the_way_back(open_page: Open) -> None:
    page = open_page("?model=iris")
    page.fill("[name=petal_width]", "9")
    page.click("text=wine")
    page.locator("[name=alcohol]").wait_for()
    page.go_back()
    assert page.input_value("[name=petal_width]") == "9"
    page.locator("[data-field=petal_width].beyond").wait_for()


def test_an_example_that_cannot_be_fetched_is_told(open_page: Open) -> None:
    page = open_page("?model=digits")
    page.route("**/examples/*", lambda route: route.fulfill(status=503, json={"detail": "it is gone"}))
    page.click("#example")
    expect(page.locator("#problems")).to_have_text("it is gone")


def test_the_id_of_the_request_is_shown(open_page: Open) -> None:
    page = open_page("?model=iris")
    # NGINX adds it to every reply.
    page.route(
        "**/predict/*",
        lambda route: route.fulfill(
            response=(reply := route.fetch()), headers={**reply.headers, "x-request-id": "abc-123"}
        ),
    )
    page.click("#example")
    page.click("text=Predict")
    wait_for_result(page)
    assert page.locator("[data-slot=request-id]").inner_text() == "abc-123"


# Without scripts


def test_without_scripts_a_form_gets_its_result(open_page: Open) -> None:
    page = open_page("?model=iris", java_script_enabled=False)
    page.click("#example")
    page.click("text=Predict")
    wait_for_result(page)
    assert answer(page) == "setosa"
    assert page.input_value("[name=sepal_length]") == "5.1"


def test_without_scripts_an_error_stands_at_its_field(open_page: Open) -> None:
    page = open_page("?model=iris&example=1", java_script_enabled=False)
    page.fill("[name=petal_length]", "long")
    page.click("text=Predict")
    error = page.locator("[data-field=petal_length] .error")
    error.wait_for()
    assert error.inner_text() == "'long' is not a number; accepted: a number in cm"
    assert page.input_value("[name=petal_length]") == "long"


def test_without_scripts_a_picture_comes_back_drawn(open_page: Open) -> None:
    page = open_page("?model=digits", java_script_enabled=False)
    upload(page, ink())
    page.click("text=Predict")
    wait_for_result(page)
    assert answer(page) == "1 found"
    drawn = page.locator("#drawn img")
    assert drawn.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [160, 120]


@pytest.mark.parametrize(("model", "said"), [("iris", "setosa"), ("digits", "1")])
def test_without_scripts_the_answer_is_to_be_had_as_json(open_page: Open, model: str, said: str) -> None:
    page = open_page(f"?model={model}&example=1", java_script_enabled=False)
    if model == "digits":
        upload(page, ink())
    page.click("noscript button")
    answered = orjson.loads(page.locator("body").inner_text())
    (prediction,) = answered["predictions"]
    assert (prediction["class_names"] if model == "digits" else [prediction]) == [said]


# Looks


def test_each_theme_has_its_own_ground(open_page: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = (open_page(color_scheme=theme).evaluate(ground) for theme in ("light", "dark"))
    assert light != dark
