"""Run lengths, against an implementation so slow that it is obvious."""

from itertools import groupby

import numpy as np
import pytest

from app.outputs.masks import encode_mask


def slow(mask, left, top, height, width):
    picture = np.zeros((height, width), bool)
    picture[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    pixels = picture.T.reshape(-1).tolist()  # column by column
    runs = [(value, len(list(group))) for value, group in groupby(pixels)]
    return ([0] if runs[0][0] else []) + [length for _, length in runs]


def test_the_example_of_coco_s_documentation():
    # "for M=[0 0 1 1 1 0 1] the RLE counts would be [2 3 1 1], or for M=[1 1 1 1 1 1 0] the counts [0 6 1]"
    assert encode_mask(np.array([[0, 0, 1, 1, 1, 0, 1]], bool).T, 0, 0, 7, 1) == [2, 3, 1, 1]
    assert encode_mask(np.array([[1, 1, 1, 1, 1, 1, 0]], bool).T, 0, 0, 7, 1) == [0, 6, 1]


@pytest.mark.parametrize("seed", range(60))
def test_random_masks_anywhere_in_random_pictures(seed):
    random = np.random.default_rng(seed)
    for _ in range(20):
        height, width = random.integers(1, 12, 2)
        top, left = random.integers(0, height), random.integers(0, width)
        rows, columns = random.integers(1, height - top + 1), random.integers(1, width - left + 1)
        mask = random.random((rows, columns)) < random.random()
        expected = slow(mask, left, top, height, width)
        assert encode_mask(mask, int(left), int(top), int(height), int(width)) == expected


@pytest.mark.parametrize("height", [1, 2, 5])
@pytest.mark.parametrize("width", [1, 2, 5])
@pytest.mark.parametrize("fill", [True, False])
def test_pictures_full_and_empty(height, width, fill):
    mask = np.full((height, width), fill)
    assert encode_mask(mask, 0, 0, height, width) == ([0, height * width] if fill else [height * width])


@pytest.mark.parametrize(
    ("left", "top", "rows", "columns"),
    [(0, 0, 6, 2), (5, 0, 6, 2), (0, 0, 2, 7), (0, 4, 2, 7), (2, 0, 6, 3), (6, 5, 1, 1), (0, 5, 1, 7), (3, 3, 3, 4)],
)
def test_masks_at_every_border(left, top, rows, columns):
    mask = np.ones((rows, columns), bool)
    assert encode_mask(mask, left, top, 6, 7) == slow(mask, left, top, 6, 7)


def test_a_run_that_goes_on_in_the_next_column_is_one_run():
    assert encode_mask(np.ones((3, 2), bool), 1, 0, 3, 4) == [3, 6, 3]


def test_runs_are_plain_integers():
    assert {type(run) for run in encode_mask(np.eye(3, dtype=bool), 0, 0, 3, 3)} == {int}
