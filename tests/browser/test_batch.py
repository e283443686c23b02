"""Many rows at once: a CSV file is scored in chunks and comes back with its answers."""

import base64
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

Open = Callable[..., "Page"]
Rows = list[list[str]]
# Not the model's order, and numbers as a person may write them.
HEADER = ["petal_width", "sepal_length", "sepal_width", "petal_length"]
ANSWERS = ["species", "probability_setosa", "probability_versicolor", "probability_virginica"]
CHUNK = 2000


@pytest.fixture
def page(open_page: Open) -> "Page":
    return open_page("?model=iris")


@pytest.fixture
def asked(page: "Page") -> list[str]:
    """What is sent to the model from now on."""
    bodies: list[str] = []
    page.on("request", lambda request: bodies.append(request.post_data or "") if "/predict/" in request.url else None)
    return bodies


def irises(count: int) -> Rows:
    return [
        [f"{index % 25 / 10:.2f}", f"{4 + index % 30 / 10}0", f"+{2 + index % 20 / 10}", f" {1 + index % 50 / 10}e0"]
        for index in range(count)
    ]


def as_csv(rows: Rows, header: Sequence[str] = HEADER) -> bytes:
    return "\n".join(map(",".join, [header, *rows])).encode()


def give(page: "Page", content: bytes, name: str = "irises.csv") -> None:
    page.set_input_files("#batch-file", {"name": name, "mimeType": "text/csv", "buffer": content})


def drop(page: "Page", *files: tuple[str, bytes], on: str = "main") -> None:
    act = """(target, files) => {
        const dataTransfer = new DataTransfer();
        for (const [name, content] of files) {
            const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
            dataTransfer.items.add(new File([bytes], name));
        }
        for (const kind of ["dragover", "drop"])
            target.dispatchEvent(new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true}));
    }"""
    page.locator(on).evaluate(act, [[name, base64.b64encode(content).decode()] for name, content in files])


def said(page: "Page") -> str:
    """What the page says when the work is over."""
    page.locator("#batch .cancel").wait_for(state="hidden")
    return page.locator("#batch .said").inner_text()


def complaint(page: "Page") -> list[str]:
    page.locator("#batch [role=alert]").wait_for()
    return page.locator("#batch [role=alert] p").all_inner_texts()


def download(page: "Page") -> tuple[str, bytes]:
    with page.expect_download() as started:
        page.click("#batch .download")
    return started.value.suggested_filename, started.value.path().read_bytes()


def downloaded(page: "Page") -> Rows:
    return read(download(page)[1].decode())


def read(text: str) -> Rows:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def answers_of_the_api(page: "Page", service: str, rows: Rows) -> Rows:
    reply = page.request.post(
        f"{service}predict/iris", data=as_csv(rows), headers={"Content-Type": "text/csv", "Accept": "text/csv"}
    )
    return [row[len(HEADER) :] for row in read(reply.text())[1:]]


def far(page: "Page", text: str) -> "Locator":
    """How far the work is, once it is that far."""
    found = page.locator("#batch [data-slot=far]", has_text=text)
    found.wait_for()
    return found


# What comes back


def test_every_row_comes_back_as_it_was_with_the_answer_of_the_api(page: "Page", service: str) -> None:
    rows = irises(2 * CHUNK + 500)
    give(page, as_csv(rows))
    assert said(page) == "Done: 4,500 rows, no errors."
    header, *found = downloaded(page)
    assert header == [*HEADER, *ANSWERS, "error"]
    assert [row[:4] for row in found] == rows
    assert [row[4:8] for row in found] == answers_of_the_api(page, service, rows)
    assert {row[8] for row in found} == {""}


