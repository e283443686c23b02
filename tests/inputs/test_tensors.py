"""NumPy's own arrays by input name: the rules of JSON, found without looking at each value."""

import contextlib
import math
import struct

import numpy as np
import pytest

from app.errors import InvalidInputError, TooLargeError
from app.inputs.arrays import TensorReader
from app.inputs.columns import ColumnReader
from app.inputs.images import ImageReader
from app.signature import Column, ImageSignature, TensorSignature
from tests.inputs.helpers import MAX_PIXELS, encode, places, problems_of, table

READER = table(Column(name="length"), Column(name="count", dtype="int64"))
TENSOR = TensorReader(TensorSignature(name="x", shape=(2, 3), minimum=0, maximum=255), MAX_PIXELS)
PICTURES = ImageReader(ImageSignature(), MAX_PIXELS)
PIXELS = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def objects(*values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


def attempt(read, values):
    """The dtype and values that come of it, or all that is wrong, as a text: NaN equals NaN, and 1 is not 1.0."""
    try:
        array = read(values)
        return str((array.dtype, array.tolist()))
    except InvalidInputError as error:
        return str(error.problems)


def attempt_all(read, tensors):
    try:
        return str(dict(read(tensors)))
    except InvalidInputError as error:
        return str(error.problems)


def lists(arrays):
    return {name: array.tolist() for name, array in arrays.items()}


# One column: the same answer, or the same sentences, as the same values in JSON

DTYPES = ("float64", "float32", "int64", "bool", "string")
ODD = (0.0, -0.0, 1.5, 2.0**53, 2.0**53 + 2, 1e20, 3.5e38, -1e300, math.inf, -math.inf, math.nan)
WHOLE = (0, -1, 2**53, 2**53 + 1, -(2**53) - 1, 2**62, 2**63 - 1, -(2**63))
ARRAYS = [
    *(np.array(ODD, "f8")[a:] for a in (0, 1)),
    np.array(ODD, "f8").astype(">f8"),
    np.array([0, 1.5, 3e38, math.inf, math.nan], "f4"),
    np.array([0, 1.5, 60000, math.inf, math.nan], "f2"),
    np.array([1.0, 2.0]),
    np.array(WHOLE, "i8"),
    np.array([0, 2**53 + 1, 2**63, 2**64 - 1], "u8"),
    *(np.array([0, 1, 2, 100], kind) for kind in ("i1", "u1", ">i2", "u2", "i4", "u4")),
    np.array([True, False]),
    np.array(["a", "1", ""]),
    objects("a", None, 1, 1.5, True, 2**70, [1], math.nan),
    np.array([]),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}, {len(array)}")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_an_array_is_read_as_its_values_in_json_are(array, dtype, nullable, closed):
    categories = {"bool": (True,), "string": ("a", "1"), "int64": (0, 2**53, 2**62)}.get(
        dtype, (0.0, 1.0, 1.5, 2.0**53)
    )
    reader = ColumnReader(Column(name="c", dtype=dtype, nullable=nullable, categories=categories if closed else None))
    for part in (array, *np.array_split(array, max(1, len(array)))):  # one by one as well: a misfit hides the others
        assert attempt(reader.array, part) == attempt(reader.values, part.tolist())


@pytest.mark.parametrize("unit", ["D", "ns"])
@pytest.mark.parametrize("kind", ["M8", "m8"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_date_is_no_number_however_numpy_keeps_it(dtype, kind, unit):
    (problem,) = problems_of(ColumnReader(Column(name="c", dtype=dtype)).array, np.array([5], f"{kind}[{unit}]"))
    assert problem.row == 0


@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_a_long_double_is_not_rounded(dtype):
    (problem,) = problems_of(ColumnReader(Column(name="c", dtype=dtype)).array, np.array([1], np.longdouble))
    assert "is not a" in problem.detail


@pytest.mark.parametrize(
    "array", [objects("ä".encode(), "ä"), np.array(["ä".encode(), "ä".encode()]), np.array(["ä"] * 2)]
)
def test_text_comes_as_text_or_as_bytes_in_utf_8(array):
    assert ColumnReader(Column(name="c", dtype="string")).array(array).tolist() == ["ä", "ä"]


def test_bytes_that_are_no_utf_8_and_bytes_for_a_number_are_refused():
    text, number = (ColumnReader(Column(name="c", dtype=dtype)) for dtype in ("string", "float64"))
    assert [(p.row, p.detail) for p in problems_of(text.array, objects(b"a", b"\xff"))] == [
        (1, r"b'\xff' is not UTF-8")
    ]
    assert [p.detail for p in problems_of(number.array, objects(b"5.1"))] == ["b'5.1' is not a number"]


def test_a_column_of_the_right_dtype_is_not_copied():
    for dtype in ("float64", "float32", "int64", "bool"):
        array = np.ones(5, dtype)
        assert np.shares_memory(ColumnReader(Column(name="c", dtype=dtype)).array(array), array)


# Tables


@pytest.mark.parametrize(
    "tensors",
    [
        {"length": np.array([1.5, 2.5]), "count": np.array([2, 3])},
        {"count": np.array([[2.0], [3.0]], "f4"), "length": np.array([[1.5], [2.5]], "f2")},
        {"anything": np.array([[1.5, 2], [2.5, 3]], "f4")},
        {"length": np.array([[1.5, 2], [2.5, 3]])},
    ],
    ids=["vectors", "columns of one", "matrix", "matrix with a column's name"],
)
def test_every_way_of_saying_rows_gives_the_same_arrays(tensors):
    assert lists(READER.tensors(tensors)) == {"length": [1.5, 2.5], "count": [2, 3]}


def test_a_large_matrix_is_viewed_and_never_becomes_python_s_own_values(monkeypatch):
    names = [f"c{number}" for number in range(64)]
    reader = table(*(Column(name=name, dtype="float32") for name in names))
    monkeypatch.setattr(ColumnReader, "_from_json", None)  # what looks at values one by one
    matrix = np.ones((1000, 64), np.float32)
    arrays = reader.tensors({"input": matrix})
    assert list(arrays) == names
    assert all(np.shares_memory(array, matrix) for array in arrays.values())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["f8", "f4", "i8", "u1", "?"])
def test_a_matrix_read_at_once_is_read_as_its_columns_are(dtype, kind):
    at_once = table(*(Column(name=name, dtype=dtype, nullable=name == "b") for name in "abc"))
    one_by_one = table(
        *(Column(name=name, dtype=dtype, nullable=name == "b") for name in "abc"), Column(name="d", dtype="bool")
    )
    for value in (1, 0, 2**53 + 1, 4e38, math.nan, math.inf):
        matrix = np.array([[1, 1, 1], [1, 1, 1]], kind)
        with np.errstate(all="ignore"), contextlib.suppress(OverflowError, ValueError):
            matrix[1, 1] = matrix[0, 2] = value
        columns = {name: matrix[:, index] for index, name in enumerate("abc")} | {"d": np.array([True, True])}
        expected = attempt_all(one_by_one.tensors, columns).replace(", 'd': array([ True,  True])", "")
        assert attempt_all(at_once.tensors, {"m": matrix}) == expected


@pytest.mark.parametrize("rows", [0, 1])
def test_no_row_and_one_row(rows):
    for tensors in ({"m": np.zeros((rows, 2))}, {"length": np.zeros(rows), "count": np.zeros((rows, 1), int)}):
        assert [array.shape for array in READER.tensors(tensors).values()] == [(rows,), (rows,)]


@pytest.mark.parametrize(
    ("tensors", "expected"),
    [
        ({"m": np.zeros((2, 3))}, [(None, None)]),
        ({"m": np.zeros(2)}, [(None, None)]),
        ({"m": np.array(1.0)}, [(None, None)]),
        ({}, [(None, "length"), (None, "count")]),
        ({"length": np.zeros(2)}, [(None, "count")]),
        ({"length": np.zeros(2), "counts": np.zeros(2)}, [(None, "counts")]),
        ({"length": np.zeros(2), "count": np.zeros(2), "more": np.zeros(2)}, [(None, "more")]),
        ({"length": np.zeros(2), "count": np.zeros(3)}, [(None, None)]),
        ({"length": np.zeros((2, 2)), "count": np.zeros(2)}, [(None, "length")]),
        ({"length": np.zeros(2), "count": np.array(1)}, [(None, "count")]),
        ({"length": np.zeros(2), "count": np.zeros((2, 1, 1))}, [(None, "count")]),
        ({"length": np.array([1, math.nan]), "count": np.array([1.5, 1])}, [(0, "count"), (1, "length")]),
        ({"length": np.array([True]), "count": np.array([True])}, [(0, "length"), (0, "count")]),
    ],
)
def test_what_does_not_fit_is_named(tensors, expected):
    assert places(problems_of(READER.tensors, tensors)) == expected


# Tensors


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "u1", ">i4"])
def test_an_array_of_rows_or_of_one_row_is_a_tensor(dtype):
    row = np.arange(6).reshape(2, 3)
    for array, expected in ((row, [row.tolist()]), (np.stack([row, row]), [row.tolist()] * 2)):
        found = TENSOR.tensors({"x": array.astype(dtype)})["x"]
        assert found.dtype == np.float64
        assert found.tolist() == expected
    assert TENSOR.tensors({"x": np.zeros((0, 2, 3), dtype)})["x"].shape == (0, 2, 3)


