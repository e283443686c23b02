"""Run-length encoding of masks, as COCO's annotations have it."""

import numpy as np
from numpy.typing import NDArray


def encode_mask(mask: NDArray[np.bool_], left: int, top: int, height: int, width: int) -> list[int]:
    """The runs of a (height, width) picture that is false but for `mask` with its corner at (left, top).

    Column-major run lengths, the first of zeros: the uncompressed `counts` of COCO's RLE (pycocotools/mask.py).
    The whole picture is never laid out, so many instances on a large picture stay cheap.
    """
    edges = np.diff(np.pad(mask, ((1, 1), (0, 0))).T.astype(np.int8), axis=1)
    column, row = np.nonzero(edges)  # column by column, a start and an end in turn
    positions = (left + column) * height + top + row
    # A run that reaches the bottom and goes on at the top of the next column ends where that one starts:
    # such a point is no border.
    borders, occurrences = np.unique(positions, return_counts=True)
    runs: list[int] = np.diff(borders[occurrences == 1], prepend=0, append=height * width).tolist()
    return runs if runs[-1] else runs[:-1]
