"""The curl line below a posted form, taken apart and sent to the same service."""

import re
import shlex
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from app.engine.registry import Registry
from tests.fakes import make_model
from tests.pages.conftest import MIXED_ROW

TRICKY = 'it\'s "5, or 6"\nof $HOME; `all` \\ of @them & 100 %'


def curl(html: str) -> str:
    (line,) = re.findall(r'aria-label="The request in curl"><code>(.*?)</code>', html, re.DOTALL)
    return unescape(line)


def send(client: FlaskClient, line: str) -> object:
    """What curl would get, for a line with --data-raw."""
    command, url, *options = shlex.split(line)
    named = dict(zip(options[::2], options[1::2], strict=True))
    assert command == "curl"
    assert set(named) == {"-H", "--data-raw"}
    name, _, value = named["-H"].partition(": ")
    path = urlsplit(url)._replace(scheme="", netloc="").geturl()
    return client.post(path, data=named["--data-raw"].encode(), headers={name: value}).get_json()["predictions"]


def test_a_row_goes_out_as_it_was_typed(client: FlaskClient) -> None:
    line = curl(client.post("/?model=sum", data={"a": "+1.50", "b": " 2"}).text)
    assert "+1.50, 2" in line
    assert send(client, line) == [3.5]


def test_no_text_breaks_out_of_its_quotes(client: FlaskClient) -> None:
    row = {**MIXED_ROW, "fragile": "true", "discount": "", "a note": TRICKY}
    line = curl(client.post("/?model=mixed", data=row).text)
    assert send(client, line) == [1.5]
    body = shlex.split(line)[-1]
    assert '"' + TRICKY.replace('"', '""') + '"' in body


def test_numbers_in_a_shape_go_out_as_json(client: FlaskClient) -> None:
    assert send(client, curl(client.post("/?model=cube", data={"cube": "[[[3, 4]]]"}).text)) == [7]


def test_the_example_row_stands_in_the_line(client: FlaskClient) -> None:
    assert send(client, curl(client.post("/?model=sum&example=1").text)) == [3]


def test_a_version_that_was_asked_for_is_asked_again(client: FlaskClient, registry: Registry) -> None:
    registry.add(make_model(version=2))
    line = curl(client.post("/?model=sum&version=1", data={"a": "1", "b": "2"}).text)
    assert "/predict/sum?version=1" in line
    assert "version" not in curl(client.post("/?model=sum", data={"a": "1", "b": "2"}).text)
    assert send(client, line) == [3]


@pytest.mark.parametrize("data", [{}, {"a": "x", "b": "2"}])
def test_what_was_refused_gets_no_line(client: FlaskClient, data: dict[str, str]) -> None:
    assert curl(client.post("/?model=sum", data=data).text) == ""