def test_a_tensor_of_the_right_dtype_is_not_copied():
    array = np.zeros((5, 2, 3))
    assert np.shares_memory(TENSOR.tensors({"x": array})["x"], array)


@pytest.mark.parametrize(
    ("tensors", "detail"),
    [
        ({"y": np.zeros((2, 3))}, "the inputs are named 'y'"),
        ({}, "the inputs are named "),
        ({"x": np.zeros((2, 3), bool)}, "the array's dtype is bool"),
        ({"x": np.zeros((2, 3), "S4")}, "the array's dtype is |S4"),
        ({"x": np.zeros(6)}, "the array's shape is [6]"),
        ({"x": np.array(objects(b"", b"")[0], object)}, "the array's shape is []"),
        ({"x": np.full((1, 2, 3), 256)}, "some values are not within 0 to 255"),
        ({"x": np.full((1, 2, 3), math.nan)}, "some values are not within 0 to 255"),
        ({"x": objects(b"1234")}, "the row has 4 bytes; as float32 it has 24"),
        ({"x": objects("1234")}, "the row is '1234'"),
    ],
)
def test_what_is_no_such_tensor_is_refused(tensors, detail):
    (problem,) = problems_of(TENSOR.tensors, tensors)
    assert problem.detail == detail
    assert problem.accepted


