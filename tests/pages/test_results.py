"""What a person is told of an answer."""

import numpy as np
import pytest

from app.engine.predict import predict
from app.pages.results import MAX_BARS, describe_result, percentage
from app.predictions import Outputs
from app.signature import Target
from tests.fakes import NUMBER, make_model
from tests.pages.conftest import FixedRuntime

LETTERS = Target(name="letter", classes=tuple("abcdefghijklmnop"))


@pytest.mark.parametrize(
    ("percent", "shown"),
    [(0, "0.0 %"), (0.04, "< 0.1 %"), (12.34, "12.3 %"), (99.97, "> 99.9 %"), (100, "100.0 %")],
)
def test_rounding_claims_neither_certainty_nor_impossibility(percent: float, shown: str) -> None:
    assert percentage(percent) == shown


def test_of_many_classes_the_likeliest_are_shown_in_the_models_order() -> None:
    model = make_model(target=LETTERS, task="classification")
    probabilities = np.linspace(0.01, 0.2, 16)[::-1].reshape(1, -1)
    result = describe_result(model, {}, Outputs(np.array(["b"]), probabilities))
    assert [bar.label for bar in result.bars] == list("abcdefghijklmnop")[:MAX_BARS]
    assert [bar.label for bar in result.bars if bar.best] == ["b"]


def test_a_classifier_without_probabilities_gives_its_label() -> None:
    model = make_model(target=LETTERS, task="classification", runtime=FixedRuntime("c"))
    arrays = model.reader.rows([{"a": 1, "b": 2}])
    result = describe_result(model, arrays, predict(model, arrays))
    assert (result.answer, result.bars) == ("c", ())


def test_a_number_without_a_training_range_stands_alone() -> None:
    result = describe_result(make_model(target=NUMBER), {}, Outputs(np.array([1234567.0])))
    assert (result.answer, result.position) == ("1234570", None)


def test_what_is_not_a_number_is_said_to_be_none() -> None:
    assert describe_result(make_model(), {}, Outputs(np.array([np.nan]))).answer == "not a number"


def test_several_outputs_are_each_named_and_rounded_as_one_is() -> None:
    target = Target(name="prediction", outputs=("low", "high"))
    numbers = describe_result(make_model(target=target), {}, Outputs(np.array([[1234567.0, np.nan]])))
    assert numbers.answer == "low 1234570, high not a number"
    labels = np.array([["s", True]], dtype=object)
    assert describe_result(make_model(target=target), {}, Outputs(labels)).answer == "low s, high True"
