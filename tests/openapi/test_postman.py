"""The Postman collection that stands in deploy/postman is the one that the example models make."""

import json
from pathlib import Path

import pytest

from app import create_app
from app.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy" / "postman"


@pytest.fixture(scope="module")
def generated(models):
    return create_app(Settings(models=str(models))).test_client().get("/postman.json").json


def items(collection):
    return [(folder["name"], item) for folder in collection["item"] for item in folder["item"]]


def test_the_collection_is_as_generated(generated):
    committed = json.loads((FOLDER / "slipway.postman_collection.json").read_text())
    assert committed == generated, "make postman writes it anew from a running service"


def test_each_dialect_of_predictions_asks_each_model(generated):
    asked = {(dialect, item["name"].partition(":")[0]) for dialect, item in items(generated)}
    for dialect in ("Slipway", "TensorFlow Serving REST", "Open Inference Protocol v2"):
        assert {model for named, model in asked if named == dialect} >= {"digits", "mnist", "iris", "wine", "diabetes"}


def test_each_request_needs_no_file_and_checks_its_answer(generated):
    for _, item in items(generated):
        assert item["request"]["url"]["raw"].startswith("{{base_url}}/")
        assert item["request"].get("body", {"mode": "raw"})["mode"] == "raw"
        assert "to.have.status(200)" in item["event"][0]["script"]["exec"][0]


@pytest.mark.parametrize("name", ["local", "cluster"])
def test_an_environment_says_where_the_service_is(name):
    environment = json.loads((FOLDER / f"{name}.postman_environment.json").read_text())
    assert [value["key"] for value in environment["values"]] == ["base_url"]


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (FOLDER / "package-lock.json").read_text()
