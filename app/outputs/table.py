"""CSV: the rows of a request with the prediction columns added."""

import csv
import io
from typing import Any

import numpy as np

from app.predictions import Outputs
from app.signature import Arrays, Target


def write_csv(arrays: Arrays, outputs: Outputs, target: Target) -> str:
    """The request's columns, then the target's (or its outputs'), then one `probability_<label>` per class.

    A prediction column whose name an input has already is called `predicted_<name>`.
    """
    columns: dict[str, list[Any]] = {name: array.tolist() for name, array in arrays.items()}
    predictions = np.asarray(outputs.predictions)
    for name, column in zip(target.outputs or [target.name], np.atleast_2d(predictions.T), strict=True):
        columns[_free_name(name, columns)] = column.tolist()
    if outputs.probabilities is not None:
        for label, column in zip(target.classes or (), outputs.probabilities.T, strict=True):
            columns[_free_name(f"probability_{label}", columns)] = column.tolist()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*(map(_cell, column) for column in columns.values()), strict=True))
    return text.getvalue()


def _free_name(name: str, taken: dict[str, list[Any]]) -> str:
    while name in taken:
        name = f"predicted_{name}"
    return name


def _cell(value: Any) -> Any:
    """A missing value is an empty field, and true and false are written as a request writes them."""
    if value is None or value != value:
        return ""
    return str(value).lower() if isinstance(value, bool) else value
