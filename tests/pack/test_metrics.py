"""Metrics on a sample, worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier

from app.errors import PackError
from app.pack.metrics import measure
from app.predictions import Outputs
from app.signature import Target

NUMBER = Target(name="y")
YES = Target(name="y", classes=("no", "yes"))


def truth(values, name="y"):
    return pd.DataFrame({name: values})


def test_regression_by_hand():
    found = measure("regression", Outputs(np.array([1.0, 2.0, 6.0])), truth([1.0, 4.0, 4.0]), NUMBER)
    assert found == {
        "r2 on the sample": pytest.approx(1 - 8 / 6, rel=1e-5),
        "mean absolute error on the sample": pytest.approx(4 / 3, rel=1e-5),
        "root mean squared error on the sample": pytest.approx(math.sqrt(8 / 3), rel=1e-5),
    }


def test_classification_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]])
    outputs = Outputs(np.array(["no", "yes", "yes", "no"]), probabilities)
    found = measure("classification", outputs, truth(["no", "no", "yes", "yes"]), YES)
    assert found == {
        "accuracy on the sample": 0.5,
        "f1 macro on the sample": 0.5,
        "log loss on the sample": pytest.approx(-np.log([0.9, 0.4, 0.8, 0.3]).mean(), rel=1e-5),
        "roc auc on the sample": 0.75,
    }


def test_classes_need_not_be_sorted():
    target = Target(name="y", classes=("small", "large"))
    outputs = Outputs(np.array(["small", "large"]), np.array([[0.8, 0.2], [0.1, 0.9]]))
    found = measure("classification", outputs, truth(["small", "large"]), target)
    assert found["log loss on the sample"] == pytest.approx(-np.log([0.8, 0.9]).mean(), rel=1e-5)
    assert found["roc auc on the sample"] == 1


def test_probabilities_in_single_precision_are_taken_for_what_they_are():
    rows = np.full((50, 3), 1 / 3, np.float32)
    target = Target(name="y", classes=(0, 1, 2))
    found = measure("classification", Outputs(np.zeros(50, int), rows), truth([0, 1] * 25), target)
    assert found["log loss on the sample"] == pytest.approx(math.log(3), rel=1e-5)


@pytest.mark.parametrize(
    ("classes", "written"),
    [
        ((0, 1), [0, 1]),
        ((0.0, 1.0), [0, 1]),
        ((0, 1), [0.0, 1.0]),
        ((False, True), ["false", "true"]),
        (("0", "1"), [0, 1]),
    ],
)
def test_a_truth_that_is_written_otherwise_is_the_same_class(classes, written):
    found = measure("classification", Outputs(np.array(classes)), truth(written), Target(name="y", classes=classes))
    assert found["accuracy on the sample"] == 1


def test_each_of_several_outputs_is_measured_by_name():
    target = Target(name="y", outputs=("low", "high"))
    outputs = Outputs(np.array([[1.0, 10.0], [2.0, 20.0]]))
    found = measure("regression", outputs, pd.DataFrame({"a": [1.0, 2.0], "b": [10.0, 22.0]}), target)
    assert found["mean absolute error of low on the sample"] == 0
    assert found["mean absolute error of high on the sample"] == 1
    labels = Outputs(np.array([["a", "x"], ["b", "x"]], dtype=object))
    found = measure("classification", labels, pd.DataFrame({"a": ["a", "b"], "b": ["x", "y"]}), target)
    assert found["accuracy of low on the sample"] == 1
    assert found["accuracy of high on the sample"] == 0.5


def test_one_row_has_no_r2():
    assert set(measure("regression", Outputs(np.array([2.0])), truth([1.0]), NUMBER)) == {
        "mean absolute error on the sample",
        "root mean squared error on the sample",
    }


@pytest.mark.parametrize("task", ["clustering", "transform", "outlier detection"])
def test_other_tasks_have_no_truth(task):
    assert measure(task, Outputs(np.array([1, 2])), truth([1, 2]), NUMBER) == {}


def test_without_a_truth_nothing_is_measured():
    assert measure("regression", Outputs(np.array([1.0])), None, NUMBER) == {}


def test_a_truth_that_is_no_class_is_refused():
    with pytest.raises(PackError, match="the target column holds 'maybe', which is not one of the classes no, yes"):
        measure("classification", Outputs(np.array(["no"])), truth(["maybe"]), YES)


def test_a_target_is_dropped_named_and_measured_end_to_end(pack):
    rows = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]})
    sample = rows.assign(price=[1.0, 3.0, 5.0, 9.0])
    line = LinearRegression().fit(rows, [1.0, 3.0, 5.0, 7.0])
    manifest = pack(line, sample, target="price").manifest
    assert [column.name for column in manifest.signature.columns] == ["x"]
    assert (manifest.target.name, manifest.target.minimum, manifest.target.maximum) == ("price", 1, 9)
    assert manifest.metrics["mean absolute error on the sample"] == pytest.approx(0.5)
    tree = DecisionTreeClassifier().fit(rows, ["a", "a", "b", "b"])
    labelled = rows.assign(kind=["a", "b", "b", "b"])
    assert pack(tree, labelled, target="kind").manifest.metrics["accuracy on the sample"] == 0.75
    assert pack(line, sample.iloc[:1], target="price").manifest.metrics["mean absolute error on the sample"] < 1e-9
