"""One glyph -> 200 numbers: the same for training and for serving.

The normaliser brings any glyph into the shape that scikit-learn's ``load_digits`` has: upright, full height, about
two thirds as wide, strokes of one thickness. The features are the gradient features of handwriting recognition
(Liu, Nakashima, Sako, Fujisawa: "Handwritten digit recognition: benchmarking of state-of-the-art techniques",
Pattern Recognition 36, 2003): 8 directions, pooled over 5 x 5 soft cells.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Picture = NDArray[np.float32]

DIRECTIONS, CELLS = 8, 5
FEATURES = DIRECTIONS * CELLS * CELLS

# In load_digits a digit is 32 of 32 pixels high, 22 wide, and covers 310 of 1,024 pixels;
# the margin keeps the gradients of the outline.
HEIGHT, WIDTH, MARGIN = 32, 22, 4
CANVAS = HEIGHT + 2 * MARGIN
INK_PIXELS = 310 * HEIGHT * HEIGHT // 1024
NARROW = 0.5  # below this width / height a glyph keeps its narrowness: a 1 is not stretched into a block
STEEPEST_SLANT = 0.7  # columns per row; beyond it, it is the shape and not the hand
SMOOTHING = 1.0  # canvas pixels
MOST_THINNED, MOST_THICKENED = 3.5, 2.5  # canvas pixels, each side of a stroke


def features(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 200 gradient features of one glyph.

    ink: (h, w), 0 is paper and 1 is full ink; any size, margins do not matter.
    Returns (200,) float32 of length 1, or all zeros where there is no ink.
    """
    return gradient_features(normalise(ink))


def thumbnail_features(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 200 features of a whole small picture with one digit, in the manner of MNIST.

    picture: (28, 28) or any other shape, grey 0..1, light on dark or dark on light: the border is the paper.
    Returns (200,) float32; all zeros where the picture is empty.
    """
    grey = np.asarray(picture, dtype=np.float32)
    if grey.size == 0:
        return np.zeros(FEATURES, np.float32)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    contrast = np.abs(grey - np.median(border))
    peak = float(contrast.max())
    # Less than a twentieth of the range is compression noise, not writing.
    return features(contrast / peak) if peak > 0.05 else np.zeros(FEATURES, np.float32)


def normalise(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) ink of one glyph -> (40, 40) ink 0..1: deslanted, stretched, with one amount of ink."""
    ink = np.asarray(ink, dtype=np.float32)
    solid = ink > 0.5
    if not solid.any():
        return np.zeros((CANVAS, CANVAS), np.float32)
    rows, columns = np.nonzero(solid)
    ink = _smaller(ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    return _one_thickness(_stretched(ink))


def _smaller(ink: Picture) -> Picture:
    """Average whole blocks while the glyph is more than twice the canvas, so that resampling does not alias."""
    step = int(min(ink.shape[0] / HEIGHT, ink.shape[1] / WIDTH) / 2)
    if step < 2:
        return ink
    padded = np.pad(ink, [(0, -length % step) for length in ink.shape])
    height, width = padded.shape
    blocks = padded.reshape(height // step, step, width // step, step)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


def _stretched(ink: Picture) -> Picture:
    """Shear the glyph upright and stretch it to the common height and width."""
    rows, columns = np.nonzero(ink > 0.5)
    if rows.size == 0:
        rows, columns = np.nonzero(ink >= ink.max())
    middle = rows.mean()
    slant = _slant(rows - middle, columns - columns.mean())
    upright = columns - slant * (rows - middle)
    left, right = upright.min() - 0.5, upright.max() + 0.5
    top, bottom = rows.min() - 0.5, rows.max() + 0.5
    width = WIDTH * min(1.0, (right - left) / (bottom - top) / NARROW)
    down, across = (bottom - top) / HEIGHT, (right - left) / max(width, 3.0)
    # Canvas (r, c) is looked up at glyph (y, x) = matrix @ (r, c) + offset.
    matrix = np.array([[down, 0.0], [slant * down, across]])
    centre = (CANVAS - 1) / 2
    source = np.array([(top + bottom) / 2, (left + right) / 2 + slant * ((top + bottom) / 2 - middle)])
    offset = source - matrix @ np.array([centre, centre])
    canvas = ndimage.affine_transform(ink, matrix, offset, (CANVAS, CANVAS), order=1)
    return np.asarray(canvas, dtype=np.float32)


def _slant(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> float:
    spread = float(rows @ rows)
    slant = float(rows @ columns) / spread if spread else 0.0
    return min(max(slant, -STEEPEST_SLANT), STEEPEST_SLANT)


def _one_thickness(canvas: Picture) -> Picture:
    """Move the outline in or out until the glyph covers the usual number of pixels."""
    solid = canvas > 0.5
    if not solid.any():
        return canvas
    outside = ndimage.distance_transform_edt(~solid)
    inside = ndimage.distance_transform_edt(solid)
    distance = np.where(solid, 0.5 - inside, outside - 0.5)
    level = float(np.partition(distance.ravel(), INK_PIXELS)[INK_PIXELS])
    level = min(max(level, -MOST_THINNED), MOST_THICKENED)
    return np.clip(level - distance + 0.5, 0.0, 1.0).astype(np.float32)


def gradient_features(canvas: NDArray[np.float32]) -> NDArray[np.float32]:
    """(40, 40) normalised ink -> (200,): gradient strength in 8 directions over 5 x 5 cells, root, length 1."""
    smooth = ndimage.gaussian_filter(canvas, SMOOTHING, mode="constant")
    down, across = np.gradient(smooth)
    strength = np.hypot(down, across)
    angle = np.arctan2(down, across) * np.float32(DIRECTIONS / (2 * np.pi))
    # Each pixel shares its strength between the two nearest directions; the far end of the circle is 8 away.
    turn = np.abs(angle - COMPASS)
    directed = strength * np.maximum(1 - np.minimum(turn, DIRECTIONS - turn), 0)
    cells = np.sqrt(POOL @ directed @ POOL.T).ravel()
    length = np.linalg.norm(cells)
    return np.asarray(cells / length if length else cells, np.float32)


COMPASS = np.arange(-3, 5, dtype=np.float32)[:, None, None]


def _pool() -> NDArray[np.float32]:
    """(5, 40) Gaussian weights: one row per cell."""
    step = HEIGHT / CELLS
    centres = CANVAS / 2 - 0.5 + step * (np.arange(CELLS) - (CELLS - 1) / 2)
    gap = (np.arange(CANVAS) - centres[:, None]) / (0.6 * step)
    return np.exp(-0.5 * gap * gap).astype(np.float32)


POOL = _pool()
