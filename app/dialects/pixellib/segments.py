"""What was found in a picture, in PixelLib's shape."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from app.errors import TooLargeError
from app.predictions import Instances

# Of the form, with the picture.
FIELD = "image"
# Of mask_values, each some six bytes of JSON: an answer of about 200 MB.
MOST_VALUES = 2**25


def outputs(found: Instances) -> dict[str, Any]:
    """Everything but the masks; scores are whole percents."""
    return {
        "class_names": found.class_names,
        "class_ids": found.class_ids.tolist(),
        "scores": (found.scores * 100).round().astype(int).tolist(),
        "object_counts": found.counts(),
        "boxes": found.boxes.tolist(),
        "mask_shape": [found.height, found.width, len(found.masks)],
    }


def write(found: Instances) -> Iterator[bytes]:
    """The answer's JSON in pieces, for the whole of it could take a worker more memory than its models.

    Raises TooLargeError at once, before a piece is asked for.
    """
    values = mask_values(found)
    return chain((b'{"outputs":', orjson.dumps(outputs(found)), b',"mask_values":['), _write_rows(values), (b"]}",))


def _write_rows(values: NDArray[np.bool_]) -> Iterator[bytes]:
    for index, row in enumerate(values):
        yield b"," * (index > 0) + orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY)


def mask_values(found: Instances) -> NDArray[np.bool_]:
    """[height, width, instances]: whether a pixel is in an instance. Raises TooLargeError above MOST_VALUES."""
    shape = (found.height, found.width, len(found.masks))
    if np.prod(shape, dtype=object) > MOST_VALUES:
        told = " x ".join(map(str, shape))
        raise TooLargeError(
            f"the masks have {told} values; at most {MOST_VALUES} are written out one by one. "
            "A smaller picture has fewer, and POST /predict answers with run lengths"
        )
    values = np.zeros(shape, bool)
    for index, ((x1, y1, x2, y2), mask) in enumerate(zip(found.boxes.tolist(), found.masks, strict=True)):
        values[y1:y2, x1:x2, index] = mask
    return values
