"""CSV: the rows of a request with the prediction columns added."""

import csv
import io
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from app.predictions import Outputs
from app.signature import Arrays, Target


def write_csv(arrays: Arrays, outputs: Outputs, target: Target) -> str:
    """The request's columns, and the prediction's behind them."""
    columns: dict[str, list[Any]] = {name: array.tolist() for name, array in arrays.items()}
    columns |= prediction_columns(outputs, target, taken=columns)
    return write_lines([columns, *zip(*columns.values(), strict=True)])


def prediction_columns(outputs: Outputs, target: Target, taken: Collection[str] = ()) -> dict[str, list[Any]]:
    """The target's column (or those of its outputs), then one `probability_<label>` per class.

    A column whose name is taken is called `predicted_<name>`.
    """
    columns: dict[str, list[Any]] = {}
    predictions = np.asarray(outputs.predictions)
    for name, column in zip(target.outputs or [target.name], np.atleast_2d(predictions.T), strict=True):
        columns[free_name(name, {*taken, *columns})] = column.tolist()
    if outputs.probabilities is not None:
        for label, column in zip(target.classes or (), outputs.probabilities.T, strict=True):
            columns[free_name(f"probability_{label}", {*taken, *columns})] = column.tolist()
    return columns


def free_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name = f"predicted_{name}"
    return name


def write_lines(lines: Iterable[Iterable[Any]], end: str = "\r\n") -> str:
    """A missing value is an empty field, and true and false are written as a request writes them."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([_cell(value) for value in line] for line in lines)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None or value != value:
        return ""
    return str(value).lower() if isinstance(value, bool) else value
