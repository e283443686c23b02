"""Box formats, non-maximum suppression and the pixels that boxes cover, worked by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.runtimes.vision.boxes import covering, first_inside, nms, to_corners


def suppress(
    boxes: Sequence[Sequence[float]], scores: list[float], labels: list[int], threshold: float, limit: int
) -> list[int]:
    return list(nms(np.array(boxes, np.float32), np.array(scores, np.float32), np.array(labels), threshold, limit))


# The second overlaps the first by 90 of 110 (0.82), the third overlaps the second by as much and the first by
# 80 of 120 (0.67).
ROW: list[list[float]] = [[0.0, 0, 10, 10], [1, 0, 11, 10], [2, 0, 12, 10]]


@pytest.mark.parametrize(
    ("threshold", "kept"),
    [
        (0.85, [0, 1, 2]),
        (0.7, [0, 2]),  # what is dropped drops nothing itself
        (0.6, [0]),
    ],
)
def test_a_worse_box_that_overlaps_a_kept_one_is_dropped(threshold: float, kept: list[int]) -> None:
    assert suppress(ROW, [0.9, 0.8, 0.7], [0, 0, 0], threshold, 300) == kept


def test_the_best_comes_first_whatever_the_order() -> None:
    assert suppress(ROW, [0.7, 0.8, 0.9], [0, 0, 0], 0.7, 300) == [2, 0]


def test_classes_do_not_suppress_one_another() -> None:
    assert suppress(ROW, [0.9, 0.8, 0.7], [0, 1, 0], 0.6, 300) == [0, 1]


def test_an_overlap_of_exactly_the_threshold_is_kept() -> None:
    assert suppress([[0, 0, 10, 10], [0, 5, 10, 10]], [0.9, 0.8], [0, 0], 0.5, 300) == [0, 1]


def test_of_equal_scores_the_first_is_kept() -> None:
    assert suppress([[0, 0, 10, 10], [0, 0, 10, 10]], [0.5, 0.5], [0, 0], 0.5, 300) == [0]


def test_no_more_than_the_limit_are_kept() -> None:
    far_apart = [[20.0 * i, 20 * i, 20 * i + 10, 20 * i + 10] for i in range(5)]
    assert suppress(far_apart, [0.1, 0.5, 0.3, 0.4, 0.2], [0] * 5, 0.7, 2) == [1, 3]


def test_two_empty_boxes_in_one_place_are_no_error() -> None:
    assert suppress([[5, 5, 5, 5], [5, 5, 5, 5]], [0.9, 0.8], [0, 0], 0.7, 300) == [0, 1]


def test_no_boxes_at_all() -> None:
    nothing = nms(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64), 0.7, 300)
    assert (nothing.shape, nothing.dtype.kind) == ((0,), "i")


@pytest.mark.parametrize(
    ("box_format", "box"), [("xyxy", [1, 2, 5, 10]), ("yxyx", [2, 1, 10, 5]), ("cxcywh", [3, 6, 4, 8])]
)
def test_every_format_comes_to_the_same_corners(box_format: str, box: list[int]) -> None:
    assert to_corners(np.array([box], np.float32), box_format).tolist() == [[1, 2, 5, 10]]


@pytest.mark.parametrize(
    ("box", "pixels"),
    [
        ([2, 3, 5, 8], [2, 3, 5, 8]),
        ([2.3, 3.9, 5.1, 7.5], [2, 3, 6, 8]),
        ([1.9999, 3.0001, 5.0001, 7.9999], [2, 3, 5, 8]),  # what float32 loses is no pixel
        ([-4.5, -1, 30, 99], [0, 0, 20, 10]),
        ([25, 3, 28, 8], [20, 3, 20, 8]),
    ],
)
def test_a_box_covers_every_pixel_that_it_touches_within_the_picture(box: list[float], pixels: list[int]) -> None:
    assert covering(np.array([box]), 10, 20).tolist() == [pixels]


def test_an_unrounded_edge_cuts_the_pixel_whose_index_lies_before_it() -> None:
    assert [first_inside(edge) for edge in (2.0, 2.0001, 2.3, 2.9, -0.5)] == [2, 2, 3, 3, 0]
