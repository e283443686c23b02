"""How skl2onnx is to read what consists of other estimators: tables' columns, ensembles, pipelines within them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from skl2onnx._parse import _parse_sklearn as parse
from skl2onnx._parse import _parse_sklearn_simple_model as parse_simple
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope, Variable
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType, guess_proto_type
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder
from sklearn.svm import LinearSVC

from app.compile.converters import TREE_CLASSIFIERS
from app.compile.foreign import Categories, Converter, code_of
from app.compile.trees import label_type
from app.compile.writer import Writer

Parser = Callable[..., list[Variable]]

# skl2onnx 1.20 asks every classifier at the end of a pipeline for an option that this one does not have.
OPTIONS = {LinearSVC: {"raw_scores": False}}
_ENCODERS = (OneHotEncoder, OrdinalEncoder, TargetEncoder)
MULTI_OUTPUT = (MultiOutputClassifier, MultiOutputRegressor)
_ENSEMBLES = (CalibratedClassifierCV, StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor)


def parsers(
    names: list[str], number: type, boosters: Mapping[type, Callable[[Any, Sequence[bool]], Categories]]
) -> dict[type, Parser]:
    """The parsers of one conversion.

    names: the signature's columns, as they stand in the graph's inputs. number: the type to compute in.
    boosters: what tells the categories of each kind of estimator that takes pandas' own.
    """

    def column_transformer(scope: Scope, model: Any, inputs: list[Variable], custom_parsers: Any) -> list[Variable]:
        places = _places(model, names, inputs)
        parts: list[Variable] = []
        for name, transformer, _ in model.transformers_:
            chosen = [places[position] for position in model._transformer_to_input_indices[name]]
            if not chosen or (isinstance(transformer, str) and transformer == "drop"):
                continue
            part = _joined(scope, _select(scope, inputs, chosen))
            if not _passes_through(transformer):
                part = parse(scope, transformer, part, custom_parsers=custom_parsers)[:1]
            weight = (model.transformer_weights or {}).get(name)
            parts += part if weight is None else _weighted(scope, part[0], weight)
        return _joined(scope, parts)

    def encoder(scope: Scope, model: Any, inputs: list[Variable], custom_parsers: Any) -> list[Variable]:
        """Encoded texts are numbers, of the type that all the others are of."""
        encoded: list[Variable] = parse_simple(scope, model, inputs, custom_parsers=custom_parsers)
        encoded[0].type = number()
        return encoded

    def ensemble(scope: Scope, model: Any, inputs: list[Variable], custom_parsers: Any) -> list[Variable]:
        """skl2onnx takes one input, and its type for that of all: `pipeline` finds the others again."""
        numeric = [given for given in inputs if not isinstance(given.type, StringTensorType)]
        outputs: list[Variable] = parse_simple(scope, model, numeric[:1] or inputs, custom_parsers=custom_parsers)
        return outputs

    def booster(scope: Scope, model: Any, inputs: list[Variable], custom_parsers: Any) -> list[Variable]:
        texts = [isinstance(given.type, StringTensorType) for given in inputs for _ in range(_width(given))]
        known = boosters[type(model)](model, texts)
        if any(known):
            parts = [_select(scope, inputs, [place])[0] for place in range(len(texts))]
            inputs = _joined(
                scope,
                [
                    part if categories is None else encoder(scope, code_of(categories), [part], custom_parsers)[0]
                    for part, categories in zip(parts, known, strict=True)
                ],
            )
        outputs: list[Variable] = parse_simple(scope, model, inputs, custom_parsers=custom_parsers)
        return outputs

    def trees(scope: Scope, model: Any, inputs: list[Variable], custom_parsers: Any) -> list[Variable]:
        """skl2onnx takes the labels of several outputs for whole numbers."""
        outputs: list[Variable] = parse_simple(scope, model, inputs, custom_parsers=custom_parsers)
        if isinstance(model.classes_, list):
            outputs[0].type = label_type(model.classes_[0])()
        return outputs

    def one_for_each(scope: Scope, model: Any, inputs: list[Variable], custom_parsers: Any) -> list[Variable]:
        operator = scope.declare_local_operator(f"slipway{type(model).__name__}", model)
        operator.inputs = inputs
        kind = label_type(model.classes_[0]) if is_classifier(model) else number
        return [_output(scope, operator, kind([None, len(model.estimators_)]))]

    return {
        ColumnTransformer: column_transformer,
        **dict.fromkeys(_ENSEMBLES, ensemble),
        **dict.fromkeys(_ENCODERS, encoder),
        **dict.fromkeys(boosters, booster),
        **dict.fromkeys(TREE_CLASSIFIERS, trees),
        **dict.fromkeys(MULTI_OUTPUT, one_for_each),
    }


def pipeline(custom_parsers: dict[type, Parser], width: int) -> Converter:
    """The converter of a pipeline inside another estimator, whose steps are parsed as all others are.

    skl2onnx gives the estimators within an ensemble the first of its inputs alone. A pipeline that was fitted on the
    whole table, `width` columns, is given the graph's inputs.
    """

    def convert(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
        model, inputs = operator.raw_operator, list(operator.inputs)
        if getattr(model, "n_features_in_", None) == width and sum(map(_width, inputs)) != width:
            inputs = list(scope.input_variables)
        _leave_out_zipmaps(model, scope, container)
        for _, step in model.steps:
            inputs = parse(scope, step, inputs, custom_parsers=custom_parsers)
        writer = Writer(scope, container)
        for found, wanted in zip(inputs, operator.outputs, strict=True):
            if isinstance(wanted.type, FloatTensorType | DoubleTensorType):
                writer.cast(found.full_name, guess_proto_type(wanted.type), wanted.full_name)
            else:  # labels, which skl2onnx at first takes for whole numbers whatever they are
                writer.node("Identity", found.full_name, output=wanted.full_name)

    return convert


def multi_output(custom_parsers: dict[type, Parser]) -> Converter:
    """The converter of what has an estimator for each output. skl2onnx's own takes no pipelines."""

    def convert(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
        writer = Writer(scope, container)
        column = writer.constant(np.array([-1, 1]))
        answers = []
        for estimator in operator.raw_operator.estimators_:
            _leave_out_zipmaps(estimator, scope, container)
            answer = parse(scope, estimator, list(operator.inputs), custom_parsers=custom_parsers)[0]
            answers.append(writer.node("Reshape", answer.full_name, column))
        writer.concat(answers, operator.outputs[0].full_name)

    return convert


def multi_output_shape(operator: Operator) -> None:
    """Told when it was parsed."""


def _leave_out_zipmaps(estimator: Any, scope: Scope, container: ModelComponentContainer) -> None:
    for _, step in getattr(estimator, "steps", [("", estimator)]):
        if is_classifier(step) and type(step) not in OPTIONS:
            for registry in (scope, container):
                registry.add_options(id(step), {"zipmap": False})


def _places(model: Any, names: list[str], inputs: list[Variable]) -> list[int]:
    """Where each column that a transformer was fitted on stands among the inputs."""
    fitted = list(getattr(model, "feature_names_in_", ()))
    known = {name: place for place, name in enumerate(names)}
    if fitted and known.keys() >= set(fitted) and sum(map(_width, inputs)) == len(names):
        return [known[name] for name in fitted]
    return list(range(model.n_features_in_))


def _width(variable: Variable) -> int:
    """How many columns a variable has; 0 where skl2onnx does not know yet."""
    shape = variable.type.shape
    return shape[1] if len(shape) > 1 and shape[1] else 0


def _select(scope: Scope, inputs: list[Variable], chosen: list[int]) -> list[Variable]:
    """Columns by their place, counted over all inputs: a whole input where it is of one column, else a part of it."""
    if len(inputs) == 1:
        return inputs if _width(inputs[0]) == 1 else [_extract(scope, inputs[0], chosen)]
    owners = [(given, column) for given in inputs for column in range(_width(given))]
    return [
        given if _width(given) == 1 else _extract(scope, given, [column])
        for given, column in map(owners.__getitem__, chosen)
    ]


def _extract(scope: Scope, given: Variable, chosen: list[int]) -> Variable:
    operator = scope.declare_local_operator("SklearnArrayFeatureExtractor")
    operator.inputs = [given]
    operator.column_indices = chosen
    return _output(scope, operator, type(given.type)([None, len(chosen)]))


def _joined(scope: Scope, parts: list[Variable]) -> list[Variable]:
    """One matrix of several parts; the parts where texts and numbers would meet in it."""
    kinds = {type(part.type) for part in parts}
    if len(parts) == 1 or (StringTensorType in kinds and len(kinds) > 1):
        return parts
    operator = scope.declare_local_operator("SklearnConcat")
    operator.inputs = parts
    kind = DoubleTensorType if DoubleTensorType in kinds else type(parts[0].type)
    return [
        _output(scope, operator, kind([None, sum(map(_width, parts))] if all(map(_width, parts)) else [None, None]))
    ]


def _passes_through(transformer: Any) -> bool:
    if isinstance(transformer, FunctionTransformer):
        return transformer.func is None
    return isinstance(transformer, str)


def _weighted(scope: Scope, part: Variable, weight: float) -> list[Variable]:
    operator = scope.declare_local_operator("SklearnMultiply")
    operator.inputs.append(part)
    operator.operand = weight
    return [_output(scope, operator, type(part.type)([None, None]))]


def _output(scope: Scope, operator: Operator, kind: Any) -> Variable:
    variable = scope.declare_local_variable("part", kind)
    operator.outputs.append(variable)
    return variable
