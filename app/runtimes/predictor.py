"""The last resort: a model of any framework behind a class of two methods that its owner wrote.

class Predictor:
    def load(self, path): ...        # the model file's path; called once
    def predict(self, inputs): ...   # one NumPy array per input name, n rows each -> predictions,
                                     # or (predictions, probabilities)
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.signature import Arrays, Signature, Target

CLASS = "Predictor"


class PredictorRuntime:
    """Asks a Predictor and holds its answer to the shape that was promised."""

    def __init__(self, predictor: Any, target: Target) -> None:
        self._predictor = predictor
        self._outputs = len(target.outputs) if target.outputs else None
        self._classes = len(target.classes) if target.classes else None

    def predict(self, arrays: Arrays) -> Outputs:
        rows = len(next(iter(arrays.values())))
        if not rows:
            return self._nothing()
        answer = self._predictor.predict(dict(arrays))
        predictions, probabilities = answer if isinstance(answer, tuple) else (answer, None)
        promised = (rows,) if self._outputs is None else (rows, self._outputs)
        return Outputs(
            _shaped(predictions, promised, "predictions"),
            None if probabilities is None else _shaped(probabilities, (rows, self._classes), "probabilities"),
        )

    def _nothing(self) -> Outputs:
        """Not every framework can be asked for no rows; a request of no rows has an answer of none."""
        probabilities = np.empty((0, self._classes)) if self._classes else None
        return Outputs(np.empty((0, self._outputs) if self._outputs else 0), probabilities)


def load(artifact: Path, signature: Signature, target: Target, options: Mapping[str, Any]) -> PredictorRuntime:
    """Import the bundle's predictor module and have it load the artifact. Raises BrokenBundleError."""
    module = import_module(options["module"])
    if not hasattr(module, CLASS):
        raise BrokenBundleError(f"{options['module']}.py has no class {CLASS!r}")
    predictor = getattr(module, CLASS)()
    predictor.load(artifact)
    return PredictorRuntime(predictor, target)


def _shaped(values: Any, shape: tuple[int | None, ...], what: str) -> Any:
    array = np.asarray(values)
    if array.shape != shape:
        raise ValueError(f"the predictor's {what} have the shape {list(array.shape)}; {list(shape)} is promised")
    return array
