"""Ink -> pieces of writing, each of which may be one digit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.runtimes.digits.ink import EIGHT, Ink

Mask = NDArray[np.bool_]

# Lengths and gaps are in reference heights: the height of the page's typical digit.
LEAST_HEIGHT = 8  # working pixels: what is lower cannot be read
SPECK = 0.3  # lower than this and alone: a dot, a dash, a crumb
CRUMB = 0.004  # of the reference height's square, in area: not even worth joining to a digit
LONG, THIN = 0.3, 0.012  # of the frame's longer side: a rule is longer and thinner than these
SOLID = 0.88  # of its box filled: a block, not writing, unless it is as narrow as a 1


@dataclass(frozen=True, slots=True)
class Piece:
    """mask: (h, w) bool, from row top and column left of the working picture."""

    top: int
    left: int
    mask: Mask

    @property
    def height(self) -> int:
        return len(self.mask)

    @property
    def width(self) -> int:
        return len(self.mask.T)


def find_pieces(ink: Ink) -> list[Piece]:
    """The connected strokes of a page, without rules and crumbs, any order."""
    found = _components(ink.mask)
    frame = max(ink.mask.shape)
    if any(max(piece.mask.shape) > 0.5 * frame for piece in found):
        found = _components(_without_rules(ink.mask))
    found = [piece for piece in found if _may_be_writing(piece, ink.mask.shape)]
    crumb = CRUMB * reference_height(found) ** 2
    return [piece for piece in found if piece.mask.sum() > max(crumb, 5)]


def reference_height(found: list[Piece]) -> float:
    """The height of the typical digit: the median, by area, so that many crumbs do not outvote few digits."""
    if not found:
        return 0.0
    heights = np.array([max(piece.height, 0.6 * piece.width) for piece in found])
    areas = np.array([piece.mask.sum() for piece in found])
    order = np.argsort(heights)
    half = np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)
    return float(heights[order][half])


def is_fragment(piece: Piece, reference: float) -> bool:
    """Too low to stand for a digit by itself: the flag of a 5, a broken stroke."""
    return piece.height < 0.5 * reference and piece.mask.sum() < 0.12 * reference * reference


def gap(one: Piece, other: Piece) -> float:
    """Distance between two boxes in working pixels; 0 where they overlap."""
    down = max(one.top - other.top - other.height, other.top - one.top - one.height, 0)
    across = max(one.left - other.left - other.width, other.left - one.left - one.width, 0)
    return float(np.hypot(down, across))


def joined(one: Piece, other: Piece) -> Piece:
    """Two pieces as one."""
    top, left = min(one.top, other.top), min(one.left, other.left)
    bottom = max(one.top + one.height, other.top + other.height)
    right = max(one.left + one.width, other.left + other.width)
    mask = np.zeros((bottom - top, right - left), np.bool_)
    for piece in (one, other):
        row, column = piece.top - top, piece.left - left
        mask[row : row + piece.height, column : column + piece.width] |= piece.mask
    return Piece(top, left, mask)


def cuts(piece: Piece) -> list[tuple[Piece, Piece]]:
    """Ways to part a wide piece in two: upright cuts at the thinnest places of its middle."""
    profile = ndimage.uniform_filter1d(piece.mask.sum(axis=0).astype(np.float64), 3)
    start, end = max(1, int(0.2 * piece.width)), int(0.8 * piece.width)
    middle = profile[start:end]
    if middle.size < 3:
        return []
    lowest = ndimage.minimum_filter1d(middle, max(3, piece.width // 8))
    places = np.flatnonzero(middle == lowest) + start
    places = places[np.argsort(profile[places], kind="stable")]
    chosen: list[int] = []
    for place in places:
        if all(abs(place - other) > piece.width // 8 for other in chosen):
            chosen.append(int(place))
    return [parts for place in chosen[:3] if (parts := _parted(piece, place)) is not None]


def _parted(piece: Piece, column: int) -> tuple[Piece, Piece] | None:
    left = _trimmed(piece.mask[:, :column], piece.top, piece.left)
    right = _trimmed(piece.mask[:, column:], piece.top, piece.left + column)
    return None if left is None or right is None else (left, right)


def _trimmed(mask: Mask, top: int, left: int) -> Piece | None:
    """The largest connected part of a mask."""
    parts = _components(mask)
    if not parts:
        return None
    largest = max(parts, key=lambda part: int(part.mask.sum()))
    return Piece(top + largest.top, left + largest.left, largest.mask)


def _components(mask: Mask) -> list[Piece]:
    labels, _ = ndimage.label(mask, EIGHT)
    boxes = ndimage.find_objects(labels)
    return [Piece(box[0].start, box[1].start, labels[box] == number) for number, box in enumerate(boxes, 1) if box]


def _may_be_writing(piece: Piece, frame: tuple[int, ...]) -> bool:
    """Not a crumb, not a block, not the shadow or table edge that runs along the frame."""
    if max(piece.mask.shape) < LEAST_HEIGHT // 2:
        return False
    if piece.width > 0.6 * piece.height and piece.mask.mean() > SOLID:
        return False
    touches = piece.top == 0 or piece.left == 0
    touches |= piece.top + piece.height == frame[0] or piece.left + piece.width == frame[1]
    return not (touches and (piece.height > 0.9 * frame[0] or piece.width > 0.9 * frame[1]))


def _without_rules(mask: Mask) -> Mask:
    """Erase the lines of ruled and squared paper, and keep the strokes that cross them."""
    long, thin = LONG * max(mask.shape), max(THIN * max(mask.shape), 2)
    across, down = _runs(mask), _runs(mask.T).T
    rules = ((across >= long) & (down <= thin)) | ((down >= long) & (across <= thin))
    return np.asarray(mask & ~rules)


def _runs(mask: Mask) -> NDArray[np.int32]:
    """For each pixel, the length of the horizontal run of ink that it is part of; 0 off the ink."""
    padded = np.pad(mask, ((0, 0), (1, 1))).ravel().view(np.int8)
    edges = np.flatnonzero(np.diff(padded)) + 1
    lengths = np.zeros(padded.size + 1, np.int32)
    size = edges[1::2] - edges[::2]
    lengths[edges[::2]] = size
    lengths[edges[1::2]] -= size
    filled = np.cumsum(lengths[:-1], dtype=np.int32)
    return filled.reshape(mask.shape[0], mask.shape[1] + 2)[:, 1:-1]
