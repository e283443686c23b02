"""The golden check: a version may answer only when it reproduces what training-time code answered."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.errors import BrokenBundleError
from app.predictions import Instances, Outputs

# float32 arithmetic in another order moves a probability by some 1e-7 and a regression by as much of
# itself; a thousand times that is still far below what changes an answer.
PROBABILITY_TOLERANCE = 1e-5
RELATIVE_TOLERANCE = 1e-5
ABSOLUTE_TOLERANCE = 1e-6


def record(outputs: Outputs) -> dict[str, Any]:
    """Outputs as the JSON values that golden.json keeps."""
    return {
        "predictions": [_record_instances(p) if isinstance(p, Instances) else plain(p) for p in outputs.predictions],
        "probabilities": None if outputs.probabilities is None else np.asarray(outputs.probabilities).tolist(),
    }


def check(expected: Mapping[str, Any], outputs: Outputs) -> None:
    """Hold outputs against recorded ones. Raises BrokenBundleError with the first difference."""
    found = record(outputs)
    if not expected["predictions"]:
        raise BrokenBundleError("there is no golden row to reproduce")
    if len(found["predictions"]) != len(expected["predictions"]):
        raise _difference("number of rows", len(expected["predictions"]), len(found["predictions"]))
    for row, (want, got) in enumerate(zip(expected["predictions"], found["predictions"], strict=True)):
        _check_value(f"row {row}", want, got)
    if (expected["probabilities"] is None) != (found["probabilities"] is None):
        raise _difference("probabilities", expected["probabilities"], found["probabilities"])
    if expected["probabilities"] is not None:
        _check_close("probabilities", expected["probabilities"], found["probabilities"], 0, PROBABILITY_TOLERANCE)


def agree(want: Any, got: Any) -> bool:
    """Whether two recorded values are the same, numbers within the tolerances."""
    try:
        _check_value("", want, got)
    except BrokenBundleError:
        return False
    return True


def _record_instances(instances: Instances) -> dict[str, Any]:
    return {
        "boxes": instances.boxes.tolist(),
        "class_ids": instances.class_ids.tolist(),
        "scores": instances.scores.tolist(),
        "areas": [int(mask.sum()) for mask in instances.masks],
    }


def _check_value(where: str, want: Any, got: Any) -> None:
    if isinstance(want, dict):
        if not isinstance(got, dict) or want.keys() != got.keys():
            raise _difference(where, want, got)
        for key, value in want.items():
            _check_value(f"{where}, {key}", value, got[key])
    elif _holds_float(want):
        _check_close(where, want, got, RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE)
    elif want != got:
        raise _difference(where, want, got)


def _holds_float(value: Any) -> bool:
    """Whether it is measured rather than counted or named: then it may differ by the tolerances."""
    return any(map(_holds_float, value)) if isinstance(value, list) else isinstance(value, float)


def _check_close(where: str, want: Any, got: Any, relative: float, absolute: float) -> None:
    try:
        expected, found = np.asarray(want, float), np.asarray(got, float)
    except (TypeError, ValueError):  # a text where a number was, or lists of unequal length
        raise _difference(where, want, got) from None
    if expected.shape != found.shape or not np.allclose(found, expected, relative, absolute, equal_nan=True):
        raise _difference(where, want, got)


def _difference(where: str, want: Any, got: Any) -> BrokenBundleError:
    return BrokenBundleError(f"the golden rows are not reproduced: {where}: expected {want}, found {got}")


def plain(value: Any) -> Any:
    """A value as JSON has it: NumPy's scalars and arrays become Python's."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value
