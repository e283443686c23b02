"""What people have fitted: packed from the command line, loaded as the service does, and asked."""

import lightgbm
import numpy as np
import orjson
import pandas as pd
import pytest
import xgboost
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.pack.people import INPUTS, people, prepared

PEOPLE = people()
ROWS = PEOPLE[INPUTS]
NUMBERS = ROWS[["age", "visits"]].fillna(0)
ONE = {"age": None, "visits": 5, "city": None, "size": "s", "member": False}
TEXTS = pd.DataFrame({"review": ["good film", "bad film", "good", "bad", "so good", "too bad"], "stars": [1, 0] * 3})


def row(frame: pd.DataFrame, index: int) -> dict:
    """A row of a frame as JSON has it."""
    return {name: None if pd.isna(value) else value for name, value in frame.astype(object).iloc[index].items()}


@pytest.mark.parametrize(
    ("estimator", "answers", "task"),
    [
        (prepared(LogisticRegression()), PEOPLE["left"], "classification"),
        (prepared(LinearSVC()), PEOPLE["left"], "classification"),
        (prepared(Ridge()), PEOPLE["spent"], "regression"),
        (prepared(KMeans(3, n_init=1, random_state=0)), None, "clustering"),
        (prepared(PCA(2)), None, "transform"),
        (prepared(IsolationForest(n_estimators=5, random_state=0)), None, "outlier detection"),
        (prepared(LocalOutlierFactor(novelty=True)), None, "outlier detection"),
        (prepared(MultiOutputRegressor(Ridge())), PEOPLE[["age", "spent"]].fillna(0), "regression"),
        (prepared(RandomForestClassifier(5, random_state=0)), PEOPLE[["left", "size"]], "classification"),
    ],
    ids=lambda value: type(value.steps[-1][1]).__name__ if hasattr(value, "steps") else "",
)
def test_a_pipeline_of_mixed_columns_answers_as_it_did_where_it_was_fitted(pack, estimator, answers, task):
    estimator.fit(ROWS, answers)
    packed = pack(estimator, PEOPLE)
    assert packed.manifest.task == task
    own = (estimator.transform if task == "transform" else estimator.predict)(ROWS)
    for index in (0, 1, 13, 50):  # one by one: in a batch of one, a column can be missing as a whole
        (answer,) = packed.answer([row(ROWS, index)])
        if own.dtype.kind == "f":
            np.testing.assert_allclose(answer, own[index])
        else:
            assert np.asarray(answer).tolist() == np.asarray(own[index]).tolist()


def test_probabilities_of_a_row_with_all_texts_missing_are_those_of_training(pack):
    estimator = prepared(LogisticRegression()).fit(ROWS, PEOPLE["left"])
    model = pack(estimator, PEOPLE).model
    found = model.runtime.predict(model.reader.rows([ONE])).probabilities
    frame = pd.concat([ROWS.iloc[1:2], pd.DataFrame([ONE])[INPUTS].astype(ROWS.dtypes)])
    np.testing.assert_allclose(found[0], estimator.predict_proba(frame)[1])


def test_the_signature_comes_from_the_sample_and_the_estimator(pack):
    columns = pack(prepared(Ridge()).fit(ROWS, PEOPLE["spent"]), PEOPLE).manifest.signature.columns
    found = {column.name: column for column in columns}
    assert list(found) == INPUTS
    assert [column.dtype for column in columns] == ["float64", "int64", "string", "string", "bool"]
    assert found["city"].categories == ("Oslo", "Paris", "Rome")
    assert found["city"].open_categories  # OneHotEncoder(handle_unknown="ignore")
    assert found["size"].categories == ("s", "m", "l")
    assert not found["size"].open_categories
    assert (found["visits"].minimum, found["visits"].maximum) == (0, 8)
    assert found["visits"].mean == pytest.approx(ROWS["visits"].mean(), rel=1e-5)
    assert found["member"].categories is None


def test_what_an_imputer_fills_may_be_missing_though_the_sample_has_it_everywhere(pack):
    columns = pack(prepared(Ridge()).fit(ROWS, PEOPLE["spent"]), PEOPLE).manifest.signature.columns
    assert {column.name for column in columns if column.nullable} == {"age", "visits", "city"}