def test_wrong_rows_in_several_chunks_are_told_and_cost_no_other(page: "Page", service: str) -> None:
    rows = irises(3 * CHUNK)
    wrong = {10: "many", CHUNK + 1: "", 3 * CHUNK - 1: "1e99"}
    for index, value in wrong.items():
        rows[index][1] = value
    give(page, as_csv(rows))
    assert said(page) == "Done: 5,997 rows with an answer, 3 with an error."
    _, *found = downloaded(page)
    assert [row[:4] for row in found] == rows
    good = [row for index, row in enumerate(rows) if index not in wrong]
    assert [row[4:8] for row in found if not row[8]] == answers_of_the_api(page, service, good)
    assert {index: row[4:] for index, row in enumerate(found) if row[8]} == {
        10: ["", "", "", "", "sepal_length: 'many' is not a number; accepted: a number in cm"],
        CHUNK + 1: ["", "", "", "", "sepal_length: the value is missing; accepted: a number in cm"],
        3 * CHUNK - 1: ["", "", "", "", "sepal_length: '1e99' does not fit into 32 bits; accepted: a number in cm"],
    }


def test_more_wrong_values_than_one_refusal_lists_are_all_found(page: "Page", asked: list[str]) -> None:
    rows = irises(CHUNK)
    for row in rows[:600]:
        row[:2] = ["a", "b"]
    give(page, as_csv(rows))
    assert said(page) == "Done: 1,400 rows with an answer, 600 with an error."
    assert len(asked) == 4  # the header, 1,000 misfits, the other 200, the good rows
    assert [bool(row[8]) for row in downloaded(page)[1:]] == 600 * [True] + 1400 * [False]


def test_rows_with_other_numbers_of_fields_keep_what_they_have(page: "Page") -> None:
    give(page, as_csv([["1", "5", "3", "1"], ["1", "5"], [], ["1", "5", "3", "1", "?", "!"]]))
    assert said(page) == "Done: 1 row with an answer, 3 with an error."
    _, good, short, blank, long = downloaded(page)
    assert good[4]
    assert [*short[:4], short[8]] == ["1", "5", "", "", "the row has 2 fields; accepted: 4, as the header has"]
    assert [*blank[:4], blank[8]] == ["", "", "", "", "the line is empty"]
    assert long[8] == "the row has 6 fields; accepted: 4, as the header has; left out here: ?,!"


def test_the_first_rows_are_shown_those_with_an_error_first(page: "Page") -> None:
    rows = irises(500)
    rows[300][0] = "x"
    give(page, as_csv(rows))
    said(page)
    shown = page.locator("#batch tbody tr")
    assert shown.count() == 100
    assert shown.nth(0).locator("th, td").all_inner_texts()[:2] == [
        "302",
        "petal_width: 'x' is not a number; accepted: a number in cm",
    ]
    assert shown.nth(1).locator("th, td").all_inner_texts()[:2] == ["2", downloaded(page)[1][4]]
    assert page.locator("#batch-rows").inner_text() == (
        "100 of 500 rows, those with an error first. The header is row 1."
    )


def test_the_download_is_named_after_the_file_and_keeps_its_byte_order_mark(page: "Page") -> None:
    give(page, b"\xef\xbb\xbf" + as_csv(irises(1)), "spring.CSV")
    assert said(page) == "Done: 1 row, no errors."
    name, content = download(page)
    assert name == "spring-scored.csv"
    assert content.startswith(b"\xef\xbb\xbfpetal_width,")


def test_a_header_alone_has_no_rows_and_no_errors(page: "Page") -> None:
    give(page, as_csv([]))
    assert said(page) == "Done: 0 rows, no errors."


# A large file


