"""HEAD, OPTIONS and unknown methods on every route there is."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.settings import Settings
from tests.fakes import MAX_PIXELS
from tests.routes import paths

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
every_path = pytest.mark.parametrize("path", paths(build_app(Settings(), Registry("sum", Loading(MAX_PIXELS)))))


def allow(reply: TestResponse) -> set[str]:
    return set(reply.headers["Allow"].split(", "))


def counted(client: FlaskClient) -> list[bytes]:
    return [line for line in client.get("/metrics").data.splitlines() if line.startswith(b"slipway_")]


@every_path
def test_head_answers_as_get_without_the_body(client: FlaskClient, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (get.status_code, b"")
    # An error may name the method, and /metrics say how much processor time it has taken.
    if get.status_code < 400 and path != "/metrics":
        assert head.headers == get.headers
        assert head.content_length == len(get.data)


@every_path
def test_options_tell_which_methods_are_answered(app: Flask, client: FlaskClient, path: str) -> None:
    reply = client.options(path)
    assert (reply.status_code, reply.data) == (200, b"")
    assert {"OPTIONS"} < allow(reply)
    for method in METHODS:
        answer = client.open(path, method=method)
        assert (answer.status_code == 405) == (method not in allow(reply)), method


@every_path
def test_an_unknown_method_is_refused_in_the_dialect_s_shape(client: FlaskClient, path: str) -> None:
    reply = client.open(path, method="BREW")
    assert reply.status_code == 405
    assert allow(reply) == allow(client.options(path))
    shaped = {"/v1/": "error", "/v2": "error", "/invocations": "message"}
    key = next((key for prefix, key in shaped.items() if path.startswith(prefix)), "detail")
    assert "BREW" in reply.json[key]


def test_no_such_request_counts_as_a_prediction(app: Flask, client: FlaskClient) -> None:
    before = counted(client)
    for path in paths(app):
        for method in ("GET", "HEAD", "OPTIONS", "BREW"):
            client.open(path, method=method)
    assert counted(client) == before
