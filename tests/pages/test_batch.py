"""A CSV file that is posted to the page, as a browser without scripts does it."""

import re
from html import unescape
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SIGN = "/?model=sign&version=1&batch=1"


def post(client: FlaskClient, content: bytes, address: str = SIGN, name: str = "rows.csv") -> TestResponse:
    return client.post(address, data={"file": (BytesIO(content), name)})


def complaints(reply: TestResponse) -> list[str]:
    (alert,) = re.findall(r'<div class="alert" id="problems".*?</div>', reply.text, re.DOTALL)
    return [unescape(said) for said in re.findall(r"<p>(.*?)</p>", alert)]


def test_the_form_posts_where_the_view_listens(client: FlaskClient) -> None:
    html = client.get("/?model=sign").text
    assert f'action="{SIGN.removeprefix("/")}"' in unescape(html)
    assert 'name="file" type="file"' in html


@pytest.mark.parametrize(("name", "offered"), [("sign", True), ("find", True), ("grid", True), ("cube", False)])
def test_tables_and_pictures_can_be_given_many_at_once(client: FlaskClient, name: str, offered: bool) -> None:
    assert ('id="batch"' in client.get(f"/?model={name}").text) == offered


def test_without_scripts_many_pictures_are_not_offered(client: FlaskClient) -> None:
    (opening,) = re.findall(r'<section class="panel batch".*?>', client.get("/?model=find").text, re.DOTALL)
    assert opening.endswith(" hidden>")


def test_a_posted_file_comes_back_as_the_api_would_answer_it(client: FlaskClient) -> None:
    rows = b"b,a\n1,2\n-5,1\n"
    reply = post(client, rows, name="ten rows.csv")
    assert reply.status_code == 200
    assert reply.content_type == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="ten rows-scored.csv"'
    asked = client.post("/predict/sign", data=rows, headers={"Content-Type": "text/csv", "Accept": "text/csv"})
    assert reply.text == asked.text
    assert len(reply.text.splitlines()) == 3


def test_each_wrong_row_is_named_as_a_spreadsheet_numbers_it(client: FlaskClient) -> None:
    reply = post(client, b"a,b\n1,2\n1,x\n,2\n")
    assert reply.status_code == 422
    assert reply.content_type == "text/html; charset=utf-8"
    assert complaints(reply) == [
        "row 3: b: 'x' is not a number; accepted: a number",
        "row 4: a: the value is missing; accepted: a number in cm",
    ]


def test_of_many_wrong_rows_the_first_are_listed(client: FlaskClient) -> None:
    listed = complaints(post(client, b"a,b\n" + 30 * b"1,x\n"))
    assert len(listed) == 21
    assert listed[-2:] == ["row 21: b: 'x' is not a number; accepted: a number", "these are the first of more"]


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
    assert complaints(reply) == ["the form has no file; accepted: a CSV file in a field named 'file'"]


def test_a_model_of_pictures_takes_no_csv(client: FlaskClient) -> None:
    reply = post(client, b"a,b\n1,2\n", "/?model=find&batch=1")
    assert reply.status_code == 415
    assert complaints(reply)
