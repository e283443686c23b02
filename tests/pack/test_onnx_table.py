"""ONNX models of rows: told from the sample, packed from the command line, asked as the service does."""

import numpy as np
import pandas as pd
import pytest

from tests.pack.graphs import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT32,
    ROWS,
    STRING,
    graph,
    logits_of,
    node,
    probabilities_of,
    three_classes,
)

MATRIX = np.random.default_rng(0).normal(size=(30, 2)).round(3)
SAMPLE = pd.DataFrame(MATRIX, columns=["a", "b"])
ASKED = [{"a": 2.0, "b": 1.0}, {"b": 2.0, "a": -1.0}]  # hi, lo
ASKED_MATRIX = np.array([[2, 1], [-1, 2]])


def ask(packed, rows=ASKED):
    model = packed.model
    return model.runtime.predict(model.reader.rows(rows))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


@pytest.mark.parametrize(
    "wanted", [("label", "maps"), ("label", "probabilities"), ("maps",), ("probabilities", "label")]
)
@pytest.mark.parametrize("labels", [("hi", "lo", "mid"), (5, 7, 6)])
def test_labels_and_probabilities_are_told_however_they_are_given(pack, path, wanted, labels):
    packed = pack(three_classes(path, wanted=wanted, labels=labels), SAMPLE)
    assert (packed.manifest.task, packed.manifest.runtime) == ("classification", "onnx-table")
    # The maps of onnxruntime come sorted; a tensor's order is the graph's own.
    in_order = sorted(labels) if "maps" in wanted else list(labels)
    assert list(packed.manifest.target.classes) == in_order
    outputs = ask(packed)
    assert list(outputs.predictions) == [labels[0], labels[1]]
    places = [labels.index(label) for label in in_order]
    np.testing.assert_allclose(outputs.probabilities, probabilities_of(ASKED_MATRIX)[:, places], atol=1e-6)


def test_probabilities_alone_answer_with_the_likeliest_class(pack, path):
    packed = pack(three_classes(path, wanted=("probabilities",)), SAMPLE)
    assert packed.manifest.target.classes == (0, 1, 2)
    assert list(ask(packed).predictions) == [0, 1]


def test_names_for_the_classes_come_from_a_file_before_the_metadata(pack, path, tmp_path):
    three_classes(path, wanted=("probabilities",), metadata={"names": "{0: 'x', 2: 'z', 1: 'y'}"})
    assert pack(path, SAMPLE).manifest.target.classes == ("x", "y", "z")
    (tmp_path / "labels.txt").write_text("one\ntwo\n\nthree\n")
    packed = pack(path, SAMPLE, labels=tmp_path / "labels.txt")
    assert packed.manifest.target.classes == ("one", "two", "three")
    assert list(ask(packed).predictions) == ["one", "two"]


def test_a_graphs_own_labels_are_renamed(pack, path, tmp_path):
    (tmp_path / "labels.txt").write_text("one\ntwo\nthree\n")
    for wanted in (("label", "probabilities"), ("label", "maps")):
        three_classes(path, wanted=wanted, labels=(5, 6, 7))
        assert list(ask(pack(path, SAMPLE, labels=tmp_path / "labels.txt")).predictions) == ["one", "two"]


def test_names_of_the_wrong_number_are_refused(pack, path, tmp_path):
    (tmp_path / "labels.txt").write_text("one\ntwo\n")
    packed = pack(three_classes(path, wanted=("probabilities",)), SAMPLE, labels=tmp_path / "labels.txt")
    assert packed.status == 2
    assert "it tells 3 classes apart, and 2 have names" in packed.complaint


def test_labels_whose_place_the_sample_does_not_show_have_to_be_named(pack, path, tmp_path):
    only_hi = pd.DataFrame({"a": [5.0, 4.0], "b": [0.0, 1.0]})
    three_classes(path, wanted=("label", "probabilities"))
    packed = pack(path, only_hi)
    assert packed.status == 2
    assert "which label each of its 3 probabilities belongs to cannot be told from the sample" in packed.complaint
    (tmp_path / "labels.txt").write_text("hi\nlo\nmid\n")
    assert list(ask(pack(path, only_hi, labels=tmp_path / "labels.txt")).predictions) == ["hi", "lo"]


def test_logits_become_probabilities_where_they_are_said_to_be_logits(pack, path):
    packed = pack(three_classes(path), SAMPLE, task="classification")
    np.testing.assert_allclose(ask(packed).probabilities, probabilities_of(ASKED_MATRIX), atol=1e-6)


