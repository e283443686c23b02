"""Finding digits on pages that are drawn here, with known answers."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from app.examples.digit_classifier import training_set
from app.runtimes.digits.pages import Classifier, Instance, read_page

Page = NDArray[np.uint8]
Places = list[tuple[int, int, int]]  # digit, left, top

DATA = load_digits()
LINES: Places = [(3, 30, 30), (1, 110, 34), (4, 190, 28), (8, 40, 130), (0, 120, 126), (2, 200, 131)]


def glyph(digit: int, scale: int = 6) -> NDArray[np.float64]:
    """(8 scale, 8 scale) ink 0..1: the data set's first picture of a digit, enlarged."""
    small = DATA.images[np.flatnonzero(DATA.target == digit)[0]] / 16
    return np.clip((ndimage.zoom(small, scale, order=1, grid_mode=True, mode="grid-constant") - 0.4) * 5, 0, 1)


def ink_of(places: Places, shape: tuple[int, int] = (220, 300), scale: int = 6) -> NDArray[np.float64]:
    ink = np.zeros(shape)
    for digit, left, top in places:
        drawn = glyph(digit, scale)
        under = ink[top : top + len(drawn), left : left + len(drawn)]
        np.maximum(under, drawn, out=under)
    return ink


def page(ink: NDArray[np.float64], paper: float | NDArray[np.float64] = 235, pen: float = 40) -> Page:
    grey = np.clip(paper + (pen - paper) * ink, 0, 255)
    return np.repeat(np.rint(grey).astype(np.uint8)[:, :, None], 3, axis=2)


def noisy(picture: Page, deviation: float) -> Page:
    noise = np.random.default_rng(0).normal(0, deviation, picture.shape[:2])
    return np.clip(picture + noise[:, :, None], 0, 255).astype(np.uint8)


