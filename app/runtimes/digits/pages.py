"""A picture -> its digits: where each one is, its exact shape, what it says."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.runtimes.digits.glyphs import features
from app.runtimes.digits.ink import EIGHT, Ink, find_ink
from app.runtimes.digits.pieces import (
    LEAST_HEIGHT,
    SPECK,
    Piece,
    cuts,
    find_pieces,
    gap,
    is_fragment,
    joined,
    reference_height,
)

Classifier = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # (n, 200) -> (n, 10) probabilities

FILLS_THE_FRAME = 0.42  # of the frame: a digit that large has leaked into its own background
REACH = 0.2  # reference heights: how far a fragment may lie from the digit it belongs to
WIDE = 0.95  # width / height from which a piece may be two digits
TALL = 0.6  # of the whole's height, for each half: the arm of a 7 or the bar of a 4 is no digit
SURE = 0.7  # probability that both halves of a cut must reach
MOST_PIECES = 600  # the highest ones: bounds the time that a texture can take to about a second


@dataclass(frozen=True, slots=True)
class Instance:
    """One digit. box: x1, y1, x2, y2 in picture pixels, end-exclusive; mask: (y2 - y1, x2 - x1) bool, the glyph
    inside its box; score: probability 0..1."""

    box: tuple[int, int, int, int]
    mask: NDArray[np.bool_]
    digit: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    piece: Piece
    digit: int
    score: float


def read_page(picture: NDArray[np.uint8], classify: Classifier, threshold: float = 0.5) -> list[Instance]:
    """Find and read every digit.

    picture: (H, W, 3) RGB or (H, W) grey, any size, dark on light or light on dark.
    classify: (n, 200) features -> (n, 10) probabilities.
    threshold: the least probability of what is reported.
    Returns the digits in reading order; an empty list where there are none.
    """
    if picture.ndim not in (2, 3) or min(picture.shape[:2]) < 3:
        return []
    ink, found = _writing(picture)
    if ink is None:
        return []
    reader = _Reader(ink, classify)
    readings = reader.without_fragments(reader.read(found))
    readings = [part for reading in readings for part in reader.parted(reading)]
    sure = [r for r in readings if r.score >= threshold and r.piece.height >= LEAST_HEIGHT]
    return [_instance(reading, ink, picture.shape) for reading in _in_reading_order(sure)]


def _writing(picture: NDArray[np.uint8]) -> tuple[Ink | None, list[Piece]]:
    ink = find_ink(picture)
    if ink is not None:
        frame = ink.mask.shape
        found = find_pieces(ink)
        if not any(max(p.height / frame[0], p.width / frame[1]) > FILLS_THE_FRAME for p in found):
            return ink, _largest(found)
    ink = find_ink(picture, plain=True)
    return ink, [] if ink is None else _largest(find_pieces(ink))


def _largest(found: list[Piece]) -> list[Piece]:
    return sorted(found, key=lambda piece: -piece.height)[:MOST_PIECES]


class _Reader:
    """Reads the pieces of one page."""

    def __init__(self, ink: Ink, classify: Classifier) -> None:
        self.ink = ink
        self.classify = classify

    def read(self, found: list[Piece]) -> list[Reading]:
        if not found:
            return []
        rows = np.stack([features(soft(piece, self.ink)) for piece in found])
        chances = self.classify(rows)
        digits = chances.argmax(axis=1)
        return [
            Reading(piece, int(digit), float(chance[digit]))
            for piece, digit, chance in zip(found, digits, chances, strict=True)
        ]

    def without_fragments(self, readings: list[Reading]) -> list[Reading]:
        """Join each fragment to the digit next to it where that reads no worse, and drop those left alone."""
        reference = reference_height([reading.piece for reading in readings])
        whole = [r for r in readings if not is_fragment(r.piece, reference)]
        for fragment in (r.piece for r in readings if is_fragment(r.piece, reference)):
            whole = self._with_fragment(whole, fragment, reference)
        return whole

    def _with_fragment(self, whole: list[Reading], fragment: Piece, reference: float) -> list[Reading]:
        near = sorted((gap(r.piece, fragment), i) for i, r in enumerate(whole))[:1]
        if near and near[0][0] <= REACH * reference:
            index = near[0][1]
            together = self.read([joined(whole[index].piece, fragment)])[0]
            if together.score >= whole[index].score - 0.1:
                return [*whole[:index], together, *whole[index + 1 :]]
        if fragment.height >= SPECK * reference:
            return [*whole, *self.read([fragment])]
        return whole

    def parted(self, reading: Reading) -> list[Reading]:
        """Two digits where a wide piece reads better as two."""
        if reading.piece.width < WIDE * reading.piece.height:
            return [reading]
        tall = TALL * reading.piece.height
        halved = [halves for halves in cuts(reading.piece) if min(half.height for half in halves) >= tall]
        ways = [self.read(list(halves)) for halves in halved]
        best = max(ways, key=lambda way: min(r.score for r in way), default=[])
        if best and min(r.score for r in best) > max(SURE, reading.score + 0.1):
            return [part for half in best for part in self.parted(half)]
        return [reading]


def soft(piece: Piece, ink: Ink) -> NDArray[np.float32]:
    """(h + 2, w + 2) ink 0..1 of a piece: 0.5 on its outline, shaded as the picture is, nothing of its neighbours."""
    mask = np.pad(piece.mask, 1)
    contrast = _window(ink.contrast, piece)
    level = 0.5 * float(contrast[mask].mean())
    shade = np.clip(contrast / max(2 * level, 1e-6), 0, 1)
    shade = np.where(mask, np.maximum(shade, 0.51), np.minimum(shade, 0.49))
    return np.where(ndimage.binary_dilation(mask, EIGHT), shade, 0).astype(np.float32)


def _window(values: NDArray[np.float32], piece: Piece) -> NDArray[np.float32]:
    """The values under a piece and one pixel around it; 0 beyond the frame."""
    top, left = piece.top - 1, piece.left - 1
    bottom, right = top + piece.height + 2, left + piece.width + 2
    inside = values[max(top, 0) : bottom, max(left, 0) : right]
    before = (max(-top, 0), max(-left, 0))
    after = (max(bottom - values.shape[0], 0), max(right - values.shape[1], 0))
    return np.pad(inside, ((before[0], after[0]), (before[1], after[1])))


def _in_reading_order(readings: list[Reading]) -> list[Reading]:
    """Line by line from the top, left to right: a line takes whatever reaches over its middle."""
    lines: list[list[Reading]] = []
    for reading in sorted(readings, key=lambda r: r.piece.top + r.piece.height / 2):
        middle = reading.piece.top + reading.piece.height / 2
        if lines and _bottom_of(lines[-1]) > middle:
            lines[-1].append(reading)
        else:
            lines.append([reading])
    return [reading for line in lines for reading in sorted(line, key=lambda r: r.piece.left)]


def _bottom_of(line: list[Reading]) -> float:
    """The lower edge of the line's first digit: a later one may hang, but must not draw the line down."""
    first = line[0].piece
    return first.top + first.height


