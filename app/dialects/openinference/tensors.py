"""Input tensors: JSON or bytes -> NumPy arrays of exactly the shape and datatype that the request claims."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dialects.openinference.binary import read_elements, read_numbers, take
from app.dialects.openinference.datatypes import BYTES, NUMPY, fitting
from app.dialects.openinference.request import InferenceRequest, InputTensor
from app.errors import MalformedBodyError
from app.inputs.base import describe, shorten
from app.inputs.pictures import decode_base64
from app.signature import Signature, TableSignature

Tensor = NDArray[Any]

EXACT = 2.0**53  # up to here every whole number is a float64 (IEEE 754)


def read_tensors(request: InferenceRequest, tail: memoryview, signature: Signature) -> Mapping[str, Tensor]:
    """The request's arrays by input name, views of `tail` where they are binary. Raises MalformedBodyError."""
    parts = take(request.inputs, tail)
    # A picture or a tensor is no text, so in JSON its bytes can only be base64.
    is_text = isinstance(signature, TableSignature)
    tensors = {}
    for tensor, part in zip(request.inputs, parts, strict=True):
        try:
            _check_datatype(tensor, signature)
            values = _from_json(tensor, is_text) if part is None else _from_bytes(tensor, part)
            tensors[tensor.name] = values.reshape(tensor.shape)
        except (ValueError, OverflowError) as error:  # NumPy's own for a shape that no array can have
            raise MalformedBodyError(f"input {shorten(tensor.name)!r}: {error}") from None
    return tensors


def _check_datatype(tensor: InputTensor, signature: Signature) -> None:
    columns = signature.columns if isinstance(signature, TableSignature) else ()
    column = next((each for each in columns if each.name == tensor.name), None)
    if column is None or _is_matrix(tensor, len(columns)):
        return
    if tensor.datatype not in fitting(column):
        raise ValueError(f"the datatype is {tensor.datatype}; accepted: {', '.join(fitting(column))}")


def _is_matrix(tensor: InputTensor, columns: int) -> bool:
    """All columns in one input, under any name; whether each of its values fits is for the reader to say."""
    return len(tensor.shape) == 2 and tensor.shape[1] == columns > 1


def _from_bytes(tensor: InputTensor, part: memoryview) -> Tensor:
    count = math.prod(tensor.shape)
    if tensor.datatype == BYTES:
        return _objects(read_elements(part, count))
    return read_numbers(part, NUMPY[tensor.datatype], count)


def _from_json(tensor: InputTensor, is_text: bool) -> Tensor:
    values = _flatten(tensor.data, tensor.shape)
    if len(values) != math.prod(tensor.shape):
        raise ValueError(f"data has {len(values)} values, and the shape {tensor.shape} {math.prod(tensor.shape)}")
    if tensor.datatype == BYTES:
        _check_types(values, {str, type(None)}, "text")
        encoded = tensor.is_base64 or not is_text
        return _objects([decode_base64(value) if value and encoded else value for value in values])
    return _READERS[NUMPY[tensor.datatype].kind](values, NUMPY[tensor.datatype])


def _flatten(data: Any, shape: Sequence[int]) -> list[Any]:
    """Row-major values of flat data, or of data nested as the shape says."""
    if not isinstance(data, list):
        raise ValueError(f"data is {describe(data)}; accepted: a list, flat or nested as the shape {list(shape)}")
    if not any(isinstance(part, list) for part in data[:1]):
        return data
    level: list[Any] = [data]
    for extent in shape:
        if not all(isinstance(part, list) and len(part) == extent for part in level):
            raise ValueError(f"data is not nested as the shape {list(shape)}")
        level = list(chain.from_iterable(level))
    return level


def _booleans(values: list[Any], dtype: np.dtype[Any]) -> Tensor:
    _check_types(values, {bool, type(None)}, "true or false")
    return _objects(values) if None in values else np.array(values, dtype)


def _wholes(values: list[Any], dtype: np.dtype[Any]) -> Tensor:
    _check_types(values, {int, type(None)}, "a whole number")
    if None in values:
        return _objects(values)  # what may be missing is for the signature to say
    return np.array(values, dtype)


def _floats(values: list[Any], dtype: np.dtype[Any]) -> Tensor:
    """null is NaN, which JSON cannot say. A fraction is rounded as floats are, but a whole number is never changed."""
    _check_types(values, {int, float, type(None)}, "a number")
    exact = np.array(values, np.float64)
    with np.errstate(over="ignore", under="ignore"):
        array = exact.astype(dtype, copy=False)
    bits = 8 * dtype.itemsize
    if (np.isinf(array) | ((array == 0) & (exact != 0))).any():
        raise ValueError(f"some values do not fit into {bits} bits")
    doubtful = np.flatnonzero((array != exact) | (np.abs(exact) >= EXACT))
    changed = next((values[i] for i in doubtful if type(values[i]) is int and int(array[i]) != values[i]), None)
    if changed is not None:
        raise ValueError(f"{describe(changed)} has no exact floating-point value of {bits} bits")
    return array


_READERS: dict[str, Callable[[list[Any], np.dtype[Any]], Tensor]] = {
    "b": _booleans,
    "i": _wholes,
    "u": _wholes,
    "f": _floats,
}


def _check_types(values: list[Any], accepted: set[type], what: str) -> None:
    if not set(map(type, values)) <= accepted:
        value = next(value for value in values if type(value) not in accepted)
        raise ValueError(f"{describe(value)} is not {what}")


def _objects(values: Sequence[Any]) -> Tensor:
    array = np.empty(len(values), object)
    array[:] = values
    return array