def test_several_numbers_of_one_output_are_answers_where_that_is_said(pack, path):
    packed = pack(three_classes(path), SAMPLE, task="regression")
    assert packed.manifest.target.outputs == ("y0", "y1", "y2")
    np.testing.assert_allclose(ask(packed).predictions, logits_of(ASKED_MATRIX))


def test_as_many_targets_as_numbers_name_these(pack, path):
    truth = logits_of(MATRIX)
    sample = SAMPLE.assign(p=truth[:, 0], q=truth[:, 1], r=truth[:, 2])
    packed = pack(three_classes(path), sample, target="p,q,r")
    assert (packed.manifest.task, packed.manifest.target.outputs) == ("regression", ("p", "q", "r"))
    assert packed.manifest.metrics["r2 of q on the sample"] == pytest.approx(1)


def test_numbers_that_may_be_logits_or_answers_are_refused_with_the_models_inputs_and_outputs(pack, path):
    packed = pack(three_classes(path), SAMPLE)
    assert packed.status == 2
    assert "3 numbers a row that do not sum to 1: say --task classification" in packed.complaint
    assert "the model has inputs: x float [rows, 2]; outputs: logits float [rows, 3]" in packed.complaint


@pytest.mark.parametrize("shape", [[ROWS], [ROWS, 1]])
def test_one_number_is_a_regression(pack, path, shape):
    nodes = [node("ReduceSum", "x axis", "sum", keepdims=len(shape) - 1)]
    graph(path, nodes, {"x": (FLOAT, [ROWS, 2])}, {"sum": (FLOAT, shape)}, {"axis": np.array([1])})
    packed = pack(path, SAMPLE.assign(y=MATRIX.sum(axis=1)), target="y")
    assert (packed.manifest.task, packed.manifest.target.name) == ("regression", "y")
    assert packed.manifest.metrics["r2 on the sample"] == pytest.approx(1)
    assert ask(packed).predictions.tolist() == [3, 1]
    assert packed.manifest.target.minimum == pytest.approx(MATRIX.sum(axis=1).min())


def test_one_number_said_to_be_a_class_is_the_probability_of_the_second(pack, path):
    nodes = [node("ReduceSum", "x axis", "sum"), node("Sigmoid", "sum", "p")]
    graph(path, nodes, {"x": (FLOAT, [ROWS, 2])}, {"p": (FLOAT, [ROWS, 1])}, {"axis": np.array([1])})
    outputs = ask(pack(path, SAMPLE, task="classification"), [{"a": -1.0, "b": -1.0}, {"a": 1.0, "b": 1.0}])
    assert list(outputs.predictions) == [0, 1]
    share = 1 / (1 + np.exp(-2))
    np.testing.assert_allclose(outputs.probabilities, [[share, 1 - share], [1 - share, share]], atol=1e-6)


def sum_of_columns(path):
    nodes = [node("ReduceSum", "x axis", "sum")]
    return graph(path, nodes, {"x": (FLOAT, [ROWS, 2])}, {"sum": (FLOAT, [ROWS, 1])}, {"axis": np.array([1])})


def test_one_number_beyond_0_to_1_is_no_probability(pack, path, tmp_path):
    (tmp_path / "labels.txt").write_text("no\nyes\n")
    sums = MATRIX.sum(axis=1)
    for flags in ({"task": "classification"}, {"labels": tmp_path / "labels.txt"}):
        packed = pack(sum_of_columns(path), SAMPLE, **flags)
        assert packed.status == 2
        assert f"its output 'sum' has numbers from {sums.min():.6g} to {sums.max():.6g}" in packed.complaint
        assert "end the graph with a Sigmoid where they are logits, or say --task regression" in packed.complaint
    assert pack(path, SAMPLE, labels=tmp_path / "labels.txt", task="regression").manifest.task == "regression"


def test_one_number_whose_classes_have_names_is_the_probability_of_the_second(pack, path, tmp_path):
    (tmp_path / "labels.txt").write_text("no\nyes\n")
    nodes = [node("ReduceSum", "x axis", "sum"), node("Sigmoid", "sum", "p")]
    graph(path, nodes, {"x": (FLOAT, [ROWS, 2])}, {"p": (FLOAT, [ROWS, 1])}, {"axis": np.array([1])})
    packed = pack(path, SAMPLE, labels=tmp_path / "labels.txt")
    assert (packed.manifest.task, packed.manifest.target.classes) == ("classification", ("no", "yes"))
    assert list(ask(packed, [{"a": -1.0, "b": -1.0}, {"a": 1.0, "b": 1.0}]).predictions) == ["no", "yes"]


