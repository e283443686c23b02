"""scikit-learn -> ONNX."""

import warnings
from typing import Any

import skl2onnx
from skl2onnx.common.data_types import FloatTensorType


def to_onnx(classifier: Any, features: int) -> bytes:
    """A fitted scikit-learn classifier of one float32 matrix as an ONNX file: labels, then probabilities."""
    with warnings.catch_warnings():
        # skl2onnx 1.20 asks an SVC for attributes that scikit-learn 1.9 is about to drop.
        warnings.filterwarnings("ignore", "Attribute `prob[AB]_` was deprecated", FutureWarning)
        converted = skl2onnx.to_onnx(
            classifier,
            initial_types=[("features", FloatTensorType([None, features]))],
            options={"zipmap": False},
        )
    content: bytes = converted.SerializeToString()
    return content
