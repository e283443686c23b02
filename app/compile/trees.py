"""Decision trees and forests, with missing values, deciding as scikit-learn does: on float32, by thresholds in double.

skl2onnx's own know no missing values, and add up shares of a vote where scikit-learn counts votes and then divides:
a tie is then broken by rounding.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

from app.compile.writer import DOUBLE, FLOAT, ML, Writer, matrix

_DOUBLES = {"nodes_values_as_tensor", "target_weights_as_tensor"}


class Trees:
    """An ensemble that adds up what the leaves say. Every tree's nodes are added in order, the root first."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = defaultdict(list)

    def leaf(self, tree: int, node: int, weights: Mapping[int, float]) -> None:
        """`weights`: what the leaf adds to each target that it adds to."""
        self._add("nodes", treeids=tree, nodeids=node, modes="LEAF", featureids=0, values_as_tensor=0.0)
        self._add("nodes", truenodeids=0, falsenodeids=0, missing_value_tracks_true=0)
        for target, weight in weights.items():
            self._add("target", treeids=tree, nodeids=node, ids=target, weights_as_tensor=float(weight))

    def branch(
        self, tree: int, node: int, mode: str, feature: int, value: float, *, true: int, false: int, missing: bool
    ) -> None:
        """`true` and `false` are the nodes that follow; `missing` is whether a missing value counts as true."""
        self._add("nodes", treeids=tree, nodeids=node, modes=mode, featureids=feature, values_as_tensor=float(value))
        self._add("nodes", truenodeids=true, falsenodeids=false, missing_value_tracks_true=int(missing))

    def total(self, writer: Writer, features: str, base: NDArray[np.float64]) -> str:
        """(n, targets) double: the sum of the leaves that each row of a double matrix falls into, and of the base."""
        attributes: dict[str, Any] = {
            name: helper.make_tensor(name, DOUBLE, [len(values)], values) if name in _DOUBLES else values
            for name, values in self._columns.items()
        }
        start = helper.make_tensor("base", DOUBLE, [len(base)], base)
        total = writer.node(
            "TreeEnsembleRegressor",
            features,
            domain=ML,
            n_targets=len(base),
            base_values_as_tensor=start,
            **attributes,
        )
        return writer.cast(total, DOUBLE)

    def _add(self, prefix: str, **entries: Any) -> None:
        for name, value in entries.items():
            self._columns[f"{prefix}_{name}"].append(value)


def classifier(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    model, writer = operator.raw_operator, Writer(scope, container)
    labels, probabilities = (output.full_name for output in operator.outputs)
    if model.n_outputs_ > 1:
        _several_labels(writer, operator)
        return
    forest = _forest(model)
    one = writer.constant(np.float64(1))
    if len(model.classes_) == 2:  # the votes for one of two classes tell those for the other
        votes = _votes(writer, operator, [tree.value[:, 0, 1:] for tree in forest])
        shares = writer.node("Div", votes, writer.constant(np.float64(len(forest))))
        writer.concat([writer.node("Sub", one, shares), shares], probabilities)
    else:
        votes = _votes(writer, operator, [tree.value[:, 0, :] for tree in forest])
        writer.node("Div", votes, writer.constant(np.float64(len(forest))), output=probabilities)
    index = writer.node("ArgMax", probabilities, axis=1, keepdims=0)
    writer.node("Gather", writer.constant(label_values(model.classes_)), index, axis=0, output=labels)


def _several_labels(writer: Writer, operator: Operator) -> None:
    """Each output's likeliest label; the shares of all votes, output by output, stand where probabilities would."""
    forest = _forest(operator.raw_operator)
    labels, shares = (output.full_name for output in operator.outputs)
    votes = _votes(writer, operator, [tree.value.reshape(tree.node_count, -1) for tree in forest])
    writer.node("Div", votes, writer.constant(np.float64(len(forest))), output=shares)
    width = forest[0].max_n_classes
    columns = []
    for place, classes in enumerate(operator.raw_operator.classes_):
        own = writer.constant(np.arange(len(classes)) + place * width)
        index = writer.node("ArgMax", writer.node("Gather", shares, own, axis=1), axis=1, keepdims=1)
        columns.append(writer.node("Gather", writer.constant(label_values(classes)), index, axis=0))
    writer.concat(columns, labels)


def classifier_shape(operator: Operator) -> None:
    classes = operator.raw_operator.classes_
    if isinstance(classes, list):  # of each output
        operator.outputs[0].type = label_type(classes[0])([None, len(classes)])
        operator.outputs[1].type = DoubleTensorType([None, None])
        return
    operator.outputs[0].type = label_type(classes)([None])
    operator.outputs[1].type = DoubleTensorType([None, len(classes)])


def label_type(classes: NDArray[Any]) -> Any:
    """skl2onnx's type of labels."""
    return StringTensorType if label_values(classes).dtype.kind in "OU" else Int64TensorType


def regressor(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    writer = Writer(scope, container)
    forest = _forest(operator.raw_operator)
    votes = _votes(writer, operator, [tree.value[:, :, 0] for tree in forest])
    writer.node("Div", votes, writer.constant(np.float64(len(forest))), output=operator.outputs[0].full_name)


def regressor_shape(operator: Operator) -> None:
    operator.outputs[0].type = DoubleTensorType([None, operator.raw_operator.n_outputs_])


def label_values(classes: NDArray[Any]) -> NDArray[Any]:
    """Classes as a graph can hold them. Raises ValueError where a label is neither text nor a whole number."""
    if classes.dtype.kind in "OU":
        return classes
    whole = classes.astype(np.int64)
    if (whole != classes).any():
        raise ValueError("A label is neither a text nor a whole number")
    return whole


def _forest(model: Any) -> list[Any]:
    return [tree.tree_ for tree in getattr(model, "estimators_", [model])]


def _votes(writer: Writer, operator: Operator, values: list[NDArray[np.float64]]) -> str:
    """The sum over all trees of what each row's leaf says; `values` are (nodes, targets) for each tree."""
    trees = Trees()
    for number, (tree, votes) in enumerate(zip(_forest(operator.raw_operator), values, strict=True)):
        heard = [{target: vote for target, vote in enumerate(row) if vote} or {0: 0.0} for row in votes.tolist()]
        nodes = (tree.children_left, tree.children_right, tree.feature, tree.threshold, tree.missing_go_to_left)
        for node, (left, right, feature, threshold, missing) in enumerate(
            zip(*map(np.ndarray.tolist, nodes), strict=True)
        ):
            if left == right:
                trees.leaf(number, node, heard[node])
            else:
                trees.branch(number, node, "BRANCH_LEQ", feature, threshold, true=left, false=right, missing=missing)
    features = writer.cast(matrix(writer, operator, FLOAT), DOUBLE)
    return trees.total(writer, features, np.zeros(values[0].shape[1]))