def test_labels_alone_need_a_word_where_they_are_numbers(pack, path):
    three_classes(path, wanted=("number",))
    packed = pack(path, SAMPLE)
    assert packed.status == 2
    assert "whole numbers and no probabilities: say --task classification, clustering" in packed.complaint
    clusters = pack(path, SAMPLE, task="clustering")
    assert clusters.manifest.task == "clustering"
    assert ask(clusters).predictions.tolist() == [0, 1]
    assert ask(clusters).predictions.dtype.char == "l"  # C's long long is no JSON


def test_labels_alone_that_are_texts_are_classes(pack, path):
    packed = pack(three_classes(path, wanted=("label",)), SAMPLE)
    assert (packed.manifest.task, list(ask(packed).predictions)) == ("classification", ["hi", "lo"])
    assert ask(packed).probabilities is None


def test_scores_beside_labels_that_are_no_probabilities_are_left_out(pack, path):
    packed = pack(three_classes(path, wanted=("label", "logits")), SAMPLE)
    assert ask(packed).probabilities is None


PEOPLE = pd.DataFrame(
    {
        "hours-per-week": [1.5, 2.5, 3.5] * 3,
        "count": [1, 2, 3] * 3,
        "member": [True, False, True] * 3,
        "city": ["Oslo", "Rome", "Oslo"] * 3,
        "unused": 1,
    }
)


def of_columns(path, axes=(1,)):
    """One input per column, in types of their own; outputs the sum of the numbers, and the city."""
    nodes = [
        node("Cast", "count", "counted", to=FLOAT),
        node("Cast", "member", "is_member", to=FLOAT),
        node("Sum", "hours_per_week counted is_member", "total"),
        node("Identity", "city", "place"),
    ]
    kinds = {"hours_per_week": FLOAT, "count": INT32, "member": BOOL, "city": STRING}
    return graph(
        path,
        nodes,
        {name: (kind, [ROWS, *axes]) for name, kind in kinds.items()},
        {"total": (FLOAT, [ROWS, *axes]), "place": (STRING, [ROWS, *axes])},
    )


@pytest.mark.parametrize("axes", [(1,), ()])
def test_one_input_per_column_is_matched_by_name(pack, path, axes):
    packed = pack(of_columns(path, axes), PEOPLE, task="classification")
    columns = packed.manifest.signature.columns
    assert [(column.name, column.dtype) for column in columns] == [
        ("hours-per-week", "float32"),
        ("count", "int64"),
        ("member", "bool"),
        ("city", "string"),
    ]
    assert columns[3].categories == ("Oslo", "Rome")
    assert "leaving out what the model does not take: unused" in packed.said
    asked = {"hours-per-week": 1.5, "count": 40, "member": True, "city": "Lima"}
    assert ask(packed, [asked]).predictions.tolist() == ["Lima"]


def test_a_number_that_the_models_type_cannot_hold_is_no_answer(pack, path):
    packed = pack(of_columns(path), PEOPLE, task="classification")
    asked = {"hours-per-week": 1.5, "count": 2**40, "member": True, "city": "Oslo"}
    with pytest.raises(ValueError, match="too large for the int32"):
        ask(packed, [asked])


def test_several_outputs_of_numbers_are_an_answer_each_by_name(pack, path):
    nodes = [node("Add", "a b", "sum"), node("Sub", "a b", "difference")]
    graph(
        path,
        nodes,
        {"a": (DOUBLE, [ROWS]), "b": (DOUBLE, [ROWS])},
        {"sum": (DOUBLE, [ROWS]), "difference": (DOUBLE, [ROWS])},
    )
    packed = pack(path, SAMPLE)
    assert (packed.manifest.task, packed.manifest.target.outputs) == ("regression", ("sum", "difference"))
    assert ask(packed).predictions.tolist() == [[3, 1], [1, -3]]
    assert packed.manifest.signature.columns[0].dtype == "float64"


def test_a_graph_of_a_fixed_number_of_rows_is_asked_in_batches(pack, path):
    packed = pack(three_classes(path, wanted=("label", "probabilities"), rows=4), SAMPLE)
    rows = ASKED * 3
    outputs = ask(packed, rows)
    assert list(outputs.predictions) == ["hi", "lo"] * 3
    np.testing.assert_allclose(outputs.probabilities, np.tile(probabilities_of(ASKED_MATRIX), (3, 1)), atol=1e-6)


