"""The verdict on a compiled model: when it is adopted, when not, and what is said of it."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.compile import estimator as compiling
from app.compile.convert import convert
from app.compile.estimator import compile_estimator
from app.compile.stopwatch import measure
from app.compile_report import CompileReport, Timing
from app.runtimes.batch_sizes import BATCH_SIZES
from app.runtimes.sklearn import Fitting, SklearnRuntime
from app.signature import Column, TableSignature, Target
from tests.compile.compile_cases import Halved

SIGNATURE = TableSignature(columns=(Column(name="a"), Column(name="b")))
ROWS = np.random.default_rng(0).normal(size=(40, 2))
LABELS = np.where(ROWS.sum(axis=1) > 0, "up", "down")
CLASSIFIER = LogisticRegression().fit(ROWS, LABELS)
TARGET = Target(name="direction", classes=("down", "up"))
REGRESSOR = LinearRegression().fit(ROWS, ROWS @ [2, 1] + 3)


def arrays_of(rows):
    return {"a": rows[:, 0], "b": rows[:, 1]}


def run(estimator=CLASSIFIER, target=TARGET, rows=ROWS, faster_at=BATCH_SIZES, by=2.0, **changes):
    original = SklearnRuntime(estimator, SIGNATURE, target, Fitting())

    def measured(original, compiled, arrays):
        return Timing(original_us=10 * by if len(arrays["a"]) in faster_at else 10, compiled_us=10)

    arguments = {"measure": measured, **changes}
    return compile_estimator(estimator, "matrix", original, SIGNATURE, target, arrays_of(rows), **arguments)


@pytest.fixture
def tampered(monkeypatch):
    """A converter that gets one weight wrong."""

    def convert_wrongly(*arguments):
        model = onnx.load_from_string(convert(*arguments))
        weights = next(tensor for tensor in model.graph.initializer if tensor.dims[:1] == [2])
        weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights) * 1.5, weights.name))
        return model.SerializeToString()

    monkeypatch.setattr(compiling, "convert", convert_wrongly)


def test_what_agrees_and_is_faster_is_adopted_with_its_file():
    compiled = run()
    assert onnx.load_from_string(compiled.model).graph.input[0].name == "matrix"
    assert compiled.report.status == "adopted"
    assert (compiled.report.precision, compiled.report.rows, compiled.report.worst_row) == ("float64", 40, None)
    assert compiled.report.max_difference < 1e-12
    assert compiled.report.faster_at == BATCH_SIZES
    assert "all 40 sample rows" in compiled.report.reason


def test_it_serves_the_batch_sizes_at_which_it_is_faster():
    compiled = run(faster_at=(1, 10))
    assert compiled.report.faster_at == (1, 10)
    assert compiled.report.timings[1] == Timing(original_us=20, compiled_us=10)
    assert compiled.report.timings[1000] == Timing(original_us=10, compiled_us=10)


def test_a_gain_within_the_noise_is_none():
    compiled = run(by=1.05)
    assert (compiled.model, compiled.report.status, compiled.report.faster_at) == (None, "not faster", ())
    assert set(compiled.report.timings) == set(BATCH_SIZES)


def test_each_batch_size_is_measured_with_as_many_rows_of_the_sample():
    seen = []

    def measured(original, compiled, arrays):
        seen.append(arrays["a"])
        return Timing(original_us=2, compiled_us=1)

    run(measure=measured)
    assert [len(rows) for rows in seen] == list(BATCH_SIZES)
    assert np.array_equal(seen[2][:80], np.concatenate([ROWS[:, 0], ROWS[:, 0]]))


@pytest.mark.usefixtures("tampered")
def test_labels_that_differ_are_disagreement_and_the_worst_row_is_named():
    edge = (1.0, -(CLASSIFIER.intercept_[0] * 0.8 + CLASSIFIER.coef_[0, 0]) / CLASSIFIER.coef_[0, 1])
    compiled = run(rows=np.array([[5.0, 5.0], edge, [-5.0, -5.0]]))
    report = compiled.report
    assert (compiled.model, report.status, report.faster_at) == (None, "disagrees", ())
    assert report.worst_row.index == 1
    assert report.worst_row.values == dict(zip("ab", edge, strict=True))
    assert {report.worst_row.expected.prediction, report.worst_row.found.prediction} == {"down", "up"}
    assert report.max_difference > 1e-5
    assert "row 1" in report.reason


@pytest.mark.usefixtures("tampered")
def test_the_worst_row_of_a_regression_is_the_one_that_strays_furthest():
    report = run(REGRESSOR, Target(name="sum"), rows=np.array([[0.0, 0.0], [1.0, 1.0], [0.1, 0.1]])).report
    assert report.status == "disagrees"
    assert (report.worst_row.index, report.worst_row.values) == (1, {"a": 1.0, "b": 1.0})
    assert report.worst_row.expected.prediction == pytest.approx(6)
    assert report.worst_row.found.prediction == pytest.approx(7.5)
    assert report.max_difference == pytest.approx(1.5)
    assert "2 of 3 sample rows" in report.reason


def test_what_cannot_be_converted_says_what_there_is_no_converter_for():
    report = run(make_pipeline(Halved(), StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)).report
    assert report.status == "cannot convert"
    assert report.reason == "There is no converter to ONNX for tests.compile.compile_cases.Halved."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Cannot do this. You may raise an issue at https://example.org.", "Cannot do this."),
        (
            "[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for X",
            "Could not find an implementation for X.",
        ),
        (
            "Non-zero status code returned while running N node. Name:'N' Status Message: index out of range",
            "index out of range.",
        ),
        ("", "RuntimeError."),
        ("word " * 100, "word " * 31 + "word ...."),
    ],
)
def test_a_foreign_exception_is_shortened_to_its_cause(monkeypatch, text, reason):
    def fail(*arguments):
        raise RuntimeError(text)

    monkeypatch.setattr(compiling, "convert", fail)
    assert run().report == CompileReport(status="cannot convert", reason=reason)


def test_numbers_and_texts_in_one_matrix_are_not_converted():
    signature = TableSignature(columns=(Column(name="a"), Column(name="b", dtype="string")))
    original = SklearnRuntime(CLASSIFIER, SIGNATURE, TARGET, Fitting())
    compiled = compile_estimator(CLASSIFIER, "matrix", original, signature, TARGET, arrays_of(ROWS))
    assert compiled.report.status == "cannot convert"


def test_without_a_row_to_compare_on_nothing_is_tried():
    compiled = run(rows=np.empty((0, 2)))
    assert (compiled.model, compiled.report.status) == (None, "not tried")


def test_a_report_survives_the_manifest_s_json():
    report = run().report
    assert CompileReport.model_validate_json(report.model_dump_json()) == report


class Counting:
    def __init__(self):
        self.calls = 0

    def predict(self, arrays):
        self.calls += 1


def test_the_stopwatch_asks_both_alike_and_gives_microseconds(monkeypatch):
    clock = iter(np.arange(0, 1000, 0.01))
    monkeypatch.setattr("app.compile.stopwatch.perf_counter", lambda: float(next(clock)))
    original, compiled = Counting(), Counting()
    timing = measure(original, compiled, arrays_of(ROWS))
    assert (timing.original_us, timing.compiled_us) == (pytest.approx(10_000), pytest.approx(10_000))
    assert original.calls == compiled.calls > 3


def test_a_slow_model_is_asked_once(monkeypatch):
    clock = iter(np.arange(0, 1000, 2.0))
    monkeypatch.setattr("app.compile.stopwatch.perf_counter", lambda: float(next(clock)))
    original = Counting()
    measure(original, Counting(), arrays_of(ROWS))
    assert original.calls == 1
