"""NumPy's file format."""

import io
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from app.errors import MalformedBodyError

_HEADER_READERS = {
    (1, 0): npy_format.read_array_header_1_0,
    (2, 0): npy_format.read_array_header_2_0,
}


def read_npy(body: bytes) -> NDArray[Any]:
    """One array from the bytes of an .npy file, without a copy and without ever unpickling.

    The header's shape is held against the body's length before anything is allocated.
    Raises MalformedBodyError.
    """
    stream = io.BytesIO(body)
    try:
        shape, fortran, dtype = _HEADER_READERS[npy_format.read_magic(stream)](stream)
    except Exception as error:  # NumPy reads the header as Python's own text: a bad one can raise anything
        raise MalformedBodyError(f"the body is not an .npy file of format 1.0 or 2.0: {error}") from None
    if dtype.hasobject:
        raise MalformedBodyError("the .npy file holds Python objects; only numbers are accepted")
    data = memoryview(body)[stream.tell() :]
    expected = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(data) != expected:
        raise MalformedBodyError(f"the .npy file's header promises {expected} bytes of data, but {len(data)} follow")
    try:
        return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    except (ValueError, TypeError) as error:  # a shape below zero, items of no bytes, a subarray
        raise MalformedBodyError(f"the .npy file's header describes no array: {error}") from None