def test_a_column_that_one_branch_imputes_and_another_does_not_may_not_be_missing(pack):
    estimator = prepared(Ridge())
    estimator.steps[0][1].transformers.append(("as it is", "passthrough", ["visits"]))
    columns = pack(estimator.fit(ROWS, PEOPLE["spent"]), PEOPLE).manifest.signature.columns
    assert not next(column for column in columns if column.name == "visits").nullable


def test_columns_come_in_the_estimators_order_whatever_the_samples(pack):
    estimator = prepared(Ridge()).fit(ROWS, PEOPLE["spent"])
    packed = pack(estimator, PEOPLE[["left", *reversed(INPUTS)]])
    assert [column.name for column in packed.manifest.signature.columns] == INPUTS
    assert "leaving out what the model was not fitted on: left" in packed.said


def test_an_estimator_of_a_matrix_takes_the_samples_columns_in_their_order(pack):
    estimator = DecisionTreeClassifier(random_state=0).fit(NUMBERS.to_numpy(), PEOPLE["left"])
    packed = pack(estimator, NUMBERS)
    assert [(column.name, column.dtype) for column in packed.manifest.signature.columns] == [
        ("age", "float64"),
        ("visits", "float64"),
    ]
    assert packed.answer([{"visits": 8, "age": 60}, {"age": 20, "visits": 0}]) == ["yes", "no"]


def test_an_encoder_fitted_on_none_is_asked_with_none(pack):
    rows = pd.DataFrame({"kind": pd.Series(["a", None, "b", None] * 5, dtype=object)})
    estimator = make_pipeline(OneHotEncoder(sparse_output=False), DecisionTreeRegressor()).fit(rows, [0, 9, 1, 9] * 5)
    assert estimator.predict(rows.iloc[[1]])[0] == pytest.approx(9)
    packed = pack(estimator, rows)
    assert packed.answer([{"kind": None}])[0] == pytest.approx(9)
    assert packed.answer([{"kind": "a"}])[0] == pytest.approx(0)
    assert packed.manifest.signature.columns[0].categories == ("a", "b")


@pytest.mark.parametrize("vectorizer", [TfidfVectorizer, CountVectorizer])
def test_a_pipeline_of_texts_takes_one_column_of_free_text(pack, vectorizer):
    estimator = make_pipeline(vectorizer(), LogisticRegression()).fit(TEXTS["review"], TEXTS["stars"])
    packed = pack(estimator, TEXTS, target="stars")
    (column,) = packed.manifest.signature.columns
    assert (column.name, column.dtype, column.categories, column.nullable) == ("review", "string", None, False)
    assert packed.answer([{"review": "good"}, {"review": "bad bad"}]) == [1, 0]
    assert packed.manifest.metrics["accuracy on the sample"] == 1


def test_pandas_categories_and_missing_values_reach_gradient_boosting_as_they_were(pack, tmp_path):
    rows = ROWS.assign(city=ROWS["city"].astype("category"), size=ROWS["size"].astype("category"))
    estimator = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype").fit(rows, PEOPLE["left"])
    rows.to_parquet(tmp_path / "rows.parquet")
    packed = pack(estimator, tmp_path / "rows.parquet")
    city = packed.manifest.signature.columns[2]
    assert (city.categories, city.open_categories, city.nullable) == (("Oslo", "Paris", "Rome"), False, True)
    model = packed.model
    for index in (0, 1, 13):
        found = model.runtime.predict(model.reader.rows([row(ROWS, index)])).probabilities
        np.testing.assert_allclose(found, estimator.predict_proba(rows.iloc[[index]]))


BOOSTED = {
    "xgboost": (xgboost.XGBClassifier(n_estimators=3), (PEOPLE["left"] == "yes").astype(int)),
    "xgboost's regressor": (xgboost.XGBRegressor(n_estimators=3), PEOPLE["spent"]),
    "lightgbm": (lightgbm.LGBMClassifier(n_estimators=3, verbose=-1), PEOPLE["left"]),
    "lightgbm's regressor": (lightgbm.LGBMRegressor(n_estimators=3, verbose=-1), PEOPLE["spent"]),
    "catboost": (CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False), PEOPLE["left"]),
    "catboost's regressor": (CatBoostRegressor(iterations=3, verbose=0, allow_writing_files=False), PEOPLE["spent"]),
}


