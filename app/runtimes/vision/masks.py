"""Masks of three kinds, drawn in picture pixels, and only inside their boxes."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.runtimes.vision.boxes import first_inside
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.resample import Taps, resample, taps_at

Box = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Masks(Protocol):
    """The masks of N instances."""

    def draw(self, index: int, box: Box) -> tuple[Box, Mask]:
        """One instance's mask, and the box that holds it: `box`, or larger where the mask is. (4,) picture pixels."""


class PrototypeMasks:
    """Linear combinations of prototypes that cover the tensor, as YOLACT and Ultralytics have them.

    coefficients: (N, m). prototypes: (m, h, w). boxes: (N, 4), picture pixels, unrounded: they cut the masks.
    Sampled once, from the prototypes to the picture. Source: Ultralytics, utils/ops.py, process_mask and crop_mask.
    """

    def __init__(
        self,
        coefficients: NDArray[np.float32],
        prototypes: NDArray[np.float32],
        boxes: NDArray[np.float64],
        frame: Frame,
    ) -> None:
        self._coefficients, self._prototypes, self._boxes = coefficients, prototypes, boxes
        self._rows, self._columns = _picture_taps(frame, *prototypes.shape[1:])

    def draw(self, index: int, box: Box) -> tuple[Box, Mask]:
        x1, y1, x2, y2 = box.tolist()
        left, top = max(x1, first_inside(self._boxes[index, 0])), max(y1, first_inside(self._boxes[index, 1]))
        mask = np.zeros((y2 - y1, x2 - x1), np.bool_)
        if top < y2 and left < x2:
            rows, columns = self._rows[top:y2], self._columns[left:x2]
            mask[top - y1 :, left - x1 :] = self._logits(index, rows, columns) > 0
        return box, mask

    def _logits(self, index: int, rows: Taps, columns: Taps) -> NDArray[np.float32]:
        """Only the part of the prototypes that the taps reach is combined."""
        above, before = rows.index.min(), columns.index.min()
        part = self._prototypes[:, above : rows.index.max() + 1, before : columns.index.max() + 1]
        combined = np.tensordot(self._coefficients[index], part, axes=1)
        return resample(combined, Taps(rows.index - above, rows.weight), Taps(columns.index - before, columns.weight))


class BoxMasks:
    """Probabilities over each instance's own box, as the heads of Mask R-CNN give them.

    masks: (N, h, w), each stretched onto its box. boxes: (N, 4), picture pixels, unrounded.
    """

    def __init__(self, masks: NDArray[np.float32], boxes: NDArray[np.float64]) -> None:
        self._masks, self._boxes = masks, boxes

    def draw(self, index: int, box: Box) -> tuple[Box, Mask]:
        x1, y1, x2, y2 = box.tolist()
        left, top, right, bottom = self._boxes[index].tolist()
        height, width = self._masks.shape[1:]
        rows = taps_at((np.arange(y1, y2) + 0.5 - top) / (bottom - top) * height, height)
        columns = taps_at((np.arange(x1, x2) + 0.5 - left) / (right - left) * width, width)
        return box, resample(self._masks[index], rows, columns) > 0.5


class TensorMasks:
    """Probabilities over the whole tensor, as torchvision gives them. masks: (N, h, w).

    torchvision pastes a mask into its box grown by a cell of 28, so that some pixels may lie outside of the box.
    Source: torchvision, models/detection/roi_heads.py, paste_masks_in_image.
    """

    CELLS = 28

    def __init__(self, masks: NDArray[np.float32], frame: Frame) -> None:
        self._masks, self._frame = masks, frame
        self._rows, self._columns = _picture_taps(frame, *masks.shape[1:])

    def draw(self, index: int, box: Box) -> tuple[Box, Mask]:
        x1, y1, x2, y2 = box.tolist()
        beside, above = (x2 - x1) // self.CELLS + 2, (y2 - y1) // self.CELLS + 2
        left, top = max(0, x1 - beside), max(0, y1 - above)
        right, bottom = min(self._frame.width, x2 + beside), min(self._frame.height, y2 + above)
        mask = resample(self._masks[index], self._rows[top:bottom], self._columns[left:right]) > 0.5
        x1, x2 = _grown(x1, x2, left + np.flatnonzero(mask.any(axis=0)))
        y1, y2 = _grown(y1, y2, top + np.flatnonzero(mask.any(axis=1)))
        return np.array([x1, y1, x2, y2]), mask[y1 - top : y2 - top, x1 - left : x2 - left]


def _picture_taps(frame: Frame, height: int, width: int) -> tuple[Taps, Taps]:
    """Taps for every row and column of the picture into a grid of height x width that covers the tensor."""
    rows = taps_at(frame.rows() * height / frame.tensor_height, height)
    columns = taps_at(frame.columns() * width / frame.tensor_width, width)
    return rows, columns


def _grown(start: int, stop: int, used: NDArray[np.intp]) -> tuple[int, int]:
    """The span from start to stop, made to hold the used pixels, which are in rising order."""
    return (min(start, int(used[0])), max(stop, int(used[-1]) + 1)) if len(used) else (start, stop)
