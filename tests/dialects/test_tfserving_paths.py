"""TensorFlow Serving's paths: versions and labels, any case, what is malformed; and the states of versions."""

import pytest

from app.engine.model import Loading
from app.engine.registry import Registry
from app.repository.local import fingerprint
from app.repository.state import State, Tried
from app.repository.traffic import Traffic
from tests.bundles import constant
from tests.fakes import MAX_PIXELS, SIGN, make_model

ROWS = {"instances": [[1, 2]]}
TRAFFIC = Traffic(labels={"stable": 1, "Canary": 2, "broken": 3, "gone": 9}, traffic={1: 100})


def state(root, traffic):
    """Two versions of m, which answer 1 and 2, and a third that could not be loaded."""
    tried = {str(version): Tried(fingerprint=fingerprint(root / "m" / str(version))) for version in (1, 2)}
    failed = Tried(fingerprint="", reason="no luck")
    versions = {"m": {**tried, "3": failed}, "unlucky": {"1": failed}}
    return State(terms="", root=root, versions=versions, traffic={"m": traffic})


@pytest.fixture
def registry(tmp_path):
    for version in (1, 2):
        constant(tmp_path, "m", version, version)
    registry = Registry("m", Loading(MAX_PIXELS))
    registry.update(state(tmp_path, TRAFFIC))
    registry.add(make_model())
    registry.add(make_model(name="sign", target=SIGN, task="classification"))
    return registry


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/v1/models/m:predict", "1"),
        ("/v1/models/m/versions/1:predict", "1"),
        ("/v1/models/m/versions/2:predict", "2"),
        ("/v1/models/m/versions/002:predict", "2"),
        ("/v1/models/m/labels/stable:predict", "1"),
        ("/v1/models/m/labels/Canary:predict", "2"),
        ("/V1/Models/m/VERSIONS/2:Predict", "2"),
        ("/v1/MODELS/m/Labels/Canary:PREDICT", "2"),
    ],
)
def test_the_version_asked_for_answers(client, path, version):
    reply = client.post(path, json=ROWS)
    assert reply.json == {"predictions": [float(version)]}
    assert reply.headers["X-Model"].startswith(f"m/{version}@")


def test_versions_share_the_requests_that_name_none(client, registry, tmp_path):
    registry.update(state(tmp_path, Traffic(traffic={1: 50, 2: 50}, sticky="X-User")))

    def answer(user):
        return client.post("/v1/models/m:predict", json=ROWS, headers={"X-User": str(user)}).json["predictions"][0]

    assert {answer(user) for user in range(40)} == {1.0, 2.0}
    assert {answer("the same") for _ in range(5)} in ({1.0}, {2.0})


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/v1/models/nope:predict", 404, "there is no model 'nope'"),
        ("/v1/models/M:predict", 404, "there is no model 'M'"),
        ("/v1/models/m/versions/9:predict", 404, "has no version '9'; loaded: 1, 2"),
        ("/v1/models/m/versions/0:predict", 404, "has no version '0'"),
        (f"/v1/models/m/versions/{'9' * 5000}:predict", 404, "has no version '9"),
        ("/v1/models/m/labels/canary:predict", 404, "has no version 'canary'"),
        ("/v1/models/m/labels/gone:predict", 404, "has no version 'gone'"),
        ("/v1/models/m/versions/3:predict", 503, "version 3 is not ready: no luck"),
        ("/v1/models/m/labels/broken:predict", 503, "version 3 is not ready: no luck"),
        ("/v1/models/unlucky:predict", 503, "version 1 is not ready: no luck"),
        ("/v1/models/m/versions/x:predict", 400, "malformed request: POST /v1/models/m/versions/x:predict"),
        ("/v1/models/m/versions/-1:predict", 400, "malformed request"),
        ("/v1/models/m/versions/1/labels/stable:predict", 400, "malformed request"),
        ("/v1/models/m/labels/1:predict", 400, "malformed request"),
        ("/v1/models/m/version/1:predict", 400, "malformed request"),
        ("/v1/models/m:explain", 400, "malformed request"),
        ("/v1/models/m:predict/", 400, "malformed request"),
        ("/v1/models/m:predict:predict", 400, "malformed request"),
        ("/v1/models/:predict", 400, "malformed request"),
        ("/v1/models/m%2Fn:predict", 400, "malformed request"),
        ("/v1/nothing", 404, "nothing answers at /v1/nothing"),
        ("/v1/models/m", 405, "does not answer POST"),
        ("/v1/models/m/metadata", 405, "does not answer POST"),
    ],
)
def test_a_path_that_names_nothing_says_so(client, path, status, error):
    reply = client.post(path, json=ROWS)
    assert (reply.status_code, list(reply.json)) == (status, ["error"])
    assert error in reply.json["error"]
    assert ("Retry-After" in reply.headers) == (status == 503)


