"""How well a model does on a sample whose answers are known."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import metrics

from app.errors import PackError
from app.pack.target import checked, true_numbers
from app.predictions import Outputs
from app.signature import Scalar, Target, Task

_REGRESSION: dict[str, Callable[[Any, Any], float]] = {
    "r2": metrics.r2_score,
    "mean absolute error": metrics.mean_absolute_error,
    "root mean squared error": metrics.root_mean_squared_error,
}


def measure(task: Task, outputs: Outputs, truth: pd.DataFrame | None, target: Target) -> dict[str, float]:
    """The task's usual metrics, by name; they say `on the sample`, for the model may have been trained on it.

    Of several outputs each has its own. Raises PackError where the truth cannot be an answer of this model.
    """
    if truth is None or task not in ("classification", "regression"):
        return {}
    found: dict[str, float] = {}
    predictions = np.asarray(outputs.predictions).reshape(len(truth), -1)
    count = predictions.shape[1]
    columns = true_numbers(truth, count) if task == "regression" else checked(truth, count)
    for place, name in enumerate(columns):
        predicted, true = predictions[:, place], columns[name].to_numpy()
        if task == "regression":
            scores = _regression(predicted, true)
        else:
            labels = _labels(true, target.classes or np.unique(predicted).tolist(), open=target.classes is None)
            scores = _classification(predicted, outputs.probabilities, labels, target.classes)
        of = f" of {target.outputs[place]}" if target.outputs else ""
        found |= {f"{score}{of} on the sample": float(f"{value:.6g}") for score, value in scores.items()}
    return found


def _regression(predicted: NDArray[Any], truth: NDArray[Any]) -> dict[str, float]:
    scores = {name: score(truth, predicted) for name, score in _REGRESSION.items() if name != "r2" or len(truth) > 1}
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def _classification(
    predicted: NDArray[Any],
    probabilities: NDArray[np.floating] | None,
    truth: NDArray[Any],
    classes: Sequence[Scalar] | None,
) -> dict[str, float]:
    found = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "f1 macro": metrics.f1_score(truth, predicted, average="macro"),
    }
    if probabilities is not None and classes is not None:
        # By number, for scikit-learn wants the classes sorted; these stand in the order of the probabilities.
        places = np.array([list(classes).index(label) for label in truth.tolist()])
        shares = probabilities / probabilities.sum(
            axis=1, keepdims=True, dtype=np.float64
        )  # in float32 they are near 1
        found["log loss"] = metrics.log_loss(places, shares, labels=range(len(classes)))
        if len(classes) == 2 and len(set(places.tolist())) == 2:
            found["roc auc"] = metrics.roc_auc_score(places, probabilities[:, 1])
    return found


def _labels(truth: NDArray[Any], classes: Sequence[Scalar], *, open: bool) -> NDArray[Any]:
    """The truth in the classes' own type: a CSV cannot tell 1 from true, nor a model trained on 1.0.

    Where the classes are open, being only those that were predicted, others stay as they are.
    """
    by_text = {str(label).lower(): label for label in classes} | {str(label): label for label in classes}
    by_text |= {f"{label:g}": label for label in classes if isinstance(label, float)}
    by_text |= {f"{float(label)}": label for label in classes if type(label) is int}
    unknown = [value for value in truth.tolist() if str(value) not in by_text]
    if unknown and not open:
        raise PackError(
            f"the target column holds {unknown[0]!r}, which is not one of the classes {', '.join(map(str, classes))}"
        )
    kind = type(classes[0])
    return np.array([by_text[text] if (text := str(value)) in by_text else kind(value) for value in truth.tolist()])
