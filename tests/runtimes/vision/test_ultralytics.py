"""Ultralytics' YOLO: raw and with suppression inside, segmentation, detection and classification."""

from typing import Any

import numpy as np
import pytest

from app.errors import BrokenBundleError
from app.predictions import Instances
from app.runtimes.vision.inspect import inspect
from tests.runtimes.vision.finder import yolo_finder
from tests.runtimes.vision.graphs import Array, GraphFile, Picture, ask, blank, find, rectangle, whole, yolo

NAMES = {0: "cat", 1: "dog"}


def with_light(height: int, width: int, box: list[int]) -> Picture:
    """Black, with a red rectangle: the first channel alone is bright."""
    picture = blank(height, width)
    picture[box[1] : box[3], box[0] : box[2]] = (255, 0, 0)
    return picture


def anchors(*rows: list[float]) -> Array:
    """Rows of cx cy w h, scores and coefficients as the raw output has them, among anchors that found nothing."""
    width = len(rows[0])
    return np.concatenate([np.array(rows), np.zeros((50 - len(rows), width))]).T[None].astype(np.float32)


def suppressed(*rows: list[float]) -> Array:
    return np.concatenate([np.array(rows), np.zeros((300 - len(rows), len(rows[0])))])[None].astype(np.float32)


# Pictures whose enlargement to 128 x 128 is by a whole number or none, so that edges stay where they are.
@pytest.mark.parametrize("inside", [False, True], ids=["raw", "nms"])
@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((128, 128), [16, 24, 96, 100]),
        ((48, 64), [20, 10, 40, 30]),
        ((64, 31), [4, 6, 30, 64]),
        ((2, 64), [8, 0, 40, 2]),
        ((1, 1), [0, 0, 1, 1]),
    ],
    ids=str,
)
def test_a_light_is_found_where_it_is(graph: GraphFile, size: tuple[int, int], box: list[int], inside: bool) -> None:
    instances = find(yolo_finder(graph, [1, 3, 128, 128], suppressed=inside, cells=2), with_light(*size, box))
    assert (instances.height, instances.width) == size
    assert instances.boxes.tolist() == [box]
    np.testing.assert_array_equal(whole(instances, 0), rectangle(*size, box))
    assert (instances.class_names, instances.scores.tolist()) == (("light",), [0.75])


def test_a_strip_of_3_by_2000_is_found_in_the_one_row_that_is_left_of_it(graph: GraphFile) -> None:
    instances = find(yolo_finder(graph, [1, 3, 128, 128], cells=1), with_light(3, 2000, [500, 0, 1000, 3]))
    assert instances.boxes.tolist() == [[500, 0, 1000, 3]]
    assert instances.masks[0].all()


def test_halves_are_fed_to_a_graph_of_float16(graph: GraphFile) -> None:
    path = yolo_finder(graph, [1, 3, 128, 128], half=True)
    assert inspect(path, {}).options.dtype == "float16"
    assert find(path, with_light(48, 64, [20, 10, 40, 30])).boxes.tolist() == [[20, 10, 40, 30]]


def test_open_axes_are_fed_the_trained_size_padded_to_the_stride_alone(graph: GraphFile) -> None:
    path = yolo_finder(graph, ["batch", 3, "height", "width"])
    options = inspect(path, {}).options
    assert (options.size, options.stride, options.batch) == ((128, 128), 32, 8)
    assert find(path, with_light(40, 64, [20, 12, 40, 32])).boxes.tolist() == [[20, 12, 40, 32]]


def test_pictures_of_several_sizes_are_answered_each_in_its_own_pixels(graph: GraphFile) -> None:
    path = yolo_finder(graph, ["batch", 3, "height", "width"])
    boxes = [[4, 8, 12, 20], [20, 12, 40, 32], [4, 4, 60, 60]] * 4
    sizes = [(32, 32), (40, 64), (64, 64)] * 4
    outputs = ask(path, [with_light(*size, box) for size, box in zip(sizes, boxes, strict=True)])
    found = [prediction.boxes.tolist() for prediction in outputs.predictions if isinstance(prediction, Instances)]
    assert found == [[box] for box in boxes]


def test_the_best_class_scores_and_overlaps_are_dropped_within_a_class(graph: GraphFile) -> None:
    output = anchors(
        [20, 20, 20, 20, 0.2, 0.9],
        [21, 20, 20, 20, 0.8, 0.3],  # another class in the same place
        [22, 20, 20, 20, 0.1, 0.85],  # 0.82 of the first
        [50, 50, 10, 6, 0.26, 0.1],
        [90, 50, 10, 6, 0.25, 0.1],  # not above the threshold
    )
    path = graph.constant([1, 3, 128, 128], {"output0": output}, metadata=yolo("detect", NAMES))
    assert (inspect(path, {}).task, inspect(path, {}).classes) == ("detection", ("cat", "dog"))
    instances = find(path, blank(128, 128))
    assert instances.boxes.tolist() == [[10, 10, 30, 30], [11, 10, 31, 30], [45, 47, 55, 53]]
    assert instances.class_names == ("dog", "cat", "cat")
    np.testing.assert_allclose(instances.scores, [0.9, 0.8, 0.26], atol=1e-6)
    assert instances.masks == ()


