"""Bilinear resampling with half-pixel centres, along one axis at a time.

Pixel i covers i to i + 1 and its centre stands at i + 0.5, as in ONNX Resize's `half_pixel`, torch's
`align_corners=False`, OpenCV's INTER_LINEAR and Pillow.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Taps:
    """How n samples along one axis are mixed. index, weight: (n, k); a sample is the weighted sum of its k pixels."""

    index: NDArray[np.intp]
    weight: NDArray[np.float32]

    def __getitem__(self, part: slice) -> "Taps":
        return Taps(self.index[part], self.weight[part])


def taps_at(positions: NDArray[np.floating], size: int) -> Taps:
    """Taps at any positions along an axis of `size` pixels; beyond the outermost centres the edge goes on."""
    centre = np.clip(positions - 0.5, 0, size - 1)
    first = np.floor(centre).astype(np.intp)
    fraction = (centre - first).astype(np.float32)
    index = np.stack([first, np.minimum(first + 1, size - 1)], axis=1)
    return Taps(index, np.stack([1 - fraction, fraction], axis=1))


def resize_taps(source: int, target: int, antialias: bool = False, part: slice | None = None) -> Taps:
    """Taps that resize an axis, or only those from part.start to part.stop of the resized axis.

    With antialias the triangle widens with the reduction, as in Pillow, and in ONNX with exclude_outside.
    """
    step = source / target
    start, stop = (0, target) if part is None else (part.start, part.stop)
    positions = (np.arange(start, stop) + 0.5) * step
    if not antialias or step <= 1:
        return taps_at(positions, source)
    first = np.floor(positions - step).astype(np.intp)[:, None]
    index = first + np.arange(int(np.ceil(2 * step)) + 2)
    weight = np.maximum(0, 1 - np.abs(index + 0.5 - positions[:, None]) / step)
    weight[(index < 0) | (index >= source)] = 0
    weight /= weight.sum(axis=1, keepdims=True)
    return Taps(np.clip(index, 0, source - 1), weight.astype(np.float32))


def resample(array: NDArray[Any], rows: Taps, columns: Taps) -> NDArray[np.float32]:
    """(H, W, ...) -> (rows, columns, ...)."""
    height, width = array.shape[:2]
    # The axis that leaves less to do for the other goes first.
    if len(rows.index) * width <= height * len(columns.index):
        return _mix(_mix(array, rows, 0), columns, 1)
    return _mix(_mix(array, columns, 1), rows, 0)


def _mix(array: NDArray[Any], taps: Taps, axis: int) -> NDArray[np.float32]:
    shape = [1] * array.ndim
    shape[axis] = len(taps.index)
    mixed: NDArray[np.float32] = array.take(taps.index[:, 0], axis) * taps.weight[:, 0].reshape(shape)
    for index, weight in zip(taps.index.T[1:], taps.weight.T[1:], strict=True):
        mixed += array.take(index, axis) * weight.reshape(shape)
    return mixed
