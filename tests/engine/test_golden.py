"""The golden check passes what is the same and fails on each kind of difference."""

import numpy as np
import orjson
import pytest

from app.engine.golden import check, record
from app.errors import BrokenBundleError
from app.predictions import Instances, Outputs


def instances(shift=0, digit=3, score=0.75, area=4, count=2):
    boxes = np.array([[10 * i + shift, 0, 10 * i + 4, 4] for i in range(count)], np.int64).reshape(-1, 4)
    masks = tuple(np.arange(16).reshape(4, 4) < area for _ in range(count))
    ids = np.full(count, digit, np.int64)
    return Instances(20, 40, boxes, ids, ("x",) * count, np.full(count, score), masks)


NUMBERS = Outputs(np.array([1.5, -200.0]))
LABELS = Outputs(np.array(["no", "yes"], object), np.array([[0.9, 0.1], [0.25, 0.75]]))
CODES = Outputs(np.array([0, 1]), np.array([[0.9, 0.1], [0.25, 0.75]]))
FOUND = Outputs([instances(), instances(count=0)])


def recorded(outputs):
    """As golden.json gives it back."""
    return orjson.loads(orjson.dumps(record(outputs)))


@pytest.mark.parametrize("outputs", [NUMBERS, LABELS, CODES, FOUND], ids=["numbers", "labels", "codes", "instances"])
def test_the_same_outputs_pass(outputs):
    check(recorded(outputs), outputs)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (NUMBERS, Outputs(np.array([1.5 + 1e-6, -200.001]))),
        (LABELS, Outputs(LABELS.predictions, LABELS.probabilities + 5e-6)),
        (LABELS, Outputs(LABELS.predictions, LABELS.probabilities.astype(np.float32))),
        (FOUND, Outputs([instances(score=0.7500001), instances(count=0)])),
    ],
)
def test_another_order_of_arithmetic_passes(expected, found):
    check(recorded(expected), found)


@pytest.mark.parametrize(
    ("expected", "found", "where"),
    [
        (NUMBERS, Outputs(np.array([1.5])), "number of rows: expected 2, found 1"),
        (NUMBERS, Outputs(np.array([1.501, -200.0])), "row 0"),
        (NUMBERS, Outputs(np.array([1.5, np.nan])), "row 1"),
        (NUMBERS, Outputs(np.array([1.5, np.inf])), "row 1"),
        (NUMBERS, Outputs(np.array([1.5, "x"], object)), "row 1"),
        (NUMBERS, Outputs(np.array([1.5, None], object)), "row 1"),
        (LABELS, Outputs(np.array(["yes", "yes"]), LABELS.probabilities), "row 0: expected no, found yes"),
        (LABELS, Outputs(LABELS.predictions, LABELS.probabilities + 1e-4), "probabilities"),
        (LABELS, Outputs(LABELS.predictions, LABELS.probabilities[:, ::-1]), "probabilities"),
        (LABELS, Outputs(LABELS.predictions, LABELS.probabilities[:, :1]), "probabilities"),
        (LABELS, Outputs(LABELS.predictions, LABELS.probabilities * np.nan), "probabilities"),
        (LABELS, Outputs(LABELS.predictions), "probabilities"),
        (CODES, Outputs(np.array(["0", "1"]), CODES.probabilities), "row 0"),
        (FOUND, Outputs([instances(shift=1), instances(count=0)]), "row 0, boxes"),
        (FOUND, Outputs([instances(digit=4), instances(count=0)]), "row 0, class_ids"),
        (FOUND, Outputs([instances(score=0.76), instances(count=0)]), "row 0, scores"),
        (FOUND, Outputs([instances(area=5), instances(count=0)]), "row 0, areas"),
        (FOUND, Outputs([instances(count=1), instances(count=0)]), "row 0, boxes"),
        (FOUND, Outputs([instances(), instances(count=1)]), "row 1, boxes"),
        (FOUND, Outputs(np.array([1.0, 2.0])), "row 0"),
    ],
)
def test_each_kind_of_difference_fails_and_is_named(expected, found, where):
    with pytest.raises(BrokenBundleError, match=f"the golden rows are not reproduced: {where}"):
        check(recorded(expected), found)


def test_no_golden_rows_prove_nothing():
    with pytest.raises(BrokenBundleError, match="no golden row"):
        check({"predictions": [], "probabilities": None}, Outputs(np.empty(0)))


def test_probabilities_may_neither_come_nor_go():
    plain, sure = Outputs(np.array([1])), Outputs(np.array([1]), np.array([[0.0, 1.0]]))
    for recorded, found in ((plain, sure), (sure, plain)):
        with pytest.raises(BrokenBundleError, match="probabilities"):
            check(record(recorded), found)
