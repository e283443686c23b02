"""PowerTransformer in double, whose powers of large numbers float32 cannot hold apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import DoubleTensorType

from app.compile.writer import DOUBLE, Writer, matrix


def transform(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    transformer, writer = operator.raw_operator, Writer(scope, container)
    values, lambdas = matrix(writer, operator, DOUBLE), np.asarray(transformer.lambdas_, np.float64)
    if transformer.method == "box-cox":
        powers = _power(writer, values, lambdas)
    else:
        zero = writer.constant(np.float64(0))
        above = _power(writer, _above_one(writer, writer.node("Max", values, zero)), lambdas)
        below = _power(writer, _above_one(writer, writer.node("Neg", writer.node("Min", values, zero))), 2 - lambdas)
        is_above = writer.node("GreaterOrEqual", values, zero)
        powers = writer.node("Where", is_above, above, writer.node("Neg", below))
    if transformer.standardize:
        centred = writer.node("Sub", powers, writer.constant(transformer._scaler.mean_))
        powers = writer.node("Div", centred, writer.constant(transformer._scaler.scale_))
    writer.node("Identity", powers, output=operator.outputs[0].full_name)


def shape(operator: Operator) -> None:
    operator.outputs[0].type = DoubleTensorType([None, len(operator.raw_operator.lambdas_)])


def _above_one(writer: Writer, values: str) -> str:
    return writer.node("Add", values, writer.constant(np.float64(1)))


def _power(writer: Writer, values: str, exponents: NDArray[Any]) -> str:
    """(values ** exponent - 1) / exponent by column, which is the logarithm where the exponent is 0."""
    is_logarithm = np.abs(exponents) < np.spacing(1.0)
    safe = np.where(is_logarithm, 1, exponents)
    raised = writer.node("Pow", values, writer.constant(safe))
    scaled = writer.node("Div", writer.node("Sub", raised, writer.constant(np.float64(1))), writer.constant(safe))
    return writer.node("Where", writer.constant(is_logarithm), writer.node("Log", values), scaled)
