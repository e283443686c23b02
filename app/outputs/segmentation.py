"""What was found in one picture, in the shape that all JSON dialects share."""

from typing import Any

from app.outputs.masks import encode_mask
from app.predictions import Instances


def segmentation(instances: Instances) -> dict[str, Any]:
    """The instance segmentation shape; masks as COCO's uncompressed run lengths."""
    size = [instances.height, instances.width]
    corners = instances.boxes[:, :2].tolist()
    return {
        "boxes": instances.boxes.tolist(),
        "class_ids": instances.class_ids.tolist(),
        "class_names": instances.class_names,
        "scores": (instances.scores * 100).round(2).tolist(),
        "object_counts": instances.counts(),
        "mask_shape": [*size, len(instances.masks)],
        "masks": [
            {"size": size, "counts": encode_mask(mask, left, top, *size)}
            for mask, (left, top) in zip(instances.masks, corners, strict=False)  # a detector has no masks
        ],
    }
