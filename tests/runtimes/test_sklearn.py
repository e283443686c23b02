"""scikit-learn estimators behind the runtime's one call."""

import io
import json
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import pytest
import xgboost
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skops import io as skops

from app.errors import BrokenBundleError
from app.runtimes.file import File
from app.runtimes.sklearn import THREADS, Fitting, SklearnRuntime, load
from app.runtimes.skops_files import save
from app.signature import Column, ImageSignature, TableSignature, Target, TensorSignature
from tests.bundles import read

SIGNATURE = TableSignature(columns=(Column(name="a"), Column(name="b", dtype="int64")))
ROWS = np.array([[0, 0], [1, 0], [0, 1], [2, 3], [4, 1]], float)
ARRAYS = {"b": np.array([1, 3]), "a": np.array([0.0, 2.0])}  # in another order than the signature
REGRESSOR = LinearRegression().fit(ROWS, ROWS @ [10, 1])
CLASSIFIER = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, ["no", "no", "no", "yes", "yes"])
NUMBER, ANSWER = Target(name="n"), Target(name="answer", classes=("no", "yes"))


def test_a_regressor_gives_numbers_and_no_probabilities():
    outputs = SklearnRuntime(REGRESSOR, SIGNATURE, NUMBER).predict(ARRAYS)
    np.testing.assert_allclose(outputs.predictions, [1, 23])
    assert outputs.probabilities is None


def test_a_classifier_gives_labels_and_a_probability_for_each_class():
    outputs = SklearnRuntime(CLASSIFIER, SIGNATURE, ANSWER).predict(ARRAYS)
    assert outputs.predictions.tolist() == ["no", "yes"]
    assert outputs.probabilities.shape == (2, 2)
    np.testing.assert_allclose(outputs.probabilities.sum(axis=1), 1)
    assert outputs.probabilities[0, 0] > 0.5 < outputs.probabilities[1, 1]


@pytest.mark.parametrize(("estimator", "target", "shape"), [(REGRESSOR, NUMBER, None), (CLASSIFIER, ANSWER, (0, 2))])
def test_no_rows_have_no_answers(estimator, target, shape):
    outputs = SklearnRuntime(estimator, SIGNATURE, target).predict({"a": np.empty(0), "b": np.empty(0, int)})
    assert len(outputs.predictions) == 0
    assert (outputs.probabilities.shape if shape else outputs.probabilities) == shape


def test_the_arrays_are_not_changed():
    before = {name: array.copy() for name, array in ARRAYS.items()}
    SklearnRuntime(CLASSIFIER, SIGNATURE, ANSWER).predict(ARRAYS)
    for name, array in before.items():
        np.testing.assert_array_equal(ARRAYS[name], array)


@pytest.mark.parametrize("signature", [ImageSignature(), TensorSignature(name="x", shape=(2,), minimum=0, maximum=1)])
def test_an_estimator_takes_nothing_but_a_table(signature):
    with pytest.raises(BrokenBundleError, match="takes a table"):
        SklearnRuntime(REGRESSOR, signature, NUMBER)


def test_a_stored_estimator_answers_as_before(tmp_path):
    artifact = tmp_path / "model.skops"
    artifact.write_bytes(save(CLASSIFIER))
    stored = load(read(artifact), SIGNATURE, ANSWER, {}).predict(ARRAYS)
    fitted = SklearnRuntime(CLASSIFIER, SIGNATURE, ANSWER).predict(ARRAYS)
    assert stored.predictions.tolist() == fitted.predictions.tolist()
    np.testing.assert_array_equal(stored.probabilities, fitted.probabilities)


def test_storing_twice_gives_the_same_bytes():
    assert save(CLASSIFIER) == save(CLASSIFIER)


def shout(matrix):
    raise AssertionError("the file's code was run")


def test_a_type_that_is_not_trusted_is_refused_by_name_before_anything_is_loaded(tmp_path, monkeypatch):
    artifact = tmp_path / "model.skops"
    artifact.write_bytes(save(make_pipeline(FunctionTransformer(shout), LinearRegression())))
    monkeypatch.setattr(skops, "loads", shout)
    with pytest.raises(BrokenBundleError, match=r"not trusted: tests\.runtimes\.test_sklearn\.shout"):
        load(read(artifact), SIGNATURE, NUMBER, {})


class Seen:
    """Keeps what it is asked with."""

    def predict(self, asked):
        self.asked = asked
        return np.zeros(len(asked))


FRAME = TableSignature(
    columns=(
        Column(name="number", nullable=True),
        Column(name="count", dtype="int64", nullable=True),
        Column(name="text", dtype="string", nullable=True),
        Column(name="flag", dtype="bool", nullable=True),
    )
)
MISSING = {
    "number": np.array([np.nan]),
    "count": np.array([None], object),
    "text": np.array([None], object),
    "flag": np.array([None], object),
}
WHOLE = {
    "number": np.array([1.5]),
    "count": np.array([2], object),
    "text": np.array(["a"], object),
    "flag": np.array([True], object),
}


