"""What is asked for in vain is refused before the model is asked."""

import numpy as np
import pytest

from tests.fakes import IMAGE, SIGN, BrokenRuntime, make_model

ROW = {"name": "m", "shape": [1, 2], "datatype": "FP64", "data": [1, 2]}


@pytest.fixture
def registry(registry):
    registry.add(make_model(name="classes", target=SIGN, task="classification", runtime=BrokenRuntime()))
    registry.add(make_model(name="finds", signature=IMAGE, task="segmentation", runtime=BrokenRuntime()))
    return registry


def pictures(count):
    shape = [count, 2, 2, 3]
    return {"name": "image", "shape": shape, "datatype": "UINT8", "data": np.zeros(shape, int).ravel().tolist()}


@pytest.mark.parametrize(
    ("model", "tensor", "outputs", "told"),
    [
        ("broken", ROW, ["no-such"], "there is no output 'no-such'; model 'broken' has predict"),
        ("broken", ROW, ["predict_proba"], "there is no output 'predict_proba'; model 'broken' has predict"),
        ("classes", ROW, ["transform"], "no output 'transform'; model 'classes' may have predict, predict_proba"),
        ("finds", pictures(1), ["predict"], "no output 'predict'; model 'finds' has boxes"),
        ("finds", pictures(2), [], "the request has 2 pictures; accepted: one"),
    ],
)
def test_what_no_such_model_answers_is_refused_before_it_is_asked(client, model, tensor, outputs, told):
    asked = {"inputs": [tensor], "outputs": [{"name": name} for name in outputs]}
    reply = client.post(f"/v2/models/{model}/infer", json=asked)
    assert reply.status_code == 400
    assert told in reply.json["error"]


@pytest.mark.parametrize(("model", "tensor"), [("broken", ROW), ("classes", ROW), ("finds", pictures(1))])
def test_what_can_be_answered_is_asked_of_the_model(client, model, tensor):
    assert client.post(f"/v2/models/{model}/infer", json={"inputs": [tensor]}).status_code == 500
