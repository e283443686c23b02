"""Whether two models answer alike, row by row, and where they do not."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.compile_report import Answer, WorstRow
from app.engine.golden import ABSOLUTE_TOLERANCE, PROBABILITY_TOLERANCE, RELATIVE_TOLERANCE
from app.predictions import Outputs
from app.signature import Arrays


@dataclass(frozen=True)
class Comparison:
    """What comparing n rows brought.

    disagreeing: how many rows are not alike. max_difference: the largest absolute difference of a probability or of a
    predicted number; None where labels were all there was to compare. worst_row: None where all rows are alike.
    """

    rows: int
    disagreeing: int
    max_difference: float | None
    worst_row: WorstRow | None


def compare(arrays: Arrays, expected: Outputs, found: Outputs) -> Comparison:
    """Hold answers against the expected ones: labels equal, numbers within the tolerances of the golden check.

    Raises ValueError where they are not of the same shape.
    """
    wanted, got = np.asarray(expected.predictions), np.asarray(found.predictions)
    _check_shape("predictions", wanted, got)
    if expected.probabilities is None:
        difference, strays = _numbers(wanted, got) if wanted.dtype.kind == "f" else (None, _labels(wanted, got))
    else:
        probabilities = np.asarray(found.probabilities)
        _check_shape("probabilities", expected.probabilities, probabilities)
        difference, strays = _numbers(expected.probabilities, probabilities, 0, PROBABILITY_TOLERANCE)
        strays = np.maximum(strays, _labels(wanted, got))
    disagreeing = int((strays > 1).sum())
    worst = _worst_row(int(strays.argmax()), arrays, expected, found) if disagreeing else None
    return Comparison(len(wanted), disagreeing, difference, worst)


def _check_shape(what: str, wanted: NDArray[Any], got: NDArray[Any]) -> None:
    if wanted.shape != got.shape:
        raise ValueError(f"the converted model gives {what} of the shape {got.shape}, the original {wanted.shape}")


def _labels(wanted: NDArray[Any], got: NDArray[Any]) -> NDArray[np.float64]:
    """How far each row strays: infinitely where a label is another one, else not at all."""
    differs: NDArray[np.bool_] = wanted != got
    return np.where(differs.reshape(len(differs), -1).any(axis=1), np.inf, 0.0)


def _numbers(
    wanted: NDArray[Any],
    got: NDArray[Any],
    relative: float = RELATIVE_TOLERANCE,
    absolute: float = ABSOLUTE_TOLERANCE,
) -> tuple[float, NDArray[np.float64]]:
    """The largest absolute difference, and how far each row strays: 1 where it only just agrees."""
    expected, found = (np.asarray(values, float).reshape(len(values), -1) for values in (wanted, got))
    with np.errstate(invalid="ignore"):  # infinity less infinity
        difference = np.abs(found - expected)
    difference[(expected == found) | (np.isnan(expected) & np.isnan(found))] = 0
    difference[np.isnan(difference)] = np.inf
    strays = difference / (absolute + relative * np.nan_to_num(np.abs(expected)))
    return float(difference.max(initial=0)), strays.max(axis=1, initial=0)


def _worst_row(row: int, arrays: Arrays, expected: Outputs, found: Outputs) -> WorstRow:
    return WorstRow(
        index=row,
        values={name: _value(values[row]) for name, values in arrays.items()},
        expected=_answer(expected, row),
        found=_answer(found, row),
    )


def _answer(outputs: Outputs, row: int) -> Answer:
    prediction = np.asarray(outputs.predictions)[row]
    return Answer(
        prediction=_value(prediction) if np.ndim(prediction) == 0 else tuple(map(_value, prediction)),
        probabilities=None if outputs.probabilities is None else tuple(map(_value, outputs.probabilities[row])),
    )


def _value(value: Any) -> Any:
    """A value as JSON knows it."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
