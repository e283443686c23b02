"""Models whose table has a column of every kind, one for each way of answering; and such as take pictures."""

import base64
from typing import Any

import numpy as np

from app.engine.model import Loading
from app.engine.registry import Registry
from app.predictions import Outputs
from app.signature import Arrays, Column, TableSignature, Target
from tests.fakes import IMAGE, MAX_PIXELS, make_model
from tests.pages.conftest import CUBE, GRID, INSTANCES, PICTURE, FixedRuntime

COLUMNS = (
    Column(name="weight", unit="kg", description="with its box", minimum=0.2, maximum=30.0),
    Column(name="parcels", dtype="int64", minimum=1, maximum=9),
    Column(name="discount", unit="%", minimum=0.0, maximum=50.0, nullable=True),
    Column(name="code", dtype="int64"),
    Column(name="express", dtype="bool"),
    Column(name="size", dtype="string", categories=("small", "medium", "large")),
    Column(name="gift", dtype="bool", nullable=True),
    Column(name="country", dtype="string", categories=("AT", "CH", "DE"), open_categories=True),
    Column(name="day", dtype="string", description="as year-month-day"),
    Column(name="note", dtype="string", nullable=True),
)
EXAMPLE = {
    "weight": 4.5,
    "parcels": 2,
    "discount": 10.0,
    "code": 9007199254740993,
    "express": False,
    "size": "medium",
    "gift": None,
    "country": "CH",
    "day": "2026-03-01",
    "note": 'It\'s the "blue" door, ring twice\nand leave it with $USER at `home` \\ 100 %',
}
HOURS = Target(name="delivery_time", unit="h", minimum=4, maximum=120)
PACE = Target(name="pace", classes=("slow", "fast"))
DAY = Target(name="day", classes=("same", "next", "later"))
LATE = Target(name="late", classes=(False, True))
RANK = Target(name="rank", classes=(1.0, 2.0))
BOTH = Target(name="both", outputs=("hours", "price"))


def hours(arrays: Arrays) -> Any:
    """Longer for what is heavy and large, shorter for what is express; a missing discount costs half a day."""
    size = np.array([["small", "medium", "large"].index(each) for each in arrays["size"]])
    discount = np.nan_to_num(arrays["discount"], nan=60)
    foreign = np.array([0 if country == "CH" else 24 for country in arrays["country"]])
    unread = np.array([note is None for note in arrays["note"]])
    code = arrays["code"] % 10
    return (
        2 * arrays["weight"]
        + 4 * arrays["parcels"]
        + 12 * size
        + discount / 5
        + foreign
        + code
        + unread
        - 9 * arrays["express"]
    )


class Hours:
    def predict(self, arrays: Arrays) -> Outputs:
        return Outputs(hours(arrays))


class Labels:
    """Names a class, and says no probabilities."""

    def predict(self, arrays: Arrays) -> Outputs:
        return Outputs(np.array(PACE.classes, dtype=object)[(hours(arrays) < 40).astype(int)])


class Both:
    """Two numbers at once."""

    def predict(self, arrays: Arrays) -> Outputs:
        return Outputs(np.column_stack([hours(arrays), hours(arrays) / 3]))


class Shares:
    """Three classes with their probabilities."""

    def predict(self, arrays: Arrays) -> Outputs:
        share = 1 / (1 + np.exp((hours(arrays) - 60) / 10))
        shares = np.column_stack([share, 0.75 * (1 - share), 0.25 * (1 - share)])
        return Outputs(np.array(DAY.classes, dtype=object)[shares.argmax(axis=1)], shares)


class Odds:
    """Two classes with their probabilities."""

    def __init__(self, target: Target) -> None:
        self._classes = np.array(target.classes)

    def predict(self, arrays: Arrays) -> Outputs:
        share = 1 / (1 + np.exp((hours(arrays) - 60) / 10))
        shares = np.column_stack([share, 1 - share])
        return Outputs(self._classes[shares.argmax(axis=1)], shares)


def registry() -> Registry:
    registry = Registry(default="orders", loading=Loading(MAX_PIXELS))
    for name, target, task, runtime in (
        ("orders", HOURS, "regression", Hours()),
        ("day", DAY, "classification", Shares()),
        ("late", LATE, "classification", Odds(LATE)),
        ("rank", RANK, "classification", Odds(RANK)),
        ("pace", PACE, "classification", Labels()),
        ("both", BOTH, "regression", Both()),
    ):
        signature = TableSignature(columns=COLUMNS)
        registry.add(
            make_model(name, signature=signature, target=target, task=task, runtime=runtime, examples=(EXAMPLE,))
        )
    picture = {"b64": base64.b64encode(PICTURE).decode()}
    registry.add(
        make_model("find", signature=IMAGE, task="segmentation", runtime=FixedRuntime(INSTANCES), examples=(picture,))
    )
    registry.add(make_model("grid", signature=GRID, examples=([[0, 5, 10], [0, 0, 0]],)))
    registry.add(make_model("cube", signature=CUBE, examples=([[[1, 2]]],)))
    return registry
