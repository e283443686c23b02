"""A CSV file that is posted to the page, as a browser without scripts does it."""

import csv
import re
from html import unescape
from io import BytesIO, StringIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.engine.registry import Registry
from app.pages.sheets import CHUNK
from app.signature import Column, TableSignature
from tests.fakes import SIGN as SIGN_TARGET
from tests.fakes import make_model

SIGN = "/?model=sign&version=1&batch=1"


def post(client: FlaskClient, content: bytes, address: str = SIGN, name: str = "rows.csv") -> TestResponse:
    return client.post(address, data={"file": (BytesIO(content), name)})


def lines(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


@pytest.fixture
def registry(registry: Registry) -> Registry:
    """And a model whose columns are called as the ones that are added."""
    own = TableSignature(columns=(Column(name="error"), Column(name="sign")))
    registry.add(make_model(name="own", signature=own, target=SIGN_TARGET, task="classification", examples=([1, 2],)))
    return registry


def complaints(reply: TestResponse) -> list[str]:
    """What is told at the form, and where the file was given; never at both."""
    alerts = re.findall(r'<div class="alert".*?</div>', reply.text, re.DOTALL)
    told = [[unescape(said) for said in re.findall(r"<p>(.*?)</p>", alert)] for alert in alerts]
    assert told[0] == [] or len(told) == 1
    return told[-1]


def test_the_form_posts_where_the_view_listens(client: FlaskClient) -> None:
    html = client.get("/?model=sign").text
    assert f'action="{SIGN.removeprefix("/")}#batch"' in unescape(html)
    assert 'name="file" type="file"' in html


@pytest.mark.parametrize(("name", "offered"), [("sign", True), ("find", True), ("grid", True), ("cube", False)])
def test_tables_and_pictures_can_be_given_many_at_once(client: FlaskClient, name: str, offered: bool) -> None:
    assert ('id="batch"' in client.get(f"/?model={name}").text) == offered


def test_a_posted_file_comes_back_as_the_api_would_answer_it(client: FlaskClient) -> None:
    rows = b"b,a\n1,2\n-5,1\n"
    reply = post(client, rows, name="ten rows.csv")
    assert reply.status_code == 200
    assert reply.content_type == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="ten rows-scored.csv"'
    asked = client.post("/predict/sign", data=rows, headers={"Content-Type": "text/csv", "Accept": "text/csv"}).text
    answers = [line[2:] for line in lines(asked)]
    assert lines(reply.text) == [
        ["b", "a", *answers[0], "error"],
        ["1", "2", *answers[1], ""],
        ["-5", "1", *answers[2], ""],
    ]


def test_a_wrong_row_stands_beside_the_good_ones(client: FlaskClient) -> None:
    reply = post(client, 'a,b\n1,2\n1,x\n\n,2,3\n5,"6"\n,y\n'.encode("utf-8-sig"))
    assert reply.status_code == 200
    assert reply.text.startswith("\ufeff")
    header, *rows = lines(reply.text)
    errors = {index: row[-1] for index, row in enumerate(rows, 1) if row[-1]}
    assert errors == {
        2: "b: 'x' is not a number; accepted: a number",
        3: "the line is empty",
        4: "the row has 3 fields; accepted: 2, as the header has; left out here: 3",
        6: "a: the value is missing; accepted: a number in cm; b: 'y' is not a number; accepted: a number",
    }
    assert [row[:2] for row in rows] == [["1", "2"], ["1", "x"], ["", ""], ["", "2"], ["5", "6"], ["", "y"]]
    answered = header.index("sign")
    assert [bool(row[answered]) for row in rows] == [True, False, False, False, True, False]


def test_more_rows_than_are_asked_about_at_once(client: FlaskClient) -> None:
    rows = [(str(number), "x" if number % 997 == 0 else "1") for number in range(2 * CHUNK + 5)]
    _, *scored = lines(post(client, "\n".join(["a,b", *map(",".join, rows)]).encode()).text)
    assert [tuple(row[:2]) for row in scored] == rows
    assert [bool(row[-1]) for row in scored] == [row[1] == "x" for row in rows]


def test_the_error_column_leaves_the_file_its_own(client: FlaskClient) -> None:
    reply = post(client, b"error,sign\n1,2\n", "/?model=own&batch=1")
    assert lines(reply.text)[0][:3] == ["error", "sign", "predicted_sign"]
    assert lines(reply.text)[0][-1] == "predicted_error"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"a,c\n1,2\n", 422, "c: the column is not known; accepted: the columns a, b"),
        (b"", 400, "the CSV is empty"),
        (b"a,b\n\xff,1\n", 400, "the CSV is not UTF-8"),
        (b'a,b\n"1,2\n', 400, "the CSV cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(client: FlaskClient, content: bytes, status: int, said: str) -> None:
    reply = post(client, content)
    assert reply.status_code == status
    assert said in " ".join(complaints(reply))


def test_a_form_without_a_file_is_refused(client: FlaskClient) -> None:
    reply = client.post(SIGN, data={"file": (BytesIO(), "")})
    assert reply.status_code == 422
    assert complaints(reply) == ["the form has no file; accepted: a file in a field named 'file'"]


def test_several_tables_are_refused(client: FlaskClient) -> None:
    files = [(BytesIO(b"a,b\n1,2\n"), name) for name in ("one.csv", "two.csv")]
    reply = client.post(SIGN, data={"file": files})
    assert reply.status_code == 422
    assert complaints(reply) == ["these are 2 files; accepted: one CSV file at a time"]


def test_a_model_that_fails_is_told(client: FlaskClient) -> None:
    reply = post(client, b"a,b\n1,2\n", "/?model=broken&batch=1")
    assert reply.status_code == 500
    assert complaints(reply) == ["model 'broken' version 1 failed on this input"]


def test_a_model_of_other_tensors_takes_no_files(client: FlaskClient) -> None:
    reply = post(client, b"a,b\n1,2\n", "/?model=cube&batch=1")
    assert reply.status_code == 415
    assert "the model 'cube' is asked with JSON, not with files" in unescape(reply.text)