def asked(arrays, **fitting):
    seen = Seen()
    SklearnRuntime(seen, FRAME, NUMBER, Fitting(fitted_on="frame", **fitting)).predict(arrays)
    return seen.asked


def test_a_frame_has_the_same_dtypes_whether_or_not_all_is_missing():
    missing, whole = asked(MISSING), asked(WHOLE)
    assert whole.iloc[0].tolist() == [1.5, 2, "a", True]
    assert missing.isna().all(axis=None)
    assert missing.dtypes.tolist() == whole.dtypes.tolist()
    assert [dtype.kind for dtype in whole.dtypes] == ["f", "f", "O", "O"]
    assert str(whole.dtypes["text"]) == "str"


def test_none_stays_where_the_encoder_was_fitted_on_it():
    assert asked(MISSING, none=("text",))["text"].tolist() == [None]


def test_pandas_categories_keep_their_order_and_what_is_none_of_them_is_missing():
    column = asked(WHOLE, categorical={"text": ("b", "a")})["text"]
    assert column.cat.categories.tolist() == ["b", "a"]
    assert column.tolist() == ["a"]
    assert asked(MISSING, categorical={"text": ("b", "a")})["text"].isna().all()


def test_a_matrix_has_nan_for_what_is_missing():
    signature = TableSignature(columns=(Column(name="text", dtype="string", nullable=True), Column(name="number")))
    seen = Seen()
    SklearnRuntime(seen, signature, NUMBER, Fitting()).predict({"text": MISSING["text"], "number": np.array([1.0])})
    assert seen.asked.tolist() == [[pytest.approx(np.nan, nan_ok=True), 1.0]]


def test_a_loaded_estimator_uses_one_thread(tmp_path):
    artifact = tmp_path / "model.joblib"
    matrix, truth = [[0.0, 0.0], [1.0, 1.0]], [0, 1]
    joblib.dump(make_pipeline(StandardScaler(), KNeighborsClassifier(1, n_jobs=4)).fit(matrix, truth), artifact)
    runtime = load(read(artifact), SIGNATURE, Target(name="y", classes=(0, 1)), {})
    assert runtime._predict.__self__.get_params()["kneighborsclassifier__n_jobs"] == 1


TRUTH = [0, 1, 0, 1, 0]
YES = Target(name="y", classes=(0, 1))
BOOSTED = [
    *(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, **{name: 2}) for name in ("num_threads", "num_thread")),
    *(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, **{name: 2}) for name in ("nthread", "nthreads", "n_jobs")),
    lightgbm.LGBMClassifier(n_estimators=2, verbose=-1),
    *(xgboost.XGBClassifier(n_estimators=2, **{name: 2}) for name in ("nthread", "n_jobs")),
]


def reloaded(estimator):
    content = io.BytesIO()
    joblib.dump(estimator.fit(ROWS, TRUTH), content)
    return load(File(Path("model.joblib"), content.getvalue()), SIGNATURE, YES, {})


@pytest.mark.parametrize("in_a_pipeline", [False, True])
@pytest.mark.parametrize("estimator", BOOSTED, ids=str)
def test_a_boosted_model_uses_one_thread_whatever_it_calls_it(estimator, in_a_pipeline):
    runtime = reloaded(make_pipeline(StandardScaler(), estimator) if in_a_pipeline else estimator)
    runtime.predict(ARRAYS)
    loaded = runtime._predict.__self__
    found = loaded[-1] if in_a_pipeline else loaded
    counts = {value for name, value in found.get_params().items() if name in THREADS}
    assert counts == {1}
    if isinstance(found, xgboost.XGBModel):
        assert json.loads(found.get_booster().save_config())["learner"]["generic_param"]["nthread"] == "1"


@pytest.mark.parametrize("in_a_pipeline", [False, True])
def test_catboost_is_told_of_one_thread_at_each_call(in_a_pipeline, monkeypatch):
    told = []
    ask = CatBoost._base_predict

    def note(self, pool, kind, start, end, thread_count, *others):
        told.append(thread_count)
        return ask(self, pool, kind, start, end, thread_count, *others)

    monkeypatch.setattr(CatBoost, "_base_predict", note)
    estimator = CatBoostClassifier(iterations=2, thread_count=2, verbose=0, allow_writing_files=False)
    runtime = reloaded(make_pipeline(StandardScaler(), estimator) if in_a_pipeline else estimator)
    assert runtime.predict(ARRAYS).probabilities.shape == (2, 2)
    assert told == [1, 1]


def test_catboost_without_probabilities_is_told_as_well():
    content = io.BytesIO()
    joblib.dump(CatBoostRegressor(iterations=2, verbose=0, allow_writing_files=False).fit(ROWS, TRUTH), content)
    runtime = load(File(Path("model.joblib"), content.getvalue()), SIGNATURE, NUMBER, {})
    assert runtime._predict.keywords == {"thread_count": 1}
    assert len(runtime.predict(ARRAYS).predictions) == 2
