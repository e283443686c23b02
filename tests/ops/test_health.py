"""Alive, and ready."""

import pytest

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.settings import Settings
from tests.bundles import state_of
from tests.fakes import MAX_PIXELS, make_model


def service(*models, broken=None, demanded=None):
    registry = Registry("sum", Loading(MAX_PIXELS))
    if broken:
        (broken / "late" / "3").mkdir(parents=True)
        registry.update(state_of(broken).model_copy(update={"demanded": demanded}))
    for model in models:
        registry.add(model)
    return build_app(Settings(), registry).test_client()


@pytest.mark.parametrize(("path", "body"), [("/healthz", {"status": "alive"}), ("/ping", {"ping": "pong!"})])
def test_alive_whatever_is_loaded(path, body):
    reply = service().get(path)
    assert (reply.status_code, reply.json) == (200, body)


def test_ready_where_all_is_loaded():
    reply = service(make_model(), make_model(version=2), make_model(name="more")).get("/readyz")
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert reply.json == {"ready": True, "models": ["more/1", "sum/2"], "failed": {}}
    assert "Retry-After" not in reply.headers


def test_not_ready_where_nothing_is_loaded():
    reply = service().get("/readyz")
    assert reply.status_code == 503
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.json == {"ready": False, "models": [], "failed": {}, "missing": "sum"}


def test_ready_where_a_version_failed_beside_one_that_answers(tmp_path):
    reply = service(make_model(name="late", version=2), broken=tmp_path).get("/readyz")
    assert reply.status_code == 200
    assert reply.json["models"] == ["late/2"]
    assert "manifest.json cannot be read" in reply.json["failed"]["late/3"]


def test_not_ready_where_a_model_has_no_version_that_answers_and_says_why(tmp_path):
    reply = service(make_model(), broken=tmp_path).get("/readyz")
    assert reply.status_code == 503
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.json["models"] == ["sum/1"]
    assert "manifest.json cannot be read" in reply.json["failed"]["late/3"]


def test_ready_where_a_model_that_came_later_has_never_answered(tmp_path):
    reply = service(make_model(), broken=tmp_path, demanded=("sum",)).get("/readyz")
    assert reply.status_code == 200
    assert reply.json["models"] == ["sum/1"]
    assert "manifest.json cannot be read" in reply.json["failed"]["late/3"]


def test_not_ready_where_nothing_but_such_a_model_is_there(tmp_path):
    assert service(broken=tmp_path, demanded=()).get("/readyz").status_code == 503


def test_a_head_request_is_answered_for_balancers_that_send_no_other():
    assert service(make_model()).head("/readyz").status_code == 200
    assert service().head("/readyz").status_code == 503
