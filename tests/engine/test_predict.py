"""The one call that every dialect makes."""

import logging

import numpy as np
import pytest

from app.engine.predict import predict
from app.errors import PredictionFailedError
from tests.fakes import BrokenRuntime, make_model

ARRAYS = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])}


def test_the_runtime_s_outputs_come_back():
    assert predict(make_model(), ARRAYS).predictions.tolist() == [4.0, 6.0]


def test_a_foreign_exception_is_translated_once_and_logged(caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(PredictionFailedError, match="'sum' version 1") as caught:
        predict(make_model(runtime=BrokenRuntime()), ARRAYS)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "a foreign model's own exception" not in str(caught.value)
    assert "a foreign model's own exception" in caplog.text
