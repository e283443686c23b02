"""Linear classifiers without probabilities, in double, for which skl2onnx has float32 alone."""

import numpy as np
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope

from app.compile.trees import label_values
from app.compile.writer import DOUBLE, Writer, matrix


def classifier(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    """The label of the highest score. Of two classes the second one has a score; the first has its opposite."""
    model, writer = operator.raw_operator, Writer(scope, container)
    labels, scores = (output.full_name for output in operator.outputs)
    coefficients = writer.constant(np.atleast_2d(np.asarray(model.coef_, np.float64)).T)
    intercepts = writer.constant(np.atleast_1d(np.asarray(model.intercept_, np.float64)))
    score = writer.node("Add", writer.node("MatMul", matrix(writer, operator, DOUBLE), coefficients), intercepts)
    if len(model.classes_) == 2:
        writer.concat([writer.node("Neg", score), score], scores)
    else:
        writer.node("Identity", score, output=scores)
    # scikit-learn gives a score of 0 to the first class, as ArgMax does.
    index = writer.node("ArgMax", scores, axis=1, keepdims=0)
    writer.node("Gather", writer.constant(label_values(model.classes_)), index, axis=0, output=labels)
