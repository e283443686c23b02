"""scikit-learn -> ONNX."""

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import onnx
import skl2onnx
from onnx import TensorProto, helper, numpy_helper
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline

from app.compile.converters import CONVERTERS
from app.compile.foreign import find_foreign_converters
from app.compile.parsers import MULTI_OUTPUT, OPTIONS, multi_output, multi_output_shape, parsers, pipeline
from app.compile.precision import settle_types
from app.predictions import Outputs
from app.runtimes.compiled import COLUMN, MATRIX, PREDICTIONS, PROBABILITIES
from app.signature import TableSignature

Precision = Literal["float64", "float32"]
FittedOn = Literal["matrix", "frame", "texts"]
# The newest for which skl2onnx 1.20 has all its converters; trees in double need ai.onnx.ml 3.
OPSET = {"": 18, "ai.onnx.ml": 3}
_SHAPE = "slipway.shape"
_NUMBERS = {"float64": DoubleTensorType, "float32": FloatTensorType}


def to_onnx(classifier: Any, features: int) -> bytes:
    """A fitted scikit-learn classifier of one float32 matrix as an ONNX file: labels, then probabilities."""
    with quiet():
        converted = skl2onnx.to_onnx(
            classifier,
            initial_types=[("features", FloatTensorType([None, features]))],
            options={"zipmap": False},
        )
    content: bytes = converted.SerializeToString()
    return content


def convert(
    estimator: Any, fitted_on: FittedOn, signature: TableSignature, precision: Precision, answered: Outputs
) -> bytes:
    """An ONNX file that keeps the contract of `app.runtimes.compiled`, computing in a precision.

    answered: what the estimator answers, whose shapes the graph's outputs take. Raises whatever a converter raises.
    """
    # A search answers as the best of what it tried.
    estimator = getattr(estimator, "best_estimator_", estimator)
    names = [column.name for column in signature.columns]
    custom = parsers(names, _NUMBERS[precision], find_foreign_converters())
    converters = {kind: convert for kind, (convert, _) in CONVERTERS.items()}
    shapes = {kind: shape for kind, (_, shape) in CONVERTERS.items()}
    with quiet():
        converted = skl2onnx.convert_sklearn(
            estimator,
            name="slipway",  # or it would be named by chance, and the same model have other bytes each time
            initial_types=_inputs(signature, fitted_on, precision),
            target_opset=OPSET,
            custom_conversion_functions={
                **converters,
                Pipeline: pipeline(custom, len(names)),
                **dict.fromkeys(MULTI_OUTPUT, multi_output(custom)),
            },
            custom_shape_calculators=shapes | dict.fromkeys(MULTI_OUTPUT, multi_output_shape),
            custom_parsers=custom,
            options=copy.deepcopy(OPTIONS),
        )
    _drop_zipmaps(converted.graph)
    settle_types(converted.graph, {opset.domain: opset.version for opset in converted.opset_import})
    _name_outputs(converted.graph, answered)
    onnx.checker.check_model(converted)
    content: bytes = converted.SerializeToString()
    return content


@contextmanager
def quiet() -> Iterator[None]:
    """The converters' own warnings are nothing that a user could act on: what matters is measured afterwards."""
    with warnings.catch_warnings():
        # skl2onnx 1.20 asks an SVC for attributes that scikit-learn 1.9 is about to drop.
        warnings.filterwarnings("ignore", "Attribute `prob[AB]_` was deprecated", FutureWarning)
        # Said of texts that are cut into characters, which the comparison then finds right or wrong.
        warnings.filterwarnings("ignore", "The conversion of CountVectorizer may not work", UserWarning)
        yield


def _inputs(signature: TableSignature, fitted_on: FittedOn, precision: Precision) -> list[tuple[str, Any]]:
    """One matrix where all columns are of a kind, else one input for each column of a frame."""
    kinds = [StringTensorType if column.dtype == "string" else _NUMBERS[precision] for column in signature.columns]
    if len(set(kinds)) == 1:
        return [(MATRIX, kinds[0]([None, len(kinds)]))]
    if fitted_on != "frame":
        raise ValueError("A matrix of numbers and texts has no counterpart in ONNX")
    return [(f"{COLUMN}{position}", kind([None, 1])) for position, kind in enumerate(kinds)]


def _drop_zipmaps(graph: onnx.GraphProto) -> None:
    """Probabilities are wanted as a matrix, not as a dictionary for each row."""
    zipmaps = {node.output[0]: node for node in graph.node if node.op_type == "ZipMap"}
    for output in graph.output:
        if output.name in zipmaps:
            probabilities = helper.make_tensor_value_info(zipmaps[output.name].input[0], TensorProto.FLOAT, None)
            graph.node.remove(zipmaps[output.name])
            output.CopyFrom(probabilities)


def _name_outputs(graph: onnx.GraphProto, answered: Outputs) -> None:
    """Give the graph the outputs of the contract, and no other."""
    predictions, *others = graph.output
    shape = np.asarray(answered.predictions).shape
    kept = [helper.make_tensor_value_info(PREDICTIONS, predictions.type.tensor_type.elem_type, [None, *shape[1:]])]
    graph.initializer.append(numpy_helper.from_array(np.array([-1, *shape[1:]]), _SHAPE))
    graph.node.append(helper.make_node("Reshape", [predictions.name, _SHAPE], [PREDICTIONS]))
    if answered.probabilities is not None:
        if not others:
            raise ValueError("the converted model gives no probabilities")
        width = answered.probabilities.shape[1]
        kept.append(helper.make_tensor_value_info(PROBABILITIES, others[0].type.tensor_type.elem_type, [None, width]))
        graph.node.append(helper.make_node("Identity", [others[0].name], [PROBABILITIES]))
    del graph.output[:]
    graph.output.extend(kept)
