"""The digit classifier's two faces, as they are packed."""

import numpy as np
import pytest

from app.engine.model import Loading
from app.engine.registry import Registry
from app.examples import digits
from app.examples.__main__ import BUILDERS, main
from app.repository.bundle import sha256
from app.repository.local import list_bundles
from tests.bundles import state_of

MAX_PIXELS = 1_000_000


@pytest.fixture(scope="module")
def registry(models):
    registry = Registry("digits", Loading(MAX_PIXELS))
    registry.update(state_of(models))
    return registry


def predict(model, rows):
    return model.runtime.predict(model.reader.rows(rows))


def test_all_examples_are_loaded_and_checked(registry):
    assert registry.ready, registry.failures
    assert sorted(registry.models()) == sorted(BUILDERS)


def test_digits_finds_the_digits_of_its_example_page_in_order(registry):
    model = registry.resolve("digits")
    (found,) = predict(model, model.manifest.examples).predictions
    along = np.argsort(found.boxes[:, 0])
    assert tuple(int(found.class_names[index]) for index in along) == digits.PAGE_DIGITS
    assert (found.scores > 0.5).all()
    assert (found.scores <= 1).all()
    assert found.counts() == {"1": 2, "3": 1, "4": 1, "5": 1}


def test_digits_masks_lie_in_their_boxes_and_cover_the_ink(registry):
    model = registry.resolve("digits")
    arrays = model.reader.rows(model.manifest.examples)
    (picture,), (found,) = arrays["image"], model.runtime.predict(arrays).predictions
    covered = np.zeros(picture.shape[:2], bool)
    for (x1, y1, x2, y2), mask in zip(found.boxes.tolist(), found.masks, strict=True):
        assert mask.shape == (y2 - y1, x2 - x1)
        covered[y1:y2, x1:x2] |= mask
    ink = picture[:, :, 0] < 100
    assert covered[ink].mean() > 0.95


def test_nothing_is_found_on_a_blank_page(registry):
    model = registry.resolve("digits")
    batch = np.empty(1, object)
    batch[0] = np.full((64, 64, 3), 255, np.uint8)
    (found,) = model.runtime.predict({"image": batch}).predictions
    assert (len(found.boxes), found.masks) == (0, ())


def test_mnist_reads_its_examples(registry):
    model = registry.resolve("mnist")
    outputs = predict(model, model.manifest.examples)
    assert outputs.predictions.tolist() == [7, 2]
    assert outputs.probabilities.shape == (2, 10)
    np.testing.assert_allclose(outputs.probabilities.sum(axis=1), 1, atol=1e-5)


def test_mnist_says_the_same_of_bytes_and_of_fractions(registry):
    model = registry.resolve("mnist")
    bytewise = np.array(model.manifest.examples)
    one, other = predict(model, bytewise.tolist()), predict(model, (bytewise / 255).tolist())
    assert one.predictions.tolist() == other.predictions.tolist()
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)


def test_mnist_reads_rows_of_both_kinds_in_one_request(registry):
    model = registry.resolve("mnist")
    seven, two = model.manifest.examples
    mixed = predict(model, [seven, (np.array(two) / 255).tolist()])
    np.testing.assert_allclose(mixed.probabilities, predict(model, [seven, two]).probabilities, atol=1e-5)


def test_mnist_does_not_claim_to_be_trained_on_mnist(registry):
    assert "not on MNIST" in registry.resolve("mnist").manifest.description


def test_both_tell_how_well_they_read_digits_that_they_have_not_seen(registry):
    found = [registry.resolve(name).manifest.metrics for name in ("digits", "mnist")]
    assert found[0] == found[1]
    ((name, accuracy),) = found[0].items()
    assert name == "accuracy on 360 digits"
    assert 0.98 < accuracy < 1


def test_no_rows_have_no_answers(registry):
    for name in ("digits", "mnist"):
        assert len(predict(registry.resolve(name), []).predictions) == 0


def test_both_are_the_same_classifier(models):
    assert sha256(models / "digits" / "1" / "model.onnx") == sha256(models / "mnist" / "1" / "model.onnx")


def test_examples_that_are_there_are_not_built_again(models, monkeypatch, capsys):
    monkeypatch.setenv("SLIPWAY_MODELS", str(models))
    before = list_bundles(models)
    assert main() == 0
    assert list_bundles(models) == before
    assert capsys.readouterr().out == ""
