"""One column's values: taken exactly, or refused with the reason."""

import math

import numpy as np
import pytest

from app.inputs.columns import ColumnReader
from app.signature import Column
from tests.inputs.helpers import problems_of


def reader(dtype="float64", **options):
    return ColumnReader(Column(name="c", dtype=dtype, **options))


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("float64", [1, 2.5, -3], [1.0, 2.5, -3.0]),
        ("float64", [2**53, -(2**60), 0.1], [2.0**53, -(2.0**60), 0.1]),
        ("float64", [3e38, 5e-324], [3e38, 5e-324]),
        ("float32", [1, 0.5], [1.0, 0.5]),
        ("float32", [3e38, 1], [np.float32(3e38), 1.0]),
        ("int64", [1, 2.0, -3], [1, 2, -3]),
        ("int64", [2**63 - 1, -(2**63), 2**53 + 1], [2**63 - 1, -(2**63), 2**53 + 1]),
        ("bool", [True, False], [True, False]),
        ("string", ["a", "", "1"], ["a", "", "1"]),
    ],
)
def test_values_arrive_as_they_are(dtype, values, expected):
    array = reader(dtype).values(values)
    assert array.tolist() == [pytest.approx(value, rel=1e-7) if dtype == "float32" else value for value in expected]
    assert array.dtype == ("object" if dtype == "string" else dtype)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("float64", True),
        ("float64", "1.5"),
        ("float64", "NaN"),
        ("float64", "Infinity"),
        ("float64", math.inf),
        ("float64", [1]),
        ("float64", {"a": 1}),
        ("float64", 2**53 + 1),
        ("float64", -(2**53) - 1),
        ("float64", 10**400),
        ("float32", 1e39),
        ("float32", -1e39),
        ("int64", 1.5),
        ("int64", True),
        ("int64", "1"),
        ("int64", 2**63),
        ("int64", 2.0**53),
        ("int64", -(2.0**60)),
        ("int64", 1e300),
        ("int64", math.inf),
        ("bool", 1),
        ("bool", 0.0),
        ("bool", "true"),
        ("string", 1),
        ("string", True),
        ("string", ["a"]),
    ],
)
def test_nothing_is_coerced(dtype, value):
    (problem,) = problems_of(reader(dtype).values, [value])
    assert problem.row == 0
    assert problem.field == "c"
    assert problem.accepted


@pytest.mark.parametrize("others", [[], [0.5], [None]])
def test_an_integer_beyond_two_to_the_53_is_not_rounded_whatever_stands_beside_it(others):
    (problem,) = problems_of(reader(nullable=True).values, [*others, 2**53 + 1])
    assert problem.row == len(others)
    assert "9007199254740993" in problem.detail


@pytest.mark.parametrize(
    ("dtype", "text", "expected"),
    [
        ("float64", "1.5", 1.5),
        ("float64", "-1e-3", -0.001),
        ("float64", " 2 ", 2.0),
        ("float64", "9007199254740994", 2.0**53 + 2),
        ("float32", "0.5", 0.5),
        ("int64", "-12", -12),
        ("int64", "9223372036854775807", 2**63 - 1),
        ("int64", "9007199254740993.0", 2**53 + 1),
        ("int64", " -9223372036854775807.00", 1 - 2**63),
        ("int64", "9.223372036854775807e18", 2**63 - 1),
        ("bool", "true", True),
        ("bool", "FALSE", False),
        ("string", "", ""),
        ("string", " a ", " a "),
        ("string", "1_000", "1_000"),
    ],
)
def test_texts_are_read_in_their_column_s_type(dtype, text, expected):
    assert reader(dtype).texts([text]).tolist() == [expected]


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        ("float64", ""),
        ("float64", " "),
        ("float64", "nan"),
        ("float64", "NaN"),
        ("float64", "inf"),
        ("float64", "-Infinity"),
        ("float64", "1e999"),
        ("float64", "1_000"),
        ("float64", "1,5"),
        ("float64", "0x10"),
        ("float64", "1\x00"),
        ("float64", "true"),
        ("float64", "9007199254740993"),
        ("float32", "1e39"),
        ("int64", ""),
        ("int64", "1.5"),
        ("int64", "1_000"),
        ("int64", "9223372036854775808"),
        ("bool", ""),
        ("bool", "1"),
        ("bool", "yes"),
    ],
)
def test_texts_that_are_not_of_the_type_are_refused(dtype, text):
    (problem,) = problems_of(reader(dtype).texts, ["0" if dtype != "bool" else "true", text])
    assert problem.row == 1


def test_one_long_text_among_many_does_not_widen_the_others():
    # Had each of the rows the room of the longest, this would take 40 GB.
    texts = ["1"] * 100_000 + ["9" * 100_000]
    (problem,) = problems_of(reader().texts, texts)
    assert problem.row == 100_000
    assert len(problem.detail) < 100


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool", "string"])
def test_a_null_is_missing_unless_the_column_may_be_null(dtype):
    (problem,) = problems_of(reader(dtype).values, [None])
    assert problem.detail == "the value is missing"


