"""A trivial model, the sum of its inputs, that carries the tests of every room but the runtimes' own."""

from typing import Any

import numpy as np

from app.engine.model import Model
from app.inputs import reader_for
from app.predictions import Outputs
from app.repository.bundle import Manifest
from app.signature import Arrays, Column, ImageSignature, Signature, TableSignature, Target, Task, TensorSignature

MAX_PIXELS = 1_000_000
TABLE = TableSignature(columns=(Column(name="a", unit="cm"), Column(name="b")))
TENSOR = TensorSignature(name="x", shape=(2, 3), minimum=0, maximum=10)
IMAGE = ImageSignature()
NUMBER = Target(name="sum")
SIGN = Target(name="sign", classes=("negative", "positive"))


class SumRuntime:
    """Predicts the sum of each row's numbers; with classes, on which side of zero it lies and how surely."""

    def __init__(self, target: Target) -> None:
        self._classes = target.classes

    def predict(self, arrays: Arrays) -> Outputs:
        columns = [array.astype(float).sum(axis=tuple(range(1, array.ndim))) for array in arrays.values()]
        sums = np.sum(columns, axis=0)
        if self._classes is None:
            return Outputs(sums)
        positive = 1 / (1 + np.exp(-sums))
        labels = np.array(self._classes, dtype=object)[(sums > 0).astype(int)]
        return Outputs(labels, np.column_stack([1 - positive, positive]))


class BrokenRuntime:
    """Raises whatever a foreign model may raise."""

    def predict(self, arrays: Arrays) -> Outputs:
        raise ZeroDivisionError("a foreign model's own exception")


def make_model(
    name: str = "sum",
    version: int = 1,
    signature: Signature = TABLE,
    target: Target = NUMBER,
    task: Task = "regression",
    runtime: Any = None,
    examples: tuple[Any, ...] = ({"a": 1.0, "b": 2.0},),
) -> Model:
    manifest = Manifest(
        name=name,
        version=version,
        description="Adds its inputs.",
        task=task,
        runtime="sum",
        artifact="model.sum",
        files={"model.sum": "0123456789abcdef" * 4, "golden.json": "f" * 64},
        signature=signature,
        target=target,
        libraries={},
        examples=list(examples),
    )
    return Model(manifest, "0123456789ab", reader_for(signature, MAX_PIXELS), runtime or SumRuntime(target))
