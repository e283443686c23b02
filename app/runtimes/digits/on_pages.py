"""The `digits` runtime: a picture of any size -> every handwritten digit in it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.predictions import Instances, Outputs
from app.runtimes.digits.pages import Classifier, read_page
from app.runtimes.file import File
from app.runtimes.onnx import Classifier as OnnxClassifier
from app.signature import Arrays, Signature, Target


class PagesRuntime:
    """Finds and reads digits with any classifier of the glyph features."""

    def __init__(self, classify: Classifier, signature: Signature, target: Target) -> None:
        self._classify = classify
        self._names = [str(label) for label in target.classes or ()]

    def predict(self, arrays: Arrays) -> Outputs:
        (pictures,) = arrays.values()
        return Outputs([self._find(picture) for picture in pictures])

    def _find(self, picture: NDArray[np.uint8]) -> Instances:
        found = read_page(picture, self._classify)
        height, width = picture.shape[:2]
        return Instances(
            height,
            width,
            boxes=np.array([instance.box for instance in found], np.int64).reshape(-1, 4),
            class_ids=np.array([instance.digit for instance in found], np.int64),
            class_names=tuple(self._names[instance.digit] for instance in found),
            scores=np.array([instance.score for instance in found], np.float64),
            masks=tuple(instance.mask for instance in found),
        )


def load(artifact: File, signature: Signature, target: Target, options: Mapping[str, Any]) -> PagesRuntime:
    return PagesRuntime(OnnxClassifier(artifact), signature, target)