def test_weights_kept_in_a_file_beside_the_model_are_taken_in(pack, path):
    three_classes(
        path,
        wanted=("label",),
        save_as_external_data=True,
        location="model.onnx.data",
        size_threshold=0,
    )
    packed = pack(path, SAMPLE)
    (path.parent / "model.onnx.data").unlink()
    assert list(ask(packed).predictions) == ["hi", "lo"]
    assert set(packed.manifest.files) == {"model.onnx", "golden.json"}


def test_missing_numbers_reach_the_graph_and_other_missing_values_are_refused(pack, path):
    nodes = [node("IsNaN", "a", "nan"), node("Cast", "nan", "gap", to=FLOAT)]
    graph(path, nodes, {"a": (FLOAT, [ROWS, 1])}, {"gap": (FLOAT, [ROWS, 1])})
    assert ask(pack(path, pd.DataFrame({"a": [1.0, None]})), [{"a": None}]).predictions.tolist() == [1]
    packed = pack(of_columns(path), PEOPLE.assign(city=["Oslo", None, "Rome"] * 3), task="classification")
    assert packed.status == 2
    assert "column 'city': the model takes string there, which cannot be missing" in packed.complaint


BAD = {
    "too many columns": (SAMPLE.assign(c=1), "the model takes a matrix of 2 columns; the sample has 3: a, b, c"),
    "texts": (SAMPLE.assign(b="x"), "column 'b': the model takes float there, and the sample has 'x'"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_sample_that_does_not_fit_is_refused_with_the_models_inputs_and_outputs(pack, path, what):
    sample, sentence = BAD[what]
    packed = pack(three_classes(path), sample)
    assert packed.status == 2
    assert sentence in packed.complaint
    assert "the model has inputs: x float [rows, 2]; outputs: logits float [rows, 3]" in packed.complaint


def test_a_column_that_the_sample_lacks_is_refused_with_the_nearest(pack, path):
    packed = pack(of_columns(path), PEOPLE.rename(columns={"city": "citty"}))
    assert packed.status == 2
    assert "the sample has no column 'city' for the model's input; did you mean 'citty'?" in packed.complaint


def test_inputs_of_several_columns_each_are_refused(pack, path):
    nodes = [node("Concat", "a b", "y", axis=1)]
    graph(path, nodes, {"a": (FLOAT, [ROWS, 1]), "b": (FLOAT, [ROWS, 2])}, {"y": (FLOAT, [ROWS, 3])})
    packed = pack(path, SAMPLE)
    assert packed.status == 2
    assert "which go where cannot be told" in packed.complaint


def test_outputs_that_belong_to_no_row_are_refused(pack, path):
    nodes = [node("ReduceSum", "x", "y", keepdims=0)]
    graph(path, nodes, {"x": (FLOAT, [ROWS, 2])}, {"y": (FLOAT, [])})
    packed = pack(path, SAMPLE)
    assert packed.status == 2
    assert "its output 'y' has the shape [] for 30 rows, not one entry a row" in packed.complaint


def test_a_mixture_of_outputs_is_refused(pack, path):
    packed = pack(three_classes(path, wanted=("label", "number", "logits")), SAMPLE)
    assert packed.status == 2
    assert "which of its 3 outputs are the answer cannot be told" in packed.complaint


@pytest.mark.parametrize("task", ["detection", "clustering"])
def test_a_task_that_the_outputs_are_not_is_refused(pack, path, task):
    packed = pack(three_classes(path, wanted=("label", "probabilities")), SAMPLE, task=task)
    assert packed.status == 2
    assert task in packed.complaint


def test_a_model_of_rows_needs_a_sample_and_has_no_use_for_a_pictures_size(pack, path):
    three_classes(path)
    assert "a model of rows needs a sample of them: --sample rows.csv" in pack(path).complaint
    assert "takes rows, and size says something of pictures" in pack(path, SAMPLE, size="4x4").complaint


def test_a_request_of_no_rows_is_answered_with_none(pack, path):
    outputs = ask(pack(three_classes(path, wanted=("label", "probabilities")), SAMPLE), [])
    assert len(outputs.predictions) == 0
    assert outputs.probabilities.shape == (0, 3)
