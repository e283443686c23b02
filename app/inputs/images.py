"""Pictures: rows of one image each, of any size."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError, MalformedBodyError, Problem, UnsupportedMediaError
from app.inputs.base import describe, flat, only_input, only_list, refuse
from app.inputs.npy import read_npy
from app.inputs.pictures import Allowance, decode_base64, decode_rgb
from app.signature import Arrays, ImageSignature

_ACCEPTED_ROW = '{"b64": "..."} with a PNG, JPEG or WebP picture in base64'
_ACCEPTED_ARRAY = "uint8 pixels in the shape [H, W, 3] or [rows, H, W, 3]"


class ImageReader:
    """Reads pictures of any size; those of one request may have max_pixels together."""

    def __init__(self, signature: ImageSignature, max_pixels: int) -> None:
        self._name = signature.name
        self._max_pixels = max_pixels

    def rows(self, rows: Sequence[Any]) -> Arrays:
        return self._decode(rows, self._encoded)

    def columns(self, columns: Mapping[str, Any]) -> Arrays:
        return self.rows(only_list(columns, self._name))

    def csv(self, body: bytes) -> Arrays:
        raise UnsupportedMediaError("the model takes pictures; CSV has only columns")

    def npy(self, body: bytes) -> Arrays:
        return self._pixels(read_npy(body))

    def tensors(self, tensors: Mapping[str, NDArray[Any]]) -> Arrays:
        array = only_input(tensors, self._name)
        return self._decode(flat(array, self._name), _bytes) if array.dtype == object else self._pixels(array)

    def picture(self, body: bytes) -> Arrays:
        return self._batch([decode_rgb(body, self._max_pixels)])

    def form(self, fields: Mapping[str, Sequence[str]]) -> Arrays:
        raise refuse("the form has no file", field=self._name, accepted="a picture in the file field 'image'")

    def _pixels(self, array: NDArray[Any]) -> Arrays:
        if array.dtype != np.uint8 or array.ndim not in (3, 4) or array.shape[-1] != 3 or 0 in array.shape[-3:]:
            found = f"the array is {array.dtype} in the shape {list(array.shape)}"
            raise refuse(found, field=self._name, accepted=_ACCEPTED_ARRAY)
        pictures = list(array) if array.ndim == 4 else [array]
        Allowance(self._max_pixels).take(array.shape[-2], array.shape[-3] * len(pictures))
        return self._batch(pictures)

    def _decode(self, rows: Iterable[Any], encoded: Callable[[Any], bytes]) -> Arrays:
        pictures: list[NDArray[np.uint8]] = []
        problems: list[Problem] = []
        allowance = Allowance(self._max_pixels)
        for index, row in enumerate(rows):
            try:
                pictures.append(allowance.rgb(encoded(row)))
            except (ValueError, MalformedBodyError) as error:
                problems.append(Problem(str(error), index, self._name, _ACCEPTED_ROW))
            except InvalidInputError as error:
                problems += [Problem(p.detail, index, self._name, p.accepted) for p in error.problems]
        if problems:
            raise InvalidInputError(problems)
        return self._batch(pictures)

    def _encoded(self, row: Any) -> bytes:
        """The encoded picture of a JSON row. Raises ValueError with what is wrong."""
        if isinstance(row, dict) and set(row) == {self._name}:
            row = row[self._name]
        if not isinstance(row, dict) or set(row) != {"b64"} or not isinstance(row["b64"], str):
            raise ValueError(f"the row is {describe(row)}")
        return decode_base64(row["b64"])

    def _batch(self, pictures: list[NDArray[np.uint8]]) -> Arrays:
        batch = np.empty(len(pictures), dtype=object)
        for index, picture in enumerate(pictures):  # a slice assignment would broadcast pictures of one size
            batch[index] = picture
        return {self._name: batch}


def _bytes(row: Any) -> bytes:
    if not isinstance(row, bytes):
        raise ValueError(f"the row is {describe(row)}")
    return row
