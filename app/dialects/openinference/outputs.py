"""A model's answer as named tensors."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dialects.openinference.datatypes import BYTES, Datatype, widest
from app.engine.model import Model
from app.errors import MalformedBodyError, TooLargeError
from app.inputs.base import enumerate_names
from app.predictions import Instances, Outputs
from app.signature import Arrays, Scalar

PREDICT, PREDICT_PROBA, TRANSFORM, MASKS = "predict", "predict_proba", "transform", "masks"
ANY = -1  # a length that the request decides
# Of what is found in one picture: each output's datatype and shape.
INSTANCES: Mapping[str, tuple[Datatype, Sequence[int]]] = {
    "boxes": ("INT64", (ANY, 4)),
    "class_ids": ("INT64", (ANY,)),
    "class_names": (BYTES, (ANY,)),
    "scores": ("FP64", (ANY,)),
    MASKS: ("BOOL", (ANY, ANY, ANY)),
}
# Each mask is as large as the picture. In JSON this is about 200 MB.
MOST_MASK_VALUES = 2**25


@dataclass(frozen=True, slots=True)
class OutputTensor:
    """array: of objects, text all of them, where the datatype is BYTES."""

    name: str
    datatype: Datatype
    array: NDArray[Any]


def check_wanted(model: Model, arrays: Arrays, wanted: Collection[str] | None) -> None:
    """What can be told before the model is asked.

    Raises MalformedBodyError for a name that the model cannot have, or for other than one picture.
    """
    names = names_of_outputs(model)
    _refuse_unknown(model, wanted, names, "may have" if PREDICT_PROBA in names else "has")
    count = max(map(len, arrays.values()))
    if names_of_instances(model) and count != 1:
        told = f"the request has {count} pictures"
        raise MalformedBodyError(f"{told}; accepted: one, for they differ in what is found")


def answer(model: Model, outputs: Outputs, wanted: Mapping[str, Any] | None) -> list[OutputTensor]:
    """The outputs that are asked for, in the order asked; without being asked for, all but masks.

    Raises MalformedBodyError for a name that the model does not have.
    """
    offers = _offers(model, outputs)
    _refuse_unknown(model, wanted, offers, "has")
    return [offers[name]() for name in (wanted or [name for name in offers if name != MASKS])]


def names_of_instances(model: Model) -> list[str]:
    """The outputs of a model of pictures, where it is one."""
    task = model.manifest.task
    return [name for name in INSTANCES if task == "segmentation" or (task == "detection" and name != MASKS)]


def names_of_outputs(model: Model) -> list[str]:
    """All that the model may have, as far as its manifest tells."""
    manifest = model.manifest
    by_row = [TRANSFORM if manifest.task == "transform" else PREDICT, *[PREDICT_PROBA] * bool(manifest.target.classes)]
    return names_of_instances(model) or by_row


def outputs_by_row(model: Model, outputs: Outputs) -> dict[str, NDArray[Any]]:
    """What any other model answers: arrays with an entry of axis 0 per row."""
    name = names_of_outputs(model)[0]
    predictions = np.asarray(outputs.predictions)
    classes = model.manifest.target.classes
    if classes and predictions.ndim == 1:
        predictions = predictions.astype(_dtype_of(classes))
    arrays = {name: predictions}
    return arrays if outputs.probabilities is None else {**arrays, PREDICT_PROBA: outputs.probabilities}


def _refuse_unknown(model: Model, wanted: Collection[str] | None, names: Collection[str], verb: str) -> None:
    unknown = [name for name in wanted or () if name not in names]
    if unknown:
        detail = f"there is no output {enumerate_names(unknown)}"
        raise MalformedBodyError(f"{detail}; model {model.name!r} {verb} {', '.join(names)}")


def _dtype_of(classes: Sequence[Scalar]) -> np.dtype[Any]:
    """The one type of a model's labels, also of those that no rows have."""
    return np.dtype(object) if all(isinstance(label, str) for label in classes) else np.array(classes).dtype


def _offers(model: Model, outputs: Outputs) -> dict[str, Callable[[], OutputTensor]]:
    names = names_of_instances(model)
    if names:
        (found,) = outputs.predictions
        return {name: partial(_of_instances, found, name) for name in names}
    return {name: partial(_by_row, name, array) for name, array in outputs_by_row(model, outputs).items()}


def _by_row(name: str, array: NDArray[Any]) -> OutputTensor:
    return OutputTensor(name, *widest(array))


def _of_instances(found: Instances, name: str) -> OutputTensor:
    array = _lay_out(found) if name == MASKS else np.asarray(getattr(found, name))
    datatype, shape = INSTANCES[name]
    return OutputTensor(name, datatype, array.reshape(-1, *shape[1:]) if name == "boxes" else array)


def _lay_out(found: Instances) -> NDArray[np.bool_]:
    """(N, H, W). Raises TooLargeError."""
    shape = (len(found.masks), found.height, found.width)
    values = math.prod(shape)
    if values > MOST_MASK_VALUES:
        raise TooLargeError(f"the masks have {values} values; at most {MOST_MASK_VALUES} are answered")
    masks = np.zeros(shape, bool)
    for whole, mask, (x1, y1, x2, y2) in zip(masks, found.masks, found.boxes.tolist(), strict=True):
        whole[y1:y2, x1:x2] = mask
    return masks
