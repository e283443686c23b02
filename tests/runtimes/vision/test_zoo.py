"""The model zoo's Mask R-CNN."""

from pathlib import Path
from typing import Any

import numpy as np

from app.runtimes.vision.inspect import inspect
from app.runtimes.vision.masks import BoxMasks
from app.runtimes.vision.options import VisionOptions
from app.runtimes.vision.preprocess import prepare
from tests.runtimes.vision.graphs import Array, GraphFile, blank, find, rectangle, whole


def write(graph: GraphFile, boxes: list[list[float]], masks: Array) -> Path:
    count = len(boxes)
    outputs: dict[str, Array] = {
        "6568": np.array(boxes, np.float32),
        "6570": np.arange(1, count + 1),
        "6572": np.linspace(0.9, 0.8, count, dtype=np.float32),
        "6887": masks.astype(np.float32)[:, None],
    }
    return graph.constant([3, "height", "width"], outputs, name="image")


def head(*filled: tuple[slice, slice]) -> Array:
    masks = np.zeros((len(filled), 28, 28))
    for mask, part in zip(masks, filled, strict=True):
        mask[part] = 1
    return masks


ALL = slice(None)


def test_it_is_told_by_masks_smaller_than_the_picture(graph: GraphFile) -> None:
    found = inspect(write(graph, [[0, 0, 9, 9]], head((ALL, ALL))), {})
    assert (found.options.layout, found.task, found.classes) == ("zoo", "segmentation", None)
    assert found.options.outputs == {"boxes": "6568", "labels": "6570", "scores": "6572", "masks": "6887"}


def options(graph: GraphFile, **overrides: Any) -> VisionOptions:
    return inspect(write(graph, [[0, 0, 9, 9]], head((ALL, ALL))), overrides).options


def test_pictures_are_bgr_less_the_mean_with_800_on_the_shorter_side_and_zeros_to_a_multiple_of_32(
    graph: GraphFile,
) -> None:
    prepared, frame = prepare(blank(400, 420, (200, 100, 50)), options(graph))
    tensor = np.asarray(prepared, np.float32)
    assert tensor.shape == (3, 800, 864)
    assert (frame.new_height, frame.new_width) == (800, 840)
    np.testing.assert_allclose(tensor[:, 799, 839], [50 - 102.9801, 100 - 115.9465, 200 - 122.7717], atol=1e-4)
    assert tensor[:, :, 840:].tolist() == np.zeros((3, 800, 24)).tolist()


def test_pictures_are_shrunk_as_pillow_shrinks_them(graph: GraphFile) -> None:
    """Stripes one pixel wide come out grey, and without antialias as stripes."""
    stripes = np.zeros((1600, 1600, 3), np.uint8)
    stripes[:, ::4] = 200
    tensor, _ = prepare(stripes, options(graph, mean=[0, 0, 0]))
    # Weights 1/8 3/8 3/8 1/8: beside the pixel's own pair stands one of either neighbour.
    assert np.unique(np.asarray(tensor)[:, :, 1:799]).tolist() == [25, 75]


def test_boxes_are_scaled_back_and_masks_stretched_into_them(graph: GraphFile) -> None:
    """400 x 600 is doubled. The first mask is the box's upper half, the second its right quarter."""
    masks = head((slice(0, 14), ALL), (ALL, slice(21, 28)))
    path = write(graph, [[100, 200, 212, 256], [800, 0, 1200, 800]], masks)
    instances = find(path, blank(400, 600), ["person", "bicycle"])
    assert instances.boxes.tolist() == [[50, 100, 106, 128], [400, 0, 600, 400]]
    assert instances.class_names == ("person", "bicycle")
    np.testing.assert_array_equal(whole(instances, 0), rectangle(400, 600, [50, 100, 106, 114]))
    np.testing.assert_array_equal(whole(instances, 1), rectangle(400, 600, [550, 0, 600, 400]))


def test_a_box_beyond_the_picture_keeps_its_mask_where_it_was(graph: GraphFile) -> None:
    """The box reaches 28 pixels beyond the left edge, where the left half of its mask stays."""
    path = write(graph, [[-56, 0, 56, 112]], head((ALL, slice(0, 21))))
    instances = find(path, blank(400, 400))
    assert instances.boxes.tolist() == [[0, 0, 28, 56]]
    np.testing.assert_array_equal(whole(instances, 0), rectangle(400, 400, [0, 0, 14, 56]))


def test_an_empty_mask_is_dropped(graph: GraphFile) -> None:
    path = write(graph, [[0, 0, 80, 80], [80, 80, 160, 160]], head((slice(0, 0), ALL), (ALL, ALL)))
    instances = find(path, blank(400, 400))
    assert instances.boxes.tolist() == [[40, 40, 80, 80]]
    assert instances.class_ids.tolist() == [1]


def test_a_picture_of_one_pixel(graph: GraphFile) -> None:
    instances = find(write(graph, [[100, 100, 700, 700]], head((ALL, ALL))), blank(1, 1))
    assert instances.boxes.tolist() == [[0, 0, 1, 1]]
    assert instances.masks[0].tolist() == [[True]]


def test_the_zoo_s_own_names_begin_with_the_background(graph: GraphFile) -> None:
    path = write(graph, [[0, 0, 80, 80]], head((ALL, ALL)))
    assert find(path, blank(400, 400), ["__background", "person"]).class_names == ("person",)


def test_a_mask_smaller_than_its_head_is_sampled_at_pixel_centres() -> None:
    """A box of two pixels over four cells: its centres stand between cells 0 and 1, and between cells 2 and 3."""
    masks = BoxMasks(np.array([[[1, 0.2, 0, 0.9]]], np.float32), np.array([[4.0, 4, 6, 5]]))
    box, mask = masks.draw(0, np.array([4, 4, 6, 5]))
    assert (box.tolist(), mask.tolist()) == ([4, 4, 6, 5], [[True, False]])
