"""What a fitted estimator tells of itself: what it was fitted on, what it answers, which categories it knows."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from app.errors import PackError
from app.signature import Scalar, Task

FittedOn = Literal["matrix", "frame", "texts"]
# The names that LightGBM, CatBoost and XGBoost give the columns of a matrix.
_MADE_UP = re.compile(r"(Column_|f)?\d+")


@dataclass(frozen=True)
class Categories:
    """The values that an encoder learned for a column, whether it takes others, and whether None is one of them."""

    values: tuple[Scalar, ...]
    open: bool
    none: bool = False


def input_columns(estimator: Any, sample: pd.DataFrame, targets: Collection[str] = ()) -> tuple[FittedOn, list[str]]:
    """What the estimator was fitted on, and the sample's columns that are its inputs, in its order.

    Raises PackError where the sample does not have them.
    """
    names = _feature_names(estimator, sample)
    if names is not None:
        missing = [name for name in names if name not in sample]
        if missing and missing[0] in targets:
            raise PackError(f"the model was fitted on the column {missing[0]!r}, so it cannot be the target")
        if missing:
            close = get_close_matches(missing[0], [str(name) for name in sample.columns if name not in names], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise PackError(
                f"the model was fitted on the columns {', '.join(names)}; the sample lacks {missing[0]!r}{hint}"
            )
        return "frame", names
    columns = [str(name) for name in sample.columns]
    if _takes_texts(estimator):
        if len(columns) != 1:
            raise PackError(f"the model takes one column of texts; the sample has {', '.join(columns)}")
        return "texts", columns
    if not _is_of_a_library(_first_step(estimator)):
        return _answers_to(estimator, sample), columns
    expected = getattr(estimator, "n_features_in_", None)
    if expected is not None and expected != len(columns):
        raise PackError(
            f"the model was fitted on {expected} columns without names; the sample has {len(columns)}: "
            f"{', '.join(columns)}. Leave out what is no input, and name the target with --target"
        )
    return "matrix", columns


def _is_of_a_library(estimator: Any) -> bool:
    """Whether it remembers the names of the columns that it was fitted on; its owner's own class need not."""
    return type(estimator).__module__.partition(".")[0] in ("sklearn", "xgboost", "lightgbm", "catboost")


def _answers_to(estimator: Any, sample: pd.DataFrame) -> FittedOn:
    """In which form an estimator that remembers nothing answers two rows with two answers."""
    rows = sample.head(2)
    ask = getattr(estimator, "predict", None) or estimator.transform
    forms: dict[FittedOn, Any] = {"frame": rows, "matrix": rows.to_numpy()}
    if len(rows.columns) == 1 and not pd.api.types.is_numeric_dtype(rows.iloc[:, 0].dtype):
        forms = {"texts": rows.iloc[:, 0].to_numpy(object), **forms}
    for form, asked in forms.items():
        try:
            if np.shape(ask(asked))[0] == len(rows):
                return form
        except Exception:  # a foreign model can raise anything
            continue
    return "frame"


def with_categories(estimator: Any, sample: pd.DataFrame) -> pd.DataFrame:
    """The sample as its model was fitted on it: LightGBM and XGBoost see texts only as pandas' categories.

    A CSV file does not keep these. LightGBM does, in the order of its columns of categories.
    """
    texts = [name for name in sample if not pd.api.types.is_numeric_dtype(sample[name].dtype)]
    texts = [name for name in texts if not isinstance(sample[name].dtype, pd.CategoricalDtype)]
    if not texts or type(estimator).__module__.partition(".")[0] not in ("lightgbm", "xgboost"):
        return sample
    kept = getattr(getattr(estimator, "booster_", None), "pandas_categorical", None) or []
    known = kept if len(kept) == len(texts) else [sorted(sample[name].dropna().unique()) for name in texts]
    return sample.assign(
        **{name: pd.Categorical(sample[name], list(categories)) for name, categories in zip(texts, known, strict=True)}
    )


