"""The example classifier: learned, deterministic, and exactly the same as ONNX."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from app.compile.convert import to_onnx
from app.examples import digit_classifier
from app.examples.digit_classifier import another_hand, enlarged, train, training_set, warped
from app.examples.digits import FEATURES
from app.runtimes.digits.glyphs import features


@pytest.fixture(scope="module")
def model() -> LogisticRegression:
    return train(*training_set())


@pytest.fixture(scope="module")
def unseen() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Digits in warps and hands that the training did not draw."""
    return training_set(np.random.default_rng(12345), copies=2)


def test_it_reads_unseen_hands(
    model: LogisticRegression, unseen: tuple[NDArray[np.float32], NDArray[np.int64]]
) -> None:
    rows, labels = unseen
    assert (model.predict(rows) == labels).mean() > 0.97


def test_it_reads_digits_of_writers_it_was_not_trained_on() -> None:
    # The last third of load_digits comes from other writers than the first two.
    digits = load_digits()
    rows = np.array([features(enlarged(small / 16)) for small in digits.images])
    learned = LogisticRegression(C=30.0, max_iter=1000).fit(rows[:1200], digits.target[:1200])
    assert learned.score(rows[1200:], digits.target[1200:]) > 0.95


def test_it_gives_probabilities_of_the_ten_digits(model: LogisticRegression) -> None:
    chances = model.predict_proba(np.zeros((2, 200), np.float32))
    assert chances.shape == (2, 10)
    assert model.classes_.tolist() == list(range(10))
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)


def test_training_again_gives_the_same_bytes(model: LogisticRegression, models: Path) -> None:
    assert to_onnx(model, FEATURES) == (models / "digits" / "1" / "model.onnx").read_bytes()


def test_it_is_the_same_as_onnx(
    model: LogisticRegression, unseen: tuple[NDArray[np.float32], NDArray[np.int64]]
) -> None:
    rows, _ = unseen
    content = to_onnx(model, 200)
    assert len(content) < 100_000
    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    labels, chances = session.run(None, {session.get_inputs()[0].name: rows})
    assert len(rows) > 5000
    np.testing.assert_array_equal(labels, model.predict(rows))
    np.testing.assert_allclose(chances, model.predict_proba(rows), atol=1e-5)


def test_a_six_upside_down_is_a_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digit_classifier, "TURNED", 1.0)
    random = np.random.default_rng(0)
    digits = load_digits()
    six = enlarged(digits.images[digits.target == 6][0] / 16)
    outcomes = [another_hand(six, 6, random) for _ in range(20)]
    for picture, label in outcomes:
        np.testing.assert_array_equal(picture, six if label == 6 else six[::-1, ::-1])
    assert {label for _, label in outcomes} == {6, 9}


@pytest.mark.parametrize("digit", range(10))
def test_every_hand_leaves_a_whole_digit(digit: int) -> None:
    random = np.random.default_rng(digit)
    digits = load_digits()
    for small in digits.images[digits.target == digit][:20]:
        edited, _ = another_hand(enlarged(small / 16), digit, random)
        picture = warped(edited, random)
        assert picture.shape == (40, 40)
        assert picture.max() <= 1.001
        assert 60 < (picture > 0.5).sum() < 700
