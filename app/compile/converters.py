"""Which converters stand beside skl2onnx's own."""

import copy
from collections.abc import Callable
from typing import Any

from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._registration import get_converter, get_shape_calculator
from skl2onnx.common._topology import Operator, Scope
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, PowerTransformer, TargetEncoder
from sklearn.svm import SVR, LinearSVC, NuSVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from app.compile import boosting, encoders, linear, powers, texts, trees, vectors
from app.compile.foreign import Converter

# What tells the shapes and types of an operator's outputs.
Shape = Callable[[Operator], None]


def _showing(attribute: str, value: Any, instead: Any) -> tuple[Converter, Shape]:
    """skl2onnx's own converter, shown a copy of the estimator that has one value instead of another."""

    def convert(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
        original = operator.raw_operator
        operator.raw_operator = copy.copy(original)
        if getattr(original, attribute) == value:
            setattr(operator.raw_operator, attribute, instead)
        try:
            get_converter(operator.type)(scope, operator, container)
        finally:
            operator.raw_operator = original

    def shape(operator: Operator) -> None:
        get_shape_calculator(operator.type)(operator)

    return convert, shape


TREE_CLASSIFIERS = (DecisionTreeClassifier, ExtraTreeClassifier, RandomForestClassifier, ExtraTreesClassifier)
_TREE_REGRESSORS = (DecisionTreeRegressor, ExtraTreeRegressor, RandomForestRegressor, ExtraTreesRegressor)
_LINEAR = (LinearSVC, RidgeClassifier, RidgeClassifierCV)

CONVERTERS: dict[type, tuple[Converter, Shape]] = {
    OneHotEncoder: (encoders.one_hot, encoders.one_hot_shape),
    OrdinalEncoder: (encoders.ordinal, encoders.ordinal_shape),
    TargetEncoder: (encoders.target, encoders.target_shape),
    SimpleImputer: (encoders.impute, encoders.impute_shape),
    PowerTransformer: (powers.transform, powers.shape),
    CountVectorizer: (texts.count, texts.count_shape),
    TfidfVectorizer: (texts.count_and_weigh, texts.count_and_weigh_shape),
    TfidfTransformer: (texts.weigh, texts.weigh_shape),
    **dict.fromkeys(TREE_CLASSIFIERS, (trees.classifier, trees.classifier_shape)),
    **dict.fromkeys(_TREE_REGRESSORS, (trees.regressor, trees.regressor_shape)),
    HistGradientBoostingClassifier: (boosting.classifier, trees.classifier_shape),
    HistGradientBoostingRegressor: (boosting.regressor, boosting.regressor_shape),
    **dict.fromkeys(_LINEAR, (linear.classifier, trees.classifier_shape)),
    **dict.fromkeys((SVR, NuSVR), (vectors.regressor, vectors.regressor_shape)),
    OneClassSVM: (vectors.outliers, vectors.outliers_shape),
    # skl2onnx refuses two defaults, neither of which changes an answer: the one is not asked for when predicting, the
    # other is whether a matrix is stored as a sparse one.
    VotingClassifier: _showing("flatten_transform", True, instead=False),
    KBinsDiscretizer: _showing("encode", "onehot", instead="onehot-dense"),
}
