"""Classifiers of the ImageNet kind: the centre of a picture in, one row of logits or probabilities out.

Source: torchvision, transforms/_presets.py, ImageClassification.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.runtimes.vision.found import Row
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.graph import Graph
from app.runtimes.vision.options import VisionOptions
from app.signature import Target

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# A picture's shorter side goes to 256 where its centre of 224 is cut out, and in proportion for other sizes.
MARGIN = 256 / 224
# How far float16 rows of 1,000 probabilities sum from 1.
SUM_TOLERANCE = 1e-2


def fits(graph: Graph) -> bool:
    return graph.order != "chw" and [value.ndim for value in graph.outputs.values()] == [2]


def defaults(graph: Graph) -> dict[str, Any]:
    name, rows = probabilities_of(graph)
    return {
        "outputs": {"probabilities": name},
        "size": graph.probe_size,
        "resize": "crop",
        "short_side": round(max(graph.probe_size) * MARGIN),
        "antialias": True,
        **normalisation(graph),
        "softmax": not sums_to_one(rows),
    }


def normalisation(graph: Graph) -> dict[str, Any]:
    """ImageNet's mean and deviation; a graph of bytes normalises inside."""
    return {} if graph.dtype == "uint8" else {"scale": 1 / 255, "mean": MEAN, "std": STD}


def probabilities_of(graph: Graph) -> tuple[str, NDArray[Any]]:
    """The first output with a number per class, or the one given, and what it answered to the probe.

    Raises BrokenBundleError.
    """
    given = (graph.roles or {}).get("probabilities")
    for name, value in graph.outputs.items():
        if given in (None, name) and value.ndim >= 2 and value.shape[1] == value[0].size:
            return name, value.reshape(len(value), -1)
    raise graph.broken("no output holds one number per class")


def sums_to_one(rows: NDArray[Any]) -> bool:
    values = rows.astype(np.float64)
    return bool((values >= 0).all() and np.allclose(values.sum(axis=1), 1, atol=SUM_TOLERANCE))


class LabelReader:
    """Answers with labels and probabilities in the order of the target's classes."""

    def __init__(self, options: VisionOptions, target: Target) -> None:
        if not target.classes:
            raise BrokenBundleError("a classifier of pictures needs the names of its classes")
        self._labels = np.empty(len(target.classes), object)
        self._labels[:] = target.classes
        self._softmax, self._offset = options.softmax, options.label_offset

    def read(self, row: Row, frame: Frame) -> NDArray[np.float64]:
        """(classes,) probabilities."""
        scores = row["probabilities"].reshape(-1).astype(np.float64)
        probabilities = (softmax(scores) if self._softmax else scores)[self._offset :]
        if len(probabilities) != len(self._labels):
            raise BrokenBundleError(
                f"the model tells {len(probabilities)} classes apart, and {len(self._labels)} have names"
            )
        return probabilities

    def answer(self, read: Sequence[NDArray[np.float64]]) -> Outputs:
        probabilities = np.array(read).reshape(-1, len(self._labels))
        return Outputs(self._labels[probabilities.argmax(axis=1)], probabilities)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """(classes,) logits -> probabilities."""
    powers = np.exp(logits - logits.max())
    shares: NDArray[np.float64] = powers / powers.sum()
    return shares
