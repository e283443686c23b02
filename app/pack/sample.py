"""Sample rows: CSV, Parquet or npy -> a DataFrame, as the person who trained on them would read them."""

from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from app.errors import PackError


def read_sample(path: Path, texts: Collection[str] = ()) -> pd.DataFrame:
    """The sample's rows, at least one. Only an empty field is missing: NA is the code of Namibia as well.

    texts: columns that a CSV file has as texts, though they look like numbers: 0123 is a postcode in Oslo as well.
    Raises PackError.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise PackError(f"the sample {path} has no known ending; accepted: {', '.join(_READERS)}")
    try:
        sample = read(path, texts)
    except PackError:
        raise
    except UnicodeDecodeError as error:
        raise PackError(f"the sample {path} is not in UTF-8 ({error}): save it as UTF-8") from None
    except Exception as error:  # pandas, pyarrow and NumPy each have their own
        raise PackError(f"the sample {path} cannot be read: {error}") from None
    if sample.empty:
        raise PackError(f"the sample {path} has no rows")
    return sample


def _read_csv(path: Path, texts: Collection[str]) -> pd.DataFrame:
    names = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False).iloc[0]
    if names.duplicated().any():  # pandas would number them
        raise PackError(f"the sample {path} has the column {names[names.duplicated()].iloc[0]!r} more than once")
    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(texts, "str"))


def _read_parquet(path: Path, texts: Collection[str]) -> pd.DataFrame:
    return pd.read_parquet(path)


def _read_npy(path: Path, texts: Collection[str]) -> pd.DataFrame:
    """A matrix has no names: its columns are x0, x1, ... A structured array's fields keep theirs."""
    array = np.load(path, allow_pickle=False)
    if array.dtype.names:
        return pd.DataFrame({name: array[name] for name in array.dtype.names})
    if array.ndim != 2:
        raise ValueError(f"the array's shape is {list(array.shape)}; [rows, columns] is accepted")
    return pd.DataFrame(array, columns=[f"x{index}" for index in range(array.shape[1])])


_READERS: dict[str, Callable[[Path, Collection[str]], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".npy": _read_npy,
}


def split_target(sample: pd.DataFrame, targets: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The inputs, and the target columns where some are named. Raises PackError where the sample lacks one."""
    for name in targets:
        if name not in sample:
            close = get_close_matches(name, map(str, sample.columns), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(map(str, sample.columns))}"
            raise PackError(f"the sample has no column {name!r} to take as the target; {hint}")
    if not targets:
        return sample, None
    return sample.drop(columns=list(targets)), sample[list(targets)]
