"""The protocol's datatypes, as NumPy has them."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.signature import Column

Datatype = Literal[
    "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"
]
BYTES: Datatype = "BYTES"

# Of all but BYTES: as the tensor's bytes lie on the wire, little-endian.
NUMPY: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    **{f"UINT{8 * size}": np.dtype(f"<u{size}") for size in (1, 2, 4, 8)},
    **{f"INT{8 * size}": np.dtype(f"<i{size}") for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
}
_WHOLE = tuple(name for name, dtype in NUMPY.items() if dtype.kind in "iu")
NUMBERS = (*_WHOLE, "FP16", "FP32", "FP64")
# The datatype that metadata shows for a column of each dtype.
OF_COLUMN: dict[str, Datatype] = {
    "float64": "FP64",
    "float32": "FP32",
    "int64": "INT64",
    "bool": "BOOL",
    "string": BYTES,
}
# All that fit it without coercion.
_FITTING: dict[str, tuple[str, ...]] = {
    "float64": NUMBERS,
    "float32": NUMBERS,
    "int64": _WHOLE,
    "bool": ("BOOL",),
    "string": (BYTES,),
}
_OF_KIND: dict[str, Datatype] = {"b": "BOOL", "i": "INT64", "u": "INT64", "f": "FP64"}


def fitting(column: Column) -> tuple[str, ...]:
    """The datatypes that a column may be given in; where a whole number may be missing also FP, which has NaN."""
    return NUMBERS if column.nullable and column.dtype == "int64" else _FITTING[column.dtype]


def widest(array: NDArray[Any]) -> tuple[Datatype, NDArray[Any]]:
    """An answer in the one datatype of its kind: a model and its compiled twin may differ in precision.

    What is neither a boolean nor a number is text, in an array of objects.
    """
    if array.dtype == object:
        if set(map(type, array.ravel())) <= {str}:
            return BYTES, array
        array = np.array(array.tolist())
    datatype = _OF_KIND.get(array.dtype.kind, BYTES)
    return datatype, array.astype(object if datatype == BYTES else NUMPY[datatype], copy=False)
