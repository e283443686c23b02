"""The `vision` runtime: pictures of any size -> what a user's ONNX model finds in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.runtimes.file import File
from app.runtimes.onnx import open_session
from app.runtimes.vision.found import Row
from app.runtimes.vision.graph import Session
from app.runtimes.vision.layouts import LAYOUTS
from app.runtimes.vision.options import VisionOptions
from app.runtimes.vision.preprocess import prepare
from app.signature import Arrays, ImageSignature, Signature, Target


class VisionRuntime:
    """A graph with the options that say how it is fed and read."""

    def __init__(self, session: Session, options: VisionOptions, target: Target) -> None:
        self._session, self._options = session, options
        self._input = session.get_inputs()[0].name
        self._reader = LAYOUTS[options.layout].reader(options, target)

    def predict(self, arrays: Arrays) -> Outputs:
        (pictures,) = arrays.values()
        read: list[Any] = []
        step = self._options.batch
        for start in range(0, len(pictures), step):
            prepared = [prepare(picture, self._options) for picture in pictures[start : start + step]]
            rows = self._rows([tensor for tensor, _ in prepared])
            read += [self._reader.read(row, frame) for row, (_, frame) in zip(rows, prepared, strict=True)]
        return self._reader.answer(read)

    def _rows(self, tensors: Sequence[NDArray[np.generic]]) -> list[Row]:
        """The outputs of each picture; in one run where the graph takes them so and they have one size."""
        if len({tensor.shape for tensor in tensors}) > 1:
            return [row for tensor in tensors for row in self._rows([tensor])]
        if self._options.order == "chw":
            return [self._run(tensor) for tensor in tensors]
        count = len(tensors)
        batch = np.stack(tensors)
        if self._options.fixed_batch:
            batch = np.concatenate([batch, np.zeros((self._options.batch - count, *batch.shape[1:]), batch.dtype)])
        outputs = self._run(batch)
        if not self._options.batched:
            return [outputs]
        return [{role: value[index] for role, value in outputs.items()} for index in range(count)]

    def _run(self, tensor: NDArray[np.generic]) -> Row:
        names = self._options.outputs
        values = self._session.run(list(names.values()), {self._input: tensor})
        return {role: _single(value) for role, value in zip(names, values, strict=True)}


def _single(value: NDArray[Any]) -> NDArray[Any]:
    """float16 and float64 as float32; whole numbers as they are."""
    return value.astype(np.float32, copy=False) if np.issubdtype(value.dtype, np.floating) else value


def load(artifact: File, signature: Signature, target: Target, options: Mapping[str, Any]) -> VisionRuntime:
    """Load an ONNX file with the options that inspect() settled. Raises BrokenBundleError."""
    if not isinstance(signature, ImageSignature):
        raise BrokenBundleError(f"a vision model takes pictures, not a signature of kind {signature.kind!r}")
    return VisionRuntime(open_session(artifact), read_options(options), target)


def read_options(options: Mapping[str, Any]) -> VisionOptions:
    """Raises BrokenBundleError naming the option that is wrong."""
    try:
        return VisionOptions.model_validate(dict(options))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
        raise BrokenBundleError(f"the vision options are wrong: {problems}") from None
