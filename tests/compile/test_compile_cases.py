"""What the compile makes of what people have: each case with its status, and its agreement on rows it never saw."""

import warnings
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from app.compile.agreement import compare
from app.compile.estimator import Compiled, compile_estimator
from app.compile_report import Timing
from app.pack.estimators import classes_of
from app.runtimes.base import Runtime
from app.runtimes.compiled import CompiledModel
from app.runtimes.file import File
from app.runtimes.sklearn import SklearnRuntime
from app.signature import Target
from tests.compile.compile_cases import ADOPTED, CASES, SAMPLES, Case, Sample


def always_faster(original, compiled, arrays):
    return Timing(original_us=2, compiled_us=1)


def fitted(case: Case, sample: Sample):
    """The estimator and the runtime that stands for it, both of which may warn of what is none of ours."""
    estimator = case.build()
    estimator.fit(sample.rows, *([sample.answers[case.answer]] if case.answer else []))
    predicts = hasattr(estimator, "predict")
    answer = estimator.predict(sample.rows) if predicts else estimator.transform(sample.rows)
    classes = classes_of(estimator) if hasattr(estimator, "classes_") else None
    outputs = tuple(f"y{place}" for place in range(answer.shape[1])) if answer.ndim == 2 and not classes else None
    target = Target(name="y", classes=classes, outputs=outputs)
    fitting = sample.fitting if predicts else sample.fitting.model_copy(update={"method": "transform"})
    return estimator, SklearnRuntime(estimator, sample.signature, target, fitting), target


def agrees_on_held_out(compiled: Compiled, original: Runtime, target: Target, sample: Sample) -> bool:
    model = CompiledModel(File(Path("compiled.onnx"), compiled.model), sample.signature, target)
    return not compare(sample.held_out, original.predict(sample.held_out), model.predict(sample.held_out)).disagreeing


@pytest.fixture(autouse=True)
def one_thread():
    """Pools of threads cost more than they bring on rows as few as these."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.what} ({case.sample})")
def test_what_comes_of_it(case: Case) -> None:
    sample = SAMPLES[case.sample]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator, original, target = fitted(case, sample)
    arrays = sample.arrays
    compiled = compile_estimator(
        estimator, sample.fitting.fitted_on, original, sample.signature, target, arrays, measure=always_faster
    )
    assert compiled.report.status == case.status, compiled.report
    assert (compiled.model is not None) == (case.status == ADOPTED)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        assert case.status != ADOPTED or agrees_on_held_out(compiled, original, target, sample)
