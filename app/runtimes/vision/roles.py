"""Which output is which: boxes, labels, scores, masks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES = {
    "boxes": ("boxes", "bboxes", "detection_boxes"),
    "labels": ("labels", "classes", "detection_classes"),
    "scores": ("scores", "detection_scores"),
    "masks": ("masks", "detection_masks"),
    "count": ("num_detections",),
}


def detection_roles(outputs: Mapping[str, NDArray[Any]]) -> dict[str, str] | None:
    """Role -> output name, by the names where they say it, else by shapes and types. None where neither does."""
    by_name = {role: name for name in outputs for role, known in NAMES.items() if _plain(name) in known}
    if {"boxes", "labels", "scores"} <= by_name.keys():
        return by_name
    return _by_shape(outputs) if len(outputs) in (3, 4) else None


def _plain(name: str) -> str:
    """A name as people read it: TensorFlow's end with the number of the output."""
    return name.lower().partition(":")[0]


def _by_shape(outputs: Mapping[str, NDArray[Any]]) -> dict[str, str] | None:
    masks = [name for name, value in outputs.items() if value.ndim >= 4]
    rest = {name: value for name, value in outputs.items() if name not in masks}
    four_wide = [name for name, value in rest.items() if value.ndim >= 2 and value.shape[-1] == 4]
    if not four_wide or len(masks) > 1 or len(rest) != 3:
        return None
    # With four instances the scores of a batch are four wide as well, but have an axis less.
    boxes = max(four_wide, key=lambda name: rest[name].ndim)
    labels = [name for name, value in rest.items() if name != boxes and np.issubdtype(value.dtype, np.integer)]
    scores = [name for name, value in rest.items() if name != boxes and np.issubdtype(value.dtype, np.floating)]
    if len(labels) != 1 or len(scores) != 1:
        return None
    return {"boxes": boxes, "labels": labels[0], "scores": scores[0], **({"masks": masks[0]} if masks else {})}
