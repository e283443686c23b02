"""Trains the reader of one digit on scikit-learn's ``load_digits``, and on nothing else.

The 1,797 pictures of 8 x 8 are enlarged, warped as hands differ, given the few habits that these writers lack, and
turned into the 200 features that serving computes.
"""

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from app.runtimes.digits.glyphs import features

Picture = NDArray[np.float32]
Generator = np.random.Generator

SIDE = 40  # pixels: 32 for the digit, as before load_digits was reduced to 8 x 8, and a margin for the warps
SEED = 1
COPIES = 8  # warped copies of each digit
WAIST, BEND = 1.5, 1.0  # pixels: how far a warp typically moves the middle, and any place
HELD_OUT = 360  # digits, a fifth
TURNED = 0.7  # of the edited sixes and nines: the other one upside down; the rest are put together


def train(rows: NDArray[np.float32], labels: NDArray[np.int64]) -> LogisticRegression:
    """A classifier fitted to a `training_set`: predict_proba takes (n, 200) features and gives (n, 10) probabilities.

    On glyphs of fonts and pens, a calibrated RBF SVC and small neural networks read no better than this linear model,
    whose ONNX file is 10 kB.
    """
    # In float64, so that the number of threads that add up does not show in the outcome.
    return LogisticRegression(C=30.0, max_iter=1000).fit(rows.astype(np.float64), labels)


