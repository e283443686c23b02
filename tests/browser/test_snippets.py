"""The same request as programs: each is copied off the page and run."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest
from playwright.sync_api import expect

from app import build_app
from app.outputs.png import encode_png
from app.settings import Settings
from tests.browser import orders
from tests.browser.conftest import serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
LANGUAGES = {
    "curl": ["bash", "-c"],
    "python": [sys.executable, "-c"],
    "javascript": ["node", "--input-type=module", "-e"],
}
# What is special to a shell, to curl's forms, to Python and to JavaScript.
FILE_NAME = 'it\'s; a "big" $HOME, `photo`\\n.png'


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with serve(build_app(Settings(), orders.registry())) as address:
        yield address


def run_all(page: "Page", folder: Path) -> list[Any]:
    """The one prediction that each copied program gets."""
    answers = [run(page, language, folder) for language in LANGUAGES]
    assert {len(answer["predictions"]) for answer in answers} == {1}
    return [answer["predictions"][0] for answer in answers]


def run(page: "Page", language: str, folder: Path) -> Any:
    page.click(f"#{language}-tab")
    program = page.locator(f"#{language} code").inner_text()
    done = subprocess.run([*LANGUAGES[language], program], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout) if language == "python" else orjson.loads(done.stdout)


def predict(page: "Page") -> None:
    page.click("text=Predict")
    expect(page.locator("#snippets")).to_be_visible()


def shown(page: "Page") -> float:
    return float(page.locator("#result [data-slot=answer]").inner_text())


def test_a_row_is_asked_as_it_was_typed(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?model=orders")
    page.click("#example")
    predict(page)
    # The code has more digits than JavaScript's numbers; the note has every quote there is.
    assert shown(page) == 34
    assert run_all(page, tmp_path) == [34] * 3


def test_a_missing_value_and_a_boolean_are_asked_in_the_languages_own_words(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?model=orders")
    page.click("#example")
    page.fill("[name=code]", "7")
    page.fill("[name=note]", "null, true and false")
    page.fill("[name=discount]", "")
    page.select_option("[name=express]", "true")
    predict(page)
    assert run_all(page, tmp_path) == [shown(page)] * 3 == [39] * 3


def test_a_picture_is_read_from_its_file(open_page: Open, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(encode_png(np.full((6, 8, 3), 250, np.uint8)))
    page = open_page("?model=find")
    page.set_input_files("input[type=file]", tmp_path / FILE_NAME)
    expect(page.locator("#snippets")).to_be_visible()
    assert [len(found["boxes"]) for found in run_all(page, tmp_path)] == [3] * 3


def test_a_picture_that_is_no_file_can_be_saved(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?model=find")
    page.click("#example")
    expect(page.locator("#snippets [data-slot=name]")).to_have_text("example.png")
    with page.expect_download() as download:
        page.click("text=Save that file")
    download.value.save_as(tmp_path / download.value.suggested_filename)
    assert [len(found["boxes"]) for found in run_all(page, tmp_path)] == [3] * 3


def test_a_drawing_on_the_models_own_grid_stands_in_the_program(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?model=grid")
    page.locator("#pad canvas").first.click()
    expect(page.locator("#snippets")).to_be_visible()
    assert page.locator("#snippets [data-slot=file]").is_hidden()
    assert run_all(page, tmp_path) == [pytest.approx(shown(page), rel=1e-5)] * 3


def test_the_example_of_a_grid_is_sent_as_its_numbers(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?model=grid")
    page.click("#example")
    expect(page.locator("#snippets")).to_be_visible()
    assert shown(page) == 15
    assert run_all(page, tmp_path) == [15] * 3


def test_what_is_too_long_for_a_command_line_is_read_from_a_file(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?model=orders")
    page.click("#example")
    page.fill("[name=note]", "long " * 40_000)
    predict(page)
    with page.expect_download() as download:
        page.click("text=Save that file")
    assert download.value.suggested_filename == "request.json"
    download.value.save_as(tmp_path / "request.json")
    assert run_all(page, tmp_path) == [34] * 3


def test_the_tabs_are_chosen_by_the_arrow_keys(open_page: Open) -> None:
    page = open_page("?model=cube&example=1")
    predict(page)
    page.focus("#curl-tab")
    for key, chosen in (("ArrowRight", "python"), ("ArrowLeft", "curl"), ("ArrowLeft", "javascript"), ("Home", "curl")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == f"{chosen}-tab"
        assert page.locator("#snippets [role=tabpanel]:visible").get_attribute("id") == chosen
    assert page.locator("#snippets [role=tab][tabindex='0']").count() == 1


def test_the_chosen_program_is_copied(open_page: Open) -> None:
    page = open_page("?model=cube&example=1", permissions=["clipboard-read", "clipboard-write"])
    predict(page)
    page.click("#python-tab")
    page.click("#snippets [data-copy]")
    expect(page.locator("#snippets [data-copy]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#python code").inner_text()


# The model's examples in every dialect


def test_the_lines_of_other_dialects_are_shown_and_work(open_page: Open) -> None:
    page = open_page("?model=orders")
    page.click("#dialects summary")
    expect(page.locator("#dialects li").first).to_be_visible()
    dialects = set(page.locator("#dialects [data-slot=dialect]").all_inner_texts())
    assert len(dialects) > 2
    line = page.locator("#dialects li", has_text="TensorFlow").first.locator("code").inner_text()
    assert "/behind/a/prefix/v1/models/orders" in line
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True, timeout=60)
    assert orjson.loads(done.stdout)["predictions"] == [34]


def test_it_is_said_when_the_lines_do_not_come(open_page: Open) -> None:
    page = open_page("?model=orders")
    page.route("**/models/orders*", lambda route: route.fulfill(status=503))
    page.click("#dialects summary")
    expect(page.locator("#dialects [role=status]")).to_contain_text("503")


# Without scripts


@pytest.mark.parametrize("address", ["?model=orders&example=1", "?model=cube&example=1", "?model=grid", "?model=find"])
def test_without_scripts_the_curl_line_stands_below_the_answer(open_page: Open, address: str, tmp_path: Path) -> None:
    page = open_page(address, java_script_enabled=False)
    if page.locator("input[type=file]").count():
        shape = (2, 3, 3) if "grid" in address else (6, 8, 3)
        # Browsers do not escape a backslash in a form's file name, so the service cannot tell one from an escape.
        file = tmp_path / FILE_NAME.replace("\\", "")
        file.write_bytes(encode_png(np.zeros(shape, np.uint8)))
        page.set_input_files("input[type=file]", file)
    page.click("text=Predict")
    line = page.locator("#curl code").inner_text()
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=True, timeout=60)
    (prediction,) = orjson.loads(done.stdout)["predictions"]
    said = page.locator("#result [data-slot=answer]").inner_text()
    assert said == (f"{len(prediction['boxes'])} found" if "find" in address else f"{prediction:g}")
    assert page.locator("#snippets [role=tab]:visible").count() == 0


@pytest.mark.parametrize("name", ["find", "grid"])
def test_without_scripts_the_example_comes_from_the_service(open_page: Open, name: str) -> None:
    page = open_page(f"?model={name}", java_script_enabled=False)
    page.click("#example")
    line = page.locator("#curl code").inner_text()
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True, timeout=60)
    assert "predictions" in orjson.loads(done.stdout)
