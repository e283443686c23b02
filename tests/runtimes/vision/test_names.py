"""Class names out of metadata."""

import numpy as np
import pytest

from app.runtimes.vision.inspect import inspect
from tests.runtimes.vision.graphs import Array, GraphFile

NUMBERED = ("class 0", "class 1", "class 2")


@pytest.mark.parametrize(
    ("metadata", "classes"),
    [
        ({}, NUMBERED),
        ({"labels": '["cat", "dog", "owl"]'}, ("cat", "dog", "owl")),
        ({"classes": '{"0": "cat", "2": "owl"}'}, ("cat", "class 1", "owl")),
        ({"names": "cat,dog,owl"}, NUMBERED),
        ({"names": "cat,dog,owl", "labels": "('cat', 'dog', 'owl')"}, ("cat", "dog", "owl")),
        ({"names": "['cat', 'dog']"}, NUMBERED),
        ({"names": "{'cat': 0}"}, NUMBERED),
        ({"names": "{2000000000: 'cat'}"}, NUMBERED),
        ({"names": "3"}, NUMBERED),
    ],
    ids=str,
)
def test_a_classifier_has_as_many_names_as_classes(
    graph: GraphFile, metadata: dict[str, str], classes: tuple[str, ...]
) -> None:
    assert inspect(graph.mean_colour([1, 3, 16, 16], metadata=metadata), {}).classes == classes


def test_a_detector_may_have_none_or_some(graph: GraphFile) -> None:
    outputs: dict[str, Array] = {
        "boxes": np.ones((1, 1, 4), np.float32),
        "labels": np.ones((1, 1), np.int64),
        "scores": np.ones((1, 1), np.float32),
    }
    assert inspect(graph.constant([1, 3, 8, 8], outputs), {}).classes is None
    path = graph.constant([1, 3, 8, 8], outputs, metadata={"labels": "['cat', 'dog']"})
    assert inspect(path, {}).classes == ("cat", "dog")
