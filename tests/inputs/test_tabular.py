"""Rows, columns, forms: matched by name, every misfit named, nothing reordered."""

import pytest

from app.errors import MOST_PROBLEMS, InvalidInputError, UnsupportedMediaError
from app.signature import Column
from tests.inputs.helpers import places, problems_of, table

READER = table(Column(name="length"), Column(name="count", dtype="int64"), Column(name="label", dtype="string"))
ROWS = [{"length": 1.5, "count": 2, "label": "a"}, {"label": "b", "count": 3, "length": 2.5}]
EXPECTED = {"length": [1.5, 2.5], "count": [2, 3], "label": ["a", "b"]}


def lists(arrays):
    return {name: array.tolist() for name, array in arrays.items()}


@pytest.mark.parametrize(
    "arrays",
    [
        READER.rows(ROWS),
        READER.rows([[1.5, 2, "a"], [2.5, 3, "b"]]),
        READER.columns({"label": ["a", "b"], "length": [1.5, 2.5], "count": [2, 3]}),
    ],
    ids=["objects", "lists", "columns"],
)
def test_every_way_of_saying_rows_gives_the_same_arrays(arrays):
    assert lists(arrays) == EXPECTED


def test_a_form_is_one_row():
    assert lists(READER.form({"label": ["a"], "count": ["2"], "length": ["1.5"]})) == {
        "length": [1.5],
        "count": [2],
        "label": ["a"],
    }


def test_rows_of_a_table_stay_in_order():
    assert READER.rows([{"length": n, "count": n, "label": str(n)} for n in range(50)])["count"].tolist() == list(
        range(50)
    )


@pytest.mark.parametrize(
    "arrays", [READER.rows([]), READER.columns({"length": [], "count": [], "label": []})], ids=["rows", "columns"]
)
def test_no_rows_are_empty_arrays(arrays):
    assert {name: array.shape for name, array in arrays.items()} == {"length": (0,), "count": (0,), "label": (0,)}


def test_a_misspelt_column_is_guessed_and_not_called_missing_as_well():
    (problem,) = problems_of(READER.rows, [{"lenght": 1.5, "count": 2, "label": "a"}])
    assert (problem.row, problem.field, problem.did_you_mean) == (0, "lenght", "length")
    assert "length, count, label" in problem.accepted


def test_missing_and_unknown_columns_are_each_named():
    assert places(problems_of(READER.rows, [{"count": 2, "zzz": 1}])) == [(0, "zzz"), (0, "length"), (0, "label")]


def test_one_bad_row_among_good_ones_does_not_hide_bad_values_elsewhere():
    rows = [ROWS[0], {"length": "x", "count": 1.5}, {"length": None, "count": 2, "label": "a"}, 7]
    assert places(problems_of(READER.rows, rows)) == [
        (1, "label"),
        (1, "length"),
        (1, "count"),
        (2, "length"),
        (3, None),
    ]


def test_bad_values_of_all_columns_come_in_the_order_of_the_rows():
    rows = [{"length": 1, "count": "x", "label": "a"}, {"length": "x", "count": 1, "label": 5}]
    assert places(problems_of(READER.rows, rows)) == [(0, "count"), (1, "length"), (1, "label")]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ([1.5, 2], "the row has 2 values"),
        ([1.5, 2, "a", 4], "the row has 4 values"),
        ({"length": 1}, "the row is an object"),
        (None, "the row is null"),
        (3, "the row is 3"),
        ("abc", "the row is 'abc'"),
    ],
)
def test_a_row_among_lists_that_is_none_is_named(row, found):
    (problem,) = problems_of(READER.rows, [[1.5, 2, "a"], row])
    assert problem.row == 1
    assert problem.detail == found
    assert "in this order" in problem.accepted


@pytest.mark.parametrize("row", [[1.5, 2, "a"], None, True, "x"])
def test_a_row_among_objects_that_is_none_is_named(row):
    assert places(problems_of(READER.rows, [ROWS[0], row])) == [(1, None)]


def test_columns_of_unequal_length_are_refused():
    (problem,) = problems_of(READER.columns, {"length": [1], "count": [1, 2], "label": ["a"]})
    assert "'count': 2" in problem.detail


@pytest.mark.parametrize("values", [1.5, None, {"0": 1}, "abc"])
def test_a_column_that_is_no_list_is_named(values):
    assert places(problems_of(READER.columns, {"length": values, "count": [], "label": []})) == [(None, "length")]


def test_unknown_columns_are_refused_with_a_guess():
    (problem,) = problems_of(READER.columns, {"length": [1], "counts": [1], "label": ["a"]})
    assert (problem.row, problem.field, problem.did_you_mean) == (None, "counts", "count")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"length": ["1"], "count": ["2"]}, [(None, "label")]),
        ({"length": ["1"], "count": ["2"], "label": ["a"], "submit": ["Go"]}, [(None, "submit")]),
        ({"length": ["1", "2"], "count": ["2"], "label": ["a"]}, [(None, "length")]),
        ({"length": ["x"], "count": [""], "label": [""]}, [(0, "length"), (0, "count")]),
    ],
)
def test_a_form_s_misfits_are_named(fields, expected):
    assert places(problems_of(READER.form, fields)) == expected


def test_a_table_takes_no_picture():
    with pytest.raises(UnsupportedMediaError, match="length, count, label"):
        READER.picture(b"")


def test_no_more_misfits_are_looked_for_than_are_listed():
    looked_at = []

    class Row(dict):
        def keys(self):
            looked_at.append(self)
            return super().keys()

        def __contains__(self, name):
            looked_at.append(self)
            return super().__contains__(name)

    rows = [Row(lenght=1) for _ in range(5 * MOST_PROBLEMS)]
    with pytest.raises(InvalidInputError) as caught:
        READER.rows(rows)
    assert caught.value.more
    assert len(caught.value.problems) == MOST_PROBLEMS
    assert not any(looked is rows[MOST_PROBLEMS] for looked in looked_at)


def test_a_long_unknown_name_is_cut():
    (problem,) = problems_of(READER.rows, [{**ROWS[0], "x" * 10_000: 3}])
    assert len(problem.field) < 100
