"""A picture -> the graph's tensor."""

import numpy as np
from numpy.typing import NDArray

from app.runtimes.vision.frames import Frame, frame_for
from app.runtimes.vision.options import VisionOptions
from app.runtimes.vision.resample import resample, resize_taps


def prepare(picture: NDArray[np.uint8], options: VisionOptions) -> tuple[NDArray[np.generic], Frame]:
    """(H, W, 3) RGB of 0 to 255 -> one picture's tensor, without a batch axis, and where the picture lies in it."""
    height, width, _ = picture.shape
    frame = frame_for(height, width, options)
    rows = _visible(frame.top, frame.new_height, frame.tensor_height)
    columns = _visible(frame.left, frame.new_width, frame.tensor_width)
    pixels = _resized(picture, frame, rows, columns, options.antialias)
    if options.channels == "bgr":
        pixels = pixels[:, :, ::-1]
    tensor = np.empty((frame.tensor_height, frame.tensor_width, 3), np.float32)
    tensor[:] = 0 if options.pad_value is None else _normalise(np.full(3, options.pad_value, np.float32), options)
    tensor[_moved(rows, frame.top), _moved(columns, frame.left)] = _normalise(pixels, options)
    ordered = tensor if options.order == "nhwc" else tensor.transpose(2, 0, 1)
    return np.ascontiguousarray(ordered, options.dtype), frame


def _visible(corner: int, new: int, limit: int) -> slice:
    """Which part of the resized axis is in the tensor: a crop resizes nothing that it would throw away."""
    return slice(max(0, -corner), min(new, limit - corner))


def _moved(part: slice, corner: int) -> slice:
    return slice(part.start + corner, part.stop + corner)


def _resized(
    picture: NDArray[np.uint8], frame: Frame, rows: slice, columns: slice, antialias: bool
) -> NDArray[np.float32]:
    """Whole numbers of 0 to 255, for training resized pictures of 8 bits."""
    if (frame.new_height, frame.new_width) == (frame.height, frame.width):
        return picture[rows, columns].astype(np.float32)
    row_taps = resize_taps(frame.height, frame.new_height, antialias, rows)
    column_taps = resize_taps(frame.width, frame.new_width, antialias, columns)
    rounded: NDArray[np.float32] = np.floor(resample(picture, row_taps, column_taps) + np.float32(0.5))
    return rounded


def _normalise(pixels: NDArray[np.float32], options: VisionOptions) -> NDArray[np.float32]:
    mean, std = np.array(options.mean, np.float32), np.array(options.std, np.float32)
    normalised: NDArray[np.float32] = (pixels * np.float32(options.scale) - mean) / std
    return normalised
