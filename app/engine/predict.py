"""The one call that every dialect makes."""

import logging

from app.engine.model import Model
from app.errors import PredictionFailedError
from app.predictions import Outputs
from app.signature import Arrays

log = logging.getLogger(__name__)


def predict(model: Model, arrays: Arrays) -> Outputs:
    """The model's outputs for arrays that its own reader made. Raises PredictionFailedError."""
    try:
        return model.runtime.predict(arrays)
    except Exception as error:  # a foreign model can raise anything
        log.exception("model %s/%s failed on a request", model.name, model.version)
        raise PredictionFailedError(f"model {model.name!r} version {model.version} failed on this input") from error
