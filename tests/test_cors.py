"""Pages of other origins: kept out by default, let in where the setting names them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import EXPOSED_HEADERS, build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.settings import Settings
from tests.fakes import MAX_PIXELS
from tests.routes import paths

PAGE, OTHER, BRACKETS = "https://app.example.com", "http://localhost:3000", "http://[::1]:8000"
BARE = build_app(Settings(), Registry("sum", Loading(MAX_PIXELS)))


def client_of(registry: Registry, *origins: str) -> FlaskClient:
    return build_app(Settings(max_pixels=MAX_PIXELS, cors_origins=origins), registry).test_client()


def preflight(client: FlaskClient, path: str, origin: str) -> TestResponse:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, x-request-id"}
    return client.options(path, headers={"Origin": origin, **asked})


def allowed(reply: TestResponse) -> str | None:
    return reply.headers.get("Access-Control-Allow-Origin")


def test_no_page_is_let_in_by_default(client: FlaskClient) -> None:
    for reply in (client.get("/models", headers={"Origin": PAGE}), preflight(client, "/predict/sum", PAGE)):
        assert not [name for name in dict(reply.headers) if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", paths(BARE))
def test_a_preflight_is_answered_on_every_path(registry: Registry, path: str) -> None:
    reply = preflight(client_of(registry, PAGE), path, PAGE)
    assert reply.status_code == 200
    assert allowed(reply) == PAGE
    assert reply.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
    assert reply.headers["Access-Control-Allow-Headers"] == "content-type, x-request-id"
    assert reply.headers["Access-Control-Max-Age"] == "600"
    assert "Access-Control-Allow-Credentials" not in reply.headers


@pytest.mark.parametrize("path", ["/models", "/nothing-here", "/v2/models/no-such", "/predict"])
def test_replies_and_errors_of_every_shape_can_be_read(registry: Registry, path: str) -> None:
    reply = client_of(registry, PAGE, OTHER).get(path, headers={"Origin": OTHER})
    assert allowed(reply) == OTHER
    assert set(reply.headers["Access-Control-Expose-Headers"].split(", ")) == set(EXPOSED_HEADERS)
    assert "Origin" in reply.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://other.example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.test",
        "https://appXexample.com",
        "https://app.example.com\n.evil.test",
        "null",
        "",
    ],
)
def test_another_origin_is_not_let_in(registry: Registry, origin: str) -> None:
    client = client_of(registry, PAGE)
    with client.application.test_request_context("/models", environ_overrides={"HTTP_ORIGIN": origin}):
        assert allowed(client.application.full_dispatch_request()) is None  # type: ignore[arg-type]
    assert client.get("/models").status_code == 200


@pytest.mark.parametrize("origin", [PAGE, OTHER, BRACKETS, PAGE.upper()])
def test_each_named_origin_is_let_in(registry: Registry, origin: str) -> None:
    reply = client_of(registry, PAGE, OTHER, BRACKETS).get("/models", headers={"Origin": origin})
    assert allowed(reply) == origin


@pytest.mark.parametrize("origins", [(PAGE,), (PAGE, OTHER), ("*",)])
@pytest.mark.parametrize("origin", [None, PAGE, "https://other.example.com"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/models"), ("GET", "/nothing-here"), ("OPTIONS", "/predict/sum")]
)
def test_no_cache_gives_one_origin_the_reply_of_another(
    registry: Registry, origins: tuple[str, ...], origin: str | None, method: str, path: str
) -> None:
    reply = client_of(registry, *origins).open(path, method=method, headers={"Origin": origin} if origin else {})
    assert reply.headers.getlist("Vary") == ["Origin"]


def test_replies_are_the_same_for_all_where_no_page_is_let_in(client: FlaskClient) -> None:
    assert "Vary" not in client.get("/models", headers={"Origin": PAGE}).headers


@pytest.mark.parametrize("origin", [PAGE, "null"])
def test_a_star_lets_everybody_in(registry: Registry, origin: str) -> None:
    client = client_of(registry, "*")
    assert allowed(client.get("/models", headers={"Origin": origin})) == "*"
    assert allowed(preflight(client, "/predict/sum", origin)) == "*"


def test_who_is_no_page_gets_the_same_reply_as_ever(registry: Registry, app: Flask) -> None:
    with_cors, without = client_of(registry, PAGE).get("/models"), app.test_client().get("/models")
    assert with_cors.data == without.data
    assert allowed(with_cors) is None
