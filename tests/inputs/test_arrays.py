"""Rows of one numeric array of a fixed shape."""

import base64
import struct

import numpy as np
import pytest
from PIL import Image

from app.errors import TooLargeError, UnsupportedMediaError
from app.inputs.arrays import TensorReader
from app.signature import TensorSignature
from tests.inputs.helpers import encode, npy, places, problems_of

READER = TensorReader(TensorSignature(name="x", shape=(2, 3), minimum=0, maximum=255), 100)
FIRST, SECOND = [[1, 2, 3], [4, 5, 6]], [[0.5, 0, 0], [255, 0, 0]]


@pytest.mark.parametrize(
    "read",
    [
        lambda: READER.rows([FIRST, SECOND]),
        lambda: READER.rows([{"x": FIRST}, SECOND]),
        lambda: READER.columns({"x": [FIRST, SECOND]}),
        lambda: READER.npy(npy(np.array([FIRST, SECOND]))),
        lambda: READER.npy(npy(np.array([FIRST, SECOND], np.float32, order="F"))),
    ],
    ids=["rows", "named rows", "columns", "npy", "npy column-major"],
)
def test_every_way_of_saying_rows_gives_the_same_array(read):
    array = read()["x"]
    assert array.dtype == np.float64
    assert array.tolist() == [FIRST, SECOND]


def test_an_npy_file_of_the_bare_shape_is_one_row():
    assert READER.npy(npy(np.array(FIRST)))["x"].tolist() == [FIRST]


def test_an_array_without_a_shape_is_one_number_a_row():
    reader = TensorReader(TensorSignature(name="x", shape=(), minimum=0, maximum=9), 100)
    assert reader.rows([1, 2.5])["x"].tolist() == [1, 2.5]
    assert places(problems_of(reader.rows, [True, [1], 10])) == [(0, "x"), (1, "x")]


@pytest.mark.parametrize(
    "read",
    [lambda: READER.rows([]), lambda: READER.columns({"x": []}), lambda: READER.npy(npy(np.zeros((0, 2, 3))))],
    ids=["rows", "columns", "npy"],
)
def test_no_rows_are_an_empty_array(read):
    assert read()["x"].shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ([[1, 2, 3], [4, 5]], "the lists are of unequal length"),
        ([[1, 2, 3], 4], "the lists are of unequal depth"),
        ([[1, 2, 3], [4, 5, [6]]], "the lists are of unequal depth"),
        ([[1, 2], [3, 4]], "the shape is [2, 2]"),
        ([[1, 2, 3]], "the shape is [1, 3]"),
        ([1, 2, 3, 4, 5, 6], "the shape is [6]"),
        ([[[1], [2], [3]], [[4], [5], [6]]], "the shape is [2, 3, 1]"),
        ([], "the shape is [0]"),
        (5, "the shape is []"),
        (None, "the shape is []"),
        ("abcdef", "the shape is []"),
        ({"x": FIRST, "y": FIRST}, "the shape is []"),
        ({}, "the shape is []"),
        ([[1, 2, 3], [4, 5, True]], "some values are not numbers"),
        ([[False] * 3] * 2, "some values are not numbers"),
        ([[1, 2, 3], [4, 5, "6"]], "some values are not numbers"),
        ([[1, 2, 3], [4, 5, None]], "some values are not numbers"),
        ([[1, 2, 3], [4, 5, {}]], "some values are not numbers"),
        ([[1, 2, 3], [4, 5, 10**400]], "some values are too large for a number"),
        ([[1, 2, 3], [4, 5, 256]], "some values are not within 0 to 255"),
        ([[1, 2, 3], [4, 5, 2**70]], "some values are not within 0 to 255"),
        ([[-0.1, 2, 3], [4, 5, 6]], "some values are not within 0 to 255"),
    ],
)
def test_a_row_that_does_not_fit_is_named(row, detail):
    (problem,) = problems_of(READER.rows, [FIRST, row])
    assert (problem.row, problem.field, problem.detail) == (1, "x", detail)
    assert problem.accepted == "numbers from 0 to 255 in the shape [2, 3]"


def test_every_row_that_does_not_fit_is_named():
    assert places(problems_of(READER.rows, [None, FIRST, [1], FIRST, "a"])) == [(0, "x"), (2, "x"), (4, "x")]
    over = [[256] * 3] * 2
    assert places(problems_of(READER.rows, [over, FIRST, over])) == [(0, "x"), (2, "x")]


def test_one_long_text_does_not_widen_the_others():
    # Had each of the values the room of the longest, this would take 40 GB.
    reader = TensorReader(TensorSignature(name="x", shape=(1000,), minimum=0, maximum=1), 100)
    (problem,) = problems_of(reader.rows, [["x" * 10_000_000] + [0] * 999])
    assert problem.detail == "some values are not numbers"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1, 256])
def test_values_of_an_npy_file_are_held_to_the_range(value):
    batch = np.zeros((3, 2, 3))
    batch[1, 1, 2] = value
    (problem,) = problems_of(READER.npy, npy(batch))
    assert (problem.row, problem.field) == (1, "x")


