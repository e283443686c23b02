"""Pictures with what was found drawn on them."""

import io

import numpy as np
import pytest
from PIL import Image

from app.outputs.drawing import MASK_OPACITY, PALETTE, draw_instances
from app.outputs.png import encode_png
from app.predictions import Instances

GREY = 200


def instances(boxes, class_ids, height=60, width=80):
    boxes = np.array(boxes, np.int64).reshape(-1, 4)
    masks = []
    for x1, y1, x2, y2 in boxes:
        mask = np.zeros((y2 - y1, x2 - x1), bool)
        mask[: len(mask) // 2] = True  # the upper half
        masks.append(mask)
    ids = np.array(class_ids, np.int64)
    names = tuple(str(i) for i in class_ids)
    return Instances(height, width, boxes, ids, names, np.full(len(ids), 0.9), tuple(masks))


def draw(found, height=60, width=80):
    picture = np.full((height, width, 3), GREY, np.uint8)
    drawn = np.asarray(Image.open(io.BytesIO(draw_instances(picture, found))))
    assert (picture == GREY).all(), "the input was drawn on"
    return drawn


def test_nothing_found_leaves_the_picture_as_it_is():
    assert (draw(instances([], [])) == GREY).all()


def test_pixels_inside_the_mask_are_tinted_and_others_in_the_box_are_not():
    drawn = draw(instances([[20, 20, 60, 56]], [1]))
    tint = np.round((1 - MASK_OPACITY) * GREY + MASK_OPACITY * np.array(PALETTE[1]))
    np.testing.assert_array_equal(drawn[30, 50], tint)
    np.testing.assert_array_equal(drawn[50, 50], [GREY] * 3)


def test_the_box_is_outlined_and_the_rest_of_the_picture_is_not_touched():
    drawn = draw(instances([[20, 20, 60, 56]], [1]))
    for row, column in [(55, 40), (40, 20), (40, 59)]:
        np.testing.assert_array_equal(drawn[row, column], PALETTE[1])
    assert (drawn[57:] == GREY).all()
    assert (drawn[:, 61:] == GREY).all()
    assert (drawn[21:, :19] == GREY).all()


def test_a_label_is_written_on_the_class_s_colour():
    label = draw(instances([[20, 30, 60, 56]], [3]))[10:29]
    assert (label == PALETTE[3]).all(axis=2).any()
    assert (label < 100).all(axis=2).any()  # its letters are dark


def test_classes_differ_in_colour_and_ids_beyond_the_palette_have_one():
    drawn = draw(instances([[5, 20, 25, 50], [30, 20, 50, 50], [55, 20, 75, 50]], [0, 1, 1 + len(PALETTE)]))
    first, second, third = (drawn[45, column].tolist() for column in (5, 30, 55))
    assert first != second
    assert second == third


@pytest.mark.parametrize("box", [[0, 0, 80, 60], [0, 0, 1, 1], [79, 59, 80, 60], [70, 0, 80, 5], [0, 58, 5, 60]])
def test_boxes_at_the_borders_are_drawn(box):
    drawn = draw(instances([box], [2]))
    assert drawn.shape == (60, 80, 3)
    assert (drawn != GREY).any()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 200), (200, 3)])
def test_pictures_of_odd_sizes_are_drawn_on(height, width):
    drawn = draw(instances([[0, 0, width, height]], [0], height, width), height, width)
    assert drawn.shape == (height, width, 3)


def test_a_png_keeps_every_pixel():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    picture = Image.open(io.BytesIO(encode_png(pixels)))
    assert picture.format == "PNG"
    np.testing.assert_array_equal(np.asarray(picture), pixels)
