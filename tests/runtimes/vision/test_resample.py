"""Resampling, against values worked by hand, ONNX's own Resize and Pillow."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from onnx import helper
from PIL import Image

from app.runtimes.vision.resample import Taps, resample, resize_taps, taps_at
from tests.runtimes.vision.graphs import GraphFile

SIZES = [
    ((4, 4), (8, 8)),
    ((5, 7), (13, 3)),
    ((1, 1), (6, 5)),
    ((3, 200), (1, 64)),
    ((48, 64), (31, 50)),
    ((97, 61), (10, 61)),
    ((2, 9), (2, 9)),
]


def resize(array: np.ndarray, height: int, width: int, antialias: bool = False) -> np.ndarray:
    rows, columns = array.shape[:2]
    return resample(array, resize_taps(rows, height, antialias), resize_taps(columns, width, antialias))


def onnx_resize(path: Path, array: np.ndarray, height: int, width: int, antialias: bool) -> np.ndarray:
    session = ort.InferenceSession(path)
    sizes = np.array([height, width], np.int64)
    values: np.ndarray = session.run(None, {"images": array, "sizes": sizes})[0]
    return values


def resize_graph(graph: GraphFile, antialias: bool) -> Path:
    node = helper.make_node(
        "Resize",
        ["images", "", "", "sizes"],
        ["resized"],
        mode="linear",
        coordinate_transformation_mode="half_pixel",
        antialias=int(antialias),
        exclude_outside=int(antialias),
        axes=[0, 1],
    )
    sizes = helper.make_tensor_value_info("sizes", helper.np_dtype_to_tensor_dtype(np.dtype("int64")), [2])
    return graph.write(["h", "w"], [node], {"resized": ["a", "b"]}, more_inputs=[sizes])


def test_two_pixels_to_four() -> None:
    """Centres at 0.25, 0.75, 1.25 and 1.75 of pixels whose own stand at 0.5 and 1.5."""
    np.testing.assert_array_equal(resize(np.array([[0, 100]], np.uint8), 1, 4), [[0, 25, 75, 100]])


def test_four_pixels_to_two_skips_none_of_the_middle() -> None:
    np.testing.assert_array_equal(resize(np.array([[0], [10], [20], [40]], np.uint8), 2, 1), [[5], [30]])


def test_five_pixels_to_one_is_the_middle_one_without_antialias() -> None:
    row = np.array([[10, 20, 30, 40, 250]], np.uint8)
    assert resize(row, 1, 1).item() == 30
    # Weights 1 - |distance| / 5 are 0.6, 0.8, 1, 0.8 and 0.6, of 3.8 together.
    assert resize(row, 1, 1, antialias=True).item() == pytest.approx((6 + 16 + 30 + 32 + 150) / 3.8)


def test_beyond_the_outermost_centres_the_edge_goes_on() -> None:
    taps = taps_at(np.array([-3.0, 0.0, 0.5, 1.0, 2.5, 9.0]), 3)
    assert taps.index.tolist() == [[0, 1], [0, 1], [0, 1], [0, 1], [2, 2], [2, 2]]
    assert taps.weight.tolist() == [[1, 0], [1, 0], [1, 0], [0.5, 0.5], [1, 0], [1, 0]]


def test_the_same_size_changes_nothing() -> None:
    noise = np.random.default_rng(1).random((17, 23, 3), np.float32)
    np.testing.assert_array_equal(resize(noise, 17, 23), noise)


def test_a_part_of_the_taps_gives_that_part_of_the_picture() -> None:
    noise = np.random.default_rng(1).random((40, 30), np.float32)
    rows, columns = resize_taps(40, 64, True), resize_taps(30, 11, True)
    part = resample(noise, resize_taps(40, 64, True, slice(10, 20)), columns[3:5])
    np.testing.assert_allclose(part, resample(noise, rows, columns)[10:20, 3:5], atol=1e-6)


def test_which_axis_goes_first_does_not_matter() -> None:
    noise = np.random.default_rng(1).random((6, 9), np.float32)
    rows, columns = resize_taps(6, 50), resize_taps(9, 2)
    both = resample(noise, rows, columns)
    turned = resample(np.ascontiguousarray(noise.T), columns, rows).T
    np.testing.assert_allclose(both, turned, atol=1e-6)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(("source", "target"), SIZES)
def test_it_is_what_onnx_resize_computes(
    graph: GraphFile, source: tuple[int, int], target: tuple[int, int], antialias: bool
) -> None:
    values = (np.random.default_rng(2).random(source) * 255).astype(np.float32)
    expected = onnx_resize(resize_graph(graph, antialias), values, *target, antialias)
    np.testing.assert_allclose(resize(values, *target, antialias), expected, atol=5e-3)


@pytest.mark.parametrize(("source", "target"), SIZES)
def test_with_antialias_it_is_what_pillow_computes(source: tuple[int, int], target: tuple[int, int]) -> None:
    """Pillow rounds to 8 bits after each axis."""
    values = np.random.default_rng(3).integers(0, 256, (*source, 3)).astype(np.uint8)
    expected = np.asarray(Image.fromarray(values).resize(target[::-1], Image.Resampling.BILINEAR))
    found = np.floor(resize(values, *target, antialias=True) + 0.5)
    assert np.abs(found - expected).max() <= 1


def test_taps_are_sliced_together() -> None:
    taps = Taps(np.array([[0, 1], [1, 2]]), np.array([[1, 0], [0.5, 0.5]], np.float32))[1:]
    assert (taps.index.tolist(), taps.weight.tolist()) == ([[1, 2]], [[0.5, 0.5]])
