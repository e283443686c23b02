"""Where a picture lies in the tensor that is made of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.runtimes.vision.options import VisionOptions


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of height x width, resized to new_height x new_width, its corner at (top, left) of the tensor.

    The corner is negative where a crop cut pixels off.
    """

    height: int
    width: int
    new_height: int
    new_width: int
    tensor_height: int
    tensor_width: int
    top: int = 0
    left: int = 0

    def to_picture(self, boxes: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 4) x1 y1 x2 y2, tensor pixels -> picture pixels, neither rounded nor clipped."""
        corner = np.array([self.left, self.top] * 2, np.float64)
        return (boxes - corner) * ([self.width, self.height] * 2) / ([self.new_width, self.new_height] * 2)

    def rows(self) -> NDArray[np.float64]:
        """The centre of each row of the picture, in tensor pixels."""
        return (np.arange(self.height) + 0.5) * self.new_height / self.height + self.top

    def columns(self) -> NDArray[np.float64]:
        """The centre of each column of the picture, in tensor pixels."""
        return (np.arange(self.width) + 0.5) * self.new_width / self.width + self.left


def frame_for(height: int, width: int, options: VisionOptions) -> Frame:
    """The frame of a picture of this size."""
    return _FRAMES[options.resize](height, width, options)


def _none(height: int, width: int, options: VisionOptions) -> Frame:
    return Frame(height, width, height, width, height, width)


def _stretch(height: int, width: int, options: VisionOptions) -> Frame:
    size = _size(options)
    return Frame(height, width, *size, *size)


def _letterbox(height: int, width: int, options: VisionOptions) -> Frame:
    """Ultralytics' LetterBox: enlarging allowed, an odd row of padding goes to the bottom and the right."""
    limits = _size(options)
    ratio = min(limits[0] / height, limits[1] / width)
    new_height, new_width = (max(round(side * ratio), 1) for side in (height, width))
    below, beside = limits[0] - new_height, limits[1] - new_width
    if options.stride:
        below, beside = below % options.stride, beside % options.stride
    top, left = round(below / 2 - 0.1), round(beside / 2 - 0.1)
    return Frame(height, width, new_height, new_width, new_height + below, new_width + beside, top, left)


def _crop(height: int, width: int, options: VisionOptions) -> Frame:
    """torchvision's Resize to the shorter side, then CenterCrop, which pads where the picture is too narrow."""
    size = _size(options)
    short, least = options.short_side or 1, min(height, width)
    new = (height * short // least, width * short // least)
    top, left = (-round((n - s) / 2) if n >= s else (s - n) // 2 for n, s in zip(new, size, strict=True))
    return Frame(height, width, *new, *size, top, left)


def _short_side(height: int, width: int, options: VisionOptions) -> Frame:
    short, least = options.short_side or 1, min(height, width)
    if options.max_side and max(height, width) * short > options.max_side * least:
        short, least = options.max_side, max(height, width)
    new_height, new_width = (max(side * short // least, 1) for side in (height, width))
    stride = options.stride or 1
    tensor_height, tensor_width = (-(-side // stride) * stride for side in (new_height, new_width))
    return Frame(height, width, new_height, new_width, tensor_height, tensor_width)


def _size(options: VisionOptions) -> tuple[int, int]:
    if options.size is None:
        raise ValueError(f"resize {options.resize!r} needs a size")
    return options.size


_FRAMES: dict[str, Callable[[int, int, VisionOptions], Frame]] = {
    "none": _none,
    "stretch": _stretch,
    "letterbox": _letterbox,
    "crop": _crop,
    "short-side": _short_side,
}
