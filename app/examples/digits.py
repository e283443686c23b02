"""The two faces of the digit classifier: `digits` reads pages, `mnist` reads thumbnails."""

import base64
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.datasets import load_digits

from app.compile.convert import to_onnx
from app.examples.digit_classifier import HELD_OUT, held_out_accuracy, train, training_set
from app.outputs.png import encode_png
from app.pack.bundles import Card, pack_onnx
from app.runtimes.digits.on_pages import PagesRuntime
from app.runtimes.digits.on_thumbnails import ThumbnailsRuntime
from app.signature import ImageSignature, Target, TensorSignature

FEATURES = 200
LABELS = Target(name="digit", description="the digit that is written", classes=tuple(range(10)))
PAGE_DIGITS = (3, 1, 4, 1, 5)


def build_digits(models: Path) -> Path:
    """Every handwritten digit in any picture."""
    signature = ImageSignature(description="a photo of paper, a dark board, a drawing")
    card = Card(
        name="digits",
        description="Finds and reads the handwritten digits in any picture. Trained on scikit-learn's digits.",
        task="segmentation",
        signature=signature,
        target=LABELS,
        metrics=_metrics(),
        examples=[{"b64": base64.b64encode(encode_png(_page(PAGE_DIGITS))).decode()}],
    )
    trained = PagesRuntime(_classify, signature, LABELS)
    return pack_onnx(_model(), "digit-pages", trained, card, models)


def build_mnist(models: Path) -> Path:
    """Which digit a 28x28 thumbnail shows."""
    signature = TensorSignature(
        name="image",
        shape=(28, 28),
        minimum=0,
        maximum=255,
        description="greyscale, 0 to 255 or 0 to 1; where nothing is above 1, it is 0 to 1",
    )
    card = Card(
        name="mnist",
        description="Reads one digit in MNIST's 28x28 greyscale. Trained on scikit-learn's digits, not on MNIST.",
        task="classification",
        signature=signature,
        target=LABELS,
        metrics=_metrics(),
        examples=[_thumbnail(digit).tolist() for digit in (7, 2)],
    )
    return pack_onnx(_model(), "digit-thumbnails", ThumbnailsRuntime(_classify, signature, LABELS), card, models)


@cache
def _training_set() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    return training_set()


@cache
def _metrics() -> dict[str, float]:
    return {f"accuracy on {HELD_OUT} digits": round(held_out_accuracy(*_training_set()), 4)}


@cache
def _estimator() -> Any:
    return train(*_training_set())


@cache
def _model() -> bytes:
    return to_onnx(_estimator(), FEATURES)


def _classify(features: NDArray[np.float32]) -> NDArray[np.float32]:
    probabilities: NDArray[np.float32] = _estimator().predict_proba(features).astype(np.float32)
    return probabilities


def _enlarged(digit: int, factor: float) -> NDArray[np.float64]:
    """The data set's first picture of a digit, 8 x 8 pixels times the factor: ink, 0 to 1."""
    data = load_digits()
    picture = data.images[np.flatnonzero(data.target == digit)[0]] / 16
    enlarged: NDArray[np.float64] = np.clip(ndimage.zoom(picture, factor, order=3), 0, 1)
    return enlarged


def _thumbnail(digit: int) -> NDArray[np.int64]:
    """(28, 28), 0 to 255, white on black: the glyph 20 pixels high in the middle, as MNIST has it."""
    ink = _enlarged(digit, 20 / 8)
    return np.pad(np.rint(ink * 255).astype(np.int64), 4)


def _page(digits: tuple[int, ...]) -> NDArray[np.uint8]:
    """(128, 64 n + 64, 3): the digits in a line, dark on white paper."""
    glyphs = [np.pad(_enlarged(digit, 6), ((40, 40), (8, 8))) for digit in digits]
    ink = np.pad(np.hstack(glyphs), ((0, 0), (32, 32)))
    return np.repeat(np.rint(255 - 215 * ink).astype(np.uint8)[:, :, np.newaxis], 3, axis=2)
