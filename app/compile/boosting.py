"""HistGradientBoosting, with missing values and categories, computed in double as scikit-learn does.

skl2onnx 1.20 fails on it, for its nodes hold numbers of types that onnx no longer takes, and knows no categories.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope
from skl2onnx.common.data_types import DoubleTensorType

from app.compile.encoders import encode, ordinal_table
from app.compile.trees import Trees, label_values
from app.compile.writer import DOUBLE, INT64, Writer, columns, matrix

_BITS = 32  # of one word of a set of categories
NO_CATEGORY = -1


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


def regressor(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    writer = Writer(scope, container)
    link = type(operator.raw_operator._loss.link).__name__
    inverse = {"IdentityLink": "Identity", "LogLink": "Exp"}[link]
    writer.node(inverse, _raw(writer, operator), output=operator.outputs[0].full_name)


def regressor_shape(operator: Operator) -> None:
    operator.outputs[0].type = DoubleTensorType([None, 1])


def _raw(writer: Writer, operator: Operator) -> str:
    """(n, trees of an iteration): the sum of all leaves that a row falls into."""
    model = operator.raw_operator
    trees = Trees()
    known = _known_categories(model)
    for iteration, predictors in enumerate(model._predictors):
        for target, predictor in enumerate(predictors):
            number = iteration * model.n_trees_per_iteration_ + target
            _add_tree(trees, number, target, predictor, known)
    return trees.total(writer, _features(writer, operator), np.ravel(model._baseline_prediction))


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
            trees.leaf(tree, index, {target: node["value"]})
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
