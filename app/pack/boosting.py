"""HistGradientBoosting, with missing values and categories, computed in double as scikit-learn does.

skl2onnx 1.20 fails on it, for its nodes hold numbers of types that onnx no longer takes, and knows no categories.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

from app.pack.encoders import encode, ordinal_table
from app.pack.writer import DOUBLE, INT64, ML, Writer, columns, matrix

_DOUBLES = {"nodes_values_as_tensor", "target_weights_as_tensor"}
_BITS = 32  # of one word of a set of categories
NO_CATEGORY = -1


class Trees:
    """Trees as the attributes of a TreeEnsembleRegressor. Every tree's nodes are added in order, the root first."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = defaultdict(list)

    def leaf(self, tree: int, node: int, target: int, weight: float) -> None:
        self._add("nodes", treeids=tree, nodeids=node, modes="LEAF", featureids=0, values_as_tensor=0.0)
        self._add("nodes", truenodeids=0, falsenodeids=0, missing_value_tracks_true=0)
        self._add("target", treeids=tree, nodeids=node, ids=target, weights_as_tensor=float(weight))

    def branch(
        self, tree: int, node: int, mode: str, feature: int, value: float, *, true: int, false: int, missing: bool
    ) -> None:
        """`true` and `false` are the nodes that follow; `missing` is whether a missing value counts as true."""
        self._add("nodes", treeids=tree, nodeids=node, modes=mode, featureids=feature, values_as_tensor=float(value))
        self._add("nodes", truenodeids=true, falsenodeids=false, missing_value_tracks_true=int(missing))

    def attributes(self) -> dict[str, Any]:
        return {
            name: helper.make_tensor(name, DOUBLE, [len(values)], values) if name in _DOUBLES else values
            for name, values in self._columns.items()
        }

    def _add(self, prefix: str, **entries: Any) -> None:
        for name, value in entries.items():
            self._columns[f"{prefix}_{name}"].append(value)


