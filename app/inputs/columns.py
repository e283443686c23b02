"""One column: Python values, CSV text or an array -> an array of the column's dtype, or every misfit by row."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError, Problem
from app.inputs.base import describe
from app.inputs.vectors import EXACT, FLOAT32_MAX, is_readable, taken
from app.signature import NUMPY_TYPES, Column, Scalar

_KINDS = {
    "float64": "a number",
    "float32": "a number",
    "int64": "a whole number",
    "bool": "true or false",
    "string": "text",
}
_BOOLEANS = {"true": True, "false": False}
_INT64 = np.iinfo(np.int64)
# What a text may be to be a number: Python's float() also reads 1_000, nan, and the digits of every script.
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_WHOLE = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_LONGEST = 400  # characters: more than any float64 needs, and far from where int() gives up


class _MisfitError(Exception):
    """Why a value does not fit its column, in words."""

    def __init__(self, detail: str, did_you_mean: str | None = None) -> None:
        super().__init__(detail)
        self.did_you_mean = did_you_mean


class ColumnReader:
    """Reads the values of one column."""

    def __init__(self, column: Column) -> None:
        self.name = column.name
        self._kind = column.dtype
        self._nullable = column.nullable
        self._is_float = column.dtype in ("float32", "float64")
        # An empty field is an empty text where a text may be anything but missing.
        self._is_free_text = column.dtype == "string" and column.categories is None and not column.nullable
        # A missing value is NaN where there is one, and None where only an array of objects can hold it.
        self._dtype = NUMPY_TYPES[column.dtype if self._is_float or not column.nullable else "string"]
        self._convert, self._parse = _CONVERTERS[column.dtype]
        # By type as well as value: True == 1 == 1.0 in Python, and not in a request.
        closed = () if column.open_categories else column.categories or ()
        self._categories = {(type(value), value) for value in closed}
        self._category_array = np.array(closed) if closed else None
        self._shown = [str(value) for value in closed]
        self.accepted = self._describe(column)

    def values(self, values: Sequence[Any]) -> NDArray[Any]:
        """An array of JSON values. Raises InvalidInputError naming each misfit's row."""
        if self._is_float and not self._categories and set(map(type, values)) <= {float, int}:
            return self._numbers(values, self._from_json)
        return self._collect(values, self._from_json)

    def texts(self, texts: Sequence[str]) -> NDArray[Any]:
        """An array of CSV or form fields. Raises InvalidInputError naming each misfit's row."""
        if self._is_float and not self._categories and _is_plain("".join(texts)):
            return self._numbers(texts, self._from_text)
        return self._collect(texts, self._from_text)

    def array(self, array: NDArray[Any]) -> NDArray[Any]:
        """An array (n,) of NumPy's own, by the rules of JSON values and not copied where its dtype is the column's.

        Text may be bytes in UTF-8, and NaN is a missing value. Raises InvalidInputError naming each misfit's row.
        """
        if self._dtype.hasobject or not is_readable(array, self._kind):
            return self._collect(_python_values(array), self._from_json)
        fits = taken(array, self._kind, nullable=self._nullable, categories=self._category_array)
        if not fits.all():
            doubtful = ((int(row), array[row].item()) for row in np.flatnonzero(~fits))
            _raise_any(self._misfits(doubtful, self._from_json))
        return array.astype(self._dtype, copy=False)

    def _numbers(self, values: Sequence[Any], convert: Callable[[Any], Any]) -> NDArray[Any]:
        """All at once where nothing is in doubt; else one by one, to say what is wrong."""
        try:
            array = np.fromiter(map(float, values), np.float64, len(values))
        except (ValueError, OverflowError):
            return self._collect(values, convert)
        if not (np.abs(array) < EXACT).all():  # the negation also catches NaN
            return self._collect(values, convert)
        return array.astype(self._dtype, copy=False)

    def _collect(self, values: Sequence[Any], convert: Callable[[Any], Any]) -> NDArray[Any]:
        array = np.empty(len(values), self._dtype)
        try:
            for row, value in enumerate(values):
                array[row] = convert(value)
        except _MisfitError:
            raise InvalidInputError(self._misfits(enumerate(values), convert)) from None
        return array

    def _misfits(self, values: Iterable[tuple[int, Any]], convert: Callable[[Any], Any]) -> Iterator[Problem]:
        for row, value in values:
            try:
                convert(value)
            except _MisfitError as misfit:
                yield Problem(str(misfit), row, self.name, self.accepted, misfit.did_you_mean)

    def _from_json(self, value: Any) -> Any:
        if value is None or value != value:  # a NaN, which only an array can hold, is a missing value
            return self._missing()
        return self._known(self._convert(value))

    def _from_text(self, text: str) -> Any:
        if text == "" and not self._is_free_text:
            return self._missing()
        return self._known(self._parse(text))

    def _missing(self) -> Any:
        if not self._nullable:
            raise _MisfitError("the value is missing")
        return math.nan if self._is_float else None

    def _known(self, value: Scalar) -> Scalar:
        if not self._categories or (type(value), value) in self._categories:
            return value
        close = get_close_matches(str(value), self._shown, n=1)
        raise _MisfitError(f"{describe(value)} is not one of the categories", close[0] if close else None)

    def _describe(self, column: Column) -> str:
        if column.categories is not None and not column.open_categories:
            kind = "one of " + ", ".join(describe(value) for value in column.categories)
        else:
            kind = _KINDS[column.dtype] + (f" in {column.unit}" if column.unit else "")
        return kind + (", or null" if column.nullable else "")


