"""What was verified is what is loaded and what answers: a bundle's files are read once, and never again."""

import gc
import shutil
import sys

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from app.engine.model import Loading, load_model
from app.engine.trials import try_bundles
from app.pack.bundles import Card, pack_estimator
from app.repository.bundle import read_bundle
from tests.bundles import predictor, write_bundle
from tests.fakes import MAX_PIXELS, NUMBER, TABLE

LOADING = Loading(MAX_PIXELS)
ROWS = np.random.default_rng(0).normal(size=(200, 2))
ARRAYS = {"a": ROWS[:, 0], "b": ROWS[:, 1]}
LATE = """
import numpy as np

class Predictor:
    def load(self, path):
        self.path = path

    def predict(self, inputs):
        from late import ANSWER
        assert self.path.read_text() == "m 1"
        return np.full(len(inputs["a"]), ANSWER)
"""


def lazy(models):
    """A bundle whose predictor imports a module and reads its artifact only when it is asked."""
    return write_bundle(models, "m", 1, LATE, 7, {"late": "ANSWER = 7.0\n"})


def skops(models):
    card = Card("m", "Adds.", "regression", TABLE, NUMBER, [{"a": 1.0, "b": 2.0}])
    return pack_estimator(LinearRegression().fit(ROWS, ROWS.sum(axis=1)), card, models)


def twin(models):
    card = Card("m", "Adds.", "regression", TABLE, NUMBER, [{"a": 1.0, "b": 2.0}])
    path = pack_estimator(LinearRegression().fit(ROWS, ROWS.sum(axis=1)), card, models, ARRAYS)
    assert (path / "compiled.onnx").exists()
    return path


OPENED: list[str] = []
HOOKED: list[bool] = []


@pytest.fixture
def opened():
    """Every file that Python opens. An audit hook cannot be taken away again, so there is only ever one."""
    if not HOOKED:
        sys.addaudithook(lambda event, arguments: event == "open" and OPENED.append(str(arguments[0])))
        HOOKED.append(True)
    OPENED.clear()
    return OPENED


@pytest.mark.parametrize("make", [lazy, skops, twin])
def test_every_file_of_a_bundle_is_opened_once(tmp_path, opened, make):
    path = make(tmp_path)
    opened.clear()
    model = load_model(read_bundle(path), LOADING)
    rows = model.reader.rows([{"a": 1.0, "b": 2.0}])
    model.runtime.predict(rows)
    found = sorted(name for name in opened if name.startswith(str(path)))
    assert found == sorted(str(each) for each in path.rglob("*") if each.is_file())


def test_a_version_whose_files_are_replaced_answers_as_it_was_verified(tmp_path):
    path = lazy(tmp_path)
    model = load_model(read_bundle(path), LOADING)
    model.runtime._scope._modules.clear()  # for the golden rows were asked already
    (path / "code" / "late.py").write_text("ANSWER = 666.0\n")
    (path / "model.txt").write_text("666")
    assert model.runtime.predict(model.reader.rows([{"a": 1.0, "b": 2.0}])).predictions.tolist() == [7]


def test_what_is_replaced_right_after_it_was_verified_is_not_loaded(tmp_path, monkeypatch):
    path = skops(tmp_path)
    bundle = read_bundle(path)
    read = type(bundle).contents

    def read_and_vanish(*arguments):
        contents = read(*arguments)
        shutil.rmtree(path)
        return contents

    monkeypatch.setattr(type(bundle), "contents", read_and_vanish)
    model = load_model(bundle, LOADING)
    assert model.runtime.predict(model.reader.rows([{"a": 1.0, "b": 2.0}])).predictions == pytest.approx([3])


@pytest.mark.parametrize("make", [lazy, skops, twin])
def test_the_bytes_are_freed_once_the_model_is_loaded(tmp_path, make):
    path = make(tmp_path)
    sizes = {each.stat().st_size for pattern in ("model.*", "compiled.onnx") for each in path.glob(pattern)}
    model = load_model(read_bundle(path), LOADING)
    gc.collect()
    assert not [held for held in held_bytes(model) if len(held) in sizes]


def held_bytes(root):
    """All bytes that can be reached from an object, through other objects but not through modules."""
    seen, found, left = set(), [], [root]
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, type | type(sys)):
            continue
        seen.add(id(each))
        if isinstance(each, bytes):
            found.append(each)
        left += gc.get_referents(each)
    return found


def test_a_trial_leaves_nothing_behind_and_nor_does_one_before_that_was_killed(tmp_path, monkeypatch):
    elsewhere, scratch = tmp_path / "tmp", tmp_path / "run" / "trial"
    for folder in (elsewhere, scratch / "left"):
        folder.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    paths = [
        lazy(tmp_path / "models"),
        write_bundle(tmp_path / "models", "m", 2, predictor(1, "import os; os._exit(1)"), 1),
        write_bundle(tmp_path / "models", "m", 3, predictor(1, "import time; time.sleep(1000)"), 1),
    ]
    assert [reason is None for reason in try_bundles(paths, LOADING, 3, scratch).values()] == [True, False, False]
    assert not scratch.exists()
    assert list(elsewhere.iterdir()) == []
