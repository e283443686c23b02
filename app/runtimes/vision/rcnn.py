"""Detectors that answer with boxes, labels, scores and perhaps masks, already suppressed: how all of them are read."""

import numpy as np
from numpy.typing import NDArray

from app.runtimes.vision.boxes import to_corners
from app.runtimes.vision.found import Found, Row
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.options import VisionOptions


def find(row: Row, frame: Frame, options: VisionOptions) -> Found:
    """Boxes, labels and scores in picture pixels; without masks."""
    boxes = row["boxes"].reshape(-1, 4).astype(np.float64)
    count = int(row["count"].reshape(-1)[0]) if "count" in row else len(boxes)
    if options.box_unit == "share":
        height, width = frame.tensor_height, frame.tensor_width
        boxes = boxes * ([height, width] * 2 if options.box_format == "yxyx" else [width, height] * 2)
    return Found(
        frame.to_picture(to_corners(boxes[:count], options.box_format)),
        # TensorFlow's labels are floats.
        np.rint(row["labels"].reshape(-1)[:count]).astype(np.int64),
        row["scores"].reshape(-1)[:count],
    )


def masks_of(row: Row) -> NDArray[np.float32]:
    """(N, 1, h, w) or (N, h, w) -> (N, h, w)."""
    masks = row["masks"]
    return masks.reshape(-1, *masks.shape[-2:])
