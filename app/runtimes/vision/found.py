"""What a detector found in one picture -> Instances."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.predictions import Instances, Outputs
from app.runtimes.vision.boxes import covering
from app.runtimes.vision.frames import Frame
from app.runtimes.vision.masks import Masks
from app.runtimes.vision.names import numbered
from app.runtimes.vision.options import VisionOptions
from app.signature import Target

# One picture's outputs by role, without a batch axis; every floating-point one is float32.
Row = Mapping[str, NDArray[Any]]
BACKGROUND = ("background", "bg")


@dataclass(frozen=True, slots=True)
class Found:
    """boxes: (N, 4) picture pixels, neither rounded nor clipped. labels: (N,) the model's own. scores: (N,).

    masks: None where the model finds boxes only.
    """

    boxes: NDArray[np.float64]
    labels: NDArray[np.int64]
    scores: NDArray[np.floating]
    masks: Masks | None = None


Decode = Callable[[Row, Frame, VisionOptions], Found]


class Reader(Protocol):
    """Reads one picture's outputs at a time, for those of many would not fit in memory; then answers for all."""

    def read(self, row: Row, frame: Frame) -> Any: ...

    def answer(self, read: Sequence[Any]) -> Outputs: ...


class InstancesReader:
    """Answers with one Instances per picture: best first, clipped to the picture, none of them empty.

    A detection's Instances have boxes and no masks at all.
    """

    def __init__(self, decode: Decode, options: VisionOptions, target: Target) -> None:
        self._decode, self._options = decode, options
        self._names = [str(label) for label in target.classes or ()]
        # A list of names that begins with the background is indexed by the label itself.
        named_background = bool(self._names) and self._names[0].strip("_ ").lower() in BACKGROUND
        self._offset = 0 if named_background else options.label_offset

    def answer(self, read: Sequence[Instances]) -> Outputs:
        return Outputs(read)

    def read(self, row: Row, frame: Frame) -> Instances:
        found = self._decode(row, frame, self._options)
        chosen, boxes = _choose(found, frame, self._options)
        masks: list[NDArray[np.bool_]] = []
        if found.masks is not None:
            drawn = [found.masks.draw(index, box) for index, box in zip(chosen.tolist(), boxes, strict=True)]
            seen = [place for place, (_, mask) in enumerate(drawn) if mask.any()]
            chosen = chosen[seen]
            boxes = np.array([drawn[place][0] for place in seen], np.int64).reshape(-1, 4)
            masks = [drawn[place][1] for place in seen]
        class_ids = found.labels[chosen] - self._offset
        return Instances(
            frame.height,
            frame.width,
            boxes=boxes,
            class_ids=class_ids,
            class_names=tuple(self._name(class_id) for class_id in class_ids.tolist()),
            scores=found.scores[chosen].astype(np.float64),
            masks=tuple(masks),
        )

    def _name(self, class_id: int) -> str:
        return self._names[class_id] if class_id < len(self._names) else numbered(class_id)


def _choose(found: Found, frame: Frame, options: VisionOptions) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The indices of what is answered, best first, and the whole pixels of their boxes."""
    sound = np.isfinite(found.boxes).all(axis=1) & (found.scores > options.score_threshold)
    sound &= found.labels >= options.label_offset
    sound &= (found.boxes[:, 2:] > found.boxes[:, :2]).all(axis=1)
    candidates = np.flatnonzero(sound)
    boxes = covering(found.boxes[candidates], frame.height, frame.width)
    visible = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    candidates, boxes = candidates[visible], boxes[visible]
    order = np.argsort(-found.scores[candidates], kind="stable")[: options.max_instances]
    return candidates[order], boxes[order]
