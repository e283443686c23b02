"""Trivial models, one for each kind of form and of result."""

import base64

import numpy as np
import pytest

from app.engine.model import Loading
from app.engine.registry import Registry
from app.outputs.png import encode_png
from app.predictions import Instances, Outputs
from app.signature import Arrays, Column, TableSignature, Target, TensorSignature
from tests.fakes import IMAGE, MAX_PIXELS, SIGN, BrokenRuntime, make_model

PICTURE = encode_png(np.full((6, 8, 3), 250, np.uint8))
MIXED = TableSignature(
    columns=(
        Column(name="net_weight", unit="kg", description="without the box", minimum=0.5, maximum=20, mean=7),
        Column(name="boxes", dtype="int64"),
        Column(name="grade", dtype="string", categories=("fine", "rough")),
        Column(name="fragile", dtype="bool"),
        Column(name="a note", dtype="string"),
        Column(name="discount", nullable=True),
    )
)
MIXED_ROW = {
    "net_weight": 2.5,
    "boxes": 3,
    "grade": "rough",
    "fragile": True,
    "a note": "handle <with> care",
    "discount": None,
}
GRID = TensorSignature(name="image", shape=(2, 3), minimum=0, maximum=10)
CUBE = TensorSignature(name="cube", shape=(1, 1, 2), minimum=0, maximum=10)
RANGED = Target(name="sum", unit="m", description="how far it goes", minimum=0, maximum=10)


class FixedRuntime:
    """Answers every row with the same prediction."""

    def __init__(self, prediction: object) -> None:
        self._prediction = prediction

    def predict(self, arrays: Arrays) -> Outputs:
        rows = len(next(iter(arrays.values())))
        return Outputs(np.array([self._prediction] * rows, dtype=object))


INSTANCES = Instances(
    height=6,
    width=8,
    boxes=np.array([[1, 1, 4, 5], [5, 1, 7, 3], [5, 3, 7, 5]]),
    class_ids=np.array([1, 0, 1]),
    class_names=("cup", "pot", "cup"),
    scores=np.array([0.9, 0.8, 0.7]),
    masks=(np.ones((4, 3), bool), np.ones((2, 2), bool), np.ones((2, 2), bool)),
)


@pytest.fixture
def registry() -> Registry:
    registry = Registry(default="sum", loading=Loading(MAX_PIXELS))
    picture = {"b64": base64.b64encode(PICTURE).decode()}
    for model in (
        make_model(target=RANGED),
        make_model(name="sign", target=SIGN, task="classification"),
        make_model(name="mixed", signature=MIXED, runtime=FixedRuntime(1.5), examples=(MIXED_ROW,)),
        make_model(
            name="grid", signature=GRID, target=SIGN, task="classification", examples=([[0, 5, 10], [0, 0, 0]],)
        ),
        make_model(name="cube", signature=CUBE, examples=([[[1, 2]]],)),
        make_model(
            name="find", signature=IMAGE, task="segmentation", runtime=FixedRuntime(INSTANCES), examples=(picture,)
        ),
        make_model(name="broken", runtime=BrokenRuntime()),
    ):
        registry.add(model)
    return registry
