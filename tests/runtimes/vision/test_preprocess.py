"""Pictures as tensors, value by value."""

from typing import Any

import numpy as np
import pytest

from app.runtimes.vision.options import VisionOptions
from app.runtimes.vision.preprocess import prepare
from tests.runtimes.vision.graphs import blank

RED = (255, 51, 0)


def tensor_of(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], **changes: Any) -> np.ndarray:
    options = VisionOptions.model_validate({"layout": "ssd", "outputs": {}, **changes})
    return np.asarray(prepare(picture, options)[0])


def test_channels_first_by_default() -> None:
    tensor = tensor_of(blank(2, 3, RED))
    assert (tensor.shape, tensor.dtype.name) == ((3, 2, 3), "float32")
    assert tensor[:, 1, 2].tolist() == [255, 51, 0]


def test_channels_last_as_bytes() -> None:
    tensor = tensor_of(blank(2, 3, RED), order="nhwc", dtype="uint8")
    assert (tensor.shape, tensor.dtype.name) == ((2, 3, 3), "uint8")
    assert tensor[1, 2].tolist() == [255, 51, 0]


def test_bgr_with_a_mean_in_its_own_order() -> None:
    assert tensor_of(blank(1, 1, RED), channels="bgr", mean=(1, 2, 3))[:, 0, 0].tolist() == [-1, 49, 252]


def test_scale_then_mean_then_deviation() -> None:
    tensor = tensor_of(blank(1, 1, RED), scale=1 / 255, mean=(0.5, 0.1, 0.25), std=(0.5, 0.2, 0.125))
    np.testing.assert_allclose(tensor[:, 0, 0], [1, 0.5, -2], atol=1e-6)


def test_float16() -> None:
    tensor = tensor_of(blank(1, 1, RED), dtype="float16", scale=1 / 255)
    assert tensor.dtype.name == "float16"
    assert tensor[:, 0, 0].tolist() == [1, np.float16(0.2), 0]


def test_letterbox_pads_with_a_grey_that_is_scaled_as_pixels_are() -> None:
    tensor = tensor_of(blank(2, 4, RED), resize="letterbox", size=(8, 8), pad_value=114, scale=0.5)
    assert tensor[0, :, 0].tolist() == [57, 57, 127.5, 127.5, 127.5, 127.5, 57, 57]
    assert tensor[1, 3].tolist() == [25.5] * 8


def test_without_a_pad_value_the_tensor_is_zero_there() -> None:
    tensor = tensor_of(blank(2, 3, RED), resize="short-side", short_side=2, stride=4, mean=(1, 1, 1))
    assert tensor.shape == (3, 4, 4)
    assert tensor[0].tolist() == [[254, 254, 254, 0], [254, 254, 254, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_resized_pixels_are_whole_numbers() -> None:
    """Between 0 and 101 stand 25.25 and 75.75."""
    picture = np.repeat(np.array([[[0], [101]]], np.uint8), 3, axis=2)
    assert tensor_of(picture, resize="stretch", size=(1, 4))[0, 0].tolist() == [0, 25, 76, 101]


def test_a_crop_is_the_middle_of_the_resized_picture() -> None:
    ramp = np.repeat(np.arange(8, dtype=np.uint8)[None, :, None], 4, axis=0).repeat(3, axis=2)
    tensor = tensor_of(ramp, resize="crop", size=(2, 2), short_side=4)
    assert tensor[0].tolist() == [[3, 4], [3, 4]]


@pytest.mark.parametrize("antialias", [False, True])
def test_a_crop_of_a_strip_lays_out_only_what_is_seen(antialias: bool) -> None:
    """3 x 2000 with its shorter side at 256 would be 170,666 pixels wide."""
    strip = np.repeat(np.arange(2000)[None, :, None] % 200, 3, axis=0).repeat(3, axis=2).astype(np.uint8)
    tensor = tensor_of(strip, resize="crop", size=(224, 224), short_side=256, antialias=antialias)
    assert tensor.shape == (3, 224, 224)
    # The middle of the strip is between columns 999 and 1000, 199 and 0; a pixel is 85 tensor pixels wide.
    assert tensor[0, 100, 0] == 198
    assert tensor[0, 100, 223] == 1


def test_a_crop_of_a_thread_costs_no_more_than_its_crop() -> None:
    """10 million pixels in a row, with their shorter side at 256, are 2.56 thousand million wide."""
    thread = np.zeros((1, 10_000_000, 3), np.uint8)
    assert tensor_of(thread, resize="crop", size=(224, 224), short_side=256).shape == (3, 224, 224)


def test_a_picture_that_is_not_contiguous_is_read_as_any_other() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    flipped = tensor_of(noise[:, ::-1], resize="stretch", size=(9, 9))
    np.testing.assert_array_equal(flipped, tensor_of(noise[:, ::-1].copy(), resize="stretch", size=(9, 9)))


def test_the_picture_is_left_as_it_is() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (5, 6, 3)).astype(np.uint8)
    noise.flags.writeable = False
    tensor_of(noise, scale=1 / 255, channels="bgr")
