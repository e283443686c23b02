"""Detectors of three outputs with a batch axis, as the ONNX model zoo's SSD: ImageNet's pixels, stretched.

Outputs: boxes (1, N, 4) x1 y1 x2 y2 as shares of the picture, labels (1, N) from 1, scores (1, N).
Source: onnx/models, vision/object_detection_segmentation/ssd/README.md; mlperf/inference, coco.py.
"""

from typing import Any

from app.runtimes.vision.classifier import normalisation
from app.runtimes.vision.graph import Graph
from app.runtimes.vision.rcnn import find

# Shares may lie a little beyond the picture; pixels of a whole picture's boxes never stay below this.
LARGEST_SHARE = 2


def fits(graph: Graph) -> bool:
    return graph.order != "chw" and len(graph.outputs) == 3 and graph.roles is not None


def defaults(graph: Graph) -> dict[str, Any]:
    if graph.roles is None:
        raise graph.broken("there are no outputs to take for boxes, labels and scores")
    boxes = graph.outputs[graph.roles["boxes"]]
    return {
        "outputs": {role: name for role, name in graph.roles.items() if role != "masks"},
        "size": graph.size,
        "resize": "stretch" if graph.size else "none",
        "antialias": True,
        **normalisation(graph),
        "box_unit": "pixel" if boxes.size and boxes.max() > LARGEST_SHARE else "share",
        "label_offset": 1,
        "batched": boxes.ndim == 3,
    }


decode = find
