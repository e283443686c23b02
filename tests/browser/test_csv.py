"""CSV as files have it: quotes, lines within a field, columns of every kind, and models that fail on some rows."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.inputs import reader_for
from app.predictions import Outputs
from app.settings import Settings
from app.signature import Arrays, Column, TableSignature, Target
from tests.browser.conftest import serve
from tests.browser.test_batch import complaint, download, give, said
from tests.fakes import MAX_PIXELS, make_model

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
COLUMNS = (Column(name="the, note", dtype="string"), Column(name="length", unit="cm"))


class Length:
    """The note's length and the number; fails on rows of which one has an unlucky number, or on any."""

    def __init__(self, unlucky: float | None) -> None:
        self._unlucky = unlucky

    def predict(self, arrays: Arrays) -> Outputs:
        note, length = arrays["the, note"], arrays["length"]
        if (length == self._unlucky).any() or (self._unlucky is None and len(length)):
            raise ZeroDivisionError
        return Outputs(np.array([len(text) for text in note]) + length)


def registry(*, ignore_extra: bool) -> Registry:
    signature = TableSignature(columns=COLUMNS)
    registry = Registry(default="notes", loading=Loading(MAX_PIXELS))
    for name, unlucky in (("notes", 13), ("broken", None)):
        model = make_model(
            name,
            signature=signature,
            target=Target(name="size"),
            runtime=Length(unlucky),
            examples=({"the, note": "a", "length": 1.0},),
        )
        registry.add(replace(model, reader=reader_for(signature, MAX_PIXELS, ignore_extra=ignore_extra)))
    return registry


@pytest.fixture(scope="module", params=[False])
def service(request: pytest.FixtureRequest) -> Iterator[str]:
    """Whether it ignores columns that its models do not have is the parameter."""
    with serve(build_app(Settings(), registry(ignore_extra=request.param))) as address:
        yield address


def scored(page: "Page", content: bytes) -> str:
    """The downloaded text, of which every row has been answered or told."""
    give(page, content)
    page.locator("#batch .download").wait_for()
    return download(page)[1].decode()


def test_quotes_commas_and_lines_within_a_field_stay_as_they_stand(open_page: Open) -> None:
    rows = [
        '"a ""b"", c",5.10',
        '"two\nlines",+.5',
        '"two\r\nlines", 1e0 ',
        'an "inch",007',
        '"",1',
        ",1",
        "é ß 漢 😀,1",
    ]
    text = scored(open_page(), ('"the, note",length\r\n' + "\r\n".join(rows) + "\r\n").encode())
    sizes = ["13.1", "9.5", "11.0", "16.0", "1.0", "1.0", "8.0"]
    expected = [f"{row},{size}," for row, size in zip(rows, sizes, strict=True)]
    assert text == "\r\n".join(['"the, note",length,size,error', *expected, ""])


@pytest.mark.parametrize(("ending", "last"), [("\n", ""), ("\r\n", "\n"), ("\r", "\n\n\n"), ("\r\n", "")])
def test_lines_may_end_in_every_way(open_page: Open, ending: str, last: str) -> None:
    lines = ['"the, note",length', *[f"{'x' * (index % 9)},{index}" for index in range(20, 20_000)]]
    content = ("\n".join(lines) + last).replace("\n", ending).encode()
    found = list(csv.reader(io.StringIO(scored(open_page(), content), newline="")))
    assert [row[:2] for row in found] == [["the, note", "length"], *[line.split(",") for line in lines[1:]]]
    assert [float(row[2]) for row in found[1:]] == [len(row[0]) + float(row[1]) for row in found[1:]]


def test_a_character_may_lie_across_two_pieces_of_a_file(open_page: Open) -> None:
    notes = [f'{"漢" * (index % 50)}"{index}' for index in range(6000)]
    text = io.StringIO()
    csv.writer(text).writerows([["the, note", "length"], *([note, "1"] for note in notes)])
    found = list(csv.reader(io.StringIO(scored(open_page(), text.getvalue().encode()), newline="")))
    assert [row[0] for row in found[1:]] == notes
    assert [float(row[2]) for row in found[1:]] == [len(note) + 1 for note in notes]


def test_pieces_of_every_length_make_the_same_records(open_page: Open) -> None:
    text = 'a,"b ""c"", d"\r\n\r\n"",\n"e\r\nf",g\rh,"i"\r\n\n'
    read = """async (text) => {
        const {RecordReader} = await import(document.querySelector("link[href$='/csv.js']").href);
        return Array.from(text, (_, index) => index + 1).map((length) => {
            const reader = new RecordReader();
            const records = [];
            for (let at = 0; at < text.length; at += length) records.push(...reader.read(text.slice(at, at + length)));
            return [...records, ...reader.read("", true)];
        });
    }"""
    records = [["a", '"b ""c"", d"'], [], ['""', ""], ['"e\r\nf"', "g"], ["h", '"i"']]
    assert open_page().evaluate(read, text) == [records] * len(text)


def test_a_row_on_which_the_model_fails_is_found_and_costs_no_other(open_page: Open) -> None:
    page = open_page()
    numbers = list(range(100, 2100))
    numbers[700] = numbers[1999] = 13
    text = scored(page, b'"the, note",length\n' + "\n".join(f"a,{number}" for number in numbers).encode())
    assert said(page) == "Done: 1,998 rows with an answer, 2 with an error."
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    wrong = [row for row in found if row["error"]]
    assert [row["length"] for row in found] == [str(number) for number in numbers]
    assert [row["length"] for row in wrong] == ["13", "13"]
    assert "failed on this input" in wrong[0]["error"]
    assert all(float(row["size"]) == float(row["length"]) + 1 for row in found if not row["error"])


def test_a_model_that_fails_on_everything_is_not_asked_about_everything(open_page: Open) -> None:
    page = open_page("?model=broken")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/predict/" in request.url else None)
    give(page, b'"the, note",length\n' + 4000 * b"a,1\n")
    (reason,) = complaint(page)
    assert "failed on this input" in reason
    assert said(page) == "Nothing was scored."
    assert len(asked) < 100


@pytest.mark.parametrize("service", [True], indirect=True)
def test_columns_that_may_be_ignored_stay_in_the_file(open_page: Open) -> None:
    rows: list[Mapping[str, str]] = [
        {"size": "old", "length": "1", "error": "none", "the, note": "ab"},
        {"size": "older", "length": "x", "error": "", "the, note": "c"},
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    found = list(csv.DictReader(io.StringIO(scored(open_page(), text.getvalue().encode()), newline="")))
    assert [{name: row[name] for name in rows[0]} for row in found] == rows
    assert [row["predicted_size"] for row in found] == ["3.0", ""]
    assert [row["predicted_error"] for row in found] == ["", "length: 'x' is not a number; accepted: a number in cm"]
