"""Classifiers: ImageNet's way in, labels and probabilities out."""

import numpy as np
import pytest
from onnx import helper

from app.errors import BrokenBundleError
from app.runtimes.vision.classifier import sums_to_one
from app.runtimes.vision.inspect import inspect
from tests.runtimes.vision.graphs import UINT8, GraphFile, ask, blank, serve

COLOURS = ["red", "green", "blue"]
# What ImageNet's normalisation makes of (255, 51, 0).
TENSOR = (np.array([1, 0.2, 0]) - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


def softmax(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray:
    return np.asarray(np.exp(values) / np.exp(values).sum())


def test_a_resnet_is_fed_the_centre_of_224_and_answers_logits(graph: GraphFile) -> None:
    path = graph.mean_colour(["N", 3, 224, 224])
    found = inspect(path, {})
    assert (found.options.layout, found.task) == ("classifier", "classification")
    assert (found.options.short_side, found.options.size, found.options.softmax) == (256, (224, 224), True)
    outputs = serve(path, found, [blank(300, 500, (255, 51, 0))], COLOURS)
    assert list(outputs.predictions) == ["red"]
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [softmax(TENSOR)], atol=1e-5)


def test_rows_that_already_sum_to_one_are_left_alone(graph: GraphFile) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["logits"], keepdims=0),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    axes = {"axes": np.array([2, 3], np.int64)}
    path = graph.write(["N", 3, 224, 224], nodes, {"probabilities": ["N", 3]}, constants=axes)
    found = inspect(path, {})
    assert found.options.softmax is False
    outputs = serve(path, found, [blank(300, 500, (255, 51, 0))], COLOURS)
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [softmax(TENSOR)], atol=1e-5)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([0.2, 0.3, 0.5], True),
        ([0.2, 0.3, 0.499], True),
        ([0.2, 0.3, 0.4], False),
        ([-1, 0.5, 1.5], False),
        ([np.nan, 0, 1], False),
    ],
)
def test_what_sums_to_one(row: list[float], expected: bool) -> None:
    assert sums_to_one(np.array([row])) is expected


def test_a_row_that_does_not_sum_to_one_decides_for_all() -> None:
    assert not sums_to_one(np.array([[0.5, 0.5], [3, 1]]))


def test_large_logits_do_not_overflow(graph: GraphFile) -> None:
    path = graph.constant([1, 3, 8, 8], {"logits": np.array([[1000, 1001, -1000]], np.float32)})
    outputs = ask(path, [blank(8, 8)], COLOURS)
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [[1 / (1 + np.e), np.e / (1 + np.e), 0]])


def test_channels_last(graph: GraphFile) -> None:
    path = graph.mean_colour(["N", 32, 32, 3], axes=(1, 2))
    found = inspect(path, {"mean": [0, 0, 0], "std": [1, 1, 1]})
    assert (found.options.order, found.options.short_side) == ("nhwc", 37)
    outputs = serve(path, found, [blank(64, 48, (0, 51, 255))], COLOURS)
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [softmax(np.array([0, 0.2, 1]))], atol=1e-5)


def test_a_graph_of_bytes_normalises_inside(graph: GraphFile) -> None:
    nodes = [
        helper.make_node("Cast", ["images"], ["pixels"], to=1),
        helper.make_node("ReduceMean", ["pixels", "axes"], ["scores"], keepdims=0),
    ]
    axes = {"axes": np.array([1, 2], np.int64)}
    path = graph.write([1, 32, 32, 3], nodes, {"scores": [1, 3]}, constants=axes, dtype=UINT8)
    outputs = ask(path, [blank(64, 48, (1, 2, 3))], COLOURS)
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [softmax(np.array([1.0, 2, 3]))], atol=1e-6)


def test_flags_win_over_what_is_told(graph: GraphFile) -> None:
    overrides = {"channels": "bgr", "resize": "stretch", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}
    path = graph.mean_colour(["N", 3, 16, 16])
    outputs = ask(path, [blank(5, 7, (1, 2, 3))], COLOURS, **overrides, softmax=False)
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [[3, 2, 1]], atol=1e-5)
    assert list(outputs.predictions) == ["red"]


def test_an_open_size_is_taken_from_the_flags_or_is_224(graph: GraphFile) -> None:
    path = graph.mean_colour(["N", 3, "h", "w"])
    assert inspect(path, {}).options.size == (224, 224)
    found = inspect(path, {"size": [64, 64]}).options
    assert (found.size, found.short_side) == ((64, 64), 73)


def test_classes_without_names_are_numbered(graph: GraphFile) -> None:
    found = inspect(graph.mean_colour([1, 3, 16, 16]), {})
    assert found.classes == ("class 0", "class 1", "class 2")


def test_a_background_class_can_be_left_out(graph: GraphFile) -> None:
    path = graph.constant([1, 3, 8, 8], {"shares": np.array([[0.5, 0.1, 0.4]], np.float32)})
    outputs = ask(path, [blank(8, 8)], ["cat", "dog"], label_offset=1)
    assert list(outputs.predictions) == ["dog"]
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [[0.1, 0.4]], atol=1e-6)


def test_names_of_another_number_than_the_classes_are_refused(graph: GraphFile) -> None:
    path = graph.mean_colour([1, 3, 16, 16])
    with pytest.raises(BrokenBundleError, match="tells 3 classes apart, and 2 have names"):
        ask(path, [blank(8, 8)], ["cat", "dog"])
    with pytest.raises(BrokenBundleError, match="needs the names of its classes"):
        ask(path, [blank(8, 8)], [])


def test_no_pictures_have_no_probabilities_of_all_classes(graph: GraphFile) -> None:
    outputs = ask(graph.mean_colour([1, 3, 16, 16]), [], COLOURS)
    assert len(outputs.predictions) == 0
    assert outputs.probabilities is not None
    assert outputs.probabilities.shape == (0, 3)
