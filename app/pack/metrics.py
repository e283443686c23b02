"""How well a model does on a sample whose answers are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from app.errors import PackError
from app.predictions import Outputs
from app.signature import Scalar, Target, Task

_REGRESSION: dict[str, Callable[[Any, Any], float]] = {
    "r2": metrics.r2_score,
    "mean absolute error": metrics.mean_absolute_error,
    "root mean squared error": metrics.root_mean_squared_error,
}


def measure(task: Task, outputs: Outputs, truth: NDArray[Any], target: Target) -> dict[str, float]:
    """The task's usual metrics, by name; they say `on the sample`, for the model may have been trained on it.

    Raises PackError where the truth cannot be an answer of this model.
    """
    if task == "regression":
        found = {name: score(truth, outputs.predictions) for name, score in _REGRESSION.items()}
    elif task == "classification" and target.classes:
        found = _classification(outputs, _labels(truth, target.classes), target.classes)
    else:
        return {}
    return {f"{name} on the sample": float(f"{value:.6g}") for name, value in found.items()}


def _classification(outputs: Outputs, truth: NDArray[Any], classes: tuple[Scalar, ...]) -> dict[str, float]:
    predicted = np.asarray(outputs.predictions)
    found = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "f1 macro": metrics.f1_score(truth, predicted, average="macro"),
    }
    if outputs.probabilities is not None:
        found["log loss"] = metrics.log_loss(truth, outputs.probabilities, labels=list(classes))
        if len(classes) == 2 and len(set(truth.tolist())) == 2:
            found["roc auc"] = metrics.roc_auc_score(truth == classes[1], outputs.probabilities[:, 1])
    return found


def _labels(truth: NDArray[Any], classes: tuple[Scalar, ...]) -> NDArray[Any]:
    """The truth in the classes' own type: a CSV cannot tell 1 from true, nor a model trained on 1.0."""
    by_text = {str(label): label for label in classes} | {str(label).lower(): label for label in classes}
    by_text |= {f"{label:g}": label for label in classes if isinstance(label, float)}
    unknown = [value for value in truth.tolist() if str(value) not in by_text]
    if unknown:
        raise PackError(
            f"the target column holds {unknown[0]!r}, which is not one of the classes {', '.join(map(str, classes))}"
        )
    return np.array([by_text[str(value)] for value in truth.tolist()])
