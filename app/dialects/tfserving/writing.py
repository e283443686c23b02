"""Outputs -> TensorFlow Serving's replies."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from flask import Response
from numpy.typing import NDArray

from app.dialects.tfserving.reading import Layout
from app.dialects.tfserving.tokens import write_json
from app.engine.model import Model
from app.outputs.segmentation import segmentation
from app.predictions import Instances, Outputs
from app.replies import json_reply

PROBABILITIES = "probabilities"
# What is said of one picture, as segmentation() names it.
FOUND = ("boxes", "class_ids", "class_names", "scores", "object_counts", "mask_shape", "masks")


def write_predictions(model: Model, layout: Layout, outputs: Outputs) -> Response:
    """The reply to predict: rows for instances, columns for inputs. The name of a single output is dropped."""
    if model.finds_instances:
        return json_reply(_write_found(layout, outputs.predictions))
    arrays = named_outputs(model, outputs)
    columns = {name: _plain(name, array) for name, array in arrays.items()}
    if layout == "inputs":
        body = {"outputs": columns if len(columns) > 1 else next(iter(columns.values()))}
    elif len(columns) > 1:
        body = {"predictions": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}
    else:
        body = {"predictions": next(iter(columns.values()))}
    return write_json(body, arrays.values())


def write_classes(model: Model, outputs: Outputs) -> Response:
    """The reply to classify: every class with its score, or the only one that is known, whose score is then 0."""
    if outputs.probabilities is None:
        return json_reply({"results": [[[str(label), 0.0]] for label in outputs.predictions]})
    labels = model.labels
    results = [list(zip(labels, scores, strict=True)) for scores in outputs.probabilities]
    return write_json({"results": results}, [outputs.probabilities])


def write_values(outputs: Outputs) -> Response:
    """The reply to regress: a number for each example."""
    values = np.asarray(outputs.predictions).reshape(-1)
    values = values if values.dtype.kind == "f" else values.astype(np.float64)
    return write_json({"results": np.ascontiguousarray(values)}, [values])


def named_outputs(model: Model, outputs: Outputs) -> Mapping[str, NDArray[Any]]:
    """What a model answers, unless it finds things in pictures, as one array per output: [rows, ...]."""
    target, predictions = model.manifest.target, np.asarray(outputs.predictions)
    if outputs.probabilities is not None:
        return {PROBABILITIES: np.asarray(outputs.probabilities)}
    if target.outputs:
        return {name: predictions[:, index] for index, name in enumerate(target.outputs)}
    return {target.name: predictions}


def _write_found(layout: Layout, pictures: Iterable[Instances]) -> dict[str, Any]:
    found = [segmentation(instances) for instances in pictures]
    if layout == "instances":
        return {"predictions": found}
    return {"outputs": {name: [picture[name] for picture in found] for name in FOUND}}


def _plain(name: str, array: NDArray[Any]) -> NDArray[Any] | list[Any]:
    """What JSON has for an output; texts are binary values where the output's name says so."""
    if array.dtype.kind in "biuf":
        return np.ascontiguousarray(array)
    values: list[Any] = array.tolist()
    return [_binary(value) for value in values] if name.endswith("_bytes") else values


def _binary(value: Any) -> Any:
    return {"b64": base64.b64encode(value.encode()).decode()} if isinstance(value, str) else value
