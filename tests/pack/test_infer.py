"""The signature that a sample promises."""

import numpy as np
import pandas as pd
import pytest

from app.errors import PackError
from app.inputs import reader_for
from app.pack.estimators import Categories
from app.pack.infer import MOST_CHOICES, arrays_of, infer_signature, rows_of, telling_rows, with_missing
from app.pack.notes import ColumnNotes
from tests.fakes import MAX_PIXELS


def column(values, notes=None, encoded=None, **more):
    sample = pd.DataFrame({"c": values})
    noted = {} if notes is None else {"c": ColumnNotes(**notes)}
    return infer_signature(sample, {} if encoded is None else {"c": encoded}, noted, **more).columns[0]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1.0, 2.5], "float64"),
        (np.array([1, 2], np.float32), "float64"),
        ([1, 2], "int64"),
        (np.array([1, 2], np.uint8), "int64"),
        ([True, False], "bool"),
        (["x", "y"], "string"),
        (pd.array([1, None], dtype="Int64"), "int64"),
        (pd.array([True, None], dtype="boolean"), "bool"),
        (pd.Series([True, np.nan], dtype=object), "bool"),
        (pd.Categorical([1, 2]), "int64"),
    ],
)
def test_a_columns_dtype_is_that_of_its_values(values, dtype):
    assert column(values).dtype == dtype


def test_a_matrix_has_no_whole_numbers():
    assert column([1, 2], all_float=True).dtype == "float64"


@pytest.mark.parametrize(
    ("values", "nullable"), [([1.0, np.nan], True), (["x", None], True), ([1.0, 2.0], False), (["x", "y"], False)]
)
def test_what_the_sample_lacks_in_places_may_be_missing(values, nullable):
    assert column(values).nullable == nullable


def test_what_the_model_fills_may_be_missing():
    assert column([1.0, 2.0], imputed={"c"}).nullable


def test_numbers_keep_their_range_and_mean_without_the_missing():
    found = column([1.0, np.nan, 4.0])
    assert (found.minimum, found.maximum, found.mean) == (1, 4, 2.5)


def test_few_texts_that_come_again_are_an_open_choice():
    found = column(["b", "a"] * 4)
    assert (found.categories, found.open_categories) == (("a", "b"), True)


@pytest.mark.parametrize(
    "texts",
    [[f"text {n}" for n in range(8)], ["same"] * 8, [f"{n}" for n in range(MOST_CHOICES + 1)] * 9],
    ids=["all differ", "all alike", "too many"],
)
def test_many_texts_or_one_are_no_choice(texts):
    assert column(texts).categories is None


def test_an_encoders_categories_win_over_the_samples():
    found = column(["a"] * 8, encoded=Categories(("x", "a"), open=False))
    assert (found.categories, found.open_categories) == (("x", "a"), False)


def test_an_encoder_in_front_of_a_matrix_knows_whole_numbers_as_floats():
    assert column([1, 2], encoded=Categories((1.0, 2.0), open=True)).categories == (1, 2)


def test_what_an_encoder_knows_between_whole_numbers_makes_the_column_one_of_fractions():
    found = column([1, 2], encoded=Categories((1.0, 1.5, 2.0), open=False))
    assert (found.dtype, found.categories) == ("float64", (1.0, 1.5, 2.0))


@pytest.mark.parametrize(
    ("values", "known", "notes", "sentence"),
    [
        ([1, 2], (1.0, 1.5), {"dtype": "int64"}, "column 'c' cannot be int64: the model knows 1.5"),
        (
            [1, 2],
            ("01", "02"),
            None,
            "column 'c' cannot be int64: the model knows '01' .*columns: {c: {dtype: string}}",
        ),
        (["x", "y"], (1, 2), None, "column 'c' cannot be string: the model knows 1"),
        ([True, False], ("no", "yes"), None, "column 'c' cannot be bool: the model knows 'no'"),
    ],
)
def test_an_encoders_category_of_another_type_than_the_sample_is_refused(values, known, notes, sentence):
    with pytest.raises(PackError, match=sentence):
        column(values, notes, encoded=Categories(known, open=True))


def test_pandas_categories_are_all_that_is_accepted():
    found = column(pd.Categorical(["a", "b"], categories=["b", "a", "never seen"]))
    assert (found.categories, found.open_categories) == (("b", "a", "never seen"), False)


