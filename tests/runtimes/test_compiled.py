"""A compiled model, and the choice between it and the original."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from app.errors import BrokenBundleError
from app.runtimes.compiled import MISSING_TEXT, MOST_ROWS, CompiledModel
from app.signature import Column, TableSignature, Target
from tests.bundles import read

FLOAT, DOUBLE, INT64, STRING = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.STRING
TWO = TableSignature(columns=(Column(name="a"), Column(name="b")))
MIXED = TableSignature(columns=(Column(name="a"), Column(name="b", dtype="string", nullable=True)))
NUMBER = Target(name="sum")


def write(folder, nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in outputs.items()],
        constants,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    path = folder / "compiled.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString())
    return read(path)


@pytest.fixture(params=[FLOAT, DOUBLE])
def adder(request, tmp_path):
    """The sum of a matrix's two columns."""
    return write(
        tmp_path,
        [helper.make_node("ReduceSum", ["matrix", "axis"], ["slipway.predictions"], keepdims=0)],
        {"matrix": (request.param, [None, 2])},
        {"slipway.predictions": (request.param, [None])},
        [helper.make_tensor("axis", INT64, [1], [1])],
    )


@pytest.fixture
def reader(tmp_path):
    """1 where the text of column 1 is the missing one, beside column 0."""
    return write(
        tmp_path,
        [
            helper.make_node(
                "LabelEncoder",
                ["column_1"],
                ["is_missing"],
                domain="ai.onnx.ml",
                keys_strings=[MISSING_TEXT],
                values_floats=[1.0],
                default_float=0.0,
            ),
            helper.make_node("Cast", ["is_missing"], ["marks"], to=DOUBLE),
            helper.make_node("Concat", ["column_0", "marks"], ["slipway.predictions"], axis=1),
        ],
        {"column_0": (DOUBLE, [None, 1]), "column_1": (STRING, [None, 1])},
        {"slipway.predictions": (DOUBLE, [None, 2])},
    )


@pytest.fixture
def classifier(tmp_path):
    """Always the first of two classes, said as a whole number."""
    return write(
        tmp_path,
        [
            helper.make_node("ArgMax", ["matrix"], ["slipway.predictions"], axis=1, keepdims=0),
            helper.make_node("Identity", ["matrix"], ["slipway.probabilities"]),
        ],
        {"matrix": (DOUBLE, [None, 2])},
        {"slipway.predictions": (INT64, [None]), "slipway.probabilities": (DOUBLE, [None, 2])},
    )


def test_a_matrix_has_its_columns_in_the_signature_s_order(adder):
    model = CompiledModel(adder, TWO, NUMBER)
    arrays = {"b": np.array([1, 2]), "a": np.array([0.5, np.nan])}
    np.testing.assert_array_equal(model.predict(arrays).predictions, [1.5, np.nan])
    assert model.predict(arrays).probabilities is None


def test_numbers_come_in_any_type_and_none_is_missing(adder):
    arrays = {"a": np.array([True, False]), "b": np.array([2.0, None], object)}
    np.testing.assert_array_equal(CompiledModel(adder, TWO, NUMBER).predict(arrays).predictions, [3, np.nan])


@pytest.mark.parametrize("missing", [None, np.nan])
def test_a_missing_text_stands_apart_from_every_text(reader, missing):
    target = Target(name="y", outputs=("a", "missing"))
    arrays = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array(["x", missing, ""], object)}
    outputs = CompiledModel(reader, MIXED, target).predict(arrays)
    np.testing.assert_array_equal(outputs.predictions, [[1, 0], [2, 1], [3, 0]])


def test_labels_are_of_the_target_s_type(classifier):
    arrays = {"a": np.array([0.9, 0.2]), "b": np.array([0.1, 0.8])}
    outputs = CompiledModel(classifier, TWO, Target(name="y", classes=(False, True))).predict(arrays)
    assert outputs.predictions.tolist() == [False, True]
    np.testing.assert_array_equal(outputs.probabilities, [[0.9, 0.1], [0.2, 0.8]])


def test_no_rows_have_no_answers(reader):
    nothing = {"a": np.empty(0), "b": np.empty(0)}
    outputs = CompiledModel(reader, MIXED, Target(name="y", outputs=("a", "missing"))).predict(nothing)
    assert (np.shape(outputs.predictions), outputs.probabilities) == ((0, 2), None)


def test_no_rows_of_a_classifier_have_the_width_of_its_classes(classifier):
    nothing = {"a": np.empty(0), "b": np.empty(0)}
    outputs = CompiledModel(classifier, TWO, Target(name="y", classes=(0, 1))).predict(nothing)
    assert (np.shape(outputs.predictions), np.shape(outputs.probabilities)) == ((0,), (0, 2))


@pytest.mark.parametrize("rows", [MOST_ROWS, MOST_ROWS + 1, 2 * MOST_ROWS + 7])
def test_many_rows_are_answered_in_order(classifier, rows):
    arrays = {"a": np.arange(rows) % 2.0, "b": np.full(rows, 0.5)}
    outputs = CompiledModel(classifier, TWO, Target(name="y", classes=(0, 1))).predict(arrays)
    np.testing.assert_array_equal(outputs.predictions, (arrays["a"] < 0.5).astype(int))
    np.testing.assert_array_equal(outputs.probabilities, np.column_stack([arrays["a"], arrays["b"]]))


def test_arrays_are_left_as_they_are(reader):
    arrays = {"a": np.array([1.0]), "b": np.array([None], object)}
    CompiledModel(reader, MIXED, NUMBER).predict(arrays)
    assert (arrays["a"].tolist(), arrays["b"].tolist()) == ([1.0], [None])


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "compiled.onnx").write_bytes(b"no model")
    with pytest.raises(BrokenBundleError, match=r"compiled\.onnx"):
        CompiledModel(read(tmp_path / "compiled.onnx"), TWO, NUMBER)
