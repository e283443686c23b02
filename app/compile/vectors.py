"""Support vectors that answer with a number, in double, for which onnxruntime has a kernel in float32 alone."""

from typing import Any

import numpy as np
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType

from app.compile.writer import DOUBLE, Writer, matrix


def regressor(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    writer = Writer(scope, container)
    writer.node("Identity", _decision(writer, operator), output=operator.outputs[0].full_name)


def regressor_shape(operator: Operator) -> None:
    operator.outputs[0].type = DoubleTensorType([None, 1])


def outliers(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    """1 where a row is like those of the training, else -1."""
    writer = Writer(scope, container)
    labels, scores = (output.full_name for output in operator.outputs)
    writer.node("Identity", _decision(writer, operator), output=scores)
    inside = writer.node("Greater", scores, writer.constant(np.float64(0)))
    writer.node("Where", inside, writer.constant(np.int64(1)), writer.constant(np.int64(-1)), output=labels)


def outliers_shape(operator: Operator) -> None:
    operator.outputs[0].type = Int64TensorType([None, 1])
    operator.outputs[1].type = DoubleTensorType([None, 1])


def _decision(writer: Writer, operator: Operator) -> str:
    """(n, 1): the kernel between each row and each support vector, weighted and added up."""
    model = operator.raw_operator
    if not isinstance(model.kernel, str) or model.kernel == "precomputed":
        raise NotImplementedError("A kernel of one's own has no counterpart in ONNX")
    vectors = np.asarray(_dense(model.support_vectors_), np.float64)
    kernel = _kernel(writer, matrix(writer, operator, DOUBLE), vectors, model)
    weighted = writer.node("MatMul", kernel, writer.constant(_dense(model.dual_coef_).reshape(-1, 1)))
    return writer.node("Add", weighted, writer.constant(np.asarray(model.intercept_, np.float64)))


def _kernel(writer: Writer, rows: str, vectors: Any, model: Any) -> str:
    """(n, support vectors), as scikit-learn's documentation defines each kernel."""
    gamma, product = writer.constant(np.float64(model._gamma)), writer.node("MatMul", rows, writer.constant(vectors.T))
    if model.kernel == "linear":
        return product
    if model.kernel == "rbf":
        squares = writer.node("ReduceSumSquare", rows, writer.constant([1]))
        lengths = writer.node("Add", squares, writer.constant((vectors**2).sum(axis=1).reshape(1, -1)))
        distances = writer.node("Sub", lengths, writer.node("Mul", product, writer.constant(np.float64(2))))
        return writer.node("Exp", writer.node("Neg", writer.node("Mul", distances, gamma)))
    shifted = writer.node("Add", writer.node("Mul", product, gamma), writer.constant(np.float64(model.coef0)))
    if model.kernel == "sigmoid":
        return writer.node("Tanh", shifted)
    return writer.node("Pow", shifted, writer.constant(np.float64(model.degree)))


def _dense(values: Any) -> Any:
    return values.toarray() if hasattr(values, "toarray") else values