def test_a_note_wins_over_what_is_inferred():
    notes = {"unit": "cm", "description": "How long.", "nullable": True, "dtype": "float64"}
    found = column([1, 2], notes)
    assert (found.dtype, found.unit, found.description, found.nullable) == ("float64", "cm", "How long.", True)
    assert column(["a", "b"] * 4, {"categories": ("a", "b")}).open_categories is False


@pytest.mark.parametrize(
    ("values", "notes", "sentence"),
    [
        ([1.0, np.inf], None, "column 'c' holds an infinite number"),
        (pd.Series([1, "x"], dtype=object), None, "column 'c' holds values of several kinds, 1 and 'x'"),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), None, "column 'c' is of dtype datetime64"),
        ([np.nan, np.nan], None, "column 'c' holds no value at all"),
        (np.array([2**63, 1], np.uint64), None, "column 'c' cannot be int64: the sample has 9223372036854775808"),
        (["x", "y"], {"dtype": "float64"}, "column 'c' cannot be float64: the sample has 'x'"),
        ([1.5, 2.0], {"dtype": "int64"}, "column 'c' cannot be int64: the sample has 1.5"),
        ([1.0, 2.0], {"dtype": "number"}, "the dtype 'number' of column 'c' is not known; accepted: float64"),
        ([1e300, 2.0], {"dtype": "float32"}, r"column 'c' cannot be float32: the sample has 1e\+300"),
        ([10**400, 2], {"dtype": "float32"}, "column 'c' cannot be float32: the sample has 1000"),
        ([1.0, np.nan], {"dtype": "string"}, "column 'c' cannot be string: the sample has the number 1.0, and "),
        (pd.Categorical([1.0]), {"dtype": "string"}, "column 'c' cannot be string: the sample has the number 1.0"),
        (["x", "y"], {"categories": (1, 2)}, "column 'c': .*the category 1"),
    ],
)
def test_what_cannot_be_an_input_is_refused_by_name(values, notes, sentence):
    with pytest.raises(PackError, match=sentence):
        column(values, notes)


def test_a_note_on_no_column_is_refused_with_those_that_there_are():
    with pytest.raises(PackError, match="the notes name a column 'hight'; there are height, width"):
        infer_signature(pd.DataFrame({"height": [1.0], "width": [2.0]}), {}, {"hight": ColumnNotes(unit="cm")})


SAMPLE = pd.DataFrame(
    {
        "number": [1.5, np.nan, 3.0],
        "count": pd.array([1, None, 3], dtype="Int64"),
        "text": ["a", None, "c"],
        "flag": pd.array([True, False, None], dtype="boolean"),
    }
)


def test_the_arrays_of_a_sample_are_those_of_a_request_with_the_same_rows():
    signature = infer_signature(SAMPLE, {}, {})
    arrays = arrays_of(SAMPLE, signature)
    read = reader_for(signature, MAX_PIXELS).rows(rows_of(arrays, [0, 1, 2]))
    for name, values in arrays.items():
        assert values.dtype == read[name].dtype
        assert [None if value != value else value for value in values.tolist()] == [
            None if value != value else value for value in read[name].tolist()
        ]


def test_telling_rows_are_spread_and_one_has_a_missing_value():
    arrays = {"a": np.array([1.0] * 50 + [np.nan] + [1.0] * 49)}
    chosen = telling_rows(arrays, 4)
    assert {0, 99, 50} <= set(chosen)
    assert len(chosen) == 5


def test_a_sample_of_one_row_has_one_telling_row():
    assert telling_rows({"a": np.array([1.0])}, 8) == [0]


def test_each_gap_that_may_be_and_is_not_gets_a_row_of_its_own():
    sample = pd.DataFrame({"a": [1.0, 2.0], "b": [1, 2], "c": ["x", None], "d": [5.0, 6.0]})
    signature = infer_signature(sample, {}, {}, imputed={"a", "b", "c"})
    arrays = arrays_of(sample, signature)
    found = with_missing(arrays, signature)
    assert rows_of(found, [2, 3]) == [
        {"a": None, "b": 1, "c": "x", "d": 5.0},
        {"a": 1.0, "b": None, "c": "x", "d": 5.0},
    ]
    assert len(arrays["a"]) == 2


def test_the_largest_float32_is_one():
    assert column([float(np.finfo(np.float32).max), -1.0], {"dtype": "float32"}).dtype == "float32"
    assert column([1, 2], {"dtype": "string"}).dtype == "string"
