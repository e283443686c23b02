"""The onnx-table runtime against a manifest that says what the graph is not, and what few graphs do."""

import numpy as np
import pytest

from app.errors import BrokenBundleError
from app.runtimes.onnx_tables import load, softmax
from app.signature import Column, ImageSignature, TableSignature, Target
from tests.bundles import read
from tests.pack.graphs import FLOAT, ROWS, graph, node, probabilities_of, three_classes

SIGNATURE = TableSignature(columns=(Column(name="a", dtype="float32"), Column(name="b", dtype="float32")))
CLASSES = Target(name="y", classes=("hi", "lo", "mid"))
OPTIONS = {"inputs": {"x": ["b", "a"]}, "probabilities": "probabilities"}
ARRAYS = {"a": np.array([1.0, -2.0], np.float32), "b": np.array([2.0, 0.5], np.float32)}


@pytest.fixture
def artifact(tmp_path):
    return read(three_classes(tmp_path / "model.onnx", wanted=("probabilities", "label")))


def test_columns_go_into_the_matrix_in_the_order_of_the_options(artifact):
    outputs = load(artifact, SIGNATURE, CLASSES, OPTIONS).predict(ARRAYS)
    expected = probabilities_of(np.column_stack([ARRAYS["b"], ARRAYS["a"]]))
    np.testing.assert_allclose(outputs.probabilities, expected, atol=1e-6)
    assert outputs.predictions.tolist() == [CLASSES.classes[place] for place in expected.argmax(axis=1)]


def test_the_arrays_are_not_changed(artifact):
    before = {name: values.copy() for name, values in ARRAYS.items()}
    load(artifact, SIGNATURE, CLASSES, OPTIONS).predict(ARRAYS)
    for name, values in before.items():
        np.testing.assert_array_equal(ARRAYS[name], values)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"inputs": {"z": ["a", "b"]}}, "the model's inputs are x, not z"),
        ({"inputs": {"x": ["a", "c"]}}, "the signature has no column 'c'"),
        ({"probabilities": "p"}, "the model has no output p"),
        ({"probabilities": None}, "the model has no output that is asked for"),
        ({"softmax": "perhaps"}, "the options are wrong: softmax: "),
        ({"unknown": 1}, "the options are wrong: unknown: "),
    ],
)
def test_options_that_do_not_belong_to_the_graph_are_refused(artifact, changes, sentence):
    with pytest.raises(BrokenBundleError, match=sentence):
        load(artifact, SIGNATURE, CLASSES, {**OPTIONS, **changes})


def test_a_signature_of_pictures_is_refused(artifact):
    with pytest.raises(BrokenBundleError, match="takes a table, not a signature of kind 'image'"):
        load(artifact, ImageSignature(), CLASSES, OPTIONS)


def test_softmax_of_large_logits_does_not_overflow():
    np.testing.assert_allclose(softmax(np.array([[1000.0, 1000.0], [-1000.0, 0.0]])), [[0.5, 0.5], [0, 1]])


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_batches_of_a_fixed_size_are_filled_up_and_cut(tmp_path, count):
    nodes = [node("Identity", "x", "y")]
    path = graph(tmp_path / "model.onnx", nodes, {"x": (FLOAT, [4, 1])}, {"y": (FLOAT, [4, 1])})
    options = {"inputs": {"x": ["a"]}, "predictions": ["y"]}
    values = np.arange(count, dtype=np.float32)
    assert (
        load(read(path), SIGNATURE, Target(name="y"), options).predict({"a": values}).predictions.tolist()
        == values.tolist()
    )


def test_graphs_of_open_size_take_any_number_of_rows(tmp_path):
    path = graph(tmp_path / "model.onnx", [node("Identity", "x", "y")], {"x": (FLOAT, [ROWS])}, {"y": (FLOAT, [ROWS])})
    options = {"inputs": {"x": ["a"]}, "predictions": ["y"]}
    values = np.arange(5000, dtype=np.float32)
    found = load(read(path), SIGNATURE, Target(name="y"), options).predict({"a": values}).predictions
    np.testing.assert_array_equal(found, values)
