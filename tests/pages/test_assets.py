"""The style and the scripts."""

import gzip
import re

import pytest
from flask.testing import FlaskClient

# What a person waits for, compressed as NGINX does it, without pictures.
BUDGET = 100_000


def addresses(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="(static/[^"]*)"', html)


def test_every_file_that_a_page_names_is_served_and_cached_for_good(client: FlaskClient) -> None:
    types = {}
    for address in addresses(client.get("/").text):
        reply = client.get("/" + address)
        assert reply.status_code == 200
        assert "immutable" in reply.headers["Cache-Control"]
        types[address.rsplit(".")[-1]] = reply.content_type
    assert types == {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml; charset=utf-8",
    }


def test_every_module_that_a_module_imports_is_there(client: FlaskClient) -> None:
    scripts = [address for address in addresses(client.get("/").text) if address.endswith(".js")]
    served = {address.rsplit("/")[-1] for address in scripts}
    for address in scripts:
        imported = re.findall(r'from "\./([^"]+)"', client.get("/" + address).text)
        assert set(imported) <= served


def test_another_releases_tag_is_answered_but_not_kept(client: FlaskClient) -> None:
    reply = client.get("/static/0123456789ab/page.css")
    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.js", "..", "..%2fviews.py", "%2e%2e/views.py"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    reply = client.get(f"/static/0123456789ab/{name}")
    assert reply.status_code == 404
    assert reply.content_type == "application/problem+json"


@pytest.mark.parametrize("name", ["sum", "mixed", "find"])
def test_a_page_with_all_its_files_is_small(client: FlaskClient, name: str) -> None:
    page = client.get(f"/?model={name}")
    files = [client.get("/" + address) for address in addresses(page.text)]
    assert sum(len(gzip.compress(reply.data, 2)) for reply in (page, *files)) < BUDGET
