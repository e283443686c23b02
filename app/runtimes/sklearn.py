"""scikit-learn estimators, stored with skops so that loading one runs no code of the file's."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skops import io as skops

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.signature import Arrays, Signature, TableSignature, Target


class SklearnRuntime:
    """An estimator or pipeline fitted on a numeric matrix whose columns stand in the signature's order."""

    def __init__(self, estimator: Any, signature: Signature, target: Target) -> None:
        if not isinstance(signature, TableSignature):
            raise BrokenBundleError(f"an estimator takes a table, not a signature of kind {signature.kind!r}")
        self._estimator = estimator
        self._names = [column.name for column in signature.columns]
        self._width = len(target.classes) if target.classes else None

    def predict(self, arrays: Arrays) -> Outputs:
        matrix = np.column_stack([arrays[name] for name in self._names])
        if self._width is None:
            return Outputs(self._ask("predict", matrix, np.empty(0)))
        return Outputs(
            self._ask("predict", matrix, np.empty(0)),
            self._ask("predict_proba", matrix, np.empty((0, self._width))),
        )

    def _ask(self, method: str, matrix: NDArray[Any], nothing: NDArray[Any]) -> NDArray[Any]:
        """scikit-learn refuses a matrix of no rows; a request of no rows has an answer of none."""
        answer: NDArray[Any] = getattr(self._estimator, method)(matrix) if len(matrix) else nothing
        return answer


def load(artifact: Path, signature: Signature, target: Target) -> SklearnRuntime:
    """Load a .skops file in which every type is one that skops trusts. Raises BrokenBundleError."""
    untrusted = skops.get_untrusted_types(file=artifact)
    if untrusted:
        raise BrokenBundleError(f"{artifact} holds types that are not trusted: {', '.join(untrusted)}")
    return SklearnRuntime(skops.load(artifact), signature, target)


def save(estimator: Any) -> bytes:
    """An estimator as the bytes of a .skops file."""
    content: bytes = skops.dumps(estimator)
    return content