@pytest.mark.parametrize("shape", [(), (3,), (2,), (3, 2), (1, 3, 2), (1, 1, 2, 3), (6,)])
def test_an_npy_file_of_another_shape_is_refused(shape):
    (problem,) = problems_of(READER.npy, npy(np.zeros(shape)))
    assert problem.detail == f"the array's shape is {list(shape)}"


@pytest.mark.parametrize("dtype", [bool, complex, np.longdouble, "U3", "M8[s]", [("x", float)]])
def test_an_npy_file_of_another_kind_is_refused(dtype):
    (problem,) = problems_of(READER.npy, npy(np.zeros((2, 3), dtype)))
    assert problem.accepted == "integers or floats of up to 64 bits"


def test_a_picture_of_the_shape_is_one_row():
    grey = np.array(FIRST, np.uint8) * 40
    array = READER.picture(encode(grey))["x"]
    assert array.dtype == np.float64
    assert array.tolist() == [grey.tolist()]


def test_a_picture_of_another_size_is_refused_with_both_sizes():
    (problem,) = problems_of(READER.picture, encode(np.zeros((3, 2), np.uint8)))
    assert problem.detail == "the picture is 2 x 3 pixels"
    assert problem.accepted == "3 x 2 pixels"


def test_a_picture_for_an_array_that_is_none_is_refused():
    reader = TensorReader(TensorSignature(name="x", shape=(6,), minimum=0, maximum=255), 100)
    with pytest.raises(UnsupportedMediaError):
        reader.picture(encode(np.zeros((3, 2), np.uint8)))


def test_a_picture_with_too_many_pixels_is_too_large():
    with pytest.raises(TooLargeError):
        READER.picture(encode(np.zeros((11, 10), np.uint8)))


@pytest.mark.parametrize("columns", [{}, {"y": [FIRST]}, {"x": [FIRST], "y": [FIRST]}, {"x": 5}])
def test_columns_are_held_to_the_one_input(columns):
    (problem,) = problems_of(READER.columns, columns)
    assert "'x'" in (problem.accepted + problem.detail)


def test_csv_and_text_fields_are_no_tensor():
    with pytest.raises(UnsupportedMediaError):
        READER.csv(b"x\n1")
    (problem,) = problems_of(READER.form, {"x": ["1"]})
    assert problem.field == "x"


def b64(data):
    return {"b64": base64.b64encode(data).decode()}


def test_a_row_in_base64_is_raw_float32_or_an_encoded_picture():
    grey = np.array(FIRST, np.uint8) * 40
    rows = [
        b64(struct.pack("<6f", *range(6))),
        {"x": b64(encode(grey))},
        FIRST,
        b64(encode(grey, "WEBP", lossless=True)),
    ]
    expected = [[[0, 1, 2], [3, 4, 5]], grey.tolist(), FIRST, grey.tolist()]
    assert READER.rows(rows)["x"].tolist() == expected
    assert READER.columns({"x": rows})["x"].tolist() == expected


def test_rows_in_base64_that_do_not_fit_are_each_named():
    animation = encode(np.zeros((2, 3), np.uint8), save_all=True, append_images=[Image.new("L", (3, 2), 255)])
    rows = {
        "the row has 8 bytes; as float32 it has 24": b64(bytes(8)),
        "the row has 48 bytes; as float32 it has 24": b64(bytes(48)),
        "the base64 text cannot be decoded": {"b64": "?"},
        "the picture is 2 x 3 pixels": b64(encode(np.zeros((3, 2), np.uint8))),
        "the picture is animated": b64(animation),
        "the picture cannot be read": b64(encode(np.zeros((2, 3), np.uint8))[:40]),
        "the shape is []": {"b64": 5},
    }
    problems = problems_of(READER.rows, list(rows.values()))
    assert places(problems) == [(row, "x") for row in range(len(rows))]
    for problem, expected in zip(problems, rows, strict=True):
        assert problem.detail.startswith(expected)


@pytest.mark.parametrize("value", [np.nan, np.inf, 256])
def test_raw_values_are_held_to_the_range(value):
    (problem,) = problems_of(READER.rows, [FIRST, b64(struct.pack("<6f", 0, 0, 0, 0, 0, value))])
    assert (problem.row, problem.detail) == (1, "some values are not within 0 to 255")


def test_bytes_of_a_shape_that_is_no_picture_are_raw_whatever_they_look_like():
    reader = TensorReader(TensorSignature(name="x", shape=(2,), minimum=-1e20, maximum=1e20), 100)
    assert reader.rows([b64(b"\x89PNG\r\n\x1a\n")])["x"].shape == (1, 2)


def test_encoded_pictures_of_one_request_share_the_allowance_of_pixels():
    rows = [b64(encode(np.zeros((2, 3), np.uint8)))] * 17
    assert len(READER.rows(rows[:16])["x"]) == 16
    with pytest.raises(TooLargeError):
        READER.rows(rows)
