"""What somebody does who has never seen the project: the started stack, through NGINX, with several workers."""

import csv
import io
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.browser.acts import SEVEN, Open, draw, wait_for_result
from tests.container.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHOTO = Path(__file__).parents[2] / "docs" / "numbers.jpg"
IRISES = b"sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n6.4,2.9,4.3,1.3\n6.3,wide,6.0,2.5\n"


@pytest.fixture(scope="module")
def service(stack: Stack) -> str:
    """As a person calls it who has just started it."""
    return f"http://127.0.0.1:{stack.port}/"


def counts(page: "Page") -> dict[str, int]:
    """How many of each are listed as found."""
    rows = [row.inner_text().split() for row in page.locator(".counts tbody tr").all()]
    return {name: int(count) for name, count in rows}


def test_a_seven_that_is_drawn_is_found(open_page: Open) -> None:
    page = open_page("?model=digits")
    draw(page, SEVEN)
    wait_for_result(page, "1 found")
    assert counts(page) == {"7": 1}


def test_the_numbers_on_a_photo_are_counted(open_page: Open) -> None:
    page = open_page()
    page.set_input_files("input[type=file][name=image]", PHOTO)
    wait_for_result(page, "16 found")
    assert sum(counts(page).values()) == 16
    assert page.locator("#drawn canvas").is_visible()


def test_without_scripts_the_photo_is_posted_and_comes_back_drawn(open_page: Open) -> None:
    page = open_page("segmentfrontend", java_script_enabled=False)
    page.set_input_files("input[type=file]", PHOTO)
    page.get_by_role("button", name="Segment").click()
    page.get_by_role("table").wait_for()
    assert page.locator("img").count() == 1


def test_a_csv_file_is_scored_and_downloaded(open_page: Open) -> None:
    page = open_page("?model=iris")
    page.set_input_files("#batch-file", {"name": "irises.csv", "mimeType": "text/csv", "buffer": IRISES})
    with page.expect_download() as started:
        page.locator("#batch .download").click()
    header, *rows = csv.reader(io.StringIO(started.value.path().read_text(), newline=""))
    assert [row[:4] for row in rows] == list(csv.reader(io.StringIO(IRISES.decode())))[1:]
    assert [row[header.index("species")] for row in rows] == ["setosa", "versicolor", ""]
    assert "is not a number" in rows[2][header.index("error")]


def test_the_curl_line_that_is_copied_answers_the_same(open_page: Open) -> None:
    page = open_page("?model=iris", permissions=["clipboard-read", "clipboard-write"])
    page.click("#example")
    page.get_by_role("button", name="Predict", exact=True).click()
    wait_for_result(page, "setosa")
    page.click("#snippets [data-copy]")
    page.locator("#snippets [data-copy]:text-is('Copied')").wait_for()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith("curl ")
    said = subprocess.run(["sh", "-c", line], capture_output=True, check=True, timeout=60).stdout
    assert orjson.loads(said)["predictions"] == ["setosa"]
