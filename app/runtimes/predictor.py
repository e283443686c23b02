"""The last resort: a model of any framework behind a class of two methods that its owner wrote.

class Predictor:
    def load(self, path): ...        # the model file's path; called once
    def predict(self, inputs): ...   # one NumPy array per input name, n rows each -> predictions,
                                     # or (predictions, probabilities)
"""

import os
import weakref
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.runtimes.copies import COPIES
from app.runtimes.file import File
from app.signature import Arrays, Signature, Target

CLASS = "Predictor"


class PredictorRuntime:
    """Asks a Predictor and holds its answer to the shape that was promised."""

    def __init__(self, predictor: Any, target: Target) -> None:
        self._predictor = predictor
        self._outputs = len(target.outputs) if target.outputs else None
        self._classes = len(target.classes) if target.classes else None

    @staticmethod
    def ask(predictor: Any, arrays: Arrays) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """The predictor's own predictions and probabilities, in whatever shape it gives them."""
        answer = predictor.predict(dict(arrays))
        predictions, probabilities = answer if isinstance(answer, tuple) else (answer, None)
        return np.asarray(predictions), None if probabilities is None else np.asarray(probabilities)

    def predict(self, arrays: Arrays) -> Outputs:
        rows = len(next(iter(arrays.values())))
        if not rows:
            return self._nothing()
        predictions, probabilities = self.ask(self._predictor, arrays)
        _check_shape(predictions, (rows,) if self._outputs is None else (rows, self._outputs), "predictions")
        if probabilities is not None:
            _check_shape(probabilities, (rows, self._classes), "probabilities")
        return Outputs(predictions, probabilities)

    def _nothing(self) -> Outputs:
        """Not every framework can be asked for no rows; a request of no rows has an answer of none."""
        probabilities = np.empty((0, self._classes)) if self._classes else None
        return Outputs(np.empty((0, self._outputs) if self._outputs else 0), probabilities)


def load(artifact: File, signature: Signature, target: Target, options: Mapping[str, Any]) -> PredictorRuntime:
    """Import the bundle's predictor module and have it load the artifact. Raises BrokenBundleError.

    It is given the path of a copy that nobody else writes to, which is there as long as the runtime is in use.
    """
    copy = COPIES.add(artifact)
    drop = partial(_drop, copy, os.getpid())
    try:
        runtime = PredictorRuntime(load_predictor(options["module"], copy), target)
    except BaseException:
        drop()
        raise
    weakref.finalize(runtime, drop)
    return runtime


def _drop(copy: Path, owner: int) -> None:
    """Not where a worker ends: the process that it was forked from has the copy for all of them."""
    if os.getpid() == owner:
        COPIES.drop(copy)


def load_predictor(module_name: str, artifact: Path) -> Any:
    """A module's Predictor, with the artifact loaded. Raises BrokenBundleError where it is not such a class."""
    found = getattr(import_module(module_name), CLASS, None)
    lacking = [method for method in ("load", "predict") if not callable(getattr(found, method, None))]
    if found is None or lacking:
        what = f"no class {CLASS!r}" if found is None else f"a {CLASS} without the method {lacking[0]!r}"
        raise BrokenBundleError(f"{module_name}.py has {what}")
    predictor = found()
    predictor.load(artifact)
    return predictor


def _check_shape(array: NDArray[Any], shape: tuple[int | None, ...], what: str) -> None:
    if array.shape != shape:
        raise ValueError(f"the predictor's {what} have the shape {list(array.shape)}; {list(shape)} is promised")
