"""The binary tensor extension: tensors as bytes behind the JSON, little-endian, row-major, without padding."""

import io
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from flask import Request
from numpy.typing import NDArray

from app.dialects.openinference.request import HEADER_LENGTH, InputTensor
from app.errors import MalformedBodyError
from app.inputs.base import shorten

_LENGTH = struct.Struct("<I")  # of each element of BYTES
_PIECE = 1024**2  # bytes, as much as Gunicorn receives at once


def read_body(request: Request) -> bytes | bytearray:
    """All of a request's body, received into one piece of memory: joined from several it would be copied twice more.

    Raises MalformedBodyError where it breaks off.
    """
    stream, length = request.stream, request.content_length
    if not isinstance(stream, io.RawIOBase) or length is None:  # expanded, and so in memory, or of unknown length
        return stream.read()
    body = bytearray(length)
    rest = memoryview(body)
    while rest:
        received = stream.readinto(rest[:_PIECE])
        if not received:
            raise MalformedBodyError(f"the body breaks off {len(rest)} bytes before its end")
        rest = rest[received:]
    return body


def take(tensors: Sequence[InputTensor], tail: memoryview) -> list[memoryview | None]:
    """The bytes of each tensor, in listed order; None of one whose data stand in the JSON.

    Raises MalformedBodyError where they are not exactly those that are there.
    """
    parts: list[memoryview | None] = []
    for tensor in tensors:
        size = tensor.binary_size
        if (size is None) == (tensor.data is None):
            found = "neither data nor" if size is None else "both data and"
            raise MalformedBodyError(f"input {shorten(tensor.name)!r} has {found} binary_data_size; accepted: one")
        if size is not None and size > len(tail):
            detail = f"binary_data_size is {size}, but {len(tail)} bytes are left of those behind the JSON"
            hint = f"{HEADER_LENGTH} says where the JSON ends"
            raise MalformedBodyError(f"input {shorten(tensor.name)!r}: {detail} ({hint})")
        parts.append(None if size is None else tail[:size])
        tail = tail[size or 0 :]
    if tail:
        raise MalformedBodyError(f"{len(tail)} bytes follow the last input")
    return parts


def read_numbers(part: memoryview, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    """A view (count,). Raises ValueError."""
    if len(part) != count * dtype.itemsize:
        raise ValueError(f"binary_data_size is {len(part)}; its shape and datatype take {count * dtype.itemsize}")
    if dtype.kind == "b" and (np.frombuffer(part, np.uint8) > 1).any():
        raise ValueError("some bytes are neither 0 nor 1, as those of BOOL are")
    return np.frombuffer(part, dtype)


def read_elements(part: memoryview, count: int) -> list[bytes]:
    """The elements of a BYTES tensor. Raises ValueError."""
    elements: list[bytes] = []
    start = 0
    while start < len(part):
        body = start + _LENGTH.size
        end = body + int.from_bytes(part[start:body], "little")
        if end > len(part):
            raise ValueError(f"element {len(elements)} reaches beyond the tensor's {len(part)} bytes")
        elements.append(bytes(part[body:end]))
        start = end
    if len(elements) != count:
        raise ValueError(f"there are {len(elements)} elements in its bytes, and {count} in its shape")
    return elements


def write_elements(texts: Sequence[str]) -> bytes:
    """A BYTES tensor of texts, in UTF-8. Labels come again and again, and each is written once."""
    written = {text: _write(text.encode()) for text in set(texts)}
    return b"".join(map(written.__getitem__, texts))


def _write(element: bytes) -> bytes:
    return _LENGTH.pack(len(element)) + element