@pytest.mark.parametrize("kind", BOOSTED)
def test_other_libraries_estimators_are_told_and_answer_as_they_did(pack, kind):
    estimator, answers = BOOSTED[kind]
    estimator.fit(NUMBERS, answers)
    packed = pack(estimator, PEOPLE)
    manifest = packed.manifest
    is_regressor = "regressor" in kind
    assert manifest.task == ("regression" if is_regressor else "classification")
    assert manifest.target.classes == (None if is_regressor else tuple(np.unique(answers).tolist()))
    own = np.asarray(estimator.predict(NUMBERS.iloc[3:6])).ravel()
    found = packed.answer([row(NUMBERS, index) for index in (3, 4, 5)])
    assert found == (pytest.approx(own.tolist()) if is_regressor else own.tolist())


def test_a_third_partys_version_stands_in_the_manifest(pack):
    libraries = pack(BOOSTED["lightgbm"][0].fit(NUMBERS, PEOPLE["left"]), PEOPLE).manifest.libraries
    assert libraries["lightgbm"] == lightgbm.__version__


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_lightgbm_gets_its_categories_whether_or_not_the_sample_keeps_them(pack, tmp_path, ending):
    rows = ROWS.assign(city=ROWS["city"].astype("category"), size=ROWS["size"].astype("category"))
    estimator = lightgbm.LGBMRegressor(n_estimators=3, verbose=-1).fit(rows, PEOPLE["spent"])
    path = tmp_path / f"rows.{ending}"
    rows.to_csv(path, index=False) if ending == "csv" else rows.to_parquet(path)
    packed = pack(estimator, path)
    assert packed.manifest.signature.columns[2].categories == ("Oslo", "Paris", "Rome")
    assert packed.answer([row(ROWS, 1), row(ROWS, 13)]) == pytest.approx(estimator.predict(rows.iloc[[1, 13]]).tolist())


def test_several_outputs_are_named_by_the_targets_or_numbered(pack):
    estimator = prepared(MultiOutputRegressor(Ridge())).fit(ROWS, PEOPLE[["spent", "visits"]])
    assert pack(estimator, PEOPLE).manifest.target.outputs == ("y0", "y1")
    sample = PEOPLE.assign(again=PEOPLE["spent"])
    assert pack(estimator, sample, target="spent,again").manifest.target.outputs == ("spent", "again")


def test_a_transform_names_its_outputs_as_the_estimator_does(pack):
    assert pack(prepared(PCA(2)).fit(ROWS), PEOPLE).manifest.target.outputs == ("pca0", "pca1")


def test_a_classifier_without_probabilities_answers_labels_alone(pack):
    packed = pack(prepared(LinearSVC()).fit(ROWS, PEOPLE["left"]), PEOPLE)
    model = packed.model
    assert model.runtime.predict(model.reader.rows([ONE])).probabilities is None
    assert packed.manifest.target.classes == ("no", "yes")


def test_what_can_only_be_asked_of_its_own_rows_is_refused(pack):
    packed = pack(DBSCAN().fit(NUMBERS), NUMBERS)
    assert packed.status == 2
    assert "holds a DBSCAN that neither predicts nor transforms rows that are new to it" in packed.complaint


def test_the_golden_rows_hold_one_with_a_missing_value(pack):
    golden = pack(prepared(Ridge()).fit(ROWS, PEOPLE["spent"]), PEOPLE).bundle.golden()
    assert 8 <= len(golden["instances"]) <= 9
    assert any(None in instance.values() for instance in golden["instances"])


def test_the_compiled_model_is_held_against_missing_values_that_the_sample_lacks(pack):
    estimator = prepared(Ridge()).fit(ROWS, PEOPLE["spent"])
    report = pack(estimator, PEOPLE, compiling=True).manifest.compiled
    assert report.rows == len(PEOPLE) + 1  # `visits`


def test_the_number_of_a_cluster_can_be_written_as_json_compiled_or_not(pack):
    for compiling in (False, True):
        (number,) = pack(KMeans(3, n_init=1, random_state=0).fit(NUMBERS), NUMBERS, compiling=compiling).answer(
            [{"age": 40.0, "visits": 3}]
        )
        assert orjson.dumps(number, option=orjson.OPT_SERIALIZE_NUMPY) in (b"0", b"1", b"2")
