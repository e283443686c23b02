"""XGBoost and LightGBM: the converters of onnxmltools, and what these have to be shown of an estimator."""

import copy
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import skl2onnx
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from sklearn.base import is_classifier
from sklearn.preprocessing import OrdinalEncoder

# What writes an operator's nodes.
Converter = Callable[[Scope, Operator, ModelComponentContainer], None]
# By column: the categories that a booster was fitted on, None where it was fitted on numbers.
Categories = list[Sequence[Any] | None]


def find_foreign_converters() -> dict[type, Callable[[Any, Sequence[bool]], Categories]]:
    """Make skl2onnx know the estimators of other libraries. One that is not loaded cannot be in a pipeline.

    Returns what tells the categories of each kind, given which of the columns are texts.
    """
    found: dict[type, Callable[[Any, Sequence[bool]], Categories]] = {}
    if "xgboost" in sys.modules:
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
        from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor

        for kind in (XGBClassifier, XGBRFClassifier, XGBRegressor, XGBRFRegressor):
            _register(kind, _without_names(convert_xgboost))
            found[kind] = _xgboost_categories
    if "lightgbm" in sys.modules:
        from lightgbm import LGBMClassifier, LGBMRegressor
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        for kind in (LGBMClassifier, LGBMRegressor):
            _register(kind, convert_lightgbm)
            found[kind] = _lightgbm_categories
    return found


def code_of(categories: Sequence[Any]) -> OrdinalEncoder:
    """What both libraries make of a column of pandas' categories: the place of each, NaN for all else."""
    encoder = OrdinalEncoder(
        categories=[list(categories)], handle_unknown="use_encoded_value", unknown_value=np.nan, dtype=np.float64
    )
    return encoder.fit(np.array([categories[:1]], dtype=object))


def _xgboost_categories(model: Any, texts: Sequence[bool]) -> Categories:
    booster = model.get_booster()
    known = booster.get_categories(export_to_arrow=True).to_arrow() or [(None, None)] * len(texts)
    try:
        found = [None if values is None else values.to_pylist() for _, values in known]
        "".join(str(value) for values in found for value in values or ()).encode("ascii")
    except UnicodeError:
        raise NotImplementedError("XGBoost 3.2 cuts categories off that are not ASCII") from None
    return found


def _lightgbm_categories(model: Any, texts: Sequence[bool]) -> Categories:
    """LightGBM keeps them in the order of the columns that have some, and does not say which these are."""
    known = list(model.booster_.pandas_categorical or ())
    if known and len(known) != sum(texts):
        raise NotImplementedError("Which columns have LightGBM's categories cannot be told where some are no texts")
    return [known.pop(0) if known and is_text else None for is_text in texts]


def _without_names(convert: Converter) -> Converter:
    """A converter that is shown a booster of numbered columns of numbers and categories, which onnxmltools 1.16 reads.

    It refuses names, and the questions about true and false, which a dump holds without a threshold.
    """

    def converter(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
        original = operator.raw_operator
        operator.raw_operator = copy.copy(original)
        operator.raw_operator._Booster = booster = original.get_booster().copy()
        kinds = booster.feature_types
        booster.feature_names = None
        booster.feature_types = kinds and ["c" if kind == "c" else "float" for kind in kinds]
        try:
            convert(scope, operator, container)
        finally:
            operator.raw_operator = original

    return converter


def _register(kind: type, convert: Any) -> None:
    alias = f"{kind.__module__.partition('.')[0]}{kind.__name__}"
    if is_classifier(kind()):
        options = {"nocl": [True, False], "zipmap": [True, False, "columns"], "raw_scores": [True, False]}
        skl2onnx.update_registered_converter(
            kind, alias, calculate_linear_classifier_output_shapes, convert, options=options
        )
    else:
        skl2onnx.update_registered_converter(kind, alias, calculate_linear_regressor_output_shapes, convert)
