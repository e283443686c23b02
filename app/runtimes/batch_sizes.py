"""The choice between an estimator and its compiled twin, by the size of a batch."""

from bisect import bisect_right
from collections.abc import Sequence

from app.predictions import Outputs
from app.runtimes.base import Runtime
from app.signature import Arrays

BATCH_SIZES = (1, 10, 100, 1000)  # at which the two are measured


class FasterRuntime:
    """The compiled model at the batch sizes at which it was measured faster, the original at all others.

    A size of `faster_at` speaks for all batches from it up to the next of BATCH_SIZES.
    """

    def __init__(self, compiled: Runtime, faster_at: Sequence[int], original: Runtime) -> None:
        self._by_size = [compiled if size in faster_at else original for size in BATCH_SIZES]

    def predict(self, arrays: Arrays) -> Outputs:
        """Outputs for n rows, n of zero or more."""
        rows = len(next(iter(arrays.values())))
        return self._by_size[max(0, bisect_right(BATCH_SIZES, rows) - 1)].predict(arrays)
