"""What every reader offers: one method per way of saying rows, each returning arrays."""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from numpy.typing import NDArray

from app.errors import InvalidInputError, Problem
from app.signature import Arrays

MOST_SHOWN = 60  # characters
MOST_NAMES = 10


class Reader(Protocol):
    """Reads the inputs of one signature. Each method raises InvalidInputError for what does not fit."""

    def rows(self, rows: Sequence[Any]) -> Arrays:
        """JSON values, one per row."""

    def columns(self, columns: Mapping[str, Any]) -> Arrays:
        """JSON values, one list per input name."""

    def csv(self, body: bytes) -> Arrays:
        """CSV text with a header."""

    def npy(self, body: bytes) -> Arrays:
        """One array in NumPy's file format."""

    def tensors(self, tensors: Mapping[str, NDArray[Any]]) -> Arrays:
        """NumPy arrays by input name, one entry of axis 0 per row; large ones are copied no more than needed.

        A table: one array [rows] or [rows, 1] per column, or a single matrix [rows, columns] under any name, its
        columns in the signature's order. A tensor: [rows, *shape], or the shape itself for one row. Pictures: uint8
        [H, W, 3] or [rows, H, W, 3]. Arrays of objects hold text as str or as bytes in UTF-8, and pictures that are
        encoded (a tensor's rows: as raw float32 as well) as bytes.
        """

    def picture(self, body: bytes) -> Arrays:
        """One encoded picture."""

    def form(self, fields: Mapping[str, Sequence[str]]) -> Arrays:
        """The text fields of a form: one row."""


def refuse(detail: str, **where: Any) -> InvalidInputError:
    """An InvalidInputError with a single problem."""
    return InvalidInputError([Problem(detail, **where)])


def only_input(inputs: Mapping[str, Any], name: str) -> Any:
    """The one input of a request whose model has one."""
    if set(inputs) != {name}:
        raise refuse(f"the inputs are named {enumerate_names(inputs)}", accepted=f"one input, {name!r}")
    return inputs[name]


def only_list(columns: Mapping[str, Any], name: str) -> Sequence[Any]:
    """The rows of a request whose model has one input."""
    values = only_input(columns, name)
    if not isinstance(values, list):
        raise refuse(f"{name!r} is {describe(values)}", accepted="a list with one entry per row")
    return values


def flat(array: NDArray[Any], name: str) -> NDArray[Any]:
    """A view [rows] of an array [rows] or [rows, 1]."""
    if array.ndim != 1 and array.shape[1:] != (1,):
        raise refuse(f"the array's shape is {list(array.shape)}", field=name, accepted="[rows] or [rows, 1]")
    return array.reshape(len(array))


def describe(value: object) -> str:
    """A JSON value as a person would write it, cut where it is long."""
    kind = {type(None): "null", bool: "boolean", str: "text", dict: "an object", list: "a list"}.get(type(value))
    if value is None or isinstance(value, dict | list):
        return str(kind)
    return repr(shorten(value)) if isinstance(value, str) else shorten(str(value).lower())


def enumerate_names(names: Collection[str]) -> str:
    """The first of a request's own names, and how many more there are."""
    shown = ", ".join(repr(shorten(name)) for name in islice(names, MOST_NAMES))
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES} more"


def shorten(text: str) -> str:
    """A request's own text, cut so that an error cannot grow as large as what it complains of."""
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
