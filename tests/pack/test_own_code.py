"""Models that need their owner's own classes: --code takes these into the bundle, for that version alone."""

import importlib
import sys
from pathlib import Path

import joblib
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from app.engine.model import Loading, load_model
from app.errors import BrokenBundleError
from app.repository.bundle import read_bundle
from tests.bundles import scope_of
from tests.fakes import MAX_PIXELS

STEPS = """
from sklearn.base import BaseEstimator, TransformerMixin
from shop.factor import FACTOR

class Scaled(TransformerMixin, BaseEstimator):
    def fit(self, rows, answers=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def transform(self, rows):
        return rows[["x"]].to_numpy() * FACTOR
"""
ROWS = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})


def shop(folder: Path, factor: float) -> Path:
    """A package `shop` of two modules."""
    package = folder / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "factor.py").write_text(f"FACTOR = {factor}\n")
    (package / "steps.py").write_text(STEPS)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "steps.pyc").write_bytes(b"old")
    (package / ".notes").write_text("private")
    return package


def fitted(package: Path) -> Path:
    """A joblib file of a pipeline with the package's class: whatever the factor, it learns to return x."""
    path = package.parent / "model.joblib"
    with scope_of(package.parent, "shop").active():
        scaled = importlib.import_module("shop.steps").Scaled()
        joblib.dump(make_pipeline(scaled, LinearRegression(fit_intercept=False)).fit(ROWS, ROWS["x"]), path)
    return path


@pytest.fixture
def packed(pack, tmp_path):
    package = shop(tmp_path / "own", 2)
    return pack(fitted(package), ROWS, code=package)


def test_the_code_is_packed_without_what_python_keeps_beside_it(packed):
    names = {name for name in packed.manifest.files if name.startswith("code/")}
    assert names == {"code/shop/__init__.py", "code/shop/factor.py", "code/shop/steps.py"}
    assert packed.manifest.packages == ("shop",)


def test_a_model_with_its_own_class_answers(packed):
    assert packed.answer([{"x": 5.0}]) == pytest.approx([5])


def test_the_code_cannot_be_imported_outside_of_its_version(packed):
    assert packed.model.name == "model"
    assert "shop" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("shop")


def test_two_versions_answer_each_with_its_own_code_of_the_same_name(pack, tmp_path, packed):
    first = packed.bundle.path
    second = pack(packed.models.parent / "own" / "model.joblib", ROWS, code=shop(tmp_path / "other", 20)).bundle.path
    assert (first.name, second.name) == ("1", "2")
    models = [load_model(read_bundle(path), Loading(MAX_PIXELS)) for path in (first, second)]
    rows = models[0].reader.rows([{"x": 3.0}])
    answers = [float(model.runtime.predict(rows).predictions[0]) for model in (*models, *models)]
    assert answers == pytest.approx([3, 30, 3, 30])


def test_a_single_module_will_do(pack, tmp_path):
    (tmp_path / "half.py").write_text("def half(rows):\n    return rows / 2\n")
    with scope_of(tmp_path, "half").active():
        half = importlib.import_module("half").half
        estimator = make_pipeline(FunctionTransformer(half), LinearRegression()).fit(ROWS, ROWS["x"])
        joblib.dump(estimator, tmp_path / "model.joblib")
    packed = pack(tmp_path / "model.joblib", ROWS, code=tmp_path / "half.py")
    assert packed.answer([{"x": 7.0}]) == pytest.approx([7])
    assert packed.manifest.packages == ("half",)


@pytest.mark.parametrize(
    ("file", "complaint"),
    [("code/shop/factor.py", "was changed after packing"), ("code/shop/extra.py", "is not in the manifest")],
)
def test_a_changed_or_added_file_of_the_code_is_refused_by_name(packed, file, complaint):
    (packed.bundle.path / file).write_text("FACTOR = 3\n")
    with pytest.raises(BrokenBundleError, match=f"{file} {complaint}"):
        load_model(packed.bundle, Loading(MAX_PIXELS))