def held_out_accuracy(rows: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The share of HELD_OUT digits of a `training_set` that are read right by who was trained on the others' copies."""
    digits = np.arange(len(rows)) // (1 + COPIES)
    held = np.isin(digits, np.random.default_rng(SEED).permutation(digits[-1] + 1)[:HELD_OUT])
    as_they_are = held & (np.arange(len(rows)) % (1 + COPIES) == 0)
    return float(train(rows[~held], labels[~held]).score(rows[as_they_are], labels[as_they_are]))


def training_set(
    random: Generator | None = None, copies: int = COPIES
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, 200) features and (n,) labels: every digit as it is, then warped and edited copies of it."""
    random = random or np.random.default_rng(SEED)
    digits = load_digits()
    rows, labels = [], []
    for small, label in zip(digits.images, digits.target, strict=True):
        picture = enlarged(small / 16)
        rows.append(features(picture))
        labels.append(label)
        for _ in range(copies):
            edited, meaning = another_hand(picture, int(label), random)
            rows.append(features(warped(edited, random)))
            labels.append(meaning)
    return np.array(rows, np.float32), np.array(labels, np.int64)


def enlarged(small: NDArray[np.float64]) -> Picture:
    """(8, 8) ink 0..1 -> (40, 40) ink with sharp edges again."""
    large = ndimage.zoom(np.pad(small, 1), 4, order=3, mode="grid-constant", grid_mode=True)
    return np.clip((large - 0.45) * 4 + 0.5, 0, 1).astype(np.float32)


@cache
def zeros() -> list[Picture]:
    """Every 0 of load_digits: the rings that round forms of 6, 8 and 9 are put together from."""
    digits = load_digits()
    return [enlarged(small / 16) for small in digits.images[digits.target == 0]]


def another_hand(picture: Picture, label: int, random: Generator) -> tuple[Picture, int]:
    """Now and then, give the digit a form that is common elsewhere and rare in load_digits."""
    if random.random() < 0.4:
        return picture, label
    if label in (6, 9):
        return six_or_nine(picture, label, random)
    if label in HABITS:
        return HABITS[label](picture, random), label
    return picture, label


def six_or_nine(picture: Picture, label: int, random: Generator) -> tuple[Picture, int]:
    """Each turned into the other, or either as a ring with a tail."""
    if random.random() < TURNED:
        return picture[::-1, ::-1], 15 - label
    if label == 9:
        return ring_with_tail(random, random.uniform(0, 14)), label
    return ring_with_tail(random, random.uniform(-8, 14))[::-1, ::-1], label


def ring_with_tail(random: Generator, lean: float) -> Picture:
    """A 9 as a zero of load_digits, flattened, with a stroke down from its right side, straight or hooked."""
    bottom = 4 + 32 * random.uniform(0.48, 0.75)
    ring = placed(zeros()[random.integers(len(zeros()))], 4, bottom, random.uniform(0.75, 1.1))
    right = float(np.nonzero((ring > 0.5).any(axis=0))[0].max()) - 1
    start = np.array([(4 + bottom) / 2 - random.uniform(0, 4), right])
    end = np.array([35, right - lean])
    hook = np.array([random.uniform(0.5, 1.0) * 35, right])
    thickness = random.uniform(3, 5)
    places = [(1 - t) ** 2 * start + 2 * t * (1 - t) * hook + t * t * end for t in (0, 0.25, 0.5, 0.75, 1)]
    for one, other in pairwise(places):
        ring = with_stroke(ring, one, other, thickness)
    return ring


def printed_one(picture: Picture, random: Generator) -> Picture:
    """A 1 as a bare upright stroke, perhaps with a flag at its head, perhaps on a serif."""
    centre = (SIDE - 1) / 2
    matrix = np.array([1.0, random.uniform(1.2, 3.5)])
    edited = ndimage.affine_transform(picture, matrix, centre - matrix * centre, order=1)
    top, bottom = extent(edited)
    head, foot = middle(edited[top : top + 4]), middle(edited[bottom - 3 : bottom + 1])
    thickness = random.uniform(2.0, 4.5)
    if random.random() < 0.7:
        reach = random.uniform(3, 11)
        # It falls: a level one would make it a 7.
        flag = (top + 1 + reach * random.uniform(0.45, 1.3), head - reach)
        edited = with_stroke(edited, (top + 1, head), flag, thickness)
    if random.random() < 0.4:
        reach = random.uniform(5, 10)
        edited = with_stroke(edited, (bottom - 1, foot - reach), (bottom - 1, foot + reach), thickness)
    return edited


def closed_four(picture: Picture, random: Generator) -> Picture:
    """A 4 whose stem starts at its very top, as printed ones have it: a straight stroke from head to foot."""
    edited = lowered(picture, random.uniform(0, 5))
    top, bottom = extent(edited)
    head, foot = middle(edited[top : top + 4]), middle(edited[bottom - 3 : bottom + 1])
    head += random.uniform(0, 3)
    if random.random() < 0.4:
        stem_columns = np.linspace(head, foot, bottom - top + 1)[:, None]
        edited[top : bottom + 1][np.arange(SIDE) > stem_columns + 2] = 0
    return with_stroke(edited, (top + 1, head), (bottom - 1, foot), random.uniform(2, 4))


def lowered(picture: Picture, shift: float) -> Picture:
    """The picture with its waist moved down by some pixels, head and foot where they were."""
    rows = np.arange(SIDE)
    source = rows - shift * np.sin(np.clip((rows - 4) / 32, 0, 1) * np.pi)
    lower = np.minimum(source.astype(int) + 1, SIDE - 1)
    share = (source - source.astype(int))[:, None]
    return np.asarray(picture[lower - 1] * (1 - share) + picture[lower] * share, np.float32)


def plain_seven(picture: Picture, _: Generator) -> Picture:
    """A 7 without the bar across its stem: in its middle rows, only the stem stays."""
    top, bottom = extent(picture)
    above, below = top + int(0.32 * (bottom - top)), top + int(0.8 * (bottom - top))
    start, end = stem(picture[above]), stem(picture[below])
    if start is None or end is None:
        return picture
    edited = picture.copy()
    for row in range(above, below):
        centre = start + (end - start) * (row - above) / (below - above)
        edited[row, np.abs(np.arange(SIDE) - centre) > 3.5] = 0
    return edited


def round_eight(_: Picture, random: Generator) -> Picture:
    """An 8 as two rings, one on the other: two zeros of load_digits, flattened."""
    upper, lower = (zeros()[i] for i in random.integers(len(zeros()), size=2))
    waist = random.uniform(0.42, 0.52)
    overlap = random.uniform(1.0, 3.5)
    split = 4 + 32 * waist
    wide = random.uniform(0.75, 1.0)
    above, below = placed(upper, 4, split + overlap / 2, wide), placed(lower, split - overlap / 2, 36, 1.0)
    return np.asarray(np.maximum(above, below))


def placed(picture: Picture, top: float, bottom: float, width: float) -> Picture:
    """The picture's 32 rows squeezed between two rows, its columns about the centre."""
    down, across = 32 / (bottom - top), 1 / width
    centre = (SIDE - 1) / 2
    offset = (4 - top * down, centre - across * centre)
    return np.asarray(ndimage.affine_transform(picture, np.array([down, across]), offset, order=1))


def extent(picture: Picture) -> tuple[int, int]:
    """The first and the last row with ink."""
    rows = np.nonzero((picture > 0.5).any(axis=1))[0]
    return int(rows[0]), int(rows[-1])


def middle(rows: Picture) -> float:
    """The mean column of the ink in some rows."""
    weights = rows.sum(axis=0)
    return float(weights @ np.arange(SIDE) / max(float(weights.sum()), 1e-6))


def stem(row: Picture) -> float | None:
    """The middle of the rightmost run of ink in one row."""
    inked = np.nonzero(row > 0.5)[0]
    if inked.size == 0:
        return None
    run = np.split(inked, np.nonzero(np.diff(inked) > 1)[0] + 1)[-1]
    return float(run.mean())


def with_stroke(picture: Picture, start: ArrayLike, end: ArrayLike, thickness: float) -> Picture:
    """The picture with one straight stroke added between two points (row, column)."""
    origin, along = np.array(start, float), np.array(end, float) - np.array(start, float)
    points = np.moveaxis(np.mgrid[:SIDE, :SIDE].astype(float), 0, -1) - origin
    share = np.clip(points @ along / max(float(along @ along), 1e-6), 0, 1)
    distance = np.linalg.norm(points - share[..., None] * along, axis=-1)
    stroke = np.clip(thickness / 2 - distance + 0.5, 0, 1)
    return np.asarray(np.maximum(picture, stroke), np.float32)


HABITS = {1: printed_one, 4: closed_four, 7: plain_seven, 8: round_eight}


def warped(picture: Picture, random: Generator) -> Picture:
    """Turn, slant and stretch the picture, move its waist, and bend it smoothly."""
    turn, slant = np.deg2rad(random.uniform(-15, 15)), random.uniform(-0.25, 0.25)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1 / random.uniform(0.85, 1), 0], [slant, 1 / random.uniform(0.7, 1)]])
    places = np.tensordot(matrix, GRID, 1)
    places[0] += random.normal(0, WAIST) * np.cos(places[0] * (np.pi / 32))
    places += BENDING @ random.normal(0, BEND, (2, 5, 5)) @ BENDING.T
    return np.asarray(ndimage.map_coordinates(picture, places + (SIDE - 1) / 2, order=1), np.float32)


GRID = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
BENDING = ndimage.zoom(np.eye(5), (SIDE / 5, 1), order=3)  # (40, 5): a smooth curve through five values
