"""A compiled model: an estimator's ONNX twin.

The graph keeps a contract that `app.compile.convert` writes. It takes either one `matrix` (n, columns) or one
`column_<position>` (n, 1) for each column of the signature. It gives `slipway.predictions` and, for a classifier that
has them, `slipway.probabilities`, in the shapes of Outputs.
"""

from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from app.predictions import Outputs
from app.runtimes.file import File
from app.runtimes.onnx import int64, open_session
from app.signature import Arrays, TableSignature, Target

MATRIX = "matrix"
COLUMN = "column_"
PREDICTIONS = "slipway.predictions"
PROBABILITIES = "slipway.probabilities"
# An ONNX text cannot be missing. This one stands for it: a code point that Unicode keeps out of all text.
MISSING_TEXT = "\ufdd0"
# What a graph computes for a row between its inputs and its outputs can be large, all distances to the neighbours for
# example: more rows than this are asked about in blocks.
MOST_ROWS = 4096

_TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}


class CompiledModel:
    """The ONNX twin alone, whatever the size of the batch."""

    def __init__(self, artifact: File, signature: TableSignature, target: Target) -> None:
        """Raises BrokenBundleError where the file is not an ONNX model that can be run."""
        self._session = open_session(artifact)
        # What goes wrong is raised; onnxruntime would write it to stderr as well.
        self._options = ort.RunOptions()
        self._options.log_severity_level = 4
        self._names = [column.name for column in signature.columns]
        self._inputs = [
            (given.name, _TYPES.get(given.type), None if given.name == MATRIX else self._names[_position(given.name)])
            for given in self._session.get_inputs()
        ]
        outputs = {given.name: given for given in self._session.get_outputs()}
        self._wanted = [name for name in (PREDICTIONS, PROBABILITIES) if name in outputs]
        self._shape = tuple(size for size in outputs[PREDICTIONS].shape[1:] if isinstance(size, int))
        self._labels = np.asarray(target.classes).dtype if target.classes else None
        self._width = len(target.classes or ())

    def predict(self, arrays: Arrays) -> Outputs:
        """Outputs for n rows, n of zero or more. Never changes the arrays."""
        rows = len(arrays[self._names[0]])
        if not rows:
            return self._nothing()
        if rows <= MOST_ROWS:
            return self._ask(arrays)
        starts = range(0, rows, MOST_ROWS)
        blocks = [self._ask({name: values[i : i + MOST_ROWS] for name, values in arrays.items()}) for i in starts]
        predictions = np.concatenate([np.asarray(block.predictions) for block in blocks])
        probabilities = [block.probabilities for block in blocks if block.probabilities is not None]
        return Outputs(predictions, np.concatenate(probabilities) if probabilities else None)

    def _ask(self, arrays: Arrays) -> Outputs:
        feed = {
            name: self._matrix(arrays, dtype) if column is None else _column(arrays[column], dtype)
            for name, dtype, column in self._inputs
        }
        found: list[Any] = self._session.run(self._wanted, feed, self._options)
        predictions = int64(found[0])
        if self._labels is not None and self._labels.kind != "U":
            predictions = predictions.astype(self._labels)
        return Outputs(predictions, found[1] if len(found) > 1 else None)

    def _nothing(self) -> Outputs:
        """onnxruntime has kernels that fail on no rows; a request of no rows has an answer of none."""
        probabilities = np.empty((0, self._width)) if PROBABILITIES in self._wanted else None
        return Outputs(np.empty((0, *self._shape)), probabilities)

    def _matrix(self, arrays: Arrays, dtype: type | None) -> NDArray[Any]:
        columns = [arrays[name] for name in self._names]
        matrix: NDArray[Any] = np.empty((len(columns[0]), len(columns)), dtype or object)
        for position, values in enumerate(columns):
            matrix[:, position] = values if dtype else _texts(values)
        return matrix


def _position(name: str) -> int:
    return int(name.removeprefix(COLUMN))


def _column(values: NDArray[Any], dtype: type | None) -> NDArray[Any]:
    """(n, 1), of the dtype that the graph takes; of texts where that is None."""
    return (values.astype(dtype, copy=False) if dtype else _texts(values)).reshape(-1, 1)


def _texts(values: NDArray[Any]) -> NDArray[Any]:
    texts = np.empty(len(values), object)
    texts[:] = [value if isinstance(value, str) else MISSING_TEXT for value in values]
    return texts
