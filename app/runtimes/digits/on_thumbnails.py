"""The `mnist` runtime: 28x28 greyscale thumbnails -> the digit of each."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.predictions import Outputs
from app.runtimes.digits.glyphs import thumbnail_features
from app.runtimes.digits.pages import Classifier
from app.runtimes.file import File
from app.runtimes.onnx import Classifier as OnnxClassifier
from app.signature import Arrays, Signature, Target


class ThumbnailsRuntime:
    """Reads one digit per thumbnail with any classifier of the glyph features."""

    def __init__(self, classify: Classifier, signature: Signature, target: Target) -> None:
        self._classify = classify
        self._labels = np.array(target.classes)

    def predict(self, arrays: Arrays) -> Outputs:
        (batch,) = arrays.values()
        if not len(batch):
            return Outputs(self._labels[:0], np.empty((0, len(self._labels))))
        features = np.stack([thumbnail_features(_unit_range(picture)) for picture in batch])
        probabilities = self._classify(features.astype(np.float32))
        return Outputs(self._labels[probabilities.argmax(axis=1)], probabilities)


def _unit_range(picture: NDArray[np.float64]) -> NDArray[np.float32]:
    """Both conventions are in use for MNIST; nothing above 1 means that the values are 0 to 1 already."""
    scale = 255.0 if picture.max() > 1 else 1.0
    return (picture / scale).astype(np.float32)


def load(artifact: File, signature: Signature, target: Target, options: Mapping[str, Any]) -> ThumbnailsRuntime:
    return ThumbnailsRuntime(OnnxClassifier(artifact), signature, target)
