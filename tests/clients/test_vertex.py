"""What Vertex AI sends to a container: instances, and parameters that are most often none."""

import base64

import pytest
import requests

from tests.container.stack import ROOT

IRIS = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


@pytest.mark.parametrize("beside", [{}, {"parameters": None}, {"parameters": {}}])
@pytest.mark.parametrize("row", [IRIS, list(IRIS.values())])
def test_a_prediction_for_each_instance(url: str, row: object, beside: dict[str, object]) -> None:
    reply = requests.post(f"{url}/invocations/iris", json={"instances": [row, row], **beside}, timeout=30)
    assert (reply.status_code, reply.json()) == (200, {"predictions": ["setosa", "setosa"]})


def test_pictures_in_base64(url: str) -> None:
    photo = {"b64": base64.b64encode((ROOT / "docs" / "numbers.jpg").read_bytes()).decode()}
    predictions = requests.post(f"{url}/invocations", json={"instances": [photo, photo]}, timeout=60).json()[
        "predictions"
    ]
    assert predictions[0] == predictions[1]
    assert predictions[0]["mask_shape"] == [600, 800, len(predictions[0]["masks"])]


def test_parameters_that_nothing_obeys_are_refused(url: str) -> None:
    body = {"instances": [IRIS], "parameters": {"confidenceThreshold": 0.5}}
    reply = requests.post(f"{url}/invocations/iris", json=body, timeout=30)
    assert reply.status_code == 400
    assert "'parameters': the model takes no parameters" in reply.json()["message"]
