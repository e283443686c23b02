"""Feeding graphs: batches, no rows, odd sizes, threads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from app.errors import BrokenBundleError
from app.runtimes.vision.inspect import inspect
from app.runtimes.vision.runtime import load
from app.signature import ImageSignature, Target, TensorSignature
from tests.bundles import read
from tests.runtimes.vision.finder import yolo_finder
from tests.runtimes.vision.graphs import GraphFile, ask, blank, rows

PLAIN = {"mean": [0, 0, 0], "std": [1, 1, 1], "softmax": False}
COLOURS = ["red", "green", "blue"]
# One channel each, so that every row is told from every other.
PICTURES = [blank(9 + n, 7, (10 * n, 0, 255 - 10 * n)) for n in range(11)]
EXPECTED = [[10 * n / 255, 0, 1 - 10 * n / 255] for n in range(11)]


def probabilities(path: Path, count: int = 11) -> list[list[float]]:
    outputs = ask(path, PICTURES[:count], COLOURS, **PLAIN)
    assert outputs.probabilities is not None
    found: list[list[float]] = outputs.probabilities.tolist()
    return found


@pytest.mark.parametrize(("batch", "expected"), [("N", (8, False)), (1, (1, False)), (4, (4, True))])
def test_pictures_go_in_batches_as_the_graph_allows(
    graph: GraphFile, batch: int | str, expected: tuple[int, bool]
) -> None:
    path = graph.mean_colour([batch, 3, 16, 16])
    options = inspect(path, {}).options
    assert (options.batch, options.fixed_batch) == expected
    np.testing.assert_allclose(probabilities(path), EXPECTED, atol=1e-5)
    np.testing.assert_allclose(probabilities(path, 3), EXPECTED[:3], atol=1e-5)


def test_a_graph_that_only_claims_an_open_batch_axis_gets_one_picture_at_a_time(graph: GraphFile) -> None:
    """It reshapes to one row, as exports with a fixed example inside do."""
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["means"], keepdims=0),
        helper.make_node("Reshape", ["means", "one_row"], ["scores"]),
    ]
    constants = {"axes": np.array([2, 3], np.int64), "one_row": np.array([1, 3], np.int64)}
    path = graph.write(["N", 3, 16, 16], nodes, {"scores": ["N", 3]}, constants=constants)
    assert inspect(path, {}).options.batch == 1
    np.testing.assert_allclose(probabilities(path), EXPECTED, atol=1e-5)


def test_a_graph_that_mixes_the_pictures_of_a_batch_gets_one_at_a_time(graph: GraphFile) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["means"], keepdims=0),
        helper.make_node("ReduceMax", ["means", "rows"], ["most"], keepdims=1),
        helper.make_node("Sub", ["means", "most"], ["less"]),
        helper.make_node("Add", ["less", "means"], ["scores"]),
    ]
    constants = {"axes": np.array([2, 3], np.int64), "rows": np.array([0], np.int64)}
    path = graph.write(["N", 3, 16, 16], nodes, {"scores": ["N", 3]}, constants=constants)
    assert inspect(path, {}).options.batch == 1


def test_no_pictures_have_no_instances(graph: GraphFile) -> None:
    outputs = ask(yolo_finder(graph, [1, 3, 128, 128]), [])
    assert list(outputs.predictions) == []
    assert outputs.probabilities is None


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3)], ids=str)
def test_odd_sizes_are_classified(graph: GraphFile, size: tuple[int, int]) -> None:
    path = graph.mean_colour([1, 3, 224, 224])
    outputs = ask(path, [blank(*size, (51, 102, 255))], COLOURS, **PLAIN)
    assert outputs.probabilities is not None
    np.testing.assert_allclose(outputs.probabilities, [[0.2, 0.4, 1]], atol=1e-4)


def test_threads_share_a_runtime(graph: GraphFile) -> None:
    path = graph.mean_colour(["N", 3, 16, 16])
    options = inspect(path, PLAIN).options.model_dump()
    runtime = load(read(path), ImageSignature(), Target(name="colour", classes=tuple(COLOURS)), options)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda picture: runtime.predict(rows([picture])), PICTURES))
    found = [answer.probabilities[0] for answer in answers if answer.probabilities is not None]
    np.testing.assert_allclose(found, EXPECTED, atol=1e-5)


def test_it_takes_pictures_only(graph: GraphFile) -> None:
    path = graph.mean_colour([1, 3, 16, 16])
    options = inspect(path, {}).options.model_dump()
    signature = TensorSignature(name="x", shape=(3,), minimum=0, maximum=1)
    with pytest.raises(BrokenBundleError, match="takes pictures, not a signature of kind 'tensor'"):
        load(read(path), signature, Target(name="x", classes=("a", "b", "c")), options)


def test_options_that_are_wrong_are_named_at_load(graph: GraphFile) -> None:
    path = graph.mean_colour([1, 3, 16, 16])
    options = inspect(path, {}).options.model_dump() | {"resize": "squeeze", "sclae": 2}
    with pytest.raises(BrokenBundleError, match=r"resize: Input should be 'none'.*sclae: Extra inputs"):
        load(read(path), ImageSignature(), Target(name="x", classes=("a", "b", "c")), options)
