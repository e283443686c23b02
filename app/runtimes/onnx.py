"""ONNX files through onnxruntime, one thread each: the workers are the parallelism."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from app.errors import BrokenBundleError
from app.runtimes.file import File


def open_session(artifact: File | Path) -> ort.InferenceSession:
    """A session of one thread, so that it may be opened before a fork. Raises BrokenBundleError.

    A path is for an owner's own file, which may keep its weights in another beside it.
    """
    model = artifact.content if isinstance(artifact, File) else artifact
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no narrower base
        raise BrokenBundleError(f"{artifact} is not an ONNX model that can be run: {error}") from None
    # It would keep the file's bytes beside what it made of them, to open another session should it lose a GPU.
    session._model_bytes = None
    session.disable_fallback()
    return session


def int64(values: NDArray[Any]) -> NDArray[Any]:
    """onnxruntime's 64 bits are C's long long: as wide as NumPy's int64, yet no type that is written as JSON."""
    return values.astype(np.int64) if values.dtype.char == "q" else values


class Classifier:
    """A model of one float32 matrix whose second output is the probabilities, as skl2onnx writes it."""

    def __init__(self, artifact: File) -> None:
        self._session = open_session(artifact)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[1].name

    def __call__(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, features) -> (n, classes)."""
        outputs: list[Any] = self._session.run([self._output], {self._input: matrix})
        probabilities: NDArray[np.float32] = outputs[0]
        return probabilities
