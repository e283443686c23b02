"""CSV text -> header and rows, one at a time."""

import csv
import io
from collections.abc import Iterator
from itertools import chain, repeat

from app.errors import MalformedBodyError


def count_fields(body: bytes) -> int:
    """About how many fields a CSV text has, found without parsing it."""
    return body.count(b",") + max(body.count(b"\n"), body.count(b"\r"))


def read_lines(body: bytes) -> tuple[list[str], Iterator[list[str]]]:
    """The header, and the rows as they are asked for. Both raise MalformedBodyError."""
    lines = _parse(body)
    header = next(lines, None)
    if not header:
        raise MalformedBodyError("the CSV is empty or begins with a blank line; its first line must name the columns")
    return header, _rows(lines, len(header))


def _parse(body: bytes) -> Iterator[list[str]]:
    text = io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    try:
        yield from reader
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"the CSV is not UTF-8 after line {reader.line_num}: {error.reason}") from None
    except csv.Error as error:
        raise MalformedBodyError(f"the CSV cannot be read, in line {reader.line_num}: {error}") from None


def _rows(lines: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    """A blank line is a row of one empty field where rows have one, and else no row at the end of the text."""
    blank = 0
    for line in lines:
        if line:
            yield from chain(repeat([], blank), [line])
            blank = 0
        elif width == 1:
            yield [""]
        else:
            blank += 1
