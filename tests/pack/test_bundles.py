"""Packing: a whole bundle that reproduces, or none."""

import json
import re

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from app.compile.convert import to_onnx
from app.errors import BrokenBundleError, InvalidInputError, PackError
from app.pack.bundles import Card, pack_estimator, pack_onnx
from app.predictions import Outputs
from app.repository.bundle import read_bundle, sha256
from app.repository.local import list_bundles
from app.signature import Target, TensorSignature
from tests.fakes import NUMBER, TABLE

ROWS = [[0, 0], [1, 0], [0, 1], [2, 3]]
ADDING = LinearRegression().fit(ROWS, [0, 1, 1, 5])
EXAMPLES = [{"a": 1.0, "b": 2.0}, {"a": -1.0, "b": 0.5}]


def card(**changes):
    members = {"name": "add", "description": "Adds.", "task": "regression", "signature": TABLE, "target": NUMBER}
    return Card(**{**members, "examples": EXAMPLES, "metrics": {"r2": 1.0}, **changes})


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_bundle_holds_the_model_its_golden_rows_and_the_manifest(tmp_path):
    path = pack_estimator(ADDING, card(), tmp_path / "models")
    assert path == tmp_path / "models" / "add" / "1"
    assert files(path) == ["golden.json", "manifest.json", "model.skops"]
    assert files(tmp_path / "models") == [f"add/1/{name}" for name in files(path)]


def test_the_manifest_says_what_the_card_says_and_what_was_packed(tmp_path):
    path = pack_estimator(ADDING, card(), tmp_path)
    manifest = read_bundle(path).manifest
    assert (manifest.name, manifest.version, manifest.description) == ("add", 1, "Adds.")
    assert (manifest.task, manifest.runtime, manifest.artifact) == ("regression", "sklearn", "model.skops")
    assert (manifest.signature, manifest.target, manifest.metrics) == (TABLE, NUMBER, {"r2": 1.0})
    assert manifest.examples == EXAMPLES
    assert manifest.files == {name: sha256(path / name) for name in ("model.skops", "golden.json")}
    assert {"scikit-learn", "numpy", "skops"} <= manifest.libraries.keys()
    assert all(re.match(r"\d+\.\d+", version) for version in manifest.libraries.values())


def test_the_golden_rows_are_the_examples_and_what_the_trained_model_says_of_them(tmp_path):
    golden = read_bundle(pack_estimator(ADDING, card(), tmp_path)).golden()
    assert golden["instances"] == EXAMPLES
    assert golden["outputs"] == {"predictions": [pytest.approx(3), pytest.approx(-0.5)], "probabilities": None}


def test_packing_again_makes_the_next_version_and_leaves_the_others(tmp_path):
    first = pack_estimator(ADDING, card(), tmp_path)
    before = {name: sha256(first / name) for name in files(first)}
    assert pack_estimator(ADDING, card(), tmp_path) == tmp_path / "add" / "2"
    (tmp_path / "add" / "10").mkdir()
    assert pack_estimator(ADDING, card(), tmp_path).name == "11"
    assert {name: sha256(first / name) for name in files(first)} == before
    assert read_bundle(tmp_path / "add" / "11").manifest.version == 11


def test_packing_twice_gives_the_same_bytes(tmp_path):
    one, two = (pack_estimator(ADDING, card(), tmp_path / name) for name in ("one", "two"))
    assert {name: sha256(one / name) for name in files(one)} == {name: sha256(two / name) for name in files(two)}


class Disagreeing:
    """Trained code that says something else than the file."""

    def __init__(self, probabilities):
        self.probabilities = np.array(probabilities)

    def predict(self, arrays):
        return Outputs(np.array([0]), self.probabilities)


@pytest.fixture(scope="module")
def reader_of_digits():
    """An ONNX model that always answers the first of two classes."""
    matrix = np.zeros((4, 200), np.float32)
    return to_onnx(LogisticRegression().fit(np.vstack([matrix, matrix + 1]), [0] * 4 + [1] * 4), 200)


def test_a_bundle_that_does_not_reproduce_is_not_left_behind(tmp_path, reader_of_digits):
    signature = TensorSignature(name="image", shape=(28, 28), minimum=0, maximum=255)
    target = Target(name="digit", classes=(0, 1))
    members = card(signature=signature, target=target, task="classification", examples=[np.eye(28).tolist()])
    with pytest.raises(BrokenBundleError, match="the golden rows are not reproduced"):
        pack_onnx(reader_of_digits, "digit-thumbnails", Disagreeing([[0.5, 0.5]]), members, tmp_path)
    assert list_bundles(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"examples": [{"a": 1.0}]}, InvalidInputError),
        ({"examples": [{"a": "x", "b": 1.0}]}, InvalidInputError),
        ({"examples": []}, ValidationError),
        ({"name": "../add"}, ValidationError),
        ({"name": "a b"}, ValidationError),
        ({"task": "guessing"}, ValidationError),
        ({"signature": TensorSignature(name="x", shape=(2,), minimum=0, maximum=1)}, BrokenBundleError),
    ],
)
def test_a_card_that_promises_nonsense_leaves_nothing_behind(tmp_path, changes, error):
    with pytest.raises(error):
        pack_estimator(ADDING, card(**changes), tmp_path / "models")
    assert files(tmp_path) == []


def test_an_older_version_stays_when_a_new_one_does_not_reproduce(tmp_path, reader_of_digits):
    pack_estimator(ADDING, card(), tmp_path)
    signature = TensorSignature(name="image", shape=(28, 28), minimum=0, maximum=255)
    members = card(signature=signature, target=Target(name="d", classes=(0, 1)), examples=[np.eye(28).tolist()])
    with pytest.raises(BrokenBundleError):
        pack_onnx(reader_of_digits, "digit-thumbnails", Disagreeing([[0.5, 0.5]]), members, tmp_path)
    assert list_bundles(tmp_path) == [("add", 1)]


def test_a_classifier_keeps_its_labels(tmp_path):
    estimator = DummyClassifier(strategy="prior").fit(ROWS, ["no", "no", "no", "yes"])
    members = card(task="classification", target=Target(name="answer", classes=("no", "yes")))
    golden = json.loads((pack_estimator(estimator, members, tmp_path) / "golden.json").read_text())
    assert golden["outputs"] == {"predictions": ["no", "no"], "probabilities": [[0.75, 0.25]] * 2}


def test_classes_in_another_order_than_the_estimator_s_are_refused(tmp_path):
    estimator = DummyClassifier(strategy="prior").fit(ROWS, ["no", "no", "no", "yes"])
    members = card(task="classification", target=Target(name="answer", classes=("yes", "no")))
    with pytest.raises(BrokenBundleError, match="no, yes"):
        pack_estimator(estimator, members, tmp_path)


def test_a_version_that_somebody_else_packed_meanwhile_is_left_alone(tmp_path, monkeypatch):
    first = pack_estimator(ADDING, card(), tmp_path)
    before = {name: sha256(first / name) for name in files(first)}
    monkeypatch.setattr("app.pack.bundles.versions", lambda models, name: [])  # looked before the other wrote
    with pytest.raises(PackError, match="meanwhile"):
        pack_estimator(ADDING, card(), tmp_path)
    assert {name: sha256(first / name) for name in files(first)} == before
