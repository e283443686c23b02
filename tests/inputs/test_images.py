"""Rows of pictures."""

import base64

import numpy as np
import pytest
from PIL import Image

from app.errors import MalformedBodyError, TooLargeError, UnsupportedMediaError
from app.inputs.images import ImageReader
from app.signature import ImageSignature
from tests.inputs.helpers import MAX_PIXELS, encode, npy, places, problems_of

READER = ImageReader(ImageSignature(), MAX_PIXELS)
SMALL = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
LARGE = np.full((5, 3, 3), 7, np.uint8)


def text(picture):
    return base64.b64encode(encode(picture)).decode()


def b64(picture):
    return {"b64": text(picture)}


@pytest.mark.parametrize(
    "read",
    [
        lambda: READER.rows([b64(SMALL), b64(LARGE)]),
        lambda: READER.rows([{"image": b64(SMALL)}, b64(LARGE)]),
        lambda: READER.columns({"image": [b64(SMALL), b64(LARGE)]}),
    ],
    ids=["rows", "named rows", "columns"],
)
def test_pictures_of_different_sizes_stay_apart_and_in_order(read):
    pictures = read()["image"]
    assert pictures.shape == (2,)
    np.testing.assert_array_equal(pictures[0], SMALL)
    np.testing.assert_array_equal(pictures[1], LARGE)


def test_pictures_of_one_size_stay_apart():
    pictures = READER.rows([b64(SMALL), b64(SMALL)])["image"]
    assert pictures.shape == (2,)
    np.testing.assert_array_equal(pictures[1], SMALL)


def test_a_data_url_is_taken():
    pictures = READER.rows([{"b64": "data:image/png;base64," + text(SMALL)}])["image"]
    np.testing.assert_array_equal(pictures[0], SMALL)


def test_one_picture_is_one_row():
    np.testing.assert_array_equal(READER.picture(encode(SMALL))["image"][0], SMALL)


@pytest.mark.parametrize(("array", "rows"), [(SMALL, 1), (np.stack([SMALL] * 3), 3), (np.stack([SMALL] * 3)[:0], 0)])
def test_pixels_of_an_npy_file_are_taken_as_they_are(array, rows):
    pictures = READER.npy(npy(array))["image"]
    assert len(pictures) == rows
    for picture in pictures:
        np.testing.assert_array_equal(picture, SMALL)


@pytest.mark.parametrize(
    "array",
    [
        SMALL.astype(float),
        SMALL.astype(np.int64),
        SMALL[:, :, :2],
        SMALL[:, :, 0],
        SMALL[np.newaxis, np.newaxis],
        SMALL[:0],
        SMALL[:, :0],
    ],
)
def test_other_pixels_are_refused(array):
    (problem,) = problems_of(READER.npy, npy(array))
    assert str(list(array.shape)) in problem.detail
    assert "uint8" in problem.accepted


def test_pixels_count_in_an_npy_file_as_well():
    with pytest.raises(TooLargeError):
        READER.npy(npy(np.zeros((101, 100, 3), np.uint8)))


def test_every_row_that_is_no_picture_is_named():
    animation = encode(Image.new("L", (2, 2)), save_all=True, append_images=[Image.new("L", (2, 2), 255)])
    rows = [
        b64(SMALL),
        None,
        "aGVsbG8=",
        {"b64": 1},
        {"b64": "?"},
        {"b64": "aGVsbG8="},
        {"b64": ""},
        {"b64": text(SMALL), "more": 1},
        {"picture": b64(SMALL)},
        {"b64": base64.b64encode(animation).decode()},
        [[1, 2], [3, 4]],
        b64(LARGE),
    ]
    problems = problems_of(READER.rows, rows)
    assert places(problems) == [(row, "image") for row in range(1, 11)]
    assert all(problem.accepted for problem in problems)


def test_a_row_with_too_many_pixels_is_too_large():
    with pytest.raises(TooLargeError):
        READER.rows([b64(np.zeros((101, 100, 3), np.uint8))])


@pytest.mark.parametrize("columns", [{}, {"picture": []}, {"image": [], "more": []}, {"image": {"b64": ""}}])
def test_columns_are_held_to_the_one_input(columns):
    (problem,) = problems_of(READER.columns, columns)
    assert problem.accepted


def test_no_rows_are_no_pictures():
    assert READER.rows([])["image"].shape == (0,)


def test_text_fields_and_csv_are_no_pictures():
    (problem,) = problems_of(READER.form, {"image": ["a"]})
    assert "file field 'image'" in problem.accepted
    with pytest.raises(UnsupportedMediaError):
        READER.csv(b"a\n1")


def test_a_broken_picture_as_the_whole_body_is_malformed():
    with pytest.raises(MalformedBodyError):
        READER.picture(b"no picture")


def test_the_pictures_of_one_request_share_the_allowance_of_pixels():
    side = 70  # two of them take 9,800 of the 10,000
    picture = b64(np.zeros((side, side, 3), np.uint8))
    assert len(READER.rows([picture, picture])["image"]) == 2
    with pytest.raises(TooLargeError, match="at most 200 are accepted"):
        READER.rows([picture] * 3)


def test_broken_pictures_take_of_the_allowance_as_well():
    whole = encode(np.random.default_rng(0).integers(0, 256, (70, 70, 3), np.uint8))
    broken = {"b64": base64.b64encode(whole[:2000]).decode()}
    assert places(problems_of(READER.rows, [broken, broken])) == [(0, "image"), (1, "image")]
    with pytest.raises(TooLargeError):
        READER.rows([broken] * 3)
