"""What a model can be asked: TensorFlow Serving's verbs, and the signatures that a request may name for each."""

from collections.abc import Mapping
from typing import Any, Literal

from flask import abort

from app.engine.model import Model
from app.errors import MalformedBodyError
from app.inputs.base import describe

Verb = Literal["predict", "classify", "regress"]

DEFAULT = "serving_default"
# By verb: the default, what TensorFlow's estimators call it, and what its protocol does.
NAMES: Mapping[Verb, tuple[str, ...]] = {
    "predict": (DEFAULT, "predict", "tensorflow/serving/predict"),
    "classify": (DEFAULT, "classification", "tensorflow/serving/classify"),
    "regress": (DEFAULT, "regression", "tensorflow/serving/regress"),
}


def verbs_of(model: Model) -> tuple[Verb, ...]:
    """The verbs that a model answers; classify wants classes, and regress a single number."""
    if model.manifest.task == "classification":
        return "predict", "classify"
    if model.manifest.task == "regression" and len(model.manifest.target.outputs or "1") == 1:
        return "predict", "regress"
    return ("predict",)


def check_verb(model: Model, verb: Verb) -> None:
    """Answer 400 where the model has nothing to say to a verb."""
    verbs = verbs_of(model)
    if verb not in verbs:
        abort(400, f"the task of model {model.name!r} is {model.manifest.task}; it answers {' and '.join(verbs)}")


def check_signature(name: Any, verb: Verb) -> None:
    """Raises MalformedBodyError for a signature that no model has; an empty name is the default's."""
    if name not in ("", *NAMES[verb]):
        accepted = ", ".join(map(repr, NAMES[verb]))
        raise MalformedBodyError(f'"signature_name" is {describe(name)}; {verb} has the signatures {accepted}')
