"""torchvision's Mask R-CNN and Faster R-CNN."""

from pathlib import Path

import numpy as np
import pytest

from app.errors import BrokenBundleError
from app.runtimes.vision.inspect import inspect
from tests.runtimes.vision.graphs import Array, GraphFile, blank, find, rectangle, whole

BOXES = np.array([[10, 5, 30, 25], [0, 0, 8, 8], [40, 10, 60, 40]], np.float32)
LABELS = np.array([1, 3, 2], np.int64)
SCORES = np.array([0.6, 0.3, 0.9], np.float32)


def masks(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Each box filled, the last one but for its upper half."""
    filled = np.zeros((3, 1, height, width), np.float32)
    filled[0, 0, 5:25, 10:30] = 0.9
    filled[1, 0, 0:8, 0:8] = 0.9
    filled[2, 0, 25:40, 40:60] = 0.9
    return filled


def write(graph: GraphFile, shape: tuple[int | str, ...], height: int = 48, width: int = 64) -> Path:
    return graph.constant(shape, {"boxes": BOXES, "labels": LABELS, "scores": SCORES, "masks": masks(height, width)})


def test_it_is_told_by_its_rank_3_input_and_four_outputs(graph: GraphFile) -> None:
    found = inspect(write(graph, (3, 48, 64)), {})
    assert (found.options.layout, found.task, found.classes) == ("torchvision", "segmentation", None)
    assert (found.options.size, found.options.resize, found.options.order) == ((48, 64), "stretch", "chw")


def test_outputs_without_names_are_told_by_shape_and_type(graph: GraphFile) -> None:
    path = graph.constant((3, 48, 64), {"831": SCORES, "829": masks(48, 64), "830": LABELS, "828": BOXES})
    assert inspect(path, {}).options.outputs == {"boxes": "828", "labels": "830", "scores": "831", "masks": "829"}


def test_a_picture_of_the_baked_in_size_is_answered_pixel_by_pixel(graph: GraphFile) -> None:
    instances = find(write(graph, (3, 48, 64)), blank(48, 64), ["cat", "dog", "owl"])
    assert instances.boxes.tolist() == [[40, 10, 60, 40], [10, 5, 30, 25]]
    assert instances.class_ids.tolist() == [1, 0]
    assert instances.class_names == ("dog", "cat")
    np.testing.assert_allclose(instances.scores, [0.9, 0.6], atol=1e-6)
    np.testing.assert_array_equal(whole(instances, 0), rectangle(48, 64, [40, 25, 60, 40]))
    np.testing.assert_array_equal(whole(instances, 1), rectangle(48, 64, [10, 5, 30, 25]))


def test_a_larger_picture_is_scaled_to_the_baked_in_size_and_back(graph: GraphFile) -> None:
    """Twice as wide, three times as high."""
    instances = find(write(graph, (3, 48, 64)), blank(144, 128), score_threshold=0.8)
    assert instances.boxes.tolist() == [[80, 30, 120, 120]]
    # Just inside of the mask's edges 0.9 is weighted 3/4 across and 2/3 down: only corners, with both, stay below 0.5.
    expected = rectangle(144, 128, [80, 75, 120, 120])
    expected[[75, 75, 119, 119], [80, 119, 80, 119]] = False
    np.testing.assert_array_equal(whole(instances, 0), expected)


def test_open_axes_take_the_picture_as_it_is(graph: GraphFile) -> None:
    path = write(graph, (3, "height", "width"))
    assert inspect(path, {}).options.resize == "none"
    instances = find(path, blank(48, 64), ["cat"])
    assert instances.boxes.tolist() == [[40, 10, 60, 40], [10, 5, 30, 25]]
    assert instances.class_names == ("class 1", "cat")
    np.testing.assert_array_equal(whole(instances, 1), rectangle(48, 64, [10, 5, 30, 25]))


def test_names_that_begin_with_the_background_are_indexed_by_the_label(graph: GraphFile) -> None:
    instances = find(write(graph, (3, 48, 64)), blank(48, 64), ["__background__", "cat", "dog", "owl"])
    assert instances.class_ids.tolist() == [2, 1]
    assert instances.class_names == ("dog", "cat")


def test_a_mask_beyond_its_box_makes_the_box_larger(graph: GraphFile) -> None:
    mask = np.zeros((1, 1, 48, 64), np.float32)
    mask[0, 0, 9:21, 10:31] = 1
    outputs = {
        "boxes": np.array([[10, 10, 30, 20]], np.float32),
        "labels": np.array([1]),
        "scores": np.array([1], np.float32),
        "masks": mask,
    }
    instances = find(graph.constant((3, 48, 64), outputs), blank(48, 64))
    assert instances.boxes.tolist() == [[10, 9, 31, 21]]
    assert instances.masks[0].shape == (12, 21)
    assert instances.masks[0].all()


def test_an_empty_mask_is_dropped_with_all_that_belongs_to_it(graph: GraphFile) -> None:
    emptied = masks(48, 64)
    emptied[2] = 0.5  # not above the threshold
    path = graph.constant((3, 48, 64), {"boxes": BOXES, "labels": LABELS, "scores": SCORES, "masks": emptied})
    instances = find(path, blank(48, 64), ["cat", "dog"])
    assert instances.boxes.tolist() == [[10, 5, 30, 25]]
    assert (instances.class_names, len(instances.scores), len(instances.masks)) == (("cat",), 1, 1)


def test_faster_r_cnn_answers_with_boxes_alone(graph: GraphFile) -> None:
    path = graph.constant((3, 48, 64), {"boxes": BOXES, "labels": LABELS, "scores": SCORES})
    assert (inspect(path, {}).options.layout, inspect(path, {}).task) == ("torchvision", "detection")
    instances = find(path, blank(48, 64), ["cat", "dog", "owl"])
    assert instances.boxes.tolist() == [[40, 10, 60, 40], [10, 5, 30, 25]]
    assert (instances.class_names, instances.masks) == (("dog", "cat"), ())


def test_faster_r_cnn_with_the_zoo_s_input_name_is_refused_until_told(graph: GraphFile) -> None:
    path = graph.constant((3, "h", "w"), {"a": BOXES, "b": LABELS, "c": SCORES}, name="image")
    with pytest.raises(BrokenBundleError, match=r"no known convention.*inputs: image float \[3, h, w\]; outputs: a"):
        inspect(path, {})
    assert inspect(path, {"layout": "zoo"}).options.channels == "bgr"
    assert inspect(path, {"layout": "torchvision"}).options.channels == "rgb"


def test_only_the_best_are_answered_where_their_number_is_bounded(graph: GraphFile) -> None:
    instances = find(write(graph, (3, 48, 64)), blank(48, 64), max_instances=1)
    assert instances.boxes.tolist() == [[40, 10, 60, 40]]


def test_background_and_impossible_boxes_are_no_instances(graph: GraphFile) -> None:
    boxes = np.array(
        [[1, 1, 9, 9], [np.nan, 0, 9, 9], [9, 9, 3, 3], [70, 5, 90, 9], [0, 0, np.inf, 9], [-5, -5, 4, 4]], np.float32
    )
    labels, scores = np.array([0, 1, 1, 1, 1, 1]), np.full(6, 0.9, np.float32)
    path = graph.constant((3, 48, 64), {"boxes": boxes, "labels": labels, "scores": scores})
    assert find(path, blank(48, 64)).boxes.tolist() == [[0, 0, 4, 4]]


def test_nothing_found_is_an_answer(graph: GraphFile) -> None:
    outputs: dict[str, Array] = {
        "boxes": np.empty((0, 4), np.float32),
        "labels": np.empty(0, np.int64),
        "scores": np.empty(0, np.float32),
        "masks": np.empty((0, 1, 48, 64), np.float32),
    }
    instances = find(graph.constant((3, 48, 64), outputs), blank(7, 9))
    assert (instances.height, instances.width) == (7, 9)
    assert instances.boxes.shape == (0, 4)
    kinds = [values.dtype.name for values in (instances.boxes, instances.class_ids, instances.scores)]
    assert kinds == ["int64", "int64", "float64"]
    assert (instances.class_names, instances.masks) == ((), ())