def test_a_model_without_its_code_says_which_module_it_needs(pack, tmp_path):
    packed = pack(fitted(shop(tmp_path / "own", 2)), ROWS)
    assert packed.status == 2
    assert "needs the module 'shop': install it, or give it with --code" in packed.complaint


def test_code_that_imports_what_lies_beside_it_does_not_pass_unnoticed(pack, tmp_path):
    package = shop(tmp_path / "own", 2)
    model = fitted(package)
    (package / "factor.py").write_text("from beside import FACTOR\n")
    (package.parent / "beside.py").write_text("FACTOR = 2\n")
    packed = pack(model, ROWS, code=package)
    assert packed.status == 2
    assert "needs the module 'beside'" in packed.complaint
    assert not packed.models.exists()


def test_trusted_code_is_stored_as_skops(pack, tmp_path):
    package = shop(tmp_path / "own", 2)
    model = fitted(package)
    untrusted = pack(model, ROWS, code=package)
    assert untrusted.manifest.artifact == "model.joblib"
    assert "for skops --trust shop.steps.Scaled" in untrusted.said
    trusted = pack(model, ROWS, code=package, trust="shop.steps.Scaled")
    assert trusted.manifest.artifact == "model.skops"
    assert trusted.answer([{"x": 5.0}]) == pytest.approx([5])


@pytest.mark.parametrize("name", ["json.py", "app.py", "my-code.py"])
def test_code_with_a_name_that_is_taken_or_none_is_refused(pack, tmp_path, name):
    (tmp_path / name).write_text("")
    packed = pack(LinearRegression().fit(ROWS, ROWS["x"]), ROWS, code=tmp_path / name)
    assert packed.status == 2
    assert f"cannot be called '{Path(name).stem}'" in packed.complaint


def test_code_that_is_not_there_is_refused(pack, tmp_path):
    packed = pack(LinearRegression().fit(ROWS, ROWS["x"]), ROWS, code=tmp_path / "none")
    assert packed.status == 2
    assert "is neither a package's directory nor a .py file" in packed.complaint


def test_a_class_of_the_script_that_trained_it_is_told_what_to_do(pack, tmp_path, monkeypatch):
    class Mine(LinearRegression):
        pass

    main = sys.modules["__main__"]
    Mine.__module__, Mine.__qualname__ = "__main__", "Mine"
    monkeypatch.setattr(main, "Mine", Mine, raising=False)
    joblib.dump(Mine().fit(ROWS, ROWS["x"]), tmp_path / "notebook.joblib")
    monkeypatch.delattr(main, "Mine")
    packed = pack(tmp_path / "notebook.joblib", ROWS)
    assert packed.status == 2
    assert "a class of the script or notebook that trained it" in packed.complaint
    assert "give the module with --code" in packed.complaint


def test_an_own_class_that_cleans_texts_gets_texts(pack, tmp_path):
    (tmp_path / "clean.py").write_text(
        "from sklearn.base import BaseEstimator, TransformerMixin\n"
        "class Clean(TransformerMixin, BaseEstimator):\n"
        "    def fit(self, texts, answers=None):\n        return self\n"
        "    def __sklearn_is_fitted__(self):\n        return True\n"
        "    def transform(self, texts):\n        return [text.lower() for text in texts]\n"
    )
    rows = pd.DataFrame({"review": ["GOOD", "bad", "Good good", "BAD"] * 3})
    with scope_of(tmp_path, "clean").active():
        clean = importlib.import_module("clean").Clean()
        estimator = make_pipeline(clean, CountVectorizer(), LogisticRegression()).fit(rows["review"], [1, 0] * 6)
        joblib.dump(estimator, tmp_path / "model.joblib")
    packed = pack(tmp_path / "model.joblib", rows, code=tmp_path / "clean.py")
    assert packed.manifest.options["fitted_on"] == "texts"
    assert packed.answer([{"review": "GOOD"}, {"review": "bad"}]) == [1, 0]
