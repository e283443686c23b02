"""Estimators with scikit-learn's interface: its own, XGBoost's, LightGBM's, CatBoost's, and pipelines of them."""

import io
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import joblib
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.runtimes import skops_files
from app.runtimes.file import File
from app.signature import Arrays, Frozen, Scalar, Signature, TableSignature, Target

# What the number of threads is called in scikit-learn; in LightGBM and XGBoost, which take all there are for None.
THREADS = frozenset({"n_jobs", "num_threads", "num_thread", "nthread", "nthreads"})


class Fitting(Frozen):
    """What an estimator was fitted on, and so wants to be asked with.

    matrix: an array, its columns in the signature's order. frame: a DataFrame; `categorical` are its columns of
    pandas' category dtype, with their categories in order. texts: a list of texts, the signature's one column.
    none: the columns whose encoder was fitted on None for a missing text; all others were on NaN, as pandas reads it.
    trusted: the types in a .skops file that the owner vouches for beyond those that skops trusts itself.
    """

    fitted_on: Literal["matrix", "frame", "texts"] = "matrix"
    categorical: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)
    none: tuple[str, ...] = ()
    method: Literal["predict", "transform"] = "predict"
    trusted: tuple[str, ...] = ()


class SklearnRuntime:
    """Asks an estimator with what it was fitted on."""

    def __init__(self, estimator: Any, signature: Signature, target: Target, fitting: Fitting | None = None) -> None:
        if not isinstance(signature, TableSignature):
            raise BrokenBundleError(f"an estimator takes a table, not a signature of kind {signature.kind!r}")
        _check_classes(estimator, target)
        fitting = fitting or Fitting()
        self._names = [column.name for column in signature.columns]
        self._dtypes = {column.name: column.dtype for column in signature.columns}
        self._none = frozenset(fitting.none)
        self._compose = {"matrix": self._matrix, "frame": self._frame, "texts": self._texts}[fitting.fitted_on]
        self._categorical = fitting.categorical
        self._predict: Callable[[Any], Any] = getattr(estimator, fitting.method)
        has_probabilities = bool(target.classes) and hasattr(estimator, "predict_proba")
        self._predict_proba: Callable[[Any], Any] | None = estimator.predict_proba if has_probabilities else None
        self._shape = (len(target.outputs),) if target.outputs else ()
        self._width = len(target.classes or ())

    def predict(self, arrays: Arrays) -> Outputs:
        if not len(arrays[self._names[0]]):
            return self._nothing()
        asked = self._compose(arrays)
        predictions = _dense(self._predict(asked))
        if not self._shape:
            predictions = predictions.reshape(len(predictions))  # CatBoost answers labels as a column
        return Outputs(predictions, _dense(self._predict_proba(asked)) if self._predict_proba else None)

    def ask(self, arrays: Arrays) -> NDArray[Any]:
        """The estimator's own answer to at least one row, in whatever shape it gives it."""
        return _dense(self._predict(self._compose(arrays)))

    def _nothing(self) -> Outputs:
        """scikit-learn refuses to be asked for no rows; a request of no rows has an answer of none."""
        probabilities = np.empty((0, self._width)) if self._predict_proba else None
        return Outputs(np.empty((0, *self._shape)), probabilities)

    def _matrix(self, arrays: Arrays) -> NDArray[Any]:
        return np.column_stack([self._with_nan(name, arrays[name]) for name in self._names])

    def _texts(self, arrays: Arrays) -> NDArray[Any]:
        return arrays[self._names[0]]

    def _frame(self, arrays: Arrays) -> Any:
        import pandas as pd  # only where an estimator wants it: half a second, and 60 MB in every worker

        def series(name: str, values: NDArray[Any]) -> Any:
            if name in self._categorical:
                return pd.Categorical(values, categories=list(self._categorical[name]))
            if self._dtypes[name] == "string" and name not in self._none:
                return pd.Series(values, dtype="str")  # left to itself pandas takes a batch of None alone for objects
            known = self._with_nan(name, values)
            return pd.Series(known, dtype=known.dtype)

        return pd.DataFrame({name: series(name, arrays[name]) for name in self._names})

    def _with_nan(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        """NaN in the place of None, which estimators that were fitted on NaN take for a value like any other."""
        if values.dtype != object or name in self._none:
            return values
        known = [np.nan if value is None else value for value in values]
        return np.array(known, np.float64 if self._dtypes[name] == "int64" else object)


def load(artifact: File, signature: Signature, target: Target, options: Mapping[str, Any]) -> SklearnRuntime:
    """Load a .skops or .joblib file. Its checksum has been held against the manifest before.

    Raises BrokenBundleError where a .skops file holds types that nobody vouches for.
    """
    fitting = Fitting.model_validate(options)
    is_skops = artifact.path.suffix == ".skops"
    estimator = skops_files.load(artifact, fitting.trusted) if is_skops else joblib.load(io.BytesIO(artifact.content))
    _use_one_thread(estimator)
    return SklearnRuntime(estimator, signature, target, fitting)


def _use_one_thread(estimator: Any) -> None:
    """The workers are the parallelism; and a pool that LightGBM starts before the fork never answers after it."""
    for each in (estimator, *_parameters(estimator).values()):
        given = _parameters(each)
        wanted = {name: 1 for name in THREADS & given.keys() if given[name] != 1}
        if _is_catboost(each):
            # Once it is fitted nothing can be set any more. It uses as many as each call says: by default all.
            each.predict = partial(each.predict, thread_count=1)
            if hasattr(each, "predict_proba"):
                each.predict_proba = partial(each.predict_proba, thread_count=1)
        elif wanted:
            each.set_params(**wanted)


def _parameters(value: Any) -> Mapping[str, Any]:
    """An estimator's parameters, those of the estimators in it among them; none of what is no estimator."""
    found: Mapping[str, Any] = (
        value.get_params() if hasattr(value, "get_params") and not isinstance(value, type) else {}
    )
    return found


def _is_catboost(value: Any) -> bool:
    catboost = sys.modules.get("catboost")  # imported when one was loaded
    return catboost is not None and isinstance(value, catboost.CatBoost)


def _check_classes(estimator: Any, target: Target) -> None:
    if not target.classes:
        return
    classes = np.asarray(getattr(estimator, "classes_", ())).tolist()
    if classes != list(target.classes):
        order = ", ".join(map(str, classes))
        raise BrokenBundleError(f"the estimator's probabilities are of the classes {order or 'none'}, in this order")


def _dense(answer: Any) -> NDArray[Any]:
    """An array of what may be a sparse matrix, a DataFrame or a list."""
    return np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer)
