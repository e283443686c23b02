"""TensorFlow's Object Detection API (ssd_mobilenet and its kin) by way of tf2onnx: bytes with the channels last.

Outputs: detection_boxes (1, N, 4) top left bottom right as shares of the picture, detection_classes (1, N) floats
from 1, detection_scores (1, N), num_detections (1,), and of Mask R-CNN detection_masks (1, N, h, w), probabilities
over each box. Source: tensorflow/models, research/object_detection/exporter.py.
"""

from dataclasses import replace
from typing import Any

from app.runtimes.vision.found import Found, Row
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.graph import Graph
from app.runtimes.vision.masks import BoxMasks
from app.runtimes.vision.options import VisionOptions
from app.runtimes.vision.rcnn import find, masks_of


def fits(graph: Graph) -> bool:
    named = any(name.startswith("detection_boxes") for name in graph.outputs)
    return graph.order == "nhwc" and named and graph.roles is not None


def defaults(graph: Graph) -> dict[str, Any]:
    return {
        "outputs": graph.roles,
        "size": graph.size,
        "resize": "stretch" if graph.size else "none",
        "box_format": "yxyx",
        "box_unit": "share",
        "label_offset": 1,
    }


def decode(row: Row, frame: Frame, options: VisionOptions) -> Found:
    found = find(row, frame, options)
    return replace(found, masks=BoxMasks(masks_of(row), found.boxes)) if "masks" in row else found
