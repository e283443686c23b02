"""What is refused at packing, and with which words."""

from typing import Any

import numpy as np
import pytest
from onnx import helper

from app.errors import BrokenBundleError
from app.runtimes.vision.inspect import inspect
from tests.runtimes.vision.graphs import FLOAT, GraphFile, ask, blank

LOGITS = np.array([[1, 2, 3]], np.float32)


def refusal(graph: GraphFile, **overrides: Any) -> str:
    with pytest.raises(BrokenBundleError) as caught:
        inspect(graph.path, overrides)
    return str(caught.value)


def test_a_graph_of_no_known_convention_is_refused_with_its_inputs_and_outputs(graph: GraphFile) -> None:
    graph.constant([1, 3, 16, "w"], {"heat": np.zeros((1, 2, 5, 5), np.float32)})
    message = refusal(graph)
    assert "inputs: images float [1, 3, 16, w]; outputs: heat float [1, 2, 5, 5]" in message
    assert "give its layout, one of ultralytics-nms, ultralytics-raw" in message


@pytest.mark.parametrize("shape", [[1, 1, 28, 28], [1, 12], [28, 28, 3], [1, 5, 8, 8]], ids=str)
def test_an_input_that_is_no_picture_is_refused(graph: GraphFile, shape: list[int]) -> None:
    graph.constant(shape, {"logits": LOGITS})
    assert "the input is not a picture of 3 channels" in refusal(graph)


@pytest.mark.parametrize("order", ["chw", "abcd", 3], ids=str)
def test_an_order_that_does_not_fit_the_input_is_refused(graph: GraphFile, order: Any) -> None:
    graph.mean_colour([1, 3, 16, 16])
    assert "or its order cannot be told (give order: nchw, nhwc, chw)" in refusal(graph, order=order)


def test_an_input_of_another_type_is_refused(graph: GraphFile) -> None:
    graph.constant([1, 3, 8, 8], {"logits": LOGITS}, dtype=helper.np_dtype_to_tensor_dtype(np.dtype("int64")))
    assert "images int64 [1, 3, 8, 8]" in refusal(graph)


def test_a_second_input_is_refused(graph: GraphFile) -> None:
    scale = helper.make_tensor_value_info("scale_factor", FLOAT, [1, 2])
    graph.constant([1, 3, 8, 8], {"logits": LOGITS}, more_inputs=[scale])
    assert "the model takes 2 inputs, not one picture" in refusal(graph)
    assert "scale_factor float [1, 2]" in refusal(graph)


def test_a_file_that_is_no_graph_is_refused(graph: GraphFile) -> None:
    graph.path.write_bytes(b"not a model")
    assert "is not an ONNX model that can be run" in refusal(graph)


def test_a_graph_that_does_not_run_on_the_given_size_is_refused(graph: GraphFile) -> None:
    graph.mean_colour([1, 3, 16, 16])
    assert "does not run on an input of [1, 3, 32, 32]" in refusal(graph, size=[32, 32])


def test_a_layout_that_is_not_known_is_refused(graph: GraphFile) -> None:
    graph.mean_colour([1, 3, 16, 16])
    assert "the layout 'resnet' is not known; there are" in refusal(graph, layout="resnet")


@pytest.mark.parametrize("layout", ["torchvision", "zoo", "tensorflow", "ssd"])
def test_a_layout_whose_outputs_are_not_there_is_refused(graph: GraphFile, layout: str) -> None:
    graph.mean_colour([1, 3, 16, 16])
    assert "inputs: images float [1, 3, 16, 16]" in refusal(graph, layout=layout)


@pytest.mark.parametrize("layout", ["ultralytics-raw", "ultralytics-nms"])
def test_a_layout_that_does_not_read_the_outputs_is_refused(graph: GraphFile, layout: str) -> None:
    graph.mean_colour([1, 3, 16, 16])
    assert f"the layout '{layout}' does not read a picture's answer" in refusal(graph, layout=layout)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"chanels": "bgr"}, "chanels: Extra inputs"),
        ({"channels": "grb"}, "channels: Input should be 'rgb' or 'bgr'"),
        ({"score_threshold": 2}, "score_threshold: Input should be less than or equal to 1"),
        ({"std": [1, 0, 1]}, "std must not hold 0"),
        ({"resize": "crop", "short_side": None}, "resize 'crop' needs a short_side"),
        ({"resize": "letterbox", "size": None}, "resize 'letterbox' needs a size"),
    ],
    ids=str,
)
def test_a_wrong_option_is_named(graph: GraphFile, overrides: dict[str, Any], words: str) -> None:
    graph.mean_colour([1, 3, 16, 16])
    assert words in refusal(graph, **overrides)


def test_outputs_that_no_one_can_tell_apart_can_be_named(graph: GraphFile) -> None:
    """Labels as floats, and no names that say anything."""
    outputs = {
        "p": np.array([[2]], np.float32),
        "q": np.array([[0.9]], np.float32),
        "r": np.array([[[0, 0, 0.5, 0.5]]], np.float32),
    }
    path = graph.constant([1, 3, 16, 16], outputs)
    assert "no known convention" in refusal(graph)
    named = {"boxes": "r", "labels": "p", "scores": "q"}
    (found,) = ask(path, [blank(10, 20)], ["cat", "dog"], layout="ssd", outputs=named).predictions
    assert (found.boxes.tolist(), found.class_names) == ([[0, 0, 10, 5]], ("dog",))


def test_outputs_that_are_not_there_cannot_be_named(graph: GraphFile) -> None:
    graph.constant([1, 3, 16, 16], {"logits": LOGITS})
    assert "not role -> name of an output: {'boxes': 'r'}" in refusal(graph, outputs={"boxes": "r"})


def test_an_axis_that_is_open_beside_a_fixed_one_is_made_as_long(graph: GraphFile) -> None:
    assert inspect(graph.mean_colour([1, 3, 16, "w"]), {}).options.size == (16, 16)


def test_several_outputs_of_a_classifier_need_its_layout_named(graph: GraphFile) -> None:
    outputs = {"features": np.zeros((1, 4, 2, 2), np.float32), "logits": LOGITS}
    path = graph.constant([1, 3, 16, 16], outputs)
    assert "no known convention" in refusal(graph)
    found = inspect(path, {"layout": "classifier"})
    assert (found.options.outputs, found.classes) == ({"probabilities": "logits"}, ("class 0", "class 1", "class 2"))


def test_which_output_of_a_classifier_answers_can_be_given(graph: GraphFile) -> None:
    path = graph.constant([1, 3, 16, 16], {"embedding": LOGITS, "shares": np.array([[0.25, 0.75]], np.float32)})
    found = inspect(path, {"layout": "classifier", "outputs": {"probabilities": "shares"}})
    assert (found.options.softmax, found.classes) == (False, ("class 0", "class 1"))


def test_the_options_survive_json(graph: GraphFile) -> None:
    options = inspect(graph.mean_colour([1, 3, 16, 16]), {}).options
    assert type(options).model_validate_json(options.model_dump_json()) == options
