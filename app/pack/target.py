"""What a prediction is called and how far the sample's true answers reach."""

from collections.abc import Sequence

import pandas as pd

from app.errors import PackError
from app.pack.request import Request
from app.signature import Scalar, Target, Task


def target_of(
    request: Request,
    task: Task,
    truth: pd.DataFrame | None,
    classes: Sequence[Scalar] | None = None,
    outputs: Sequence[str] | None = None,
) -> Target:
    """The target, by the notes and the sample's target columns. Raises PackError where these cannot be an answer."""
    notes = request.notes.target
    limits = {}
    if task == "regression" and truth is not None and outputs is None:
        numbers = true_numbers(truth, 1)
        limits = {"minimum": float(numbers.min().iloc[0]), "maximum": float(numbers.max().iloc[0])}
    return Target(
        name=notes.name or (request.targets[0] if len(request.targets) == 1 else "prediction"),
        unit=notes.unit,
        description=notes.description,
        classes=tuple(classes) if classes else None,
        outputs=tuple(outputs) if outputs else None,
        **limits,
    )


def output_names(targets: Sequence[str], count: int) -> tuple[str, ...]:
    """What the values of one prediction are called: like the targets where these are as many, else by number."""
    return tuple(targets) if len(targets) == count else tuple(f"y{place}" for place in range(count))


def true_numbers(truth: pd.DataFrame, count: int) -> pd.DataFrame:
    """The target columns of a regression. Raises PackError where they are no numbers, or not `count` of them."""
    checked(truth, count)
    for name, values in truth.items():
        if values.dtype.kind not in "iufb":
            raise PackError(f"the target column {str(name)!r} does not hold numbers, and the model answers numbers")
    return truth.astype("float64")


def checked(truth: pd.DataFrame, count: int) -> pd.DataFrame:
    """The target columns. Raises PackError where they are not `count`, or where a value is missing."""
    if len(truth.columns) != count:
        named = ", ".join(map(str, truth.columns))
        raise PackError(
            f"the model answers {count} values a row, and the target columns are {len(truth.columns)}: {named}"
        )
    for name, values in truth.items():
        missing = int(values.isna().sum())
        if missing:
            raise PackError(f"the target column {str(name)!r} is empty in {missing} of {len(values)} rows")
    return truth
