"""A picture -> where there is writing on it, and how strongly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Grey = NDArray[np.float32]

MOST_PIXELS = 1_500_000  # a larger photo is averaged down to this; a digit of 60 pixels in 12 megapixels keeps 20
LEAST_SIDE, LARGEST_ZOOM = 200, 6  # a thumbnail is enlarged: its strokes, two pixels thin, would break
BLUR = 0.7  # working pixels: takes the edge off sensor noise and JPEG blocks, and moves no outline
BACKGROUND_SIDE = 48  # pixels: the background is smooth, its copy may be tiny
BACKGROUND_WINDOW = 0.62  # of the short side: wide enough that no writing reaches the median
NOISE_FLOOR = 4.5  # standard deviations: in a million blurred noise pixels only a few, and no group, pass it
FAINTEST = 14 / 255  # of the grey range: below it, it is the paper's own grain
MOST_BLURRED = 1.3  # times its own contrast: more than that, and a thin stroke is a faint one
EIGHT = np.ones((3, 3), np.int8)  # neighbours: a stroke may go on over a corner
MAD_TO_SIGMA = 1.4826  # the standard deviation of a normal distribution, from its median absolute deviation


@dataclass(frozen=True, slots=True)
class Ink:
    """contrast: (h, w) float32, 0 = paper; mask: (h, w) bool, outlines at half of each stroke's own contrast;
    step, zoom: one working pixel is step picture pixels wide and high, or one picture pixel is zoom working pixels;
    at least one of the two is 1."""

    contrast: Grey
    mask: NDArray[np.bool_]
    step: int
    zoom: int


def find_ink(picture: NDArray[np.uint8], *, plain: bool = False) -> Ink | None:
    """The writing on a picture, (H, W, 3) or (H, W), dark on light or light on dark; None where there is none.

    plain: take one grey level, the border's, as the background. It serves where a digit fills the frame.
    """
    step = max(1, int(np.ceil(np.sqrt(picture.shape[0] * picture.shape[1] / MOST_PIXELS))))
    zoom = max(1, min(LARGEST_ZOOM, LEAST_SIDE // max(picture.shape[:2])))
    grey = _grey(picture, step)
    if zoom > 1:
        grey = ndimage.zoom(grey, zoom, order=1, mode="nearest", grid_mode=True)
    grey = ndimage.gaussian_filter(grey, BLUR * zoom, mode="nearest", truncate=3.0)
    paper = np.full_like(grey, _border_level(grey)) if plain else _background(grey)
    grey -= paper
    floor = max(FAINTEST, NOISE_FLOOR * _noise(grey))
    contrast = _upward(grey, paper, floor)
    mask = _outlined(contrast, floor)
    return None if mask is None else Ink(contrast, mask, step, zoom)


def _grey(picture: NDArray[np.uint8], step: int) -> Grey:
    """Luma 0..1 (ITU-R BT.601), averaged over step x step pixels; what is left over at the far edges is cut."""
    rows, columns = (max(length // step, 1) * step for length in picture.shape[:2])
    cut = picture[:rows, :columns]
    total = np.zeros((cut[::step, ::step].shape), np.float32)
    for row in range(min(step, cut.shape[0])):
        for column in range(min(step, cut.shape[1])):
            total += cut[row::step, column::step]
    total /= 255 * step * step
    if total.ndim == 2:
        return total
    return np.asarray(total[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32))


def _border_level(grey: Grey) -> np.float32:
    return np.float32(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def _background(grey: Grey) -> Grey:
    """The paper under the writing: a wide median, computed on a tiny copy and interpolated back."""
    height, width = grey.shape
    step = max(1, int(np.ceil(max(height, width) / BACKGROUND_SIDE)))
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    blocks = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    heights, widths = np.diff(rows, append=height), np.diff(columns, append=width)
    small = blocks / (heights[:, None] * widths).astype(np.float32)
    window = max(3, int(BACKGROUND_WINDOW * min(small.shape)) | 1)
    paper = ndimage.median_filter(small, window, mode="nearest")
    paper = ndimage.gaussian_filter(paper, 1.0, mode="nearest")
    down = _interpolation(height, rows + (heights - 1) / 2)
    across = _interpolation(width, columns + (widths - 1) / 2)
    return np.asarray(down @ paper @ across.T)


def _interpolation(length: int, knots: NDArray[np.float64]) -> Grey:
    """(length, knots) weights of linear interpolation, flat beyond the outer knots."""
    weights = [np.interp(np.arange(length), knots, unit) for unit in np.eye(knots.size)]
    return np.array(weights, np.float32).T


def _noise(residual: Grey) -> float:
    """Standard deviation of the paper, which the writing, being rare, does not move."""
    sample = residual[::3, ::3]
    return MAD_TO_SIGMA * float(np.median(np.abs(sample - np.median(sample))))


def _upward(residual: Grey, paper: Grey, floor: float) -> Grey:
    """Turn the residual so that writing is positive: it is the side with the heavier tail.

    Dark writing is weighed by the paper around it, because a shadow dims both alike.
    """
    lighter = float(np.maximum(residual - floor, 0).sum())
    darker = float(np.maximum(-residual - floor, 0).sum())
    if lighter > darker:
        return residual
    typical = float(np.median(paper[::8, ::8]))
    weight = typical / np.maximum(paper, 0.4 * typical + 1e-3)
    # In a shadow this lifts the noise too, so what was under the floor is left out.
    return np.where(residual < -0.8 * floor, -residual * weight, 0).astype(np.float32)


def _outlined(contrast: Grey, floor: float) -> NDArray[np.bool_] | None:
    """Threshold twice: once to find the strokes, then each stroke at half of its own contrast."""
    strong = max(_otsu(contrast), floor)
    weak = contrast > max(0.6 * strong, 0.8 * floor)
    labels, count = ndimage.label(weak, EIGHT)
    places = np.flatnonzero(labels)
    owners, values = labels.ravel()[places], contrast.ravel()[places]
    peaks = np.zeros(count + 1, np.float32)
    np.maximum.at(peaks, owners, values)
    levels = 0.5 * _full_ink(_crest(owners, values, peaks), peaks > strong)
    levels[peaks < strong] = np.inf
    kept = places[values > levels[owners]]
    if kept.size == 0:
        return None
    mask = np.zeros(contrast.shape, np.bool_)
    mask.ravel()[kept] = True
    return mask


def _crest(owners: NDArray[np.signedinteger], values: Grey, peaks: Grey) -> Grey:
    """Mean contrast of each stroke's better inked half, which one bright speck of noise cannot lift."""
    inked = values > 0.6 * peaks[owners]
    total = np.bincount(owners[inked], values[inked], peaks.size)
    number = np.bincount(owners[inked], minlength=peaks.size)
    return np.asarray(total / np.maximum(number, 1), np.float32)


def _full_ink(crests: Grey, real: NDArray[np.bool_]) -> Grey:
    """What a stroke's contrast would be if it were broad: blur takes some from a thin one, and half of what is left
    would outline it too wide. The broader strokes of the same page tell how much, up to a limit."""
    if not real.any():
        return crests
    return np.asarray(np.clip(np.quantile(crests[real], 0.9), crests, MOST_BLURRED * crests), np.float32)


def _otsu(contrast: Grey) -> float:
    """The level that best parts two classes (Otsu, IEEE Trans. SMC 9, 1979), over the positive contrasts."""
    sample = contrast[::2, ::2]
    counts = np.bincount((np.clip(sample, 0, 1) * 255).astype(np.uint8).ravel(), minlength=256).astype(np.float64)
    weight = np.cumsum(counts)
    moment = np.cumsum(counts * np.arange(256))
    rest = weight[-1] - weight
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (moment[-1] * weight / weight[-1] - moment) ** 2 / (weight * rest)
    return (float(np.argmax(np.nan_to_num(between, posinf=0.0))) + 0.5) / 255