def classifier(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    model, writer = operator.raw_operator, Writer(scope, container)
    labels, probabilities = (output.full_name for output in operator.outputs)
    raw = _raw(writer, operator)
    if model.n_trees_per_iteration_ == 1:
        positive = writer.node("Sigmoid", raw)
        one = writer.constant(np.float64(1))
        writer.concat([writer.node("Sub", one, positive), positive], probabilities)
        index = writer.cast(writer.node("Greater", raw, writer.constant(np.float64(0))), INT64)
    else:
        writer.node("Softmax", raw, axis=1, output=probabilities)
        index = writer.node("ArgMax", raw, axis=1, keepdims=0)
    index = writer.node("Reshape", index, writer.constant(np.array([-1])))
    writer.node("Gather", writer.constant(label_values(model.classes_)), index, axis=0, output=labels)


def classifier_shape(operator: Operator) -> None:
    classes = operator.raw_operator.classes_
    kind = StringTensorType if label_values(classes).dtype.kind in "OU" else Int64TensorType
    operator.outputs[0].type = kind([None])
    operator.outputs[1].type = DoubleTensorType([None, len(classes)])


def regressor(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    writer = Writer(scope, container)
    link = type(operator.raw_operator._loss.link).__name__
    inverse = {"IdentityLink": "Identity", "LogLink": "Exp"}[link]
    writer.node(inverse, _raw(writer, operator), output=operator.outputs[0].full_name)


def regressor_shape(operator: Operator) -> None:
    operator.outputs[0].type = DoubleTensorType([None, 1])


def label_values(classes: NDArray[Any]) -> NDArray[Any]:
    """Classes as a graph can hold them. Raises ValueError where a label is neither text nor a whole number."""
    if classes.dtype.kind in "OU":
        return classes
    whole = classes.astype(np.int64)
    if (whole != classes).any():
        raise ValueError("A label is neither a text nor a whole number")
    return whole


def _raw(writer: Writer, operator: Operator) -> str:
    """(n, trees of an iteration): the sum of all leaves that a row falls into."""
    model = operator.raw_operator
    trees = Trees()
    known = _known_categories(model)
    for iteration, predictors in enumerate(model._predictors):
        for target, predictor in enumerate(predictors):
            number = iteration * model.n_trees_per_iteration_ + target
            _add_tree(trees, number, target, predictor, known)
    base = np.ravel(model._baseline_prediction)
    return writer.cast(
        writer.node(
            "TreeEnsembleRegressor",
            _features(writer, operator),
            domain=ML,
            n_targets=model.n_trees_per_iteration_,
            base_values_as_tensor=helper.make_tensor("base", DOUBLE, [len(base)], base),
            **trees.attributes(),
        ),
        DOUBLE,
    )


def _features(writer: Writer, operator: Operator) -> str:
    """The matrix that the trees were grown on: the codes of categories, and after them the numbers."""
    model = operator.raw_operator
    if model._preprocessor is None:
        return matrix(writer, operator, DOUBLE)
    encoder = model._preprocessor.named_transformers_["encoder"]
    given = columns(writer, operator)
    codes = [
        encode(writer, *given[place], encoder.categories_[feature], ordinal_table(encoder, feature).reshape(-1, 1))
        for feature, place in enumerate(np.flatnonzero(model.is_categorical_))
    ]
    numbers = [writer.cast(given[place][0], DOUBLE) for place in np.flatnonzero(~model.is_categorical_)]
    return writer.concat(codes + numbers)


def _known_categories(model: Any) -> dict[int, NDArray[np.bool_]]:
    """By feature: of each code, whether training saw it. One that it did not see counts as missing."""
    if model._preprocessor is None:
        return {}
    sets, places = model._bin_mapper.make_known_categories_bitsets()
    encoder = model._preprocessor.named_transformers_["encoder"]
    return {
        feature: _members(sets[places[feature]], len(categories))
        for feature, categories in enumerate(encoder.categories_)
    }


def _members(words: Sequence[int], codes: int) -> NDArray[np.bool_]:
    return np.array([bool(int(words[code // _BITS]) >> (code % _BITS) & 1) for code in range(codes)])


def _add_tree(trees: Trees, tree: int, target: int, predictor: Any, known: dict[int, NDArray[np.bool_]]) -> None:
    spare = count(len(predictor.nodes))  # numbers for nodes that scikit-learn's tree does not have
    for index, node in enumerate(predictor.nodes):
        if node["is_leaf"]:
            trees.leaf(tree, index, target, node["value"])
            continue
        feature, missing = int(node["feature_idx"]), bool(node["missing_go_to_left"])
        left, right = int(node["left"]), int(node["right"])
        if node["is_categorical"]:
            seen = known[feature]
            members = _members(predictor.raw_left_cat_bitsets[node["bitset_idx"]], len(seen))
            goes_left = np.where(seen, members, missing)
            _add_choice(trees, tree, index, feature, goes_left, left, right, missing, spare)
        else:
            threshold = float(node["num_threshold"])
            trees.branch(tree, index, "BRANCH_LEQ", feature, threshold, true=left, false=right, missing=missing)


def _add_choice(
    trees: Trees,
    tree: int,
    index: int,
    feature: int,
    goes_left: NDArray[np.bool_],
    left: int,
    right: int,
    missing: bool,
    spare: Iterator[int],
) -> None:
    """A choice among categories as a chain of questions for one each, on the side that has fewer of them.

    Whatever is true leads to the same node: onnxruntime allows that for just this.
    """
    asks_left = bool(goes_left.sum() <= len(goes_left) / 2)
    asked = np.flatnonzero(goes_left == asks_left).tolist() or [NO_CATEGORY]
    true, false = (left, right) if asks_left else (right, left)
    chain = [index, *(next(spare) for _ in asked[1:])]
    for node, code, following in zip(chain, asked, [*chain[1:], false], strict=True):
        is_true = missing == asks_left
        trees.branch(tree, node, "BRANCH_EQ", feature, code, true=true, false=following, missing=is_true)
