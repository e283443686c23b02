"""The runtime around an owner's Predictor."""

import sys
from types import ModuleType

import numpy as np
import pytest

from app.errors import BrokenBundleError
from app.runtimes.predictor import PredictorRuntime, load
from app.signature import Column, TableSignature, Target

SIGNATURE = TableSignature(columns=(Column(name="a"),))
ARRAYS = {"a": np.array([1.0, 2.0, 3.0])}
NUMBER, YES = Target(name="y"), Target(name="y", classes=("no", "yes"))
SEVERAL = Target(name="y", outputs=("p", "q"))


class Fixed:
    """Answers the same whatever it is asked."""

    def __init__(self, answer=None):
        self.answer = answer

    def load(self, path):
        self.path = path

    def predict(self, inputs):
        inputs.clear()  # it is given a mapping of its own
        return self.answer


@pytest.mark.parametrize(
    ("answer", "target", "predictions", "probabilities"),
    [
        ([1, 2, 3], NUMBER, [1, 2, 3], None),
        (np.ones((3, 2)), SEVERAL, [[1, 1]] * 3, None),
        ((["no", "yes", "no"], np.full((3, 2), 0.5)), YES, ["no", "yes", "no"], [[0.5, 0.5]] * 3),
        ((["no", "yes", "no"], None), YES, ["no", "yes", "no"], None),
    ],
)
def test_an_answer_of_the_promised_shape_is_passed_on(answer, target, predictions, probabilities):
    outputs = PredictorRuntime(Fixed(answer), target).predict(ARRAYS)
    assert outputs.predictions.tolist() == predictions
    assert (None if outputs.probabilities is None else outputs.probabilities.tolist()) == probabilities
    assert len(ARRAYS) == 1


@pytest.mark.parametrize(
    ("answer", "target", "sentence"),
    [
        ([1, 2], NUMBER, r"predictions have the shape \[2\]; \[3\] is promised"),
        (np.ones((3, 1)), NUMBER, r"predictions have the shape \[3, 1\]; \[3\] is promised"),
        (np.ones((3, 3)), SEVERAL, r"predictions have the shape \[3, 3\]; \[3, 2\] is promised"),
        (([1, 2, 3], np.ones((3, 3))), YES, r"probabilities have the shape \[3, 3\]; \[3, 2\] is promised"),
    ],
)
def test_an_answer_of_another_shape_is_none(answer, target, sentence):
    with pytest.raises(ValueError, match=sentence):
        PredictorRuntime(Fixed(answer), target).predict(ARRAYS)


@pytest.mark.parametrize(("target", "shape"), [(NUMBER, (0,)), (SEVERAL, (0, 2)), (YES, (0,))])
def test_no_rows_are_answered_without_asking(target, shape):
    outputs = PredictorRuntime(Fixed("must not be asked"), target).predict({"a": np.empty(0)})
    assert outputs.predictions.shape == shape
    assert (outputs.probabilities is None) == (target is not YES)


def test_the_module_is_imported_and_its_predictor_loads_the_artifact(tmp_path, monkeypatch):
    module = ModuleType("mine")
    module.Predictor = Fixed
    monkeypatch.setitem(sys.modules, "mine", module)
    runtime = load(tmp_path / "model", SIGNATURE, NUMBER, {"module": "mine"})
    assert runtime._predictor.path == tmp_path / "model"


def test_a_module_without_the_class_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mine", ModuleType("mine"))
    with pytest.raises(BrokenBundleError, match=r"mine\.py has no class 'Predictor'"):
        load(tmp_path / "model", SIGNATURE, NUMBER, {"module": "mine"})
