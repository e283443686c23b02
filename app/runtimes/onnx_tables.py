"""The `onnx-table` runtime: rows of named columns -> what a user's ONNX model answers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.runtimes.file import File
from app.runtimes.onnx import int64, open_session
from app.signature import Arrays, Frozen, Scalar, Signature, TableSignature, Target

# What an output gives: an array, or what is called a ZipMap, one mapping of class to probability for each row.
Answer = NDArray[Any] | list[dict[Any, float]]

DTYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(double)": np.dtype(np.float64),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(int64)": np.dtype(np.int64),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(bool)": np.dtype(np.bool_),
    "tensor(string)": np.dtype(object),
}


class TableOptions(Frozen):
    """How a graph is fed and read. Settled when it is packed."""

    inputs: dict[str, tuple[str, ...]] = Field(description="each input of the graph and the columns it takes, in order")
    predictions: tuple[str, ...] = Field(
        (), description="the outputs with labels or numbers; none: the likeliest class"
    )
    probabilities: str | None = Field(None, description="the output with one number per class")
    softmax: bool = Field(False, description="whether these numbers are logits")
    own_classes: tuple[Scalar, ...] = Field((), description="what the graph calls the target's classes, in their order")


class TableGraph:
    """A session that is fed columns. A graph of a fixed number of rows is asked in batches of as many."""

    def __init__(self, session: ort.InferenceSession, inputs: Mapping[str, Sequence[str]]) -> None:
        """`inputs` has the columns of each of the session's inputs. Raises BrokenBundleError where it has not."""
        given = {tensor.name: tensor for tensor in session.get_inputs()}
        if given.keys() != inputs.keys():
            raise BrokenBundleError(f"the model's inputs are {', '.join(given)}, not {', '.join(inputs)}")
        self._session = session
        self._inputs = [(name, DTYPES[given[name].type], len(given[name].shape), tuple(inputs[name])) for name in given]
        sizes = {tensor.shape[0] for tensor in given.values() if tensor.shape and isinstance(tensor.shape[0], int)}
        self._rows = min(sizes, default=None)

    def run(self, wanted: Sequence[str], arrays: Arrays) -> dict[str, Answer]:
        """The outputs of these names, for at least one row."""
        count = len(next(iter(arrays.values())))
        feed = {
            name: _tensor([arrays[column] for column in columns], dtype, rank)
            for name, dtype, rank, columns in self._inputs
        }
        step = self._rows or count
        parts: list[list[Any]] = []
        for start in range(0, count, step):
            rows = np.arange(start, start + step) % count  # the last batch is filled up with rows from the start
            answers: list[Any] = self._session.run(list(wanted), {name: tensor[rows] for name, tensor in feed.items()})
            left = min(step, count - start)
            parts.append(
                [answer[:left] if np.ndim(answer) or isinstance(answer, list) else answer for answer in answers]
            )
        return {name: _joined(pieces) for name, pieces in zip(wanted, zip(*parts, strict=True), strict=True)}


class OnnxTableRuntime:
    """A graph with the options that say how it is fed and read."""

    def __init__(self, session: ort.InferenceSession, options: TableOptions, target: Target) -> None:
        self._graph = TableGraph(session, options.inputs)
        self._options = options
        self._wanted = [*options.predictions, *([options.probabilities] if options.probabilities else [])]
        missing = set(self._wanted) - {tensor.name for tensor in session.get_outputs()}
        if missing or not self._wanted:
            raise BrokenBundleError(f"the model has no output {', '.join(sorted(missing)) or 'that is asked for'}")
        self._classes = np.empty(len(target.classes or ()), object)
        self._classes[:] = target.classes or ()
        own = options.own_classes
        self._names = dict(zip(own, self._classes, strict=True)) if own and own != target.classes else None
        self._shape = (len(target.outputs),) if target.outputs else ()

    def predict(self, arrays: Arrays) -> Outputs:
        rows = len(next(iter(arrays.values())))
        if not rows:
            return self._nothing()
        answers = self._graph.run(self._wanted, arrays)
        name = self._options.probabilities
        probabilities = None if name is None else self._probabilities(answers[name])
        if self._options.predictions:
            return Outputs(self._predictions(answers, rows), probabilities)
        assert probabilities is not None
        return Outputs(self._classes[probabilities.argmax(axis=1)], probabilities)

    def _predictions(self, answers: Mapping[str, Answer], rows: int) -> NDArray[Any]:
        columns = [np.asarray(answers[name]).reshape(rows, -1) for name in self._options.predictions]
        together = columns[0] if len(columns) == 1 else np.concatenate(columns, axis=1)
        if self._names is not None:
            named = [[self._names[label] for label in row] for row in together.tolist()]
            together = np.array(named, dtype=object)
        return together.reshape(rows, *self._shape)

    def _probabilities(self, answer: Answer) -> NDArray[Any]:
        """(n, classes), in the order of the target's."""
        if isinstance(answer, list):
            own = self._options.own_classes
            return np.array([[row[label] for label in own] for row in answer])
        values = answer.reshape(len(answer), -1)
        if self._options.softmax:
            return softmax(values)
        if values.shape[1] == 1:  # of the second of two classes
            return np.hstack([1 - values, values])
        return values

    def _nothing(self) -> Outputs:
        """Not every graph can be asked for no rows; a request of no rows has an answer of none."""
        probabilities = np.empty((0, len(self._classes))) if self._options.probabilities else None
        return Outputs(np.empty((0, *self._shape)), probabilities)


def load(artifact: File, signature: Signature, target: Target, options: Mapping[str, Any]) -> OnnxTableRuntime:
    """Load an ONNX file with the options that were settled when it was packed. Raises BrokenBundleError."""
    if not isinstance(signature, TableSignature):
        raise BrokenBundleError(f"the model takes a table, not a signature of kind {signature.kind!r}")
    try:
        read = TableOptions.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        raise BrokenBundleError(f"the options are wrong: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    unknown = {name for names in read.inputs.values() for name in names} - {column.name for column in signature.columns}
    if unknown:
        raise BrokenBundleError(f"the signature has no column {sorted(unknown)[0]!r}")
    return OnnxTableRuntime(open_session(artifact), read, target)


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """(n, classes) logits -> probabilities."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _tensor(columns: Sequence[NDArray[Any]], dtype: np.dtype[Any], rank: int) -> NDArray[Any]:
    """(n, columns), or (n,) where the graph takes that. Raises ValueError for a number that the type cannot hold."""
    matrix = np.empty((len(columns[0]), len(columns)), dtype)
    for place, values in enumerate(columns):
        with np.errstate(over="ignore"):
            matrix[:, place] = values
        if dtype.kind == "i" and (matrix[:, place] != values).any():
            raise ValueError(f"a number is too large for the {dtype} that the model takes")
    return matrix[:, 0] if rank == 1 else matrix


def _joined(pieces: Sequence[Answer]) -> Answer:
    if isinstance(pieces[0], list):
        return [row for piece in pieces for row in piece]
    whole: NDArray[Any] = pieces[0] if len(pieces) == 1 else np.concatenate(list(map(np.asarray, pieces)))
    return int64(whole)
