"""Pixels -> a PNG file."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """PNG bytes of an (H, W, 3) picture."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)  # the answer is waited for; a smaller file is not
    return file.getvalue()
