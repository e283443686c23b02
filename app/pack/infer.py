"""The signature: what the sample and the estimator together promise."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from app.errors import PackError
from app.pack.estimators import Categories
from app.pack.notes import ColumnNotes
from app.signature import NUMPY_TYPES, PYTHON_TYPES, Arrays, Column, TableSignature

# A text column with few values that come again and again is a choice; one with many is text.
MOST_CHOICES = 30
_MOST_FLOAT32 = float(np.finfo(np.float32).max)
_RANGES = {"int64": (-(2**63), 2**63 - 1), "float32": (-_MOST_FLOAT32, _MOST_FLOAT32)}


def infer_signature(
    sample: pd.DataFrame,
    encoded: Mapping[str, Categories | None],
    notes: Mapping[str, ColumnNotes],
    imputed: Collection[str] = (),
    all_float: bool = False,
) -> TableSignature:
    """A signature of the sample's columns.

    encoded: what the model's encoders learned. imputed: the columns that the model fills where they are missing.
    all_float: the model sees a matrix, where a whole number is no type.

    Raises PackError naming the column that cannot be an input, or the note that names no column.
    """
    unknown = sorted(set(notes) - set(sample.columns))
    if unknown:
        raise PackError(f"the notes name a column {unknown[0]!r}; there are {', '.join(map(str, sample.columns))}")
    return TableSignature(
        columns=tuple(
            _column(
                str(name), sample[name], encoded, notes.get(str(name), ColumnNotes()), str(name) in imputed, all_float
            )
            for name in sample.columns
        )
    )


def arrays_of(sample: pd.DataFrame, signature: TableSignature) -> Arrays:
    """The sample's rows as a reader would give them: NaN for a missing number, None for anything else missing."""
    return {column.name: _array(sample[column.name], column) for column in signature.columns}


def rows_of(arrays: Arrays, indices: Sequence[int]) -> list[dict[str, Any]]:
    """Some rows as a JSON request says them."""
    chosen = {name: array[list(indices)].tolist() for name, array in arrays.items()}
    return [
        {name: None if value is None or value != value else value for name, value in zip(chosen, row, strict=True)}
        for row in zip(*chosen.values(), strict=True)
    ]


def with_missing(arrays: Arrays, signature: TableSignature) -> Arrays:
    """The rows, and the first again with each column missing that may be and never is."""
    gaps = [c.name for c in signature.columns if c.nullable and not pd.isna(arrays[c.name]).any()]
    if not gaps:
        return arrays
    found = {name: np.concatenate([values, values[[0] * len(gaps)]]) for name, values in arrays.items()}
    for place, name in enumerate(gaps):
        column = found[name] if found[name].dtype.kind in "fO" else found[name].astype(object)
        column[len(column) - len(gaps) + place] = np.nan if column.dtype.kind == "f" else None
        found[name] = column
    return found


def telling_rows(arrays: Arrays, count: int) -> list[int]:
    """Indices of rows worth keeping: spread over the sample, and one with a missing value where there is one."""
    total = len(next(iter(arrays.values())))
    chosen = dict.fromkeys(np.linspace(0, total - 1, min(count, total)).astype(int).tolist())
    missing = np.any([pd.isna(array) for array in arrays.values()], axis=0)
    if missing.any():
        chosen[int(np.flatnonzero(missing)[0])] = None
    return list(chosen)


def _column(
    name: str,
    values: pd.Series,
    encoded: Mapping[str, Categories | None],
    notes: ColumnNotes,
    is_imputed: bool,
    all_float: bool,
) -> Column:
    dtype = notes.dtype or _dtype(name, values, all_float)
    if dtype not in PYTHON_TYPES:
        raise PackError(f"the dtype {dtype!r} of column {name!r} is not known; accepted: {', '.join(PYTHON_TYPES)}")
    if notes.dtype is not None or values.dtype.kind == "u":  # of 64 bits, which need not fit
        _check_fits(name, values, dtype)
    categories = encoded[name] if name in encoded else _choices(values, dtype)
    if dtype == "int64" and notes.dtype is None and categories is not None and _has_fractions(categories):
        dtype = "float64"  # the sample lacks what the encoder knows
    inferred: dict[str, Any] = {"name": name, "dtype": dtype, "nullable": is_imputed or bool(values.isna().any())}
    if categories is not None:
        inferred |= {"categories": _typed(name, categories.values, dtype), "open_categories": categories.open}
    elif dtype in ("float64", "float32", "int64"):
        inferred |= _statistics(name, values)
    noted = notes.model_dump(exclude_none=True)
    if "categories" in noted:
        noted.setdefault("open_categories", False)
    try:
        return Column.model_validate(inferred | noted)
    except ValidationError as error:
        raise PackError(f"column {name!r}: {error.errors()[0]['msg']}") from None