# Rows as bytes: raw or an encoded picture

RAW = struct.pack("<6f", 0, 0.5, 1, 2, 3, 255)
GREY = np.array([[1, 2, 3], [4, 5, 6]], np.uint8) * 40
ENCODED = {kind: encode(GREY, kind, **options) for kind, options in {"PNG": {}, "WEBP": {"lossless": True}}.items()}


@pytest.mark.parametrize("array", [objects(RAW, RAW), objects(RAW, RAW).reshape(2, 1)])
def test_rows_of_bytes_are_raw_float32(array):
    assert TENSOR.tensors({"x": array})["x"].tolist() == [[[0, 0.5, 1], [2, 3, 255]]] * 2


@pytest.mark.parametrize("kind", ENCODED)
def test_rows_of_bytes_are_encoded_pictures(kind):
    assert TENSOR.tensors({"x": objects(RAW, ENCODED[kind])})["x"][1].tolist() == GREY.tolist()


def test_a_jpeg_is_told_from_raw_numbers():
    flat = encode(np.full((2, 3), 200, np.uint8), "JPEG", quality=100)
    np.testing.assert_allclose(TENSOR.tensors({"x": objects(flat)})["x"][0], 200, atol=2)
    # As the first three bytes of a JPEG, but a small number: nothing that a picture could be.
    near = b"\xff\xd8\xff\x3e" + RAW[4:]
    assert TENSOR.tensors({"x": objects(near)})["x"][0, 0, 0] == struct.unpack("<f", near[:4])[0]


# Pictures


@pytest.mark.parametrize(("array", "rows"), [(PIXELS, 1), (np.stack([PIXELS] * 3), 3), (np.stack([PIXELS])[:0], 0)])
def test_pixels_are_taken_as_they_are(array, rows):
    pictures = PICTURES.tensors({"image": array})["image"]
    assert len(pictures) == rows
    for picture in pictures:
        assert np.shares_memory(picture, array)
        np.testing.assert_array_equal(picture, PIXELS)


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_encoded_pictures_are_bytes(shape):
    pictures = PICTURES.tensors({"image": objects(encode(PIXELS), encode(PIXELS[:1])).reshape(shape)})["image"]
    np.testing.assert_array_equal(pictures[0], PIXELS)
    np.testing.assert_array_equal(pictures[1], PIXELS[:1])


@pytest.mark.parametrize(
    ("array", "place"),
    [
        (PIXELS.astype(float), None),
        (PIXELS[0], None),
        (PIXELS.tobytes(), None),
        (objects(encode(PIXELS), "text"), 1),
        (objects(encode(PIXELS), b""), 1),
        (objects(encode(PIXELS), None), 1),
        (objects(*"abcd").reshape(2, 2), None),
    ],
)
def test_other_arrays_are_no_pictures(array, place):
    (problem,) = problems_of(PICTURES.tensors, {"image": np.asarray(array)})
    assert (problem.row, problem.field) == (place, "image")
    assert problem.accepted


def test_a_picture_has_the_signature_s_name():
    (problem,) = problems_of(PICTURES.tensors, {"picture": PIXELS})
    assert problem.accepted == "one input, 'image'"


def test_encoded_pictures_share_the_allowance_of_pixels():
    with pytest.raises(TooLargeError):
        PICTURES.tensors({"image": objects(*[encode(np.zeros((70, 70), np.uint8))] * 3)})