def test_the_page_stays_alive_while_100_000_rows_are_scored(page: "Page", asked: list[str]) -> None:
    page.set_default_timeout(120_000)
    page.evaluate("""() => {
        const progress = document.querySelector("#batch progress");
        const status = document.querySelector("#batch .said");
        Object.assign(window, {ticks: 0, chunks: [], spoken: new Set()});
        (function tick() { window.ticks += 1; setTimeout(tick) })();
        new MutationObserver(() => window.chunks.push([progress.value, window.ticks]))
            .observe(progress, {attributeFilter: ["value"]});
        new MutationObserver(() => window.spoken.add(status.textContent)).observe(status, {childList: true});
    }""")
    give(page, as_csv(irises(100_000)))
    far(page, "of 100,000 rows")
    page.fill("[name=sepal_length]", "5.1")  # a person goes on meanwhile
    assert page.input_value("[name=sepal_length]") == "5.1"
    assert said(page) == "Done: 100,000 rows, no errors."
    chunks = [tuple(chunk) for chunk in page.evaluate("chunks") if chunk[0] > 0]
    assert [round(100_000 * share) for share, _ in chunks] == [CHUNK * (index + 1) for index in range(50)]
    ticks = [tick for _, tick in chunks]
    assert all(later > earlier for earlier, later in pairwise(ticks))
    assert max(body.count("\n") for body in asked) == CHUNK
    assert page.evaluate("[...spoken]") == [
        "100,000 rows to do.",
        "25 % done.",
        "50 % done.",
        "75 % done.",
        "Done: 100,000 rows, no errors.",
    ]
    assert page.locator("#batch tbody tr").count() == 100
    assert len(downloaded(page)) == 100_001


# Ends before the end


@pytest.fixture
def stalled(page: "Page") -> Iterator[list["Route"]]:
    """The third chunk's request, which nobody answers."""
    requests: list[Route] = []

    def answer(route: "Route") -> None:
        requests.append(route)
        if len(requests) < 4:
            route.continue_()

    page.route("**/predict/*", answer)
    yield requests
    page.unroute_all(behavior="ignoreErrors")


def test_work_can_be_cancelled_in_the_middle(page: "Page", stalled: list["Route"], service: str) -> None:
    rows = irises(5 * CHUNK)
    give(page, as_csv(rows))
    far(page, "4,000 of 10,000 rows")
    page.focus("#batch .cancel")
    page.keyboard.press("Enter")
    assert said(page) == "Cancelled. 4,000 of 10,000 rows were done; these can be downloaded."
    assert page.evaluate("document.activeElement.className") == "primary download"
    found = downloaded(page)[1:]
    assert [row[:4] for row in found] == rows[:4000]
    assert [row[4:8] for row in found] == answers_of_the_api(page, service, rows[:4000])


def test_another_file_takes_the_place_of_the_one_under_way(page: "Page", stalled: list["Route"]) -> None:
    give(page, as_csv(irises(5 * CHUNK)))
    far(page, "4,000 of 10,000 rows")
    page.unroute_all(behavior="ignoreErrors")
    give(page, as_csv(irises(3)), "few.csv")
    page.locator("#batch .said", has_text="Done: 3 rows, no errors.").wait_for()
    assert len(downloaded(page)) == 4


def test_a_service_that_goes_away_leaves_what_was_scored(page: "Page") -> None:
    requests: list[str] = []

    def answer(route: "Route") -> None:
        requests.append(route.request.url)
        route.continue_() if len(requests) < 3 else route.abort()

    page.route("**/predict/*", answer)
    give(page, as_csv(irises(2 * CHUNK)))
    assert complaint(page) == ["The service did not answer. Is it still running, and are you online?"]
    assert said(page) == "2,000 of 4,000 rows were done; these can be downloaded."
    assert len(downloaded(page)) == 2001


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_when_it_says(page: "Page", status: int) -> None:
    page.clock.install()
    requests: list[str] = []

    def answer(route: "Route") -> None:
        requests.append(route.request.url)
        if len(requests) == 2:
            route.fulfill(status=status, headers={"Retry-After": "50"}, json={"detail": "too many requests"})
        else:
            route.continue_()

    page.route("**/predict/*", answer)
    give(page, as_csv(irises(5)))
    far(page, "No answer yet. Asking again in 50 s.")
    assert len(requests) == 2
    page.clock.run_for(50_000)
    assert said(page) == "Done: 5 rows, no errors."
    assert len(requests) == 3


def test_waiting_for_a_busy_service_can_be_cancelled(page: "Page") -> None:
    page.route("**/predict/*", lambda route: route.fulfill(status=429, headers={"Retry-After": "50"}, body=""))
    give(page, as_csv(irises(5)))
    far(page, "No answer yet.")
    page.click("#batch .cancel")
    assert said(page) == "Cancelled. Nothing was scored."
    assert page.locator("#batch .download").is_hidden()


