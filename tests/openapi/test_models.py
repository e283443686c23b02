"""GET /models and /models/<name>."""

import pytest

from tests.fakes import make_model


@pytest.fixture
def registry(registry):
    registry.add(make_model(version=2))
    return registry


def test_the_models_are_listed(client):
    models = {model["name"]: model for model in client.get("/models").json["models"]}
    assert list(models) == ["broken", "sign", "sum", "tensor"]
    assert models["sum"] == {
        "name": "sum",
        "version": "2",
        "versions": ["1", "2"],
        "default": True,
        "task": "regression",
        "description": "Adds its inputs.",
    }
    assert [name for name, model in models.items() if model["default"]] == ["sum"]


def test_a_model_is_described_with_all_that_a_client_needs(client):
    model = client.get("/models/sum").json
    assert model["signature"]["columns"][0] == {
        "name": "a",
        "dtype": "float64",
        "unit": "cm",
        "nullable": False,
        "open_categories": False,
    }
    assert model["target"] == {"name": "sum"}
    assert model["artifact_sha256"] == "0123456789abcdef" * 4
    assert (model["metrics"], model["libraries"]) == ({}, {})


@pytest.mark.parametrize("name", ["sum", "sign"])
def test_the_example_of_a_model_can_be_sent_as_it_stands(client, name):
    example = client.get(f"/models/{name}").json["example"]
    reply = client.open(example["path"], method=example["method"], json=example["body"])
    assert reply.status_code == 200
    assert len(reply.json["predictions"]) == 1


def test_one_version_is_described_where_it_is_asked_for(client):
    assert client.get("/models/sum?version=1").json["version"] == "1"
    assert client.get("/models/sum?version=1").headers["X-Model"] == "sum/1@0123456789ab"


def test_the_requests_of_a_model_are_curl_lines_to_the_host_that_was_asked(client):
    requests = client.get("/models/sum", base_url="https://models.example:8443").json["requests"]
    assert {"Slipway", "TensorFlow Serving REST", "Open Inference Protocol v2"} <= {
        each["dialect"] for each in requests
    }
    for request in requests:
        assert request["curl"].startswith("curl ")
        assert "https://models.example:8443/" in request["curl"]
