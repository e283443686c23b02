"""Bodies and readers in a line."""

import io
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
