"""The normaliser and the features of one glyph."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from app.runtimes.digits.glyphs import features, normalise, thumbnail_features

Ink = NDArray[np.float32]


def seven(height: int = 60, width: int = 40, thickness: int = 8) -> Ink:
    """A 7 of two straight strokes."""
    ink = np.zeros((height, width), np.float32)
    ink[:thickness] = 1
    for row in range(height):
        column = round((width - thickness) * (1 - row / height))
        ink[row, column : column + thickness] = 1
    return ink


def ring(height: int = 60, width: int = 40, thickness: float = 8) -> Ink:
    rows, columns = np.mgrid[:height, :width] + 0.5
    radius = np.hypot((rows / height - 0.5) * 2, (columns / width - 0.5) * 2)
    return ((radius <= 1) & (radius > 1 - 2 * thickness / width)).astype(np.float32)


def likeness(one: Ink, other: Ink) -> float:
    return float(features(one) @ features(other))


def test_features_are_200_numbers_of_length_one() -> None:
    found = features(seven())
    assert found.shape == (200,)
    assert found.dtype == np.float32
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)


def test_no_ink_gives_zeros() -> None:
    assert not features(np.zeros((30, 20), np.float32)).any()
    assert not features(np.full((30, 20), 0.3, np.float32)).any()


def test_margins_do_not_matter() -> None:
    np.testing.assert_array_equal(features(seven()), features(np.pad(seven(), ((3, 40), (17, 0)))))


@pytest.mark.parametrize("scale", [2, 5, 12])
def test_size_hardly_matters(scale: int) -> None:
    assert likeness(seven(), np.kron(seven(), np.ones((scale, scale), np.float32))) > 0.97


def test_thickness_hardly_matters() -> None:
    assert likeness(ring(thickness=4), ring(thickness=9)) > 0.97


def test_slant_hardly_matters() -> None:
    upright = np.pad(ring(), 30)
    slanted = ndimage.affine_transform(upright, np.array([[1, 0], [0.35, 1]]), (0, -0.35 * 60), order=1)
    assert likeness(upright, slanted) > 0.95


def test_shape_matters() -> None:
    assert likeness(seven(), ring()) < 0.8


def test_a_normalised_glyph_is_as_inked_as_load_digits() -> None:
    for thickness in (4, 6, 9):
        assert 250 <= normalise(ring(thickness=thickness)).sum() <= 370


def test_a_bare_stroke_stays_narrow() -> None:
    inked = normalise(np.ones((60, 6), np.float32)) > 0.5
    assert np.ptp(np.nonzero(inked.any(axis=1))[0]) >= 30
    assert np.ptp(np.nonzero(inked.any(axis=0))[0]) <= 12


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (700, 3), (3, 700)])
def test_any_shape_of_ink_has_features(shape: tuple[int, int]) -> None:
    assert np.isfinite(features(np.ones(shape, np.float32))).all()


def thumbnail() -> Ink:
    picture = np.zeros((28, 28), np.float32)
    picture[4:24, 7:20] = ndimage.zoom(seven(60, 39), 1 / 3, order=1)
    return picture


def test_a_thumbnail_is_the_same_dark_on_light() -> None:
    np.testing.assert_allclose(thumbnail_features(thumbnail()), thumbnail_features(1 - thumbnail()), atol=1e-4)


def test_a_thumbnail_is_the_same_when_faint() -> None:
    np.testing.assert_allclose(thumbnail_features(thumbnail()), thumbnail_features(0.2 * thumbnail()), atol=1e-3)


def test_a_thumbnail_is_read_as_its_glyph() -> None:
    assert float(thumbnail_features(thumbnail()) @ features(seven())) > 0.93


@pytest.mark.parametrize("grey", [0.0, 0.4, 1.0])
def test_an_empty_thumbnail_gives_zeros(grey: float) -> None:
    found = thumbnail_features(np.full((28, 28), grey, np.float32))
    assert found.shape == (200,)
    assert not found.any()


def test_a_thumbnail_without_pixels_gives_zeros() -> None:
    assert not thumbnail_features(np.zeros((0, 0), np.float32)).any()
