"""Whole arrays of numbers: which values a column takes as they are, found without looking at them one by one."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.number | np.bool_]
Mask = NDArray[np.bool_]

EXACT = 2.0**53  # up to here every whole number is a float64 (IEEE 754)
FLOAT32_MAX = float(np.finfo(np.float32).max)
WIDEST = 8  # bytes; NumPy's long doubles hold what no column can
# By a column's dtype: the kinds of array (NumPy's dtype.kind) that it may come in.
KINDS = {"float64": "iuf", "float32": "iuf", "int64": "iuf", "bool": "b", "string": ""}


def _floats(array: Numbers) -> Mask:
    if array.dtype.kind == "f":
        return np.isfinite(array) if array.dtype.itemsize <= 4 else np.abs(array) <= FLOAT32_MAX
    return _small(array)


def _wholes(array: Numbers) -> Mask:
    if array.dtype.kind == "f":
        whole: Mask = (array == np.trunc(array)) & (np.abs(array) < EXACT)  # beyond, what was rounded cannot be told
        return whole
    return array <= np.iinfo(np.int64).max if array.dtype == np.uint64 else np.ones(array.shape, bool)


def _booleans(array: Numbers) -> Mask:
    return np.ones(array.shape, bool)


def _small(array: Numbers) -> Mask:
    """Whether no conversion can change the value."""
    if array.dtype.kind in "iu" and array.dtype.itemsize <= 4:
        return np.ones(array.shape, bool)
    limit = EXACT if array.dtype.kind == "f" else int(EXACT)  # a float would first round what it is compared with
    return (array <= limit) & (array >= -limit)


_TAKEN: dict[str, Callable[[Numbers], Mask]] = {
    "float64": _floats,
    "float32": _floats,
    "int64": _wholes,
    "bool": _booleans,
}


def is_readable(array: NDArray[np.generic], dtype: str) -> bool:
    """Whether an array may hold values of a column's dtype at all: booleans are no numbers, texts neither."""
    return array.dtype.kind in KINDS[dtype] and array.dtype.itemsize <= WIDEST


def taken(array: Numbers, dtype: str, *, nullable: bool = False, categories: NDArray[np.generic] | None = None) -> Mask:
    """In the shape of a readable array, true where a value certainly fits a column of this dtype, unchanged.

    nullable: whether NaN stands for a missing float. categories: all that is accepted, where it is not everything.
    """
    if array.dtype == np.float16:
        array = array.astype(np.float32)  # which the limits fit into
    fits = _TAKEN[dtype](array)
    if categories is not None:
        fits &= np.isin(array, categories) & _small(array)  # beyond, two dtypes compare as rounded
    if nullable and dtype.startswith("float") and array.dtype.kind == "f":
        fits |= np.isnan(array)
    return fits
