"""Which of a bundle's two models is loaded, and what each must reproduce."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from app.compile.convert import convert
from app.compile_report import CompileReport, Timing
from app.engine.model import Loading, load_model
from app.errors import BrokenBundleError
from app.pack.bundles import Card, Stored, write_bundle
from app.repository.bundle import read_bundle
from app.runtimes.batch_sizes import BATCH_SIZES, FasterRuntime
from app.runtimes.compiled import CompiledModel
from app.runtimes.sklearn import SklearnRuntime
from app.runtimes.skops_files import save
from tests.fakes import MAX_PIXELS, NUMBER, TABLE

ROWS = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 3.0]]
ADDING = LinearRegression().fit(ROWS, [0, 1, 1, 5])
DOUBLING = LinearRegression().fit(ROWS, [0, 2, 2, 10])
EXAMPLES = [{"a": 1.0, "b": 2.0}, {"a": -1.0, "b": 0.5}]


def bundle(models, compiled, faster_at):
    """A bundle whose compiled twin is that of another estimator, if one likes."""
    original = SklearnRuntime(ADDING, TABLE, NUMBER)
    card = Card("add", "Adds.", "regression", TABLE, NUMBER, EXAMPLES)
    timing = Timing(original_us=2, compiled_us=1)
    report = CompileReport(
        status="adopted", reason="a test's", timings=dict.fromkeys(BATCH_SIZES, timing), faster_at=faster_at
    )
    answered = original.predict({"a": np.zeros(2), "b": np.zeros(2)})
    twin = convert(compiled, "matrix", TABLE, "float64", answered)
    files = {"model.skops": save(ADDING), "compiled.onnx": twin}
    return read_bundle(write_bundle(card, Stored("sklearn", "model.skops", files, compiled=report), original, models))


def test_a_twin_that_is_always_faster_serves_alone(tmp_path):
    model = load_model(bundle(tmp_path, ADDING, BATCH_SIZES), Loading(MAX_PIXELS))
    assert isinstance(model.runtime, CompiledModel)


@pytest.mark.parametrize(("faster_at", "unused"), [(BATCH_SIZES, "model.skops"), ((), "compiled.onnx")])
def test_what_is_not_loaded_is_verified_and_not_held(tmp_path, monkeypatch, faster_at, unused):
    made = bundle(tmp_path, ADDING, faster_at)
    read, read_bytes = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or read_bytes(path))
    load_model(made, Loading(MAX_PIXELS))
    assert unused not in read
    assert {"model.skops", "compiled.onnx"} - {unused} <= set(read)
    (made.path / unused).write_bytes(b"other")
    with pytest.raises(BrokenBundleError, match=f"{unused} was changed after packing"):
        load_model(made, Loading(MAX_PIXELS))


def test_a_twin_that_is_sometimes_faster_serves_beside_the_original(tmp_path):
    model = load_model(bundle(tmp_path, ADDING, (1, 10)), Loading(MAX_PIXELS))
    assert isinstance(model.runtime, FasterRuntime)


def test_a_twin_that_is_never_faster_is_not_loaded(tmp_path):
    model = load_model(bundle(tmp_path, DOUBLING, ()), Loading(MAX_PIXELS))
    assert isinstance(model.runtime, SklearnRuntime)


@pytest.mark.parametrize("faster_at", [BATCH_SIZES, (1000,)])
def test_a_twin_that_does_not_reproduce_the_golden_rows_is_refused(tmp_path, faster_at):
    with pytest.raises(BrokenBundleError, match="golden rows are not reproduced"):
        bundle(tmp_path, DOUBLING, faster_at)
