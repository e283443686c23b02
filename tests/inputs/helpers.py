"""Bodies and readers in a line."""

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.errors import InvalidInputError, Problem
from app.inputs.tabular import TableReader
from app.signature import Column, TableSignature

MAX_PIXELS = 10_000


def table(*columns: Column, ignore_extra: bool = False) -> TableReader:
    return TableReader(TableSignature(columns=columns), ignore_extra=ignore_extra)


def problems_of(read: Callable[..., Any], *arguments: Any) -> tuple[Problem, ...]:
    """What a reader finds wrong."""
    with pytest.raises(InvalidInputError) as caught:
        read(*arguments)
    return caught.value.problems


def places(problems: Sequence[Problem]) -> list[tuple[int | None, str | None]]:
    """Row and field of each problem, in order."""
    return [(problem.row, problem.field) for problem in problems]


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy_header(descr: str, shape: str, data: bytes = b"") -> bytes:
    """An .npy file whose header says whatever it is told to."""
    return npy_raw(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}", data)


def npy_raw(header: str, data: bytes = b"") -> bytes:
    line = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line + data


def encode(picture: Image.Image | NDArray[Any], kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file, kind, **options)
    return file.getvalue()


def png(
    width: int,
    height: int,
    depth: int,
    color: int,
    raw: bytes = b"",
    *,
    transparent: Sequence[int] | None = None,
    palette: Sequence[int] | None = None,
    interlace: bool = False,
    chunk_size: int = 2**30,
) -> bytes:
    """A PNG as its header says, with these bytes for pixels, whether or not they are enough."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace))
    colors = b"" if palette is None else chunk(b"PLTE", bytes(palette))
    key = b"" if transparent is None else chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent))
    data = zlib.compress(raw)
    pixels = b"".join(chunk(b"IDAT", data[at : at + chunk_size]) for at in range(0, len(data), chunk_size))
    return b"\x89PNG\r\n\x1a\n" + header + colors + key + pixels + chunk(b"IEND", b"")