def _dtype(name: str, values: pd.Series, all_float: bool) -> str:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.cat.categories.to_series()
    kind = values.dtype.kind
    if kind in "iu" and not all_float:
        return "int64"
    if kind in "iuf":
        return "float64"
    if kind == "b":
        return "bool"
    found = values.dropna()
    if all(isinstance(value, bool) for value in found) and len(found):
        return "bool"  # with some missing, which makes pandas keep objects
    if all(isinstance(value, str) for value in found):
        return "string"
    kinds = {type(value): value for value in reversed(found.tolist())}
    if len(kinds) > 1:
        one, other = list(kinds.values())[::-1][:2]
        raise PackError(f"column {name!r} holds values of several kinds, {one!r} and {other!r}")
    raise PackError(f"column {name!r} is of dtype {values.dtype}; numbers, true and false, and texts are accepted")


def _check_fits(name: str, values: pd.Series, dtype: str) -> None:
    """Raises PackError where a value of the sample is none of the dtype of its column.

    Anything can be said as text, except a number in floating point: nobody would write 1 as 1.0.
    """
    for value in values.dropna().tolist():
        if dtype == "string" and isinstance(value, float):
            hint = f"and not a text: as one it would be {str(value)!r}; pack a sample that has texts in this column"
            raise PackError(f"column {name!r} cannot be string: the sample has the number {value!r}, {hint}")
        if dtype != "string" and not _fits(value, dtype):
            raise PackError(f"column {name!r} cannot be {dtype}: the sample has {value!r}")


def _fits(value: Any, dtype: str) -> bool:
    """Whether a value is the same as one of the dtype: 1.0 is a whole number, and 1.5 and '1' are none."""
    try:
        least, most = _RANGES.get(dtype, (value, value))
        return bool(PYTHON_TYPES[dtype](value) == value and least <= value <= most)
    except (TypeError, ValueError, OverflowError):
        return False


def _choices(values: pd.Series, dtype: str) -> Categories | None:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return Categories(tuple(values.cat.categories.tolist()), open=False)
    found = values.dropna().unique()
    if dtype != "string" or not 1 < len(found) <= min(MOST_CHOICES, len(values) / 2):
        return None
    return Categories(tuple(sorted(map(str, found))), open=True)


def _has_fractions(categories: Categories) -> bool:
    return any(isinstance(value, float) and not value.is_integer() for value in categories.values)


def _typed(name: str, values: Sequence[Any], dtype: str) -> tuple[Any, ...]:
    """An encoder in front of a matrix knows 1 as 1.0. Raises PackError where it knows what is none of the dtype."""
    strange = [value for value in values if not _fits(value, dtype)]
    if strange:
        hint = f"; in --notes, columns: {{{name}: {{dtype: string}}}} reads it as texts" * isinstance(strange[0], str)
        raise PackError(f"column {name!r} cannot be {dtype}: the model knows {strange[0]!r} as one of its values{hint}")
    return tuple(map(PYTHON_TYPES[dtype], values))


def _statistics(name: str, values: pd.Series) -> dict[str, float]:
    numbers = values.dropna().to_numpy(np.float64)
    if not np.isfinite(numbers).all():
        raise PackError(f"column {name!r} holds an infinite number, which no request can say")
    if not len(numbers):
        raise PackError(f"column {name!r} holds no value at all")
    return {"minimum": float(numbers.min()), "maximum": float(numbers.max()), "mean": float(f"{numbers.mean():.6g}")}


def _array(values: pd.Series, column: Column) -> NDArray[Any]:
    if column.dtype in ("float64", "float32"):
        return np.asarray(values.to_numpy(NUMPY_TYPES[column.dtype], na_value=np.nan))
    if not column.nullable and column.dtype != "string":
        return np.asarray(values.to_numpy(NUMPY_TYPES[column.dtype]))
    kind = PYTHON_TYPES[column.dtype]
    array = np.empty(len(values), dtype=object)
    array[:] = [None if pd.isna(value) else kind(value) for value in values]
    return array