@pytest.mark.parametrize("path", ["/v1/models/", "/v1/models/m/", "/v1/models/m/versions", "/V1/models/m/meta"])
def test_a_malformed_path_is_so_for_get_as_well(client, path):
    assert client.get(path).status_code == 400
    assert "malformed request: GET" in client.get(path).json["error"]


@pytest.mark.parametrize("verb", ["predict", "classify", "regress"])
@pytest.mark.parametrize("version", ["", "/versions/1", "/labels/stable"])
def test_a_verb_is_answered_to_post_only(client, version, verb):
    reply = client.get(f"/v1/models/m{version}:{verb}")
    assert (reply.status_code, set(reply.headers["Allow"].split(", "))) == (405, {"OPTIONS", "POST"})
    assert "does not answer GET" in reply.json["error"]


def test_all_versions_have_their_state(client):
    reply = client.get("/v1/models/m").json
    assert (reply["name"], reply["ready"]) == ("m", True)
    ok = {"error_code": "OK", "error_message": ""}
    assert reply["model_version_status"] == [
        {"version": "1", "state": "AVAILABLE", "status": ok},
        {"version": "2", "state": "AVAILABLE", "status": ok},
        {"version": "3", "state": "END", "status": {"error_code": "UNAVAILABLE", "error_message": "no luck"}},
    ]


@pytest.mark.parametrize(
    ("path", "version", "ready"),
    [
        ("/v1/models/m/versions/2", "2", True),
        ("/V1/MODELS/m/VERSIONS/02", "2", True),
        ("/v1/models/m/labels/stable", "1", True),
        ("/v1/models/m/versions/3", "3", False),
        ("/v1/models/m/labels/broken", "3", False),
        ("/v1/models/unlucky", "1", False),
    ],
)
def test_a_version_has_its_own_state(client, path, version, ready):
    reply = client.get(path)
    (status,) = reply.json["model_version_status"]
    assert (reply.status_code, reply.json["ready"], status["version"]) == (200, ready, version)
    assert (status["state"] == "AVAILABLE") == ready


@pytest.mark.parametrize("end", ["", "/metadata"])
@pytest.mark.parametrize("path", ["/v1/models/nope", "/v1/models/m/versions/9", "/v1/models/m/labels/gone"])
def test_what_is_not_there_has_no_state_and_no_metadata(client, path, end):
    reply = client.get(path + end)
    assert (reply.status_code, list(reply.json)) == (404, ["error"])


def test_a_version_that_failed_has_no_metadata(client):
    assert client.get("/v1/models/m/versions/3/metadata").status_code == 503


def test_the_models_are_listed_as_kserve_lists_them(client):
    assert client.get("/v1/models").json == {"models": ["m", "sign", "sum"]}


def test_states_name_no_model_that_answered(client):
    assert "X-Model" not in client.get("/v1/models/m").headers
    assert client.get("/v1/models/m/metadata").headers["X-Model"].startswith("m/1@")
