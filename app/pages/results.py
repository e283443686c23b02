"""Outputs -> what a person sees of them, where no script draws it."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.model import Model
from app.outputs.drawing import PAGE_SIDE, PALETTE, draw_instances
from app.predictions import Instances, Outputs
from app.signature import Arrays, Target

# More bars than these say nothing more; static/result.js reads it from the page.
MAX_BARS = 10
COLORS = tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in PALETTE)


@dataclass(frozen=True, slots=True)
class Bar:
    """One class and its probability, in percent."""

    label: str
    percent: float
    best: bool

    @property
    def shown(self) -> str:
        return percentage(self.percent)


@dataclass(frozen=True, slots=True)
class Count:
    name: str
    count: int
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row's answer. Which members are set depends on the model's task."""

    answer: str
    bars: tuple[Bar, ...] = ()
    # Where the number stands between the least and the greatest of training, in percent, and whether it lies beyond.
    position: float | None = None
    beyond: bool = False
    picture: str | None = None
    counts: tuple[Count, ...] = ()


def describe_result(model: Model, arrays: Arrays, outputs: Outputs) -> Result:
    """The first row's answer."""
    prediction = outputs.predictions[0]
    if isinstance(prediction, Instances):
        (pictures,) = arrays.values()
        return _segmentation(pictures[0], prediction)
    if model.manifest.target.outputs:
        named = zip(model.manifest.target.outputs, prediction.tolist(), strict=True)
        return Result(answer=", ".join(f"{name} {_shown(value)}" for name, value in named))
    if model.manifest.task == "regression":
        return _number(float(prediction), model.manifest.target)
    label = str(prediction)
    if outputs.probabilities is None:
        return Result(answer=label)
    return Result(answer=label, bars=_bars(model.labels, outputs.probabilities[0].tolist(), label))


def percentage(percent: float) -> str:
    """A share as people read it; neither certainty nor impossibility is claimed by rounding."""
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def _bars(labels: Sequence[str], probabilities: Sequence[float], best: str) -> tuple[Bar, ...]:
    """The likeliest classes, in the model's own order: bars that keep their places can be compared."""
    likeliest = sorted(range(len(labels)), key=lambda index: -probabilities[index])[:MAX_BARS]
    return tuple(Bar(labels[index], 100 * probabilities[index], labels[index] == best) for index in sorted(likeliest))


def _shown(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return repr(float(f"{value:.6g}")).removesuffix(".0") if math.isfinite(value) else "not a number"


def _number(value: float, target: Target) -> Result:
    answer = _shown(value)
    if not math.isfinite(value):
        return Result(answer=answer)
    if target.minimum is None or target.maximum is None or target.minimum >= target.maximum:
        return Result(answer=answer)
    share = (value - target.minimum) / (target.maximum - target.minimum)
    return Result(answer=answer, position=100 * min(1.0, max(0.0, share)), beyond=not 0 <= share <= 1)


def _segmentation(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], found: Instances) -> Result:
    png = base64.b64encode(draw_instances(picture, found, PAGE_SIDE)).decode()
    colors = dict(zip(found.class_names, found.class_ids.tolist(), strict=True))
    counts = tuple(Count(name, count, COLORS[colors[name] % len(COLORS)]) for name, count in found.counts().items())
    return Result(answer=f"{len(found.boxes)} found", picture=f"data:image/png;base64,{png}", counts=counts)
