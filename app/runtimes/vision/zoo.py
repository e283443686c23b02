"""The ONNX model zoo's R-CNNs, exported from maskrcnn-benchmark: BGR of 0 to 255 minus the mean, no batch axis.

Outputs: boxes (N, 4) x1 y1 x2 y2 in tensor pixels, labels (N,) from 1, scores (N,) and, of Mask R-CNN, masks
(N, 1, 28, 28), probabilities over each box.
Source: onnx/models, vision/object_detection_segmentation/mask-rcnn/README.md.
"""

from dataclasses import replace
from typing import Any

from app.runtimes.vision.found import Found, Row
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.graph import Graph
from app.runtimes.vision.masks import BoxMasks
from app.runtimes.vision.options import VisionOptions
from app.runtimes.vision.rcnn import find, masks_of

# Heads of Mask R-CNN have 14, 28 or 56 cells a side; a larger mask covers the picture.
LARGEST_HEAD = 64
SHORT_SIDE = 800
# The zoo's own preprocessing knows no limit: a strip of 3 x 2000 pixels would become 533,333 wide. No photo is 4:1.
MAX_SIDE = 4 * SHORT_SIDE


def fits(graph: Graph) -> bool:
    return graph.order == "chw" and has_box_masks(graph)


def has_box_masks(graph: Graph) -> bool:
    """Whether there are masks, small, square and of another size than the tensor."""
    if graph.roles is None or "masks" not in graph.roles:
        return False
    height, width = graph.outputs[graph.roles["masks"]].shape[-2:]
    return height == width <= LARGEST_HEAD and (height, width) != graph.probe_size


def defaults(graph: Graph) -> dict[str, Any]:
    sized = {"size": graph.size, "resize": "stretch"}
    unsized = {"resize": "short-side", "short_side": SHORT_SIDE, "max_side": MAX_SIDE, "stride": 32}
    return {
        "outputs": graph.roles,
        **(sized if graph.size else unsized),
        "antialias": True,
        "channels": "bgr",
        "mean": (102.9801, 115.9465, 122.7717),
        "label_offset": 1,
        "batched": False,
    }


def decode(row: Row, frame: Frame, options: VisionOptions) -> Found:
    found = find(row, frame, options)
    return replace(found, masks=BoxMasks(masks_of(row), found.boxes)) if "masks" in row else found