def test_thresholds_and_the_number_of_instances_can_be_set(graph: GraphFile) -> None:
    output = anchors([20, 20, 20, 20, 0.2, 0.9], [22, 20, 20, 20, 0.1, 0.85], [60, 60, 8, 8, 0.15, 0])
    path = graph.constant([1, 3, 128, 128], {"output0": output}, metadata=yolo("detect", NAMES))
    assert len(find(path, blank(128, 128), iou_threshold=0.9).boxes) == 2
    assert len(find(path, blank(128, 128), score_threshold=0.1).boxes) == 2
    assert find(path, blank(128, 128), iou_threshold=0.9, max_instances=1).boxes.tolist() == [[10, 10, 30, 30]]


def test_boxes_are_taken_out_of_the_letterbox_and_clipped_to_the_picture(graph: GraphFile) -> None:
    """64 x 32 is doubled, and stands between 32 columns of padding on either side."""
    output = anchors([64, 20, 20, 12, 0.9, 0], [30, 100, 40, 20, 0, 0.8], [10, 60, 16, 60, 0, 0.7])
    path = graph.constant([1, 3, 128, 128], {"output0": output}, metadata=yolo("detect", NAMES))
    assert find(path, blank(64, 32)).boxes.tolist() == [[11, 7, 21, 13], [0, 45, 9, 55]]


def test_coefficients_combine_prototypes_and_the_box_cuts_them(graph: GraphFile) -> None:
    """Prototypes of 8 x 8 cells over 32 x 32 pixels: the upper half, and the left half."""
    prototypes = np.full((1, 2, 8, 8), -1, np.float32)
    prototypes[0, 0, :4] = prototypes[0, 1, :, :4] = 1
    output = anchors([16, 16, 20, 20, 0.9, 0, 1, 0], [16, 16, 20, 20, 0, 0.8, 0, -2], [16, 16, 8, 8, 0.7, 0, 0, 0])
    metadata = yolo("segment", NAMES)
    path = graph.constant([1, 3, 32, 32], {"output0": output, "output1": prototypes}, metadata=metadata)
    instances = find(path, blank(32, 32))
    # The third has no logit above 0 anywhere: it is dropped.
    assert instances.boxes.tolist() == [[6, 6, 26, 26], [6, 6, 26, 26]]
    np.testing.assert_array_equal(whole(instances, 0), rectangle(32, 32, [6, 6, 26, 16]))
    np.testing.assert_array_equal(whole(instances, 1), rectangle(32, 32, [16, 6, 26, 26]))


def test_an_unrounded_box_cuts_its_mask_and_the_answered_box_holds_it(graph: GraphFile) -> None:
    """From 6.5 to 25.5: pixels 7 to 25 have their index inside."""
    output = anchors([16, 16, 19, 19, 0.9, 1])
    prototypes = np.ones((1, 1, 8, 8), np.float32)
    metadata = yolo("segment", {0: "cat"})
    path = graph.constant([1, 3, 32, 32], {"output0": output, "output1": prototypes}, metadata=metadata)
    instances = find(path, blank(32, 32))
    assert instances.boxes.tolist() == [[6, 6, 26, 26]]
    np.testing.assert_array_equal(whole(instances, 0), rectangle(32, 32, [7, 7, 26, 26]))


def test_prototypes_are_sampled_with_half_pixel_centres(graph: GraphFile) -> None:
    """Two cells over 8 pixels, 3 and -1: along x the logits are 3 3 2.5 1.5 .5 -.5 -1 -1."""
    output = anchors([4, 4, 8, 8, 0.9, 1])
    prototypes = np.array([[[[3, -1], [3, -1]]]], np.float32)
    metadata = yolo("segment", {0: "cat"})
    path = graph.constant([1, 3, 8, 8], {"output0": output, "output1": prototypes}, metadata=metadata)
    np.testing.assert_array_equal(whole(find(path, blank(8, 8)), 0), rectangle(8, 8, [0, 0, 5, 8]))


def test_rows_with_suppression_inside_are_taken_as_they_are(graph: GraphFile) -> None:
    output = suppressed([10, 10, 30, 30, 0.9, 1], [11, 10, 31, 30, 0.8, 1], [1, 1, 9, 9, 0.25, 0])
    path = graph.constant([1, 3, 128, 128], {"output0": output}, metadata=yolo("detect", NAMES))
    assert inspect(path, {}).options.layout == "ultralytics-nms"
    instances = find(path, blank(128, 128))
    assert instances.boxes.tolist() == [[10, 10, 30, 30], [11, 10, 31, 30]]
    assert (instances.class_ids.tolist(), instances.class_names) == ([1, 1], ("dog", "dog"))