def _instance(reading: Reading, ink: Ink, shape: tuple[int, ...]) -> Instance:
    """Map a reading back from working pixels to picture pixels."""
    piece = reading.piece
    if ink.zoom > 1:
        x, y, mask = _reduced(piece, ink.zoom)
    else:
        x, y, mask = piece.left * ink.step, piece.top * ink.step, _enlarged(piece, ink)
    mask = mask[: shape[0] - y, : shape[1] - x]
    box = (x, y, x + mask.shape[1], y + mask.shape[0])
    return Instance(box, mask, reading.digit, reading.score)


def _enlarged(piece: Piece, ink: Ink) -> NDArray[np.bool_]:
    """The mask in pixels of a large photo, its outline interpolated."""
    if ink.step == 1:
        return piece.mask
    shade = ndimage.zoom(soft(piece, ink), ink.step, order=1, grid_mode=True, mode="grid-constant")
    return np.asarray(shade[ink.step : -ink.step, ink.step : -ink.step] > 0.5)


def _reduced(piece: Piece, zoom: int) -> tuple[int, int, NDArray[np.bool_]]:
    """x, y and the mask in pixels of a thumbnail: those that are at least half covered."""
    x, y = piece.left // zoom, piece.top // zoom
    before = (piece.top - y * zoom, piece.left - x * zoom)
    after = (-(before[0] + piece.height) % zoom, -(before[1] + piece.width) % zoom)
    mask = np.pad(piece.mask, ((before[0], after[0]), (before[1], after[1])))
    height, width = mask.shape
    cover = mask.reshape(height // zoom, zoom, width // zoom, zoom).mean(axis=(1, 3))
    return x, y, cover >= min(0.5, cover.max())