def task_of(estimator: Any) -> Task:
    """What the estimator does, by scikit-learn's tags. Raises PackError where it is none of what is served."""
    if _is(is_outlier_detector, estimator):
        return "outlier detection"
    # CatBoost has no tags; its regressors have classes too, none at all.
    if _is(is_classifier, estimator) or len(getattr(estimator, "classes_", ())):
        return "classification"
    if _is(is_regressor, estimator):
        return "regression"
    if hasattr(estimator, "predict"):
        return "clustering" if _is(is_clusterer, estimator) else "regression"
    if hasattr(estimator, "transform"):
        return "transform"
    raise PackError(f"a {type(estimator).__name__} can only be asked about the rows that it was fitted on")


def classes_of(estimator: Any) -> tuple[Scalar, ...] | None:
    """The classes in probability order; None where it has none, or a list of them for each of several outputs."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or isinstance(classes, list):
        return None
    return tuple(np.asarray(classes).tolist())


def encoder_categories(estimator: Any, names: Sequence[str]) -> dict[str, Categories | None]:
    """What the encoders right behind the inputs learned of each column, by its name; None for free text."""
    return dict(_encoded(estimator, list(names)))


def imputed_columns(estimator: Any, names: Sequence[str]) -> set[str]:
    """The columns that an imputer right behind the inputs fills where they are missing."""
    return set(_imputed(estimator, list(names)))


def _imputed(transformer: Any, names: list[str]) -> Iterator[str]:
    if isinstance(transformer, Pipeline):
        yield from _imputed(transformer.steps[0][1], names)
    elif isinstance(transformer, ColumnTransformer):
        for _, part, selected in transformer.transformers_:
            if not isinstance(part, str):
                yield from _imputed(part, _selected(names, selected))
    elif isinstance(transformer, SimpleImputer | KNNImputer):
        yield from names


def _encoded(transformer: Any, names: list[str]) -> Iterator[tuple[str, Categories | None]]:
    if _takes_texts(transformer):
        yield from ((name, None) for name in names)
    elif isinstance(transformer, Pipeline):
        for _, step in transformer.steps:
            if isinstance(step, ColumnTransformer | Pipeline) or hasattr(step, "categories_"):
                yield from _encoded(step, names)
                return
            if getattr(step, "n_features_in_", None) != len(names) or not hasattr(step, "statistics_"):
                return  # anything but an imputer may have changed the values
    elif isinstance(transformer, ColumnTransformer):
        for _, part, selected in transformer.transformers_:
            if not isinstance(part, str):
                yield from _encoded(part, _selected(names, selected))
    elif hasattr(transformer, "categories_") and len(transformer.categories_) == len(names):
        is_open = getattr(transformer, "handle_unknown", "error") != "error"
        for name, values in zip(names, transformer.categories_, strict=True):
            learned = np.asarray(values).tolist()
            known = tuple(value for value in learned if value is not None and value == value)
            yield name, Categories(known, is_open, None in learned)


def _selected(names: list[str], selected: Any) -> list[str]:
    """The names that a ColumnTransformer's column specification selects: a name, an index, or several."""
    if isinstance(selected, str):
        return [selected]
    if isinstance(selected, slice):
        return names[selected] if not isinstance(selected.start or selected.stop, str) else []
    chosen = np.atleast_1d(np.asarray(selected))
    return [str(name) for name in (chosen if chosen.dtype.kind in "OUT" else np.asarray(names, dtype=object)[chosen])]


def _feature_names(estimator: Any, sample: pd.DataFrame) -> list[str] | None:
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = getattr(estimator, "feature_names_", None)  # CatBoost's own attribute
    if names is None:
        return None
    names = [str(name) for name in names]
    made_up = all(map(_MADE_UP.fullmatch, names)) and not set(names) <= set(sample.columns)
    return None if made_up else names


def _first_step(estimator: Any) -> Any:
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[0][1]
    return estimator


def _takes_texts(estimator: Any) -> bool:
    try:
        tags = get_tags(_first_step(estimator)).input_tags
    except (AttributeError, TypeError):  # CatBoost has no tags
        return False
    return bool(tags.string and not tags.two_d_array)


def _is(kind: Any, estimator: Any) -> bool:
    try:
        return bool(kind(estimator))
    except (AttributeError, TypeError):  # CatBoost has no tags
        return False
