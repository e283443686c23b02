"""Who answers for how many rows."""

import numpy as np
import pytest

from app.predictions import Outputs
from app.runtimes.batch_sizes import FasterRuntime


class Named:
    def __init__(self, name):
        self.name = name

    def predict(self, arrays):
        return Outputs(np.full(len(arrays["a"]), self.name))


def answering(faster_at, rows):
    runtime = FasterRuntime(Named("compiled"), faster_at, Named("original"))
    return set(np.asarray(runtime.predict({"a": np.zeros(rows)}).predictions).tolist())


@pytest.mark.parametrize("rows", [1, 9, 10, 99])
def test_the_largest_measured_size_that_fits_decides(rows):
    assert answering((1, 10), rows) == {"compiled"}


@pytest.mark.parametrize("rows", [100, 999, 1000, 5000])
def test_where_the_compiled_model_is_not_faster_the_original_answers(rows):
    assert answering((1, 10), rows) == {"original"}


def test_a_gap_between_sizes_is_the_original_s():
    assert answering((1, 100), 10) == {"original"}
    assert answering((1, 100), 1000) == {"original"}
    assert answering((1, 100), 500) == {"compiled"}


def test_no_rows_have_no_answers():
    assert answering((), 0) == set()
