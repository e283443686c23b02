"""Texts are UTF-8: what says that it is another charset is refused, not misread."""

import codecs

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

JSON, CSV = b'{"instances": [{"a": 1, "b": 2}]}', b"a,b\n1,2\n"
bodies = pytest.mark.parametrize(("media_type", "body"), [("application/json", JSON), ("text/csv", CSV)])


def send(client: FlaskClient, content_type: str, body: bytes, path: str = "/predict/sum") -> TestResponse:
    return client.post(path, data=body, content_type=content_type)


@bodies
@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8", "us-ascii"])
def test_utf_8_by_any_name_is_read(client: FlaskClient, media_type: str, body: bytes, charset: str) -> None:
    assert send(client, f"{media_type}; charset={charset}", body).json["predictions"] == [3.0]
    assert send(client, f"{media_type};charset={charset};header=present", body).json["predictions"] == [3.0]


@bodies
@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-16", "utf-7", "nonsense", '""'])
def test_another_charset_is_refused(client: FlaskClient, media_type: str, body: bytes, charset: str) -> None:
    reply = send(client, f"{media_type}; charset={charset}", body)
    assert reply.status_code == 415
    assert "is not read; accepted: utf-8" in reply.json["detail"]


@pytest.mark.parametrize("path", ["/v1/models/sum:predict", "/v2/models/sum/infer", "/invocations/sum"])
def test_each_dialect_says_so_in_its_shape(client: FlaskClient, path: str) -> None:
    reply = send(client, "application/json; charset=utf-16", JSON, path)
    assert reply.status_code == 415
    assert "utf-16" in str(reply.json)


@bodies
def test_a_byte_order_mark_is_passed_over(client: FlaskClient, media_type: str, body: bytes) -> None:
    assert send(client, media_type, codecs.BOM_UTF8 + body).json["predictions"] == [3.0]


def test_a_repeated_key_behind_a_byte_order_mark_is_refused(client: FlaskClient) -> None:
    reply = send(client, "application/json", codecs.BOM_UTF8 + JSON.replace(b'"b": 2', b'"b": 2, "b": 3'))
    assert (reply.status_code, "more than once" in reply.json["detail"]) == (400, True)


@bodies
@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_another_charset_that_is_not_named_is_not_misread(
    client: FlaskClient, media_type: str, body: bytes, charset: str
) -> None:
    foreign = body.replace(b"2", "2 Stück".encode()).decode().encode(charset)
    assert send(client, media_type, foreign).status_code == 400