def _python_values(array: NDArray[Any]) -> list[Any]:
    """What has no counterpart in JSON stays NumPy's own: dates would become bare integers."""
    return list(array.tolist()) if array.dtype.kind in "biufUSO" else list(array)


def _raise_any(problems: Iterable[Problem]) -> None:
    error = InvalidInputError(problems)
    if error.found:
        raise error


def _is_plain(text: str) -> bool:
    """Whether float() reads the numbers in it as CSV means them."""
    return text.isascii() and "_" not in text


def _number(value: Any) -> float:
    if type(value) is int:
        if abs(value) >= EXACT and not _is_exact(value):
            raise _MisfitError(f"{describe(value)} has no exact floating-point value")
        return float(value)
    if type(value) is not float or not math.isfinite(value):
        raise _MisfitError(f"{describe(value)} is not a number")
    return value


def _is_exact(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _whole(value: Any) -> int:
    if type(value) is float and value.is_integer():
        if abs(value) >= EXACT:
            raise _MisfitError(f"{describe(value)} is as large as floats that are rounded")
        value = int(value)
    if type(value) is not int:
        raise _MisfitError(f"{describe(value)} is not a whole number")
    if not _INT64.min <= value <= _INT64.max:
        raise _MisfitError(f"{describe(value)} does not fit into 64 bits")
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _MisfitError(f"{describe(value)} is not true or false")
    return value


def _text(value: Any) -> str:
    if type(value) is bytes:  # of an array only
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise _MisfitError(f"{describe(value)} is not UTF-8") from None
    if type(value) is not str:
        raise _MisfitError(f"{describe(value)} is not text")
    return value


def _parse_number(text: str) -> float:
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        raise _MisfitError(f"{describe(text)} is not a number")
    return _number(int(text) if _WHOLE.fullmatch(text) else float(text))


def _parse_whole(text: str) -> int:
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        raise _MisfitError(f"{describe(text)} is not a whole number")
    return _whole(int(text) if _WHOLE.fullmatch(text) else _exact(text))


def _exact(text: str) -> int:
    """The whole number that a text with a point or an exponent is, of which a float could be another one."""
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent of very many digits
        raise _MisfitError(f"{describe(text)} is not a whole number") from None
    if number != number.to_integral_value():
        raise _MisfitError(f"{describe(text)} is not a whole number")
    if not _INT64.min <= number <= _INT64.max:  # before an int of a billion digits is made
        raise _MisfitError(f"{describe(text)} does not fit into 64 bits")
    return int(number)


def _parse_boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        raise _MisfitError(f"{describe(text)} is not true or false") from None


def _single(convert: Callable[[Any], float]) -> Callable[[Any], float]:
    """The conversion, refusing what float32 would turn into infinity: models compute in it, and so do trees."""

    def narrow(value: Any) -> float:
        number = convert(value)
        if abs(number) > FLOAT32_MAX:
            raise _MisfitError(f"{describe(value)} does not fit into 32 bits")
        return number

    return narrow


# How a JSON value and how a text become a value of each dtype; each raises _MisfitError.
_CONVERTERS: dict[str, tuple[Callable[[Any], Scalar], Callable[[str], Scalar]]] = {
    "float64": (_single(_number), _single(_parse_number)),
    "float32": (_single(_number), _single(_parse_number)),
    "int64": (_whole, _parse_whole),
    "bool": (_boolean, _parse_boolean),
    "string": (_text, str),
}
