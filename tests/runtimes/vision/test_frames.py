"""Where pictures of any size come to lie in the tensor."""

from typing import Any

import numpy as np
import pytest

from app.runtimes.vision.frames import Frame, frame_for
from app.runtimes.vision.options import VisionOptions

ODD_SIZES = [(1, 1), (3, 2000), (2000, 3), (480, 640), (959, 1279), (7, 5)]
RESIZES: list[dict[str, Any]] = [
    {"resize": "none"},
    {"resize": "stretch", "size": (640, 512)},
    {"resize": "letterbox", "size": (640, 640)},
    {"resize": "letterbox", "size": (640, 640), "stride": 32},
    {"resize": "short-side", "short_side": 800, "max_side": 3200, "stride": 32},
]


def options(**changes: Any) -> VisionOptions:
    return VisionOptions.model_validate({"layout": "ssd", "outputs": {}, **changes})


@pytest.mark.parametrize("changes", RESIZES, ids=str)
@pytest.mark.parametrize("size", ODD_SIZES, ids=str)
def test_the_corners_of_the_picture_come_back_as_its_corners(size: tuple[int, int], changes: dict[str, Any]) -> None:
    height, width = size
    frame = frame_for(height, width, options(**changes))
    there = [[frame.left, frame.top, frame.left + frame.new_width, frame.top + frame.new_height]]
    assert 0 <= frame.top <= frame.tensor_height - frame.new_height
    assert 0 <= frame.left <= frame.tensor_width - frame.new_width
    np.testing.assert_allclose(frame.to_picture(np.array(there, np.float32)), [[0, 0, width, height]])


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (480, 640, Frame(480, 640, 480, 640, 640, 640, 80, 0)),
        (320, 240, Frame(320, 240, 640, 480, 640, 640, 0, 80)),
        (959, 1279, Frame(959, 1279, 480, 640, 640, 640, 80, 0)),
        (479, 640, Frame(479, 640, 479, 640, 640, 640, 80, 0)),  # 161 rows of padding: 80 above, 81 below
        (3, 2000, Frame(3, 2000, 1, 640, 640, 640, 319, 0)),
        (1, 5000, Frame(1, 5000, 1, 640, 640, 640, 319, 0)),  # rounds to no row at all, and keeps one
        (1, 1, Frame(1, 1, 640, 640, 640, 640, 0, 0)),
    ],
)
def test_letterbox(height: int, width: int, expected: Frame) -> None:
    assert frame_for(height, width, options(resize="letterbox", size=(640, 640))) == expected


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (480, 640, Frame(480, 640, 480, 640, 480, 640, 0, 0)),
        (470, 640, Frame(470, 640, 470, 640, 480, 640, 5, 0)),
        (3, 2000, Frame(3, 2000, 1, 640, 32, 640, 15, 0)),  # 31 rows of padding: 15 above, 16 below
    ],
)
def test_letterbox_of_an_open_graph_pads_only_to_the_stride(height: int, width: int, expected: Frame) -> None:
    assert frame_for(height, width, options(resize="letterbox", size=(640, 640), stride=32)) == expected


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (256, 256, Frame(256, 256, 256, 256, 224, 224, -16, -16)),
        (480, 640, Frame(480, 640, 256, 341, 224, 224, -16, -58)),  # half of 117 is rounded to the even 58
        (480, 644, Frame(480, 644, 256, 343, 224, 224, -16, -60)),  # half of 119 is rounded to the even 60
        (3, 2000, Frame(3, 2000, 256, 170_666, 224, 224, -16, -85_221)),
        (1, 1, Frame(1, 1, 256, 256, 224, 224, -16, -16)),
    ],
)
def test_crop(height: int, width: int, expected: Frame) -> None:
    assert frame_for(height, width, options(resize="crop", size=(224, 224), short_side=256)) == expected


def test_a_crop_wider_than_the_picture_pads_it() -> None:
    frame = frame_for(100, 100, options(resize="crop", size=(100, 131), short_side=100))
    assert frame == Frame(100, 100, 100, 100, 100, 131, 0, 15)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (600, 900, Frame(600, 900, 800, 1200, 800, 1216)),
        (427, 640, Frame(427, 640, 800, 1199, 800, 1216)),
        (3, 2000, Frame(3, 2000, 4, 3200, 32, 3200)),  # the longer side is bounded
        (1, 5000, Frame(1, 5000, 1, 3200, 32, 3200)),
    ],
)
def test_short_side(height: int, width: int, expected: Frame) -> None:
    settings = options(resize="short-side", short_side=800, max_side=3200, stride=32)
    assert frame_for(height, width, settings) == expected


def test_pixel_centres_in_tensor_pixels() -> None:
    frame = Frame(2, 4, 4, 8, 8, 8, 2, 0)
    assert frame.rows().tolist() == [3, 5]
    assert frame.columns().tolist() == [1, 3, 5, 7]
