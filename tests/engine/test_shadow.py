"""What a shadow version would have answered."""

import numpy as np
import pytest

from app.engine.predict import Asked, predict, take_asked
from app.engine.shadow import Disagreement, Shadowing, disagreements
from app.predictions import Instances, Outputs
from app.repository.disagreements import Disagreements
from app.signature import Column, ImageSignature, TableSignature
from tests.fakes import SIGN, BrokenRuntime, make_model

ARRAYS = {"a": np.array([1.0, -5.0]), "b": np.array([2.0, 1.0])}


class Fixed:
    def __init__(self, predictions):
        self._predictions = predictions

    def predict(self, arrays):
        return Outputs(self._predictions)


@pytest.fixture
def asked():
    model = make_model()
    return Asked(model, ARRAYS, model.runtime.predict(ARRAYS))


def test_the_same_answers_are_no_disagreement(asked):
    assert disagreements(asked, make_model(version=2)) == []
    assert disagreements(asked, make_model(version=2, runtime=Fixed(np.array([3.0, -4.000000001])))) == []


def test_rows_that_differ_are_told(asked):
    other = make_model(version=2, runtime=Fixed(np.array([3.0, -4.1])))
    assert disagreements(asked, other) == [Disagreement(1, -4.0, -4.1)]


def test_labels_are_compared_as_they_are():
    model = make_model(target=SIGN, task="classification")
    asked = Asked(model, ARRAYS, model.runtime.predict(ARRAYS))
    other = make_model(version=2, runtime=Fixed(np.array(["positive", "positive"], object)))
    assert disagreements(asked, other) == [Disagreement(1, "negative", "positive")]


def test_pictures_are_compared_by_what_is_found_in_them():
    def found(*names):
        count = len(names)
        boxes = np.zeros((count, 4), np.int64)
        return Instances(9, 9, boxes, np.zeros(count, np.int64), names, np.ones(count), ())

    model = make_model(signature=ImageSignature(), examples=({"b64": ""},))
    asked = Asked(model, {"image": np.empty(2, object)}, Outputs([found("cat", "dog"), found()]))
    other = make_model(signature=ImageSignature(), runtime=Fixed([found("dog", "cat"), found("cat")]))
    assert disagreements(asked, other) == [Disagreement(1, {}, {"cat": 1})]


def test_a_shadow_with_fewer_columns_gets_its_own(asked):
    fewer = make_model(version=2, signature=TableSignature(columns=(Column(name="a"),)))
    assert [each.shadow_answer for each in disagreements(asked, fewer)] == [1.0, -5.0]


def test_what_is_seen_is_counted_and_kept(asked, tmp_path):
    shadowing = Shadowing(Disagreements(tmp_path))
    assert shadowing.show(asked, make_model(version=2), "r1") == {"agreed": 2, "disagreed": 0}
    other = make_model(version=2, runtime=Fixed(np.array([3.0, 7.0])))
    assert shadowing.show(asked, other, "r2") == {"agreed": 1, "disagreed": 1}
    (kept,) = shadowing.last("sum")
    assert kept.pop("time")
    assert kept == {"request_id": "r2", "version": "1", "shadow": "2", "row": 1, "answer": -4.0, "shadow_answer": 7.0}


def test_a_shadow_that_fails_is_counted_and_harms_nobody(asked, tmp_path):
    shadowing = Shadowing(Disagreements(tmp_path))
    assert shadowing.show(asked, make_model(version=2, runtime=BrokenRuntime()), None) == {"failed": 2}
    wider = make_model(version=2, signature=TableSignature(columns=(Column(name="a"), Column(name="new"))))
    assert shadowing.show(asked, wider, None) == {"failed": 2}
    assert [each["failed"] for each in shadowing.last("sum")] == [
        "KeyError: 'new'",
        "ZeroDivisionError: a foreign model's own exception",
    ]


def test_a_full_disk_harms_nobody(asked, tmp_path):
    (tmp_path / "file").write_text("")
    other = make_model(version=2, runtime=Fixed(np.array([3.0, 7.0])))
    shadowing = Shadowing(Disagreements(tmp_path / "file" / "shadow"))
    assert shadowing.show(asked, other, None) == {"agreed": 1, "disagreed": 1}


def test_a_prediction_is_taken_once():
    take_asked()
    model = make_model()
    outputs = predict(model, ARRAYS)
    assert take_asked() == Asked(model, ARRAYS, outputs)
    assert take_asked() is None
