"""Predictions as MLflow, SageMaker and Vertex AI expect them: what the model's own predict answers, row by row.

A classifier's is the label in its own type, not its probabilities; of several outputs a list, in the target's order.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from flask import Response
from werkzeug.datastructures import MIMEAccept

from app.dialects.invocations.reading import CSV, NPY
from app.engine.model import Model
from app.errors import NotAcceptableError
from app.outputs.segmentation import segmentation
from app.outputs.table import write_lines
from app.predictions import Outputs
from app.replies import JSON, json_reply

Writer = Callable[[Outputs], Response]


def answer_types(model: Model) -> list[str]:
    """The types in which a model can answer, the preferred first."""
    return [JSON] if model.finds_instances else list(_WRITERS)


def writer_for(model: Model, accepted: MIMEAccept) -> Writer:
    """How to write in the type that a client likes best. Raises NotAcceptableError."""
    offers = answer_types(model)
    # A parameter, such as a charset, does not change what can be offered.
    plain = MIMEAccept([(value.partition(";")[0], quality) for value, quality in accepted])
    best = plain.best_match(offers) if plain else JSON
    if best is None:
        raise NotAcceptableError(f"model {model.name!r} answers in {', '.join(offers)}, not in {plain}")
    return _WRITERS[best]


def _write_json(outputs: Outputs) -> Response:
    return json_reply({"predictions": _plain(outputs)})


def _write_csv(outputs: Outputs) -> Response:
    """A line for each row and no header, as SageMaker's own containers write it."""
    rows = np.atleast_2d(np.asarray(outputs.predictions, object).T).T.tolist()
    return Response(write_lines(rows), content_type=f"{CSV}; charset=utf-8")


def _write_npy(outputs: Outputs) -> Response:
    values = np.asarray(outputs.predictions)
    kinds = {type(value) for value in values.ravel().tolist()}
    if len(kinds) > 1 and not kinds <= {int, float}:
        raise NotAcceptableError(f"predictions of several types have no NumPy dtype; accepted: {JSON}, {CSV}")
    file = io.BytesIO()
    np.save(file, np.array(values.tolist()) if values.dtype == object else values, allow_pickle=False)
    return Response(file.getvalue(), content_type=NPY)


_WRITERS: dict[str, Writer] = {JSON: _write_json, CSV: _write_csv, NPY: _write_npy}


def _plain(outputs: Outputs) -> list[Any]:
    predictions = outputs.predictions
    if isinstance(predictions, np.ndarray):
        return list(predictions.tolist())
    return [segmentation(instances) for instances in predictions]