# Files that do not fit


def test_columns_that_do_not_fit_are_told_once_before_any_row_is_sent(page: "Page", asked: list[str]) -> None:
    give(page, as_csv(irises(3 * CHUNK), ["petal_width", "sepal_length", "sepal_widht", "colour"]))
    assert complaint(page) == [
        "sepal_widht: the column is not known; did you mean sepal_width?",
        "colour: the column is not known; accepted: the columns sepal_length, sepal_width, petal_length, petal_width",
        "petal_length: the column is missing; accepted: a number in cm",
    ]
    assert said(page) == "Nothing was scored."
    assert asked == ["petal_width,sepal_length,sepal_widht,colour"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"sepal_length;sepal_width\n5;3\n", "are separated by semicolons. Save it with commas."),
        (b"sepal_length\tsepal_width\n5\t3\n", "are separated by tabs. Save it with commas."),
        (b"", "The file's first line is empty; it must name the columns."),
        (b"\n\n1,2,3,4", "The file's first line is empty; it must name the columns."),
        (as_csv(irises(3)) + b"\n\xff,1,2,3", "The file is not UTF-8"),
        ("sepal_length".encode("utf-16"), "The file is not UTF-8"),
        (as_csv(irises(3)) + b'\n1,"2,3,4\n1,2,3,4', "Row 5 has a quote that is not closed"),
        (as_csv(irises(3)) + b'\n1,"2"3,4,5', "Row 5 has a quote that is not closed, or text behind a closing quote."),
    ],
    ids=["semicolons", "tabs", "empty", "blank-header", "latin-1", "utf-16", "open-quote", "text-behind-quote"],
)
def test_a_file_that_cannot_be_read_is_explained_and_not_sent(
    page: "Page", asked: list[str], content: bytes, expected: str
) -> None:
    give(page, content)
    (reason,) = complaint(page)
    assert expected in reason
    assert asked == []


# Ways to give it


def test_a_file_can_be_dropped_anywhere(page: "Page") -> None:
    drop(page, ("irises.csv", as_csv(irises(2))), on="h1")
    assert said(page) == "Done: 2 rows, no errors."
    assert "over" not in page.locator("#batch").get_attribute("class").split()


def test_of_several_files_none_is_chosen(page: "Page", asked: list[str]) -> None:
    drop(page, ("one.csv", as_csv(irises(2))), ("two.csv", as_csv(irises(2))))
    assert complaint(page) == ["These are several files; give one CSV file at a time."]
    assert asked == []


def test_without_scripts_the_file_comes_back_as_with_them(open_page: Open, page: "Page") -> None:
    content = as_csv([*irises(3), ["1", "x", "", "1"], ["1", "2"], ["1", "2", "3", "4", "5"], *irises(1)])
    give(page, content)
    assert said(page) == "Done: 4 rows with an answer, 3 with an error."
    scored = downloaded(page)
    page = open_page("?model=iris", java_script_enabled=False)
    give(page, content)
    with page.expect_download() as started:
        page.get_by_role("button", name="Score the file").click()
    assert started.value.suggested_filename == "irises-scored.csv"
    assert read(started.value.path().read_text()) == scored


def test_without_scripts_a_file_that_cannot_be_read_is_told(open_page: Open) -> None:
    page = open_page("?model=iris", java_script_enabled=False)
    give(page, as_csv(irises(1), ["colour", *HEADER[1:]]))
    page.get_by_role("button", name="Score the file").click()
    columns = "accepted: the columns sepal_length, sepal_width, petal_length, petal_width"
    assert complaint(page)[0] == f"colour: the column is not known; {columns}"


# Looks


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_result_fits_into_the_window(open_page: Open, width: int, theme: str) -> None:
    page = open_page("?model=iris", viewport={"width": width, "height": 800}, color_scheme=theme)
    give(page, as_csv([*irises(3), ["1", "x" * 300, "1", "1"]]))
    said(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
