"""TensorFlow's detectors and detectors of three outputs."""

from pathlib import Path

import numpy as np
import pytest

from app.runtimes.vision.inspect import inspect
from tests.runtimes.vision.graphs import UINT8, Array, GraphFile, blank, find, rectangle, whole

# top left bottom right, as shares of the picture
SHARES = np.array([[[0.25, 0.1, 0.5, 0.3], [0.5, 0.5, 1.1, 1.0], [0, 0, 0.1, 0.1]]], np.float32)
SCORES = np.array([[0.6, 0.9, 0.7]], np.float32)


def tensorflow(graph: GraphFile, shape: list[int | str], **more: Array) -> Path:
    outputs: dict[str, Array] = {
        "detection_boxes:0": SHARES,
        "detection_classes:0": np.array([[2, 1, 3]], np.float32),
        "detection_scores:0": SCORES,
        "num_detections:0": np.array([2], np.float32),
        **more,
    }
    return graph.constant(shape, outputs, name="image_tensor:0", dtype=UINT8)


def test_tensorflow_answers_in_shares_of_the_picture(graph: GraphFile) -> None:
    path = tensorflow(graph, ["n", "h", "w", 3])
    found = inspect(path, {})
    assert (found.options.layout, found.task) == ("tensorflow", "detection")
    assert (found.options.order, found.options.dtype, found.options.resize) == ("nhwc", "uint8", "none")
    instances = find(path, blank(100, 200), ["person", "bicycle"])
    # The third is beyond num_detections; the second is clipped.
    assert instances.boxes.tolist() == [[100, 50, 200, 100], [20, 25, 60, 50]]
    assert instances.class_names == ("person", "bicycle")
    assert instances.masks == ()


def test_tensorflow_with_a_fixed_size_is_fed_that_size(graph: GraphFile) -> None:
    path = tensorflow(graph, [1, 30, 40, 3])
    assert (inspect(path, {}).options.resize, inspect(path, {}).options.size) == ("stretch", (30, 40))
    assert find(path, blank(100, 200)).boxes.tolist() == [[100, 50, 200, 100], [20, 25, 60, 50]]


def test_open_axes_of_bytes_have_their_channels_last(graph: GraphFile) -> None:
    assert inspect(tensorflow(graph, ["n", "h", "w", "c"]), {}).options.order == "nhwc"


def test_tensorflow_s_masks_lie_in_their_boxes(graph: GraphFile) -> None:
    masks = np.zeros((1, 3, 4, 4), np.float32)
    masks[0, 0, :2] = masks[0, 1, :, 2:] = 1
    path = tensorflow(graph, ["n", "h", "w", 3], **{"detection_masks:0": masks})
    assert inspect(path, {}).task == "segmentation"
    instances = find(path, blank(100, 200))
    # The box is 25 high: the centre of pixel 37 stands at its middle, where the probability is 0.5 and not more.
    np.testing.assert_array_equal(whole(instances, 1), rectangle(100, 200, [20, 25, 60, 37]))
    # The whole box ends at 110, beyond the picture; its right half is at 150 to 200.
    np.testing.assert_array_equal(whole(instances, 0), rectangle(100, 200, [150, 50, 200, 100]))


LABELS = np.array([[2, 1, 0]], np.int64)
CORNERS = np.array([[[0.1, 0.25, 0.3, 0.5], [0.5, 0.5, 1.0, 1.1], [0, 0, 1, 1]]], np.float32)


def test_ssd_answers_in_shares_of_the_picture(graph: GraphFile) -> None:
    path = graph.constant([1, 3, 12, 12], {"bboxes": CORNERS, "labels": LABELS, "scores": SCORES}, name="image")
    found = inspect(path, {})
    assert (found.options.layout, found.task) == ("ssd", "detection")
    assert (found.options.resize, found.options.mean) == ("stretch", (0.485, 0.456, 0.406))
    instances = find(path, blank(100, 200), ["person", "bicycle"])
    # The third is background.
    assert instances.boxes.tolist() == [[100, 50, 200, 100], [20, 25, 60, 50]]
    assert instances.class_names == ("person", "bicycle")


def test_ssd_that_answers_in_pixels_is_told_by_their_size(graph: GraphFile) -> None:
    """Of a tensor of 50 x 50, from a picture of 100 x 200."""
    outputs: dict[str, Array] = {"a": CORNERS * 50, "b": LABELS, "c": SCORES}
    path = graph.constant([1, 3, 50, 50], outputs)
    assert inspect(path, {}).options.box_unit == "pixel"
    assert find(path, blank(100, 200)).boxes.tolist() == [[100, 50, 200, 100], [20, 25, 60, 50]]


def test_ssd_without_a_batch_axis_in_its_outputs(graph: GraphFile) -> None:
    path = graph.constant(["n", 3, 12, 12], {"a": CORNERS[0], "b": LABELS[0], "c": SCORES[0]})
    assert (inspect(path, {}).options.batched, inspect(path, {}).options.batch) == (False, 1)
    assert find(path, blank(100, 200)).boxes.tolist() == [[100, 50, 200, 100], [20, 25, 60, 50]]


def test_four_instances_leave_no_doubt_which_output_is_the_boxes(graph: GraphFile) -> None:
    """Then the scores and the labels are four wide as well."""
    outputs: dict[str, Array] = {
        "a": np.full((1, 4), 0.9, np.float32),
        "b": np.ones((1, 4), np.int64),
        "c": np.full((1, 4, 4), [0, 0, 0.5, 0.5], np.float32),
    }
    path = graph.constant([1, 3, 12, 12], outputs)
    assert inspect(path, {}).options.outputs == {"boxes": "c", "labels": "b", "scores": "a"}


@pytest.mark.parametrize(
    ("box_format", "expected"), [("yxyx", [[50, 10, 100, 30]]), ("cxcywh", [[0, 0, 50, 50]])], ids=str
)
def test_the_format_of_boxes_can_be_given(graph: GraphFile, box_format: str, expected: list[list[int]]) -> None:
    boxes = np.array([[[0.1, 0.25, 0.3, 0.5]]], np.float32)
    outputs: dict[str, Array] = {
        "boxes": boxes,
        "labels": np.ones((1, 1), np.int64),
        "scores": np.ones((1, 1), np.float32),
    }
    path = graph.constant([1, 3, 12, 12], outputs)
    assert find(path, blank(100, 200), box_format=box_format).boxes.tolist() == expected
