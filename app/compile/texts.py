"""Texts -> counts of words -> tf-idf, as scikit-learn counts and weighs them."""

from typing import Any

import numpy as np
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._registration import get_converter
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

from app.compile.writer import DOUBLE, Writer

# Python's patterns of words -> RE2's, whose \w knows no letters beyond English.
WORDS = {r"(?u)\b\w\w+\b": r"[\p{L}\p{N}_]{2,}", r"(?u)\b\w+\b": r"[\p{L}\p{N}_]+"}

_COUNTS = "SklearnCountVectorizer"


def count(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    """skl2onnx's converter, told what Python means by a word and by lower case.

    Its own defaults are a word of English letters, and a locale that slim images do not have. Lower case is that of
    each letter alone: Python makes two letters of a dotted capital I, and ends a Greek word with another sigma.
    """
    vectorizer = operator.raw_operator
    options = {"locale": "C.UTF-8"}
    if vectorizer.analyzer == "word" and vectorizer.token_pattern in WORDS:
        options["tokenexp"] = WORDS[vectorizer.token_pattern]
    container.add_options(id(vectorizer), options)
    get_converter(operator.type)(scope, operator, container)


def count_shape(operator: Operator) -> None:
    operator.outputs[0].type = FloatTensorType([None, len(operator.raw_operator.vocabulary_)])


def count_and_weigh(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    vectorizer = operator.raw_operator
    if operator.type == _COUNTS:  # the operator that is declared below
        count(scope, operator, container)
        return
    counting = scope.declare_local_operator(_COUNTS, vectorizer)
    counting.inputs = operator.inputs
    counts = scope.declare_local_variable("counts", FloatTensorType([None, len(vectorizer.vocabulary_)]))
    counting.outputs.append(counts)
    _weigh(Writer(scope, container), vectorizer._tfidf, counts.full_name, operator.outputs[0].full_name)


def count_and_weigh_shape(operator: Operator) -> None:
    kind = FloatTensorType if operator.type == _COUNTS else DoubleTensorType
    operator.outputs[0].type = kind([None, len(operator.raw_operator.vocabulary_)])


def weigh(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    counts, weights = operator.inputs[0].full_name, operator.outputs[0].full_name
    _weigh(Writer(scope, container), operator.raw_operator, counts, weights)


def weigh_shape(operator: Operator) -> None:
    operator.outputs[0].type = DoubleTensorType([None, operator.inputs[0].type.shape[1]])


def _weigh(writer: Writer, transformer: Any, counts: str, output: str) -> None:
    """tf-idf in double. skl2onnx 1.20 takes log(1 + tf) for a sublinear tf, which is 1 + log(tf)."""
    weights = writer.cast(counts, DOUBLE)
    zero, one = (writer.constant(np.float64(number)) for number in (0, 1))
    if transformer.sublinear_tf:
        occurs = writer.node("Greater", weights, zero)
        logarithm = writer.node("Log", writer.node("Where", occurs, weights, one))
        weights = writer.node("Where", occurs, writer.node("Add", logarithm, one), zero)
    if transformer.use_idf:
        weights = writer.node("Mul", weights, writer.constant(np.asarray(transformer.idf_, np.float64)))
    if transformer.norm is not None:
        length = writer.node({"l1": "ReduceL1", "l2": "ReduceL2"}[transformer.norm], weights, writer.constant([1]))
        weights = writer.node("Div", weights, writer.node("Where", writer.node("Equal", length, zero), one, length))
    writer.node("Identity", weights, output=output)
