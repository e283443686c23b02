"""A model's versions and labels on the page, as its traffic has them."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.repository.traffic import Traffic
from app.settings import Settings
from tests.bundles import constant, state_of
from tests.fakes import MAX_PIXELS


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    for version in (1, 2, 3):
        constant(tmp_path, "m", version, answer=version)
    traffic = {"m": Traffic(labels={"stable": 1, "canary": 2}, traffic={1: 80, 2: 20})}
    registry = Registry("m", Loading(MAX_PIXELS))
    registry.update(state_of(tmp_path).model_copy(update={"traffic": traffic}))
    return build_app(Settings(), registry).test_client()


def shown(html: str) -> str:
    """The version or label that is marked as the one that is shown."""
    (found,) = re.findall(r'<strong aria-current="true">([^<]*)</strong>', html)
    return found


def test_every_version_and_label_can_be_chosen(client: FlaskClient) -> None:
    html = client.get("/").text
    assert shown(html) == "1"
    links = re.findall(r'<a href="\?model=m&amp;version=(\w+)">(\w+)</a>', html)
    assert links == [(name, name) for name in ("stable", "2", "canary", "3")]
    assert re.findall(r"(\d+) % of requests", html) == ["80", "20"]


@pytest.mark.parametrize(("asked", "version"), [("stable", "1"), ("canary", "2"), ("3", "3")])
def test_a_label_shows_the_version_that_it_names(client: FlaskClient, asked: str, version: str) -> None:
    reply = client.get(f"/?model=m&version={asked}")
    assert reply.headers["X-Model"].startswith(f"m/{version}@")
    assert shown(reply.text) == asked
    assert f'data-path="predict/m?version={version}"' in reply.text


def test_one_version_without_labels_is_no_choice(tmp_path: Path) -> None:
    constant(tmp_path, "only", 1, answer=1)
    registry = Registry("only", Loading(MAX_PIXELS))
    registry.update(state_of(tmp_path))
    html = build_app(Settings(), registry).test_client().get("/?model=only").text
    assert shown(html) == "1"
    assert '<a href="?model=only&amp;version=' not in html
    assert "of requests" not in html
