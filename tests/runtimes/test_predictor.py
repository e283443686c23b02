"""The runtime around an owner's Predictor."""

import gc
import os
import stat
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from app.errors import BrokenBundleError
from app.runtimes.copies import Copies
from app.runtimes.file import File
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
    runtime = load(File(tmp_path / "model.txt", b"weights"), SIGNATURE, NUMBER, {"module": "mine"})
    assert runtime._predictor.path.name == "model.txt"
    assert runtime._predictor.path.read_bytes() == b"weights"


def test_a_module_without_the_class_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mine", ModuleType("mine"))
    with pytest.raises(BrokenBundleError, match=r"mine\.py has no class 'Predictor'"):
        load(File(tmp_path / "model", b""), SIGNATURE, NUMBER, {"module": "mine"})


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def load_a_fixed(monkeypatch, predictor):
    module = ModuleType("mine")
    module.Predictor = predictor
    monkeypatch.setitem(sys.modules, "mine", module)
    return load(File(Path("model.txt"), b"weights"), SIGNATURE, NUMBER, {"module": "mine"})


def test_the_copy_of_the_artifact_goes_with_the_runtime(scratch, monkeypatch):
    runtime = load_a_fixed(monkeypatch, Fixed)
    assert [path.name for path in scratch.rglob("*.txt")] == ["model.txt"]
    del runtime
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_a_service_keeps_the_copy_until_nobody_can_be_left_who_reads_it(tmp_path, monkeypatch):
    kept = Copies()
    monkeypatch.setattr("app.runtimes.predictor.COPIES", kept)
    kept.keep_in(tmp_path / "run" / "predictors")
    runtime = load_a_fixed(monkeypatch, Fixed)
    path = runtime._predictor.path
    assert path.is_relative_to(tmp_path / "run" / "predictors")
    kept.sweep(0)
    del runtime
    gc.collect()
    kept.sweep(60)
    assert path.read_bytes() == b"weights"
    kept.sweep(0)
    assert list((tmp_path / "run" / "predictors").iterdir()) == []


def test_nobody_else_can_look_into_the_copy(scratch, monkeypatch):
    runtime = load_a_fixed(monkeypatch, Fixed)
    assert stat.S_IMODE(runtime._predictor.path.parent.stat().st_mode) == 0o700


def test_a_worker_that_ends_leaves_the_copy_to_the_others(scratch, monkeypatch):
    runtime = load_a_fixed(monkeypatch, Fixed)
    child = os.fork()
    if child == 0:
        del runtime
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert runtime._predictor.path.read_bytes() == b"weights"


def test_a_predictor_that_does_not_load_leaves_no_copy(scratch, monkeypatch):
    class Failing(Fixed):
        def load(self, path):
            raise SystemExit

    with pytest.raises(SystemExit):
        load_a_fixed(monkeypatch, Failing)
    assert list(scratch.iterdir()) == []
