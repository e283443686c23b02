"""The tabular examples: good enough, honest about their inputs, and the same every time."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine

from app.engine.model import Loading
from app.engine.registry import Registry
from app.errors import InvalidInputError
from app.examples.tables import build_diabetes, build_iris, build_wine
from app.repository.bundle import MANIFEST, read_bundle, sha256
from tests.bundles import state_of

BUILDERS = {"iris": build_iris, "wine": build_wine, "diabetes": build_diabetes}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """These three alone; the digits take longer."""
    folder = tmp_path_factory.mktemp("tables")
    for build in BUILDERS.values():
        build(folder)
    return folder


@pytest.fixture(scope="module")
def registry(folder):
    registry = Registry("iris", Loading(1000))
    registry.update(state_of(folder))
    return registry


def predict(model, rows):
    return model.runtime.predict(model.reader.rows(rows))


def test_all_three_are_loaded_and_checked(registry):
    assert registry.ready, registry.failures
    assert list(registry.models()) == ["diabetes", "iris", "wine"]


@pytest.mark.parametrize(
    ("name", "metric", "bar"),
    [
        ("iris", "accuracy, mean of 5 folds", 0.95),
        ("wine", "accuracy, mean of 5 folds", 0.97),
        ("diabetes", "r2, mean of 5 folds", 0.47),
    ],
)
def test_each_is_as_good_as_we_say(registry, name, metric, bar):
    assert bar <= registry.resolve(name).manifest.metrics[metric] < 1


@pytest.mark.parametrize("name", BUILDERS)
def test_the_example_rows_predict(registry, name):
    model = registry.resolve(name)
    outputs = predict(model, model.manifest.examples)
    assert len(model.manifest.examples) == len(outputs.predictions) == 3
    assert len({str(prediction) for prediction in outputs.predictions.tolist()}) == 3


@pytest.mark.parametrize(("name", "data"), [("iris", load_iris()), ("wine", load_wine())], ids=["iris", "wine"])
def test_the_training_rows_get_their_own_labels(registry, name, data):
    outputs = predict(registry.resolve(name), data.data.tolist())
    assert (outputs.predictions == data.target_names[data.target]).mean() > 0.95
    np.testing.assert_allclose(outputs.probabilities.sum(axis=1), 1)


def test_the_iris_form_has_four_lengths_in_centimetres(registry):
    columns = registry.resolve("iris").manifest.signature.columns
    assert [column.name for column in columns] == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert {column.unit for column in columns} == {"cm"}


def test_the_wine_form_has_thirteen_measurements(registry):
    assert len(registry.resolve("wine").manifest.signature.columns) == 13


@pytest.mark.parametrize(
    ("name", "data"),
    [("iris", load_iris()), ("wine", load_wine()), ("diabetes", load_diabetes(scaled=False))],
    ids=["iris", "wine", "diabetes"],
)
def test_each_number_s_range_is_what_training_saw(registry, name, data):
    for column, values in zip(registry.resolve(name).manifest.signature.columns, data.data.T, strict=True):
        if column.categories is None:
            assert (column.minimum, column.maximum) == (values.min(), values.max())
            assert column.mean == pytest.approx(values.mean(), abs=1e-4)


def test_sex_is_a_category_of_two_codes_and_has_no_range(registry):
    sex = next(column for column in registry.resolve("diabetes").manifest.signature.columns if column.name == "sex")
    assert (sex.dtype, sex.categories) == ("int64", (1, 2))
    assert (sex.minimum, sex.maximum, sex.mean) == (None, None, None)


@pytest.mark.parametrize("value", [3, 0, 1.5, True, "1", None])
def test_a_sex_that_is_no_code_is_refused(registry, value):
    model = registry.resolve("diabetes")
    with pytest.raises(InvalidInputError) as caught:
        model.reader.rows([{**model.manifest.examples[0], "sex": value}])
    assert [(problem.row, problem.field) for problem in caught.value.problems] == [(0, "sex")]


def test_sex_shifts_the_answer_by_the_same_whatever_stands_beside_it(registry):
    model = registry.resolve("diabetes")
    first, second = (predict(model, [{**row, "sex": code} for row in model.manifest.examples]) for code in (1, 2))
    shifts = np.asarray(first.predictions) - np.asarray(second.predictions)
    assert abs(shifts[0]) > 1
    np.testing.assert_allclose(shifts, shifts[0])


def test_the_promised_range_of_a_regression_is_that_of_its_training(registry):
    target = registry.resolve("diabetes").manifest.target
    assert (target.minimum, target.maximum) == (25, 346)


@pytest.mark.parametrize("name", BUILDERS)
def test_building_again_gives_the_same_bytes(folder, tmp_path, name):
    first, second = folder / name / "1", BUILDERS[name](tmp_path)
    one, two = read_bundle(first).manifest, read_bundle(second).manifest
    # How long the compiled twin took is measured, and so is another each time.
    assert one.model_copy(update={"compiled": None}) == two.model_copy(update={"compiled": None})
    assert {path.name: sha256(path) for path in first.iterdir() if path.name != MANIFEST} == {
        path.name: sha256(path) for path in second.iterdir() if path.name != MANIFEST
    }
