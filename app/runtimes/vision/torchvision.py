"""torchvision's detectors: one picture without a batch axis, resized and normalised inside of the graph.

Outputs: boxes (N, 4) x1 y1 x2 y2 in tensor pixels, labels (N,) with 0 for the background, scores (N,) and, of
Mask R-CNN, masks (N, 1, H, W), probabilities over the whole tensor.
Source: torchvision, models/detection/generalized_rcnn.py and transform.py.
"""

from dataclasses import replace
from typing import Any

from app.runtimes.vision.found import Found, Row
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.graph import Graph
from app.runtimes.vision.masks import TensorMasks
from app.runtimes.vision.options import VisionOptions
from app.runtimes.vision.rcnn import find, masks_of
from app.runtimes.vision.zoo import has_box_masks

# The model zoo's Faster R-CNN has the same outputs, wants other pixels and names its input so: it is left untold.
AMBIGUOUS_NAME = "image"


def fits(graph: Graph) -> bool:
    if graph.order != "chw" or graph.roles is None:
        return False
    return not has_box_masks(graph) if "masks" in graph.roles else graph.input_name != AMBIGUOUS_NAME


def defaults(graph: Graph) -> dict[str, Any]:
    return {
        "outputs": graph.roles,
        "size": graph.size,
        "resize": "stretch" if graph.size else "none",
        "scale": 1 / 255,
        "label_offset": 1,
        "batched": False,
    }


def decode(row: Row, frame: Frame, options: VisionOptions) -> Found:
    found = find(row, frame, options)
    return replace(found, masks=TensorMasks(masks_of(row), frame)) if "masks" in row else found