@pytest.mark.parametrize(
    ("dtype", "present", "missing"),
    [
        ("float64", 1.5, math.nan),
        ("float32", 1.5, math.nan),
        ("int64", 7, None),
        ("bool", True, None),
        ("string", "a", None),
    ],
)
def test_a_null_in_a_nullable_column_is_kept_apart_from_every_value(dtype, present, missing):
    values = reader(dtype, nullable=True).values([present, None]).tolist()
    assert values[0] == present
    assert values[1] is None if missing is None else math.isnan(values[1])
    assert type(values[0]) is type(present)


@pytest.mark.parametrize(("dtype", "missing"), [("float64", math.nan), ("int64", None), ("bool", None)])
def test_an_empty_field_in_a_nullable_column_is_missing(dtype, missing):
    (value,) = reader(dtype, nullable=True).texts([""]).tolist()
    assert value is None if missing is None else math.isnan(value)


def test_an_empty_field_in_a_text_column_is_an_empty_text():
    assert reader("string").texts([""]).tolist() == [""]


def test_an_empty_field_in_a_nullable_text_column_is_missing():
    assert reader("string", nullable=True).texts([""]).tolist() == [None]


def test_what_a_nullable_column_accepts_says_so():
    assert reader("int64", nullable=True).accepted == "a whole number, or null"
    assert reader(unit="cm").accepted == "a number in cm"


@pytest.mark.parametrize(
    ("dtype", "categories", "taken", "refused"),
    [
        ("int64", (1, 2), [1, 2, 1.0], [True, "1", 3, 1.5]),
        ("float64", (1.0, 2.5), [1, 1.0, 2.5], [True, "1.0", 2]),
        ("string", ("1", "2"), ["1"], [1, 1.0, True, "3"]),
        ("bool", (True,), [True], [1, "true", False]),
    ],
)
def test_categories_are_told_apart_by_type(dtype, categories, taken, refused):
    column = reader(dtype, categories=categories)
    assert column.values(taken).tolist() == taken
    assert [problem.row for problem in problems_of(column.values, refused)] == list(range(len(refused)))


@pytest.mark.parametrize("value", [9, "9"])
def test_a_value_that_is_no_category_lists_those_there_are(value):
    column = reader("int64", categories=(1, 2))
    read = column.values if isinstance(value, int) else column.texts
    (problem,) = problems_of(read, [value])
    assert problem.detail == "9 is not one of the categories"
    assert problem.accepted == "one of 1, 2"


def test_a_misspelt_category_is_guessed():
    column = reader("string", categories=("setosa", "virginica"))
    for read in (column.values, column.texts):
        (problem,) = problems_of(read, ["virginca"])
        assert problem.did_you_mean == "virginica"


def test_every_misfit_is_named_by_its_row():
    assert [p.row for p in problems_of(reader().values, ["x", 1, None, 2, True])] == [0, 2, 4]
    assert [p.row for p in problems_of(reader().texts, ["1", "x", "2", "nan"])] == [1, 3]


def test_no_values_are_an_empty_array_of_the_column_s_type():
    for read in (reader("float32").values, reader("float32").texts):
        assert read([]).dtype == np.float32
        assert read([]).shape == (0,)


def test_a_long_value_is_cut_in_the_message():
    (problem,) = problems_of(reader().values, ["x" * 10_000])
    assert len(problem.detail) < 100


@pytest.mark.parametrize("text", ["٣", "1_000", "0x1", "nan", "inf", "1e", ".", "--1", "1 2", "0" * 4400 + "9" * 17])
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_a_text_is_a_number_only_in_plain_digits(dtype, text):
    (problem,) = problems_of(reader(dtype).texts, [text])
    assert "is not a" in problem.detail


@pytest.mark.parametrize("text", ["2", " 2 ", "+2", "2.0", "2e0", "02"])
def test_a_whole_number_may_be_said_in_any_notation(text):
    assert reader("int64").texts([text]).tolist() == [2]


@pytest.mark.parametrize(
    "read", [lambda: reader("float64").values([1.0, 1e39]), lambda: reader("float64").texts(["1", "-1e308"])]
)
def test_a_number_that_no_model_can_compute_with_is_refused(read):
    (problem,) = problems_of(read)
    assert (problem.row, "does not fit into 32 bits" in problem.detail) == (1, True)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("9007199254740993.5", "is not a whole number"),
        ("1.00000000000000000001", "is not a whole number"),
        ("1e-999999999999999999999", "is not a whole number"),
        ("9223372036854775808.0", "does not fit into 64 bits"),
        ("1e999999999", "does not fit into 64 bits"),
    ],
)
def test_a_text_that_no_whole_number_of_64_bits_is_refused_as_written(text, detail):
    (problem,) = problems_of(reader("int64").texts, [text])
    assert problem.detail == f"{text!r} {detail}"
