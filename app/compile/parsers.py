"""How skl2onnx is to read what consists of other estimators: tables' columns, ensembles, pipelines within them."""

from collections.abc import Callable
from typing import Any

from skl2onnx._parse import _parse_sklearn as parse
from skl2onnx._parse import _parse_sklearn_simple_model as parse_simple
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Operator, Scope, Variable
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType, guess_proto_type
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder
from sklearn.svm import LinearSVC

from app.compile.converters import Converter
from app.compile.writer import Writer

Parser = Callable[..., list[Variable]]

# skl2onnx 1.20 asks every classifier at the end of a pipeline for an option that this one does not have.
OPTIONS = {LinearSVC: {"raw_scores": False}}
_ENCODERS = (OneHotEncoder, OrdinalEncoder, TargetEncoder)
_ENSEMBLES = (CalibratedClassifierCV, StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor)


def parsers(names: list[str], number: type) -> dict[type, Parser]:
    """The parsers of one conversion.

    names: the signature's columns, as they stand in the graph's inputs. number: the type to compute in.
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

    return {
        ColumnTransformer: column_transformer,
        **dict.fromkeys(_ENSEMBLES, ensemble),
        **dict.fromkeys(_ENCODERS, encoder),
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
        for _, step in model.steps:
            if is_classifier(step) and type(step) not in OPTIONS:
                for registry in (scope, container):
                    registry.add_options(id(step), {"zipmap": False})
            inputs = parse(scope, step, inputs, custom_parsers=custom_parsers)
        writer = Writer(scope, container)
        for found, wanted in zip(inputs, operator.outputs, strict=True):
            if isinstance(wanted.type, FloatTensorType | DoubleTensorType):
                writer.cast(found.full_name, guess_proto_type(wanted.type), wanted.full_name)
            else:  # labels, which skl2onnx at first takes for whole numbers whatever they are
                writer.node("Identity", found.full_name, output=wanted.full_name)

    return convert


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
