"""What Pillow does not hold a PNG to (W3C, PNG third edition): all of its rows, and colours that its palette has."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL.PngImagePlugin import PngImageFile

PIECE = 16 * 1024  # bytes, which inflate to 16 MiB at most
_HEADER = 8, struct.Struct(">4x4sIIBBxxB")  # where it stands; kind, width, height, bits, colour type, interlace
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_FEW_BITS = (("L;2", 3), ("L;4", 15))  # Pillow's names, and the lightest grey
# First column and row, step of columns and rows (Adam7).
_WHOLE = ((0, 0, 1, 1),)
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def check_png(picture: PngImageFile, body: bytes) -> None:
    """Hold a loaded picture against its body. Raises ValueError."""
    expected = _expected(body)
    found = _inflated(body, expected)
    if found < expected:
        raise ValueError(f"its pixels take {expected} bytes, and it has {found}")
    if picture.mode == "P":
        colours = sum(map(len, _chunks(body, b"PLTE"))) // 3
        last = int(np.asarray(picture).max())
        if last >= colours:
            raise ValueError(f"a pixel has colour {last} of a palette of {colours}, counted from 0")


def scale_transparent(picture: PngImageFile) -> None:
    """Pillow stretches grey of 2 or 4 bits to 8, but not the one grey that is transparent. Before it is loaded."""
    top = next((top for tile in picture.tile for raw, top in _FEW_BITS if tile[3] == raw), None)
    if top and "transparency" in picture.info:
        picture.info["transparency"] = (picture.info["transparency"] & top) * 255 // top


def _expected(body: bytes) -> int:
    """How many bytes the rows take by the header, each behind the byte that names its filter."""
    start, header = _HEADER
    kind, width, height, bits, colour, interlace = header.unpack_from(body, start)
    if kind != b"IHDR":
        raise ValueError("it does not begin with its header")
    total = 0
    for left, top, across, down in _PASSES if interlace else _WHOLE:
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits * _CHANNELS[colour] + 7) // 8)
    return total


def _inflated(body: bytes, most: int) -> int:
    """How many bytes of rows there are; once there are enough no more are counted."""
    decompressor = zlib.decompressobj()
    found = 0
    for data in _chunks(body, b"IDAT"):
        for start in range(0, len(data), PIECE):
            found += len(decompressor.decompress(data[start : start + PIECE]))
            if found >= most:
                return found
    return found


def _chunks(body: bytes, wanted: bytes) -> Iterator[memoryview]:
    start = 8
    while start + 8 <= len(body):
        length, kind = struct.unpack_from(">I4s", body, start)
        if kind == wanted:
            yield memoryview(body)[start + 8 : start + 8 + length]
        start += length + 12