def always_three(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """A classifier that suffices where only the finding is tested."""
    assert rows.dtype == np.float32
    assert rows.shape[1:] == (200,)
    chances = np.full((len(rows), 10), 0.02, np.float32)
    chances[:, 3] = 0.82
    return chances


@pytest.fixture(scope="module")
def classify() -> Classifier:
    """A real classifier, trained on a little less than the example."""
    rows, labels = training_set(np.random.default_rng(1), copies=2)
    model = LogisticRegression(C=30.0, max_iter=1000).fit(rows, labels)
    return lambda features: np.asarray(model.predict_proba(features), np.float32)


def digits_of(found: list[Instance]) -> list[int]:
    return [instance.digit for instance in found]


def overlap(instance: Instance, mask: NDArray[np.bool_]) -> float:
    """Intersection over union of an instance and a mask of the whole page."""
    whole = np.zeros(mask.shape, np.bool_)
    x1, y1, x2, y2 = instance.box
    whole[y1:y2, x1:x2] = instance.mask
    return float((whole & mask).sum() / (whole | mask).sum())


PAPERS = {
    "paper": page(ink_of(LINES)),
    "board": page(ink_of(LINES), paper=40, pen=215),
    "pencil": page(ink_of(LINES), paper=225, pen=160),
    "shadow": page(ink_of(LINES), paper=np.linspace(245, 110, 300)[None, :], pen=30),
    "noise": noisy(page(ink_of(LINES)), 18),
}


@pytest.mark.parametrize("kind", PAPERS)
def test_every_digit_is_read_in_reading_order(kind: str, classify: Classifier) -> None:
    found = read_page(PAPERS[kind], classify)
    assert digits_of(found) == [digit for digit, _, _ in LINES]
    assert all(0.5 <= instance.score <= 1 for instance in found)


@pytest.mark.parametrize("kind", PAPERS)
def test_masks_are_the_glyphs(kind: str) -> None:
    found = read_page(PAPERS[kind], always_three)
    for instance, place in zip(found, LINES, strict=True):
        assert overlap(instance, ink_of([place]) >= 0.5) > 0.85


def test_boxes_hold_their_masks_tightly() -> None:
    for instance in read_page(PAPERS["paper"], always_three):
        x1, y1, x2, y2 = instance.box
        assert instance.mask.shape == (y2 - y1, x2 - x1)
        edges = instance.mask[0], instance.mask[-1], instance.mask[:, 0], instance.mask[:, -1]
        assert all(edge.any() for edge in edges)


def test_grey_pictures_are_read_like_coloured_ones() -> None:
    picture = PAPERS["paper"]
    in_grey = read_page(np.ascontiguousarray(picture[:, :, 0]), always_three)
    in_colour = read_page(picture, always_three)
    assert [instance.box for instance in in_grey] == [instance.box for instance in in_colour]


@pytest.mark.parametrize("pen", [(20, 30, 130), (130, 20, 30), (10, 90, 30)], ids=["blue", "red", "green"])
def test_coloured_ink_is_found(pen: tuple[int, int, int]) -> None:
    ink = ink_of(LINES)[:, :, None]
    picture = (240 * (1 - ink) + np.array(pen) * ink).astype(np.uint8)
    assert len(read_page(picture, always_three)) == len(LINES)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_nothing_is_found_on_a_blank_page(grey: int) -> None:
    assert read_page(np.full((300, 400, 3), grey, np.uint8), always_three) == []


@pytest.mark.parametrize("deviation", [2, 10, 40])
def test_nothing_is_found_in_noise(deviation: float) -> None:
    assert read_page(noisy(page(np.zeros((480, 640)), paper=180), deviation), always_three) == []


def test_nothing_is_found_on_a_shaded_page() -> None:
    assert read_page(page(np.zeros((300, 400)), paper=np.linspace(60, 250, 400)[None, :]), always_three) == []


def test_rules_are_not_digits_and_do_not_hide_any() -> None:
    picture = PAPERS["paper"].copy()
    picture[50:52] = picture[100:102] = picture[150:152] = 60
    found = read_page(picture, always_three)
    assert len(found) == len(LINES)
    for instance, place in zip(found, LINES, strict=True):
        assert overlap(instance, ink_of([place]) >= 0.5) > 0.7


def test_blocks_and_specks_are_not_digits() -> None:
    picture = PAPERS["paper"].copy()
    picture[90:120, 250:290] = 40
    picture[100:103, 20:23] = picture[110:112, 100:103] = 40
    assert len(read_page(picture, always_three)) == len(LINES)


def test_a_digit_that_fills_the_frame_is_read(classify: Classifier) -> None:
    for digit in (0, 2, 3, 6):
        picture = page(ink_of([(digit, 20, 20)], shape=(300, 300), scale=32))
        assert digits_of(read_page(picture, classify)) == [digit]


def test_a_thumbnail_is_read_as_a_picture(classify: Classifier) -> None:
    for digit in (0, 3, 6, 7):
        picture = page(ink_of([(digit, 6, 6)], shape=(28, 28), scale=2), paper=0, pen=255)
        (instance,) = read_page(picture, classify)
        assert instance.digit == digit
        assert overlap(instance, ink_of([(digit, 6, 6)], shape=(28, 28), scale=2) >= 0.5) > 0.75


def test_a_large_photo_is_read_in_its_own_pixels(classify: Classifier) -> None:
    places: Places = [(3, 200, 300), (5, 1200, 320), (0, 2400, 1500)]
    ink = ink_of(places, shape=(2400, 3200), scale=40)
    found = read_page(page(ink), classify)
    assert digits_of(found) == [3, 5, 0]
    for instance, place in zip(found, places, strict=True):
        assert overlap(instance, ink_of([place], shape=(2400, 3200), scale=40) >= 0.5) > 0.95


def test_a_broken_stroke_is_one_digit() -> None:
    ink = ink_of(LINES)
    ink[62:65, 30:80] = 0
    assert len(read_page(page(ink), always_three)) == len(LINES)


@pytest.mark.parametrize("touching", [(3, 0), (2, 3), (6, 8)], ids=str)
def test_touching_digits_are_parted(touching: tuple[int, int], classify: Classifier) -> None:
    places: Places = [(touching[0], 100, 60), (touching[1], 125, 60)]
    ink = ink_of([(9, 30, 60), *places])
    assert np.ptp(ndimage.label(ink > 0.5)[0]) == 2, "the drawing must touch"
    found = read_page(page(ink), classify)
    assert digits_of(found) == [9, *touching]
    for instance, place in zip(found[1:], places, strict=True):
        assert overlap(instance, ink_of([place]) >= 0.5) > 0.85


def test_the_threshold_keeps_what_is_sure_enough() -> None:
    assert len(read_page(PAPERS["paper"], always_three, threshold=0.8)) == len(LINES)
    assert read_page(PAPERS["paper"], always_three, threshold=0.9) == []


SHAPES = [(1, 1), (1, 1, 3), (2, 2, 3), (3, 3), (1, 500), (3, 2000, 3), (2000, 3), (7, 9, 3), (28, 28)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_odd_pictures_hold_nothing(shape: tuple[int, ...]) -> None:
    assert read_page(np.zeros(shape, np.uint8), always_three) == []
    assert read_page(np.full(shape, 255, np.uint8), always_three) == []


@pytest.mark.parametrize("shape", [*SHAPES, (90, 120, 3), (500, 700)], ids=str)
def test_extreme_noise_does_not_crash(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for instance in read_page(picture, always_three):
        x1, y1, x2, y2 = instance.box
        assert 0 <= x1 < x2 <= shape[1]
        assert 0 <= y1 < y2 <= shape[0]