def test_rows_with_suppression_inside_carry_coefficients(graph: GraphFile) -> None:
    prototypes = np.full((1, 32, 8, 8), 0, np.float32)
    prototypes[0, 31, :, :4], prototypes[0, 31, :, 4:] = 1, -1
    output = suppressed([4, 4, 28, 28, 0.9, 1, *[0] * 31, 1])
    metadata = yolo("segment", NAMES)
    path = graph.constant([1, 3, 32, 32], {"output0": output, "output1": prototypes}, metadata=metadata)
    assert inspect(path, {}).options.layout == "ultralytics-nms"
    np.testing.assert_array_equal(whole(find(path, blank(32, 32)), 0), rectangle(32, 32, [4, 4, 16, 28]))


def test_a_graph_that_finds_nothing_answers_with_nothing(graph: GraphFile) -> None:
    path = graph.constant([1, 3, 32, 32], {"output0": anchors([0.0] * 6)}, metadata=yolo("detect", NAMES))
    instances = find(path, blank(5, 5))
    assert (instances.boxes.shape, instances.class_names, instances.masks) == ((0, 4), (), ())


def test_a_class_beyond_the_names_is_numbered(graph: GraphFile) -> None:
    output = suppressed([10, 10, 30, 30, 0.9, 7])
    path = graph.constant([1, 3, 64, 64], {"output0": output}, metadata=yolo("detect", NAMES))
    assert find(path, blank(64, 64)).class_names == ("class 7",)


def test_classification_takes_the_centre_without_imagenet_s_normalisation(graph: GraphFile) -> None:
    path = graph.mean_colour([1, 3, 32, 32], metadata=yolo("classify", {0: "red", 1: "green", 2: "blue"}))
    found = inspect(path, {})
    assert (found.options.layout, found.task) == ("ultralytics-classifier", "classification")
    assert (found.options.resize, found.options.short_side, found.options.size) == ("crop", 32, (32, 32))
    picture = blank(40, 120, (255, 0, 0))
    picture[:, 38:82] = (0, 51, 102)  # the centre of 40 columns, and what its edges are mixed with
    outputs = ask(path, [picture], softmax=False)
    assert list(outputs.predictions) == ["blue"]
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [[0, 0.2, 0.4]], atol=1e-6)


def test_without_metadata_the_layout_can_be_given(graph: GraphFile) -> None:
    output = anchors([20, 20, 20, 20, 0.2, 0.9])
    prototypes = np.ones((1, 1, 32, 32), np.float32)
    boxes_only = graph.constant([1, 3, 128, 128], {"output0": output})
    with pytest.raises(BrokenBundleError, match="no known convention"):
        inspect(boxes_only, {})
    assert find(boxes_only, blank(128, 128), layout="ultralytics-raw").class_names == ("class 1",)
    # Now the last number is a coefficient; and the prototypes come first.
    path = graph.constant([1, 3, 128, 128], {"output1": prototypes, "output0": output})
    instances = find(path, blank(128, 128), layout="ultralytics-raw", score_threshold=0.1)
    assert instances.class_names == ("class 0",)
    assert instances.masks[0].all()


@pytest.mark.parametrize("task", ["pose", "obb"])
def test_other_tasks_are_refused_by_name(graph: GraphFile, task: str) -> None:
    path = graph.constant([1, 3, 64, 64], {"output0": anchors([0.0] * 56)}, metadata=yolo(task, NAMES))
    with pytest.raises(BrokenBundleError, match=rf"no known convention.*output0 float.*metadata task '{task}'"):
        inspect(path, {})


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        ("{0: 'cat', 2: 'dog'}", ("cat", "class 1", "dog")),
        ("['cat', 'dog']", ("cat", "dog")),
    ],
)
def test_names_are_read_as_a_python_literal(graph: GraphFile, names: str, classes: Any) -> None:
    metadata = {"task": "detect", "names": names}
    path = graph.constant([1, 3, 64, 64], {"output0": anchors([0.0] * 6)}, metadata=metadata)
    assert inspect(path, {}).classes == classes


def test_names_that_are_no_literal_are_never_run(graph: GraphFile) -> None:
    metadata = {"task": "detect", "names": "__import__('os').getcwd()"}
    path = graph.constant([1, 3, 64, 64], {"output0": anchors([0.0] * 6)}, metadata=metadata)
    with pytest.raises(BrokenBundleError, match="'names' is not a Python literal"):
        inspect(path, {})
