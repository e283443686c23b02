"""The model repository extension: what there is, and taking a model out of service and back."""

import pytest

from app import build_app
from app.settings import Settings

INDEX = "/v2/repository/index"
UNLOADED = "unloaded, and answers when it is loaded again"
ROWS = {"inputs": [{"name": "m", "shape": [1, 2], "datatype": "FP64", "data": [1, 2]}]}


@pytest.fixture
def registry(registry):
    registry._failures["sum", "2"] = "its file is damaged"
    registry._failures["bad", "1"] = "its file is missing"
    return registry


def entry(name, version="1", reason=""):
    return {
        "name": name,
        "version": version,
        "state": "UNAVAILABLE" if reason else "READY",
        "reason": reason,
    }


READY = [entry("broken"), entry("sign"), entry("sum"), entry("tensor")]
ALL = [entry("bad", "1", "its file is missing"), *READY[:3], entry("sum", "2", "its file is damaged"), READY[3]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"", ALL), (b"{}", ALL), (b'{"ready": false}', ALL), (b'{"ready": true, "repository_name": ""}', READY)],
)
def test_every_version_is_listed_unless_only_the_ready_are_asked_for(client, body, expected):
    assert client.post(INDEX, data=body).json == expected


@pytest.mark.parametrize("unload", [b"", b"{}", b'{"parameters": {"unload_dependents": true}}'])
@pytest.mark.parametrize("load", [b"", b"{}", b'{"parameters": {}}'])
def test_an_unloaded_model_answers_nowhere_until_it_is_loaded(client, unload, load):
    asked = [("POST", "/v2/models/sum/infer"), ("POST", "/v2/models/sum/versions/1/infer"), ("GET", "/v2/models/sum")]
    asked += [("GET", "/v2/models/sum/ready"), ("GET", "/models/sum"), ("POST", "/predict/sum")]
    assert client.post("/v2/repository/models/sum/unload", data=unload).status_code == 200
    for method, path in asked:
        reply = client.open(path, method=method, json=ROWS)
        assert reply.status_code == 404
        assert reply.json.get("error", reply.json.get("detail")) == f"model 'sum' is {UNLOADED}"
    assert entry("sum", "1", UNLOADED) in client.post(INDEX).json
    assert "sum" not in {each["name"] for each in client.post(INDEX, json={"ready": True}).json}
    assert client.post("/v2/repository/models/sum/load", data=load).status_code == 200
    assert client.post(asked[0][1], json=ROWS).json["outputs"][0]["data"] == [3]
    assert client.post(INDEX).json == ALL


@pytest.mark.parametrize("verb", ["load", "unload"])
def test_a_model_that_the_repository_does_not_have_is_404(client, verb):
    reply = client.post(f"/v2/repository/models/absent/{verb}", json={})
    assert reply.status_code == 404
    assert "there is no model 'absent'" in reply.json["error"]


def test_a_model_that_cannot_be_loaded_says_why(client):
    reply = client.post("/v2/repository/models/bad/load", json={})
    assert (reply.status_code, reply.json) == (
        503,
        {"error": "model 'bad' version 1 is not ready: its file is missing"},
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (INDEX, b"{"),
        (INDEX, b"[]"),
        (INDEX, b'{"ready": "yes"}'),
        (INDEX, b'{"redy": true}'),
        ("/v2/repository/models/sum/load", b'{"parameters": {"config": "{}"}}'),
        ("/v2/repository/models/sum/load", b'{"parameters": {"file:1/model.onnx": "AAAA"}}'),
        ("/v2/repository/models/sum/load", b'{"parameters": 1}'),
        ("/v2/repository/models/sum/unload", b'{"parameters": {"unload_dependents": 2}}'),
        ("/v2/repository/models/sum/unload", b'{"parameters": {"more": true}}'),
    ],
)
def test_what_is_not_understood_is_refused_and_changes_nothing(client, path, body):
    reply = client.post(path, data=body)
    assert reply.status_code == 400
    assert list(reply.json) == ["error"]
    assert client.get("/v2/models/sum/ready").status_code == 200


@pytest.mark.parametrize("path", [INDEX, "/v2/repository/models/sum/unload"])
def test_these_requests_are_not_counted_as_predictions(client, path):
    def counted():
        lines = client.get("/metrics").text.splitlines()
        return sorted(line for line in lines if line.startswith("slipway_requests_total"))

    before = counted()
    assert client.post(path).status_code == 200
    assert counted() == before


def test_who_is_not_allowed_to_control_models_unloads_none(registry):
    client = build_app(Settings(host="0.0.0.0"), registry).test_client()
    for verb in ("unload", "load"):
        reply = client.post(f"/v2/repository/models/sum/{verb}")
        assert reply.status_code == 403
        assert "SLIPWAY_MODEL_CONTROL=true" in reply.json["error"]
    assert client.post("/v2/models/sum/infer", json=ROWS).status_code == 200


OWN, PAGE = "http://localhost:8080", "https://app.example.com"


def unload(registry, host="localhost:8080", **headers):
    settings = {name: headers.pop(name) for name in ("model_control", "cors_origins") if name in headers}
    client = build_app(Settings(**settings), registry).test_client()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v2/repository/models/sum/unload", headers={"Host": host, **named})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN},
        {"Origin": OWN, "Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": PAGE, "cors_origins": (PAGE.upper(),)},
        {"Origin": PAGE, "Sec_Fetch_Site": "cross-site", "cors_origins": (PAGE,)},
    ],
)
def test_clients_and_the_own_page_control_models(registry, headers):
    assert unload(registry, **headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": PAGE},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:3000", "Sec_Fetch_Site": "same-site"},
        {"Origin": OWN, "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Origin": PAGE, "cors_origins": ("*",)},
        {"Origin": PAGE, "cors_origins": ("https://other.example.com",)},
    ],
)
@pytest.mark.parametrize("chosen", [{}, {"model_control": True}])
def test_another_site_s_page_controls_no_model(registry, headers, chosen):
    reply = unload(registry, **headers, **chosen)
    assert reply.status_code == 403
    assert "SLIPWAY_CORS_ORIGINS" in reply.json["error"]
    assert registry.resolve("sum")


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8080", "127.0.0.1:80", "127.8.0.1", "[::1]:8080"])
def test_models_are_controlled_under_a_loopback_name(registry, host):
    assert unload(registry, host).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8080", "127.0.0.1.evil.example", "e_vil", ""])
def test_a_name_that_only_points_to_this_machine_controls_models_where_that_was_chosen(registry, host):
    reply = unload(registry, host, Origin=f"http://{host}")
    assert reply.status_code == 403
    assert registry.resolve("sum")
    assert unload(registry, host, model_control=True).status_code == 200
