"""What a model answers, before any dialect gives it a shape on the wire."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Instances:
    """The instances that a segmentation found in one picture, N of them.

    boxes: (N, 4) int64, x1 y1 x2 y2 in picture pixels, end-exclusive. class_ids: (N,) int64.
    scores: (N,) float64, 0 to 1. masks: N boolean arrays, each of its box's height and
    width; none at all where the model finds boxes only.
    """

    height: int
    width: int
    boxes: NDArray[np.int64]
    class_ids: NDArray[np.int64]
    class_names: tuple[str, ...]
    scores: NDArray[np.float64]
    masks: tuple[NDArray[np.bool_], ...]

    def counts(self) -> dict[str, int]:
        """How many instances of each class, most frequent first."""
        return dict(Counter(self.class_names).most_common())


@dataclass(frozen=True, slots=True)
class Outputs:
    """A runtime's answer for n rows.

    predictions: (n,) labels or numbers, (n, outputs) where a prediction is several values, or n Instances.
    probabilities: (n, classes) in the order of the target's classes; None for anything but a classifier.
    """

    predictions: NDArray[Any] | Sequence[Instances]
    probabilities: NDArray[np.floating] | None = None
