"""Ultralytics' YOLO exports: letterboxed RGB of 0 to 1; the metadata name the task, the classes and the size.

Raw: output0 (n, 4 + classes + m, A), columns of cx cy w h in tensor pixels, sigmoid scores and m coefficients; of
segmentation also output1 (n, m, h, w), prototypes of masks over the tensor.
With suppression inside (nms=True, end-to-end models): output0 (n, rows, 6 + m) of x1 y1 x2 y2, score, class and
coefficients; unused rows are zero.
Source: Ultralytics, utils/ops.py, utils/nms.py, data/augment.py and engine/exporter.py.
"""

from typing import Any

import numpy as np

from app.runtimes.vision import classifier
from app.runtimes.vision.boxes import nms, to_corners
from app.runtimes.vision.found import Found, Row
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.graph import Graph
from app.runtimes.vision.masks import PrototypeMasks
from app.runtimes.vision.options import VisionOptions

TASKS = ("detect", "segment")
PAD = 114
SCORE_THRESHOLD, IOU_THRESHOLD = 0.25, 0.7
# x1 y1 x2 y2, score, class.
ROW = 6


def fits_raw(graph: Graph) -> bool:
    return _finds(graph) and not _suppressed(graph)


def fits_nms(graph: Graph) -> bool:
    return _finds(graph) and _suppressed(graph)


def fits_classifier(graph: Graph) -> bool:
    return "names" in graph.metadata and graph.metadata.get("task") == "classify"


def _finds(graph: Graph) -> bool:
    ranks = sorted(value.ndim for value in graph.outputs.values())
    return "names" in graph.metadata and graph.metadata.get("task") in TASKS and ranks in ([3], [3, 4])


def _suppressed(graph: Graph) -> bool:
    """Told by the shape: rows as wide as a detection. Anchors are never so few."""
    found, *prototypes = sorted(graph.outputs.values(), key=np.ndim)
    return bool(found.shape[2] == ROW + (prototypes[0].shape[1] if prototypes else 0))


def defaults(graph: Graph) -> dict[str, Any]:
    stride = graph.literal("stride") if graph.dynamic else None
    return {
        "outputs": {"prototypes" if value.ndim == 4 else "found": name for name, value in graph.outputs.items()},
        "size": graph.probe_size,
        "resize": "letterbox",
        "stride": stride,
        "pad_value": PAD,
        "scale": 1 / 255,
        "score_threshold": SCORE_THRESHOLD,
        "iou_threshold": IOU_THRESHOLD,
    }


def classifier_defaults(graph: Graph) -> dict[str, Any]:
    """As any classifier's, but for the margin and the normalisation, which Ultralytics does without."""
    return {
        **classifier.defaults(graph),
        "size": graph.probe_size,
        "short_side": max(graph.probe_size),
        "scale": 1 / 255,
        "mean": (0, 0, 0),
        "std": (1, 1, 1),
    }


def decode_raw(row: Row, frame: Frame, options: VisionOptions) -> Found:
    columns = row["found"]
    classes = len(columns) - 4 - (len(row["prototypes"]) if "prototypes" in row else 0)
    best = columns[4 : 4 + classes].max(axis=0)
    columns = columns[:, best > options.score_threshold]
    boxes = to_corners(columns[:4].T, "cxcywh")
    scores, labels = columns[4 : 4 + classes].max(axis=0), columns[4 : 4 + classes].argmax(axis=0)
    kept = nms(boxes, scores, labels, options.iou_threshold, options.max_instances)
    return _found(row, frame, boxes[kept], labels[kept], scores[kept], columns[4 + classes :, kept].T)


def decode_nms(row: Row, frame: Frame, options: VisionOptions) -> Found:
    rows = row["found"]
    rows = rows[rows[:, 4] > options.score_threshold]
    return _found(row, frame, rows[:, :4], np.rint(rows[:, 5]), rows[:, 4], rows[:, ROW:])


def _found(row: Row, frame: Frame, boxes: Any, labels: Any, scores: Any, coefficients: Any) -> Found:
    corners = frame.to_picture(boxes)
    masks = PrototypeMasks(coefficients, row["prototypes"], corners, frame) if "prototypes" in row else None
    return Found(corners, labels.astype(np.int64), scores, masks)
