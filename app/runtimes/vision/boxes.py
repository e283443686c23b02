"""Boxes: their formats, their overlaps, and the pixels that they cover."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# Coordinates within this of a pixel's edge stand on it: float32 loses about as much on a picture 4,000 pixels wide.
TOLERANCE = 1e-3


def to_corners(boxes: Floats, box_format: str) -> Floats:
    """(N, 4) xyxy, yxyx or cxcywh -> (N, 4) x1 y1 x2 y2."""
    return _CORNERS[box_format](boxes)


def _from_centres(boxes: Floats) -> Floats:
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


_CORNERS: dict[str, Callable[[Floats], Floats]] = {
    "xyxy": lambda boxes: boxes,
    "yxyx": lambda boxes: boxes[:, [1, 0, 3, 2]],
    "cxcywh": _from_centres,
}


def covering(boxes: Floats, height: int, width: int) -> NDArray[np.int64]:
    """(N, 4) x1 y1 x2 y2 -> the whole pixels of the picture that each touches, end-exclusive. No box may hold NaN."""
    limits = np.array([width, height] * 2)
    corners = np.concatenate([np.floor(boxes[:, :2] + TOLERANCE), np.ceil(boxes[:, 2:] - TOLERANCE)], axis=1)
    pixels: NDArray[np.int64] = np.clip(corners, 0, limits).astype(np.int64)
    return pixels


def first_inside(edge: float) -> int:
    """The first pixel whose index is not below a box's edge; what an unrounded box cuts ends before it."""
    return int(np.ceil(edge - TOLERANCE))


def nms(boxes: Floats, scores: Floats, labels: NDArray[np.int64], iou_threshold: float, limit: int) -> NDArray[np.intp]:
    """Greedy non-maximum suppression within each class, as torchvision.ops.batched_nms has it.

    boxes: (N, 4) x1 y1 x2 y2. Returns the indices of at most `limit` boxes, best first; of equal scores the first.
    """
    order = np.argsort(-scores, kind="stable")
    # Columns, not rows, so that each step reads contiguous numbers.
    x1, y1, x2, y2 = boxes[order].T.astype(np.float32)
    kinds, areas = labels[order], (x2 - x1) * (y2 - y1)
    alive = np.arange(len(order))
    kept: list[int] = []
    while len(alive) and len(kept) < limit:
        best, rest = alive[0], alive[1:]
        kept.append(int(best))
        across = np.minimum(x2[rest], x2[best]) - np.maximum(x1[rest], x1[best])
        down = np.minimum(y2[rest], y2[best]) - np.maximum(y1[rest], y1[best])
        shared = np.maximum(across, 0) * np.maximum(down, 0)
        # Multiplied out, for two empty boxes have no ratio.
        beaten = shared > iou_threshold * (areas[rest] + areas[best] - shared)
        alive = rest[~(beaten & (kinds[rest] == kinds[best]))]
    return order[kept] if kept else np.empty(0, np.intp)
