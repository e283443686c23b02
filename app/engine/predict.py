"""The one call that every dialect makes."""

import logging
from contextvars import ContextVar
from dataclasses import dataclass

from app.engine.model import Model
from app.errors import PredictionFailedError
from app.predictions import Outputs
from app.signature import Arrays

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model was asked, and what it answered."""

    model: Model
    arrays: Arrays
    outputs: Outputs


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def predict(model: Model, arrays: Arrays) -> Outputs:
    """The model's outputs for arrays that its own reader made. Raises PredictionFailedError."""
    try:
        outputs = model.runtime.predict(arrays)
    except Exception as error:  # a foreign model can raise anything
        log.exception("model %s/%s failed on a request", model.name, model.version)
        raise PredictionFailedError(f"model {model.name!r} version {model.version} failed on this input") from error
    _asked.set(Asked(model, arrays, outputs))
    return outputs


def take_asked() -> Asked | None:
    """The last prediction, once: for whoever looks on when the request has been answered."""
    asked = _asked.get()
    if asked is not None:
        _asked.set(None)
    return asked
