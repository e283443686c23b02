"""A shadow sees a copy after the reply was sent."""

import pytest

from app import build_app
from app.engine.predict import take_asked
from app.repository.state import State
from app.repository.traffic import Traffic
from app.settings import Settings
from tests.fakes import MAX_PIXELS, NUMBER, BrokenRuntime, SumRuntime, make_model

ROWS = {"instances": [{"a": 1, "b": 2}]}


class More(SumRuntime):
    def predict(self, arrays):
        outputs = super().predict(arrays)
        outputs.predictions[:] += 1
        return outputs


@pytest.fixture
def client(registry, tmp_path):
    registry.add(make_model(version=2, runtime=More(NUMBER)))
    registry._traffic = State(terms="", root=tmp_path, traffic={"sum": Traffic(traffic={1: 100}, shadow=2)}).traffic
    take_asked()
    return build_app(Settings(max_pixels=MAX_PIXELS, run_dir=tmp_path), registry).test_client()


class Connection:
    """Gunicorn's, as its configuration wraps it."""

    def __init__(self, client):
        self._client = client
        self.kept_when_sent = None

    def flush(self):
        self.kept_when_sent = len(disagreements(self._client))


def disagreements(client):
    return client.get("/models/sum/shadow").json["disagreements"]


def test_the_reply_leaves_before_the_shadow_is_asked(client):
    connection = Connection(client)
    reply = client.post(
        "/predict/sum", json=ROWS, headers={"X-Request-ID": "r1"}, environ_overrides={"gunicorn.socket": connection}
    )
    assert (reply.json["version"], reply.json["predictions"]) == ("1", [3.0])
    reply.close()
    assert connection.kept_when_sent == 0
    (kept,) = disagreements(client)
    assert (kept["request_id"], kept["version"], kept["shadow"]) == ("r1", "1", "2")
    assert (kept["answer"], kept["shadow_answer"]) == (3.0, 4.0)


def test_the_shadow_is_not_shown_its_own_answers(client):
    client.post("/predict/sum?version=2", json=ROWS).close()
    assert disagreements(client) == []


def test_other_models_and_refused_requests_are_not_shown(client):
    client.post("/predict/sign", json=ROWS).close()
    client.post("/predict/sum", json={"instances": [{"a": "x"}]}).close()
    assert disagreements(client) == []


def test_a_shadow_that_fails_fails_no_reply(client, registry):
    registry.add(make_model(version=2, runtime=BrokenRuntime()))
    reply = client.post("/predict/sum", json=ROWS)
    assert reply.status_code == 200
    reply.close()
    assert "ZeroDivisionError" in disagreements(client)[0]["failed"]


def test_which_version_shadows_is_told(client):
    reply = client.get("/models/sum/shadow").json
    assert reply == {"model": "sum", "shadow": "2", "disagreements": []}
    assert client.get("/models/sign/shadow").json["shadow"] is None
    assert client.get("/models/none/shadow").status_code == 404


def test_versions_and_their_states_are_described(client):
    assert client.get("/models/sum").json["states"] == [
        {"version": "1", "state": "ready", "percent": 100.0},
        {"version": "2", "state": "ready", "percent": 0, "shadow": True},
    ]
