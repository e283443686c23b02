"""Tensors: rows of one numeric array of a fixed shape."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError, MalformedBodyError, Problem, UnsupportedMediaError
from app.inputs.base import describe, flat, only_input, only_list, refuse
from app.inputs.npy import read_npy
from app.inputs.pictures import Allowance, decode_base64, is_picture
from app.inputs.vectors import is_readable
from app.signature import Arrays, TensorSignature

_RAW = np.dtype("<f4")  # as TensorFlow's decode_raw and its clients have it


class TensorReader:
    """Reads rows of one numeric array of a fixed shape."""

    def __init__(self, signature: TensorSignature, max_pixels: int) -> None:
        self._name = signature.name
        self._shape = signature.shape
        self._limits = (signature.minimum, signature.maximum)
        self._max_pixels = max_pixels
        self._accepted = (
            f"numbers from {signature.minimum:g} to {signature.maximum:g} in the shape {list(signature.shape)}"
        )

    def rows(self, rows: Sequence[Any]) -> Arrays:
        return self._read(rows, self._row)

    def columns(self, columns: Mapping[str, Any]) -> Arrays:
        return self.rows(only_list(columns, self._name))

    def csv(self, body: bytes) -> Arrays:
        raise UnsupportedMediaError(f"{self._name!r} has the shape {list(self._shape)}; CSV has only columns")

    def npy(self, body: bytes) -> Arrays:
        return self._array(read_npy(body))

    def tensors(self, tensors: Mapping[str, NDArray[Any]]) -> Arrays:
        array = only_input(tensors, self._name)
        if array.dtype == object:
            return self._read(flat(array, self._name), self._unpack)
        return self._array(array)

    def picture(self, body: bytes) -> Arrays:
        if len(self._shape) != 2:
            raise UnsupportedMediaError(f"{self._name!r} has the shape {list(self._shape)}; a picture has two sides")
        return {self._name: self._within_limits(self._picture(body, Allowance(self._max_pixels))[np.newaxis])}

    def form(self, fields: Mapping[str, Sequence[str]]) -> Arrays:
        raise refuse("the form has no file", field=self._name, accepted="a picture in the file field 'image'")

    def _read(self, rows: Iterable[Any], read: Callable[[Any, Allowance], NDArray[np.float64]]) -> Arrays:
        arrays, problems = [], []
        allowance = Allowance(self._max_pixels)
        for index, row in enumerate(rows):
            try:
                arrays.append(read(row, allowance))
            except (ValueError, MalformedBodyError) as error:
                problems.append(self._problem(str(error), index))
            except InvalidInputError as error:
                problems += [replace(problem, row=index, field=self._name) for problem in error.problems]
        if problems:
            raise InvalidInputError(problems)
        batch = np.stack(arrays) if arrays else np.empty((0, *self._shape))
        return {self._name: self._within_limits(batch)}

    def _array(self, array: NDArray[Any]) -> Arrays:
        if not is_readable(array, "float64"):
            raise refuse(f"the array's dtype is {array.dtype}", accepted="integers or floats of up to 64 bits")
        if array.shape == self._shape:
            array = array[np.newaxis]
        if array.ndim != len(self._shape) + 1 or array.shape[1:] != self._shape:
            raise refuse(f"the array's shape is {list(array.shape)}", accepted=f"[rows, *{list(self._shape)}]")
        return {self._name: self._within_limits(array.astype(np.float64, copy=False))}

    def _picture(self, body: bytes, allowance: Allowance) -> NDArray[np.float64]:
        """Raises MalformedBodyError, TooLargeError, and InvalidInputError for another size."""
        grey = allowance.grey(body)
        if grey.shape != self._shape:
            height, width = grey.shape
            raise refuse(
                f"the picture is {width} x {height} pixels",
                field=self._name,
                accepted=f"{self._shape[1]} x {self._shape[0]} pixels",
            )
        return grey.astype(np.float64)

    def _row(self, row: Any, allowance: Allowance) -> NDArray[np.float64]:
        """One row's array. Raises ValueError with what is wrong, and what _picture does."""
        values = row.get(self._name) if isinstance(row, dict) and set(row) == {self._name} else row
        match values:
            case {"b64": str(text), **rest} if not rest:
                return self._unpack(decode_base64(text), allowance)
        # Level by level: NumPy would take true for 1, and make every text as long as the longest.
        numbers: list[Any] = [values]
        for extent in self._shape:
            if not all(isinstance(part, list) and len(part) == extent for part in numbers):
                raise ValueError(_describe_shape(values))
            numbers = list(chain.from_iterable(numbers))
        if not set(map(type, numbers)) <= {int, float}:
            nested = any(isinstance(value, list) for value in numbers)
            raise ValueError(_describe_shape(values) if nested else "some values are not numbers")
        try:
            array = np.array(numbers, np.float64).reshape(self._shape)
        except OverflowError:
            raise ValueError("some values are too large for a number") from None
        return array

    def _unpack(self, data: Any, allowance: Allowance) -> NDArray[np.float64]:
        """A row from bytes: raw little-endian float32 of the shape, or an encoded picture. Raises as _row does."""
        if not isinstance(data, bytes):
            raise ValueError(f"the row is {describe(data)}")
        if len(self._shape) == 2 and is_picture(data):
            return self._picture(data, allowance)
        if len(data) != prod(self._shape) * _RAW.itemsize:
            raise ValueError(f"the row has {len(data)} bytes; as float32 it has {prod(self._shape) * _RAW.itemsize}")
        return np.frombuffer(data, _RAW).reshape(self._shape).astype(np.float64)

    def _within_limits(self, batch: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self._limits
        inside = (batch >= low) & (batch <= high)
        bad = ~inside.all(axis=tuple(range(1, batch.ndim)))  # the negation also catches NaN
        if bad.any():
            detail = f"some values are not within {low:g} to {high:g}"
            raise InvalidInputError([self._problem(detail, int(row)) for row in np.flatnonzero(bad)])
        return batch

    def _problem(self, detail: str, row: int) -> Problem:
        return Problem(detail, row=row, field=self._name, accepted=self._accepted)


def _describe_shape(values: Any) -> str:
    """The shape of nested lists, where they have one."""
    shape: list[int] = []
    level = [values]
    while level and all(isinstance(part, list) for part in level):
        if len(set(map(len, level))) > 1:
            return "the lists are of unequal length"
        shape.append(len(level[0]))
        level = list(chain.from_iterable(level))
    mixed = any(isinstance(part, list) for part in level)
    return "the lists are of unequal depth" if mixed else f"the shape is {shape}"
