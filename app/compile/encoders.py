"""Encoders and imputers, in the precision of what surrounds them.

skl2onnx's own go through int64 or float32: categories that are no whole numbers, missing values and groups of
infrequent categories are refused, or lost without a word.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import DoubleTensorType, StringTensorType, guess_proto_type

from app.compile.writer import BOOL, DOUBLE, FLOAT, INT64, ML, STRING, Writer, columns, matrix, width
from app.runtimes.compiled import MISSING_TEXT


def category_index(writer: Writer, column: str, is_text: bool, categories: NDArray[Any]) -> str:
    """(n,) int64: where each value of a column (n, 1) stands among the categories; their number where nowhere."""
    missing = np.array([value is None or value != value for value in categories], bool)
    count = len(categories)
    if is_text:
        texts = [MISSING_TEXT if gone else str(value) for value, gone in zip(categories, missing, strict=True)]
        index = writer.node(
            "LabelEncoder", column, domain=ML, keys_strings=texts, values_int64s=range(count), default_int64=count
        )
    else:
        value = writer.cast(column, DOUBLE)
        numbers = np.where(missing, np.nan, np.where(missing, 0, categories).astype(float))
        equal = writer.node("Equal", value, writer.constant(numbers.reshape(1, -1)))
        if missing.any():
            gone = writer.node("And", writer.node("IsNaN", value), writer.constant(missing.reshape(1, -1)))
            equal = writer.node("Or", equal, gone)
        # One of them is 1 or none is: the sum of (index - count), and then count again.
        steps = writer.constant(np.arange(-count, 0, dtype=np.float32).reshape(-1, 1))
        found = writer.node("MatMul", writer.cast(equal, FLOAT), steps)
        index = writer.cast(writer.node("Add", found, writer.constant(np.float32(count))), INT64)
    return writer.node("Reshape", index, writer.constant(np.array([-1])))


def encode(writer: Writer, column: str, is_text: bool, categories: NDArray[Any], table: NDArray[Any]) -> str:
    """Each value of a column as its category's row of a table, whose last row is for unknown ones.

    Where the table ends with the categories, onnxruntime refuses an unknown value.
    """
    return writer.node("Gather", writer.constant(table), category_index(writer, column, is_text, categories), axis=0)


def one_hot(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    encoder, writer = operator.raw_operator, Writer(scope, container)
    dtype = _numpy_type(operator)
    parts = [
        encode(writer, column, is_text, categories, _one_hot_table(encoder, feature).astype(dtype))
        for feature, ((column, is_text), categories) in enumerate(
            zip(columns(writer, operator), encoder.categories_, strict=True)
        )
    ]
    writer.concat(parts, operator.outputs[0].full_name)


def one_hot_shape(operator: Operator) -> None:
    operator.outputs[0].type = type(operator.outputs[0].type)([None, sum(operator.raw_operator._n_features_outs)])


def _one_hot_table(encoder: Any, feature: int) -> NDArray[np.float64]:
    """What each category of a feature becomes, and in the last row an unknown one where that is no error."""
    groups = encoder._default_to_infrequent_mappings[feature] if encoder._infrequent_enabled else None
    places = np.arange(len(encoder.categories_[feature])) if groups is None else np.asarray(groups)
    unit = np.eye(places.max() + 1)
    rows = [unit[places]]
    if encoder.handle_unknown != "error":
        joins_infrequent = groups is not None and encoder.handle_unknown in ("infrequent_if_exist", "warn")
        rows.append(unit[-1:] if joins_infrequent else np.zeros((1, len(unit))))
    table = np.vstack(rows)
    dropped = None if encoder.drop_idx_ is None else encoder._drop_idx_after_grouping[feature]
    return table if dropped is None else np.delete(table, int(dropped), axis=1)


def ordinal(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    encoder, writer = operator.raw_operator, Writer(scope, container)
    dtype = _numpy_type(operator)
    parts = [
        encode(writer, column, is_text, categories, ordinal_table(encoder, feature).astype(dtype).reshape(-1, 1))
        for feature, ((column, is_text), categories) in enumerate(
            zip(columns(writer, operator), encoder.categories_, strict=True)
        )
    ]
    writer.concat(parts, operator.outputs[0].full_name)


def ordinal_shape(operator: Operator) -> None:
    operator.outputs[0].type = type(operator.outputs[0].type)([None, len(operator.raw_operator.categories_)])


def ordinal_table(encoder: Any, feature: int) -> NDArray[np.float64]:
    """What each category of a feature becomes, and at the end an unknown one where that is no error."""
    groups = encoder._default_to_infrequent_mappings[feature] if encoder._infrequent_enabled else None
    places = np.arange(len(encoder.categories_[feature]))
    missing = places == encoder._missing_indices.get(feature)
    codes = np.full(len(places), float(encoder.encoded_missing_value))
    codes[~missing] = places[~missing] if groups is None else np.asarray(groups)[places[~missing]]
    if encoder.handle_unknown == "use_encoded_value":
        codes = np.append(codes, encoder.unknown_value)
    return codes


def target(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    """Every feature becomes a number, or one for each class where there are more than two."""
    encoder, writer = operator.raw_operator, Writer(scope, container)
    means = np.atleast_1d(encoder.target_mean_)
    dtype = _numpy_type(operator)
    parts = []
    for feature, (column, is_text) in enumerate(columns(writer, operator)):
        own = slice(feature * len(means), (feature + 1) * len(means))
        table: NDArray[Any] = np.vstack([np.column_stack(encoder.encodings_[own]), means]).astype(dtype)
        parts.append(encode(writer, column, is_text, encoder.categories_[feature], table))
    writer.concat(parts, operator.outputs[0].full_name)


def target_shape(operator: Operator) -> None:
    operator.outputs[0].type = type(operator.outputs[0].type)([None, len(operator.raw_operator.encodings_)])


def impute(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    imputer, writer = operator.raw_operator, Writer(scope, container)
    is_text = isinstance(operator.inputs[0].type, StringTensorType)
    kind = STRING if is_text else guess_proto_type(operator.outputs[0].type)
    values = matrix(writer, operator, kind)
    gone = _is_missing(writer, values, imputer.missing_values, is_text, kind)
    fill = np.asarray(imputer.statistics_)
    usable = np.ones(len(fill), bool) if is_text else ~np.isnan(fill.astype(float))
    fills = fill.astype(object) if is_text else np.nan_to_num(fill.astype(_numpy_type(operator)))
    filled = writer.node("Where", gone, writer.constant(fills.reshape(1, -1)), values)
    if not usable.all():  # scikit-learn drops a column in which all is missing
        filled = writer.node("Gather", filled, writer.constant(np.flatnonzero(usable)), axis=1)
    if imputer.indicator_ is not None:
        marks = writer.node("Gather", gone, writer.constant(np.asarray(imputer.indicator_.features_)), axis=1)
        filled = writer.concat([filled, writer.cast(marks, kind)])
    writer.node("Identity", filled, output=operator.outputs[0].full_name)


def impute_shape(operator: Operator) -> None:
    imputer = operator.raw_operator
    is_text = isinstance(operator.inputs[0].type, StringTensorType)
    if is_text and imputer.indicator_ is not None:
        raise NotImplementedError("An indicator of missing texts would stand among texts")
    kept = width(operator)
    if not is_text:
        kept -= int(np.isnan(np.asarray(imputer.statistics_, float)).sum())
    indicators = 0 if imputer.indicator_ is None else len(imputer.indicator_.features_)
    kind = StringTensorType if is_text else type(operator.outputs[0].type)
    operator.outputs[0].type = kind([None, kept + indicators])


def _is_missing(writer: Writer, values: str, missing: Any, is_text: bool, kind: int) -> str:
    """Whether each value of a matrix is one that an imputer replaces."""
    is_nan = missing is None or missing != missing
    if is_text:
        text = MISSING_TEXT if is_nan else str(missing)
        found = writer.node("LabelEncoder", values, domain=ML, keys_strings=[text], values_int64s=[1], default_int64=0)
        return writer.cast(found, BOOL)
    if is_nan:
        return writer.node("IsNaN", values)
    return writer.node("Equal", values, writer.cast(writer.constant(np.array([float(missing)])), kind))


def _numpy_type(operator: Operator) -> type:
    return np.float64 if isinstance(operator.outputs[0].type, DoubleTensorType) else np.float32
