"""What MLflow's scoring clients send: pandas' own spellings of a frame, and probes before it."""

import base64

import pandas as pd
import pytest
import requests

from tests.container.stack import ROOT

FRAME = pd.DataFrame(
    {"petal_width": [0.2, 2.3], "sepal_length": [5.1, 6.7], "petal_length": [1.4, 5.2], "sepal_width": [3.5, 3.0]},
    index=["first", "second"],
)
SPECIES = ["setosa", "virginica"]
JSON = {"Content-Type": "application/json"}


def test_it_is_awaited_and_asked_for_its_version(url: str) -> None:
    assert requests.get(f"{url}/ping", timeout=30).status_code == 200
    assert requests.get(f"{url}/health", timeout=30).status_code == 200
    assert requests.get(f"{url}/version", timeout=30).text.count(".") == 2


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": FRAME.to_dict(orient="split")},
        {"dataframe_records": FRAME.to_dict(orient="records")},
        {"inputs": FRAME.to_dict(orient="list")},
        {"instances": FRAME.to_dict(orient="records"), "params": {}},
    ],
    ids=lambda body: next(iter(body)),
)
def test_a_frame_in_each_form(url: str, body: object) -> None:
    reply = requests.post(f"{url}/invocations/iris", json=body, timeout=30)
    assert (reply.status_code, reply.json()) == (200, {"predictions": SPECIES})


def test_a_frame_as_pandas_writes_it_itself(url: str) -> None:
    split = f'{{"dataframe_split": {FRAME.to_json(orient="split")}}}'
    assert requests.post(f"{url}/invocations/iris", split, headers=JSON, timeout=30).json() == {"predictions": SPECIES}
    csv = FRAME.to_csv(index=False)
    reply = requests.post(f"{url}/invocations/iris", csv, headers={"Content-Type": "text/csv"}, timeout=30)
    assert pd.DataFrame(reply.json()["predictions"])[0].tolist() == SPECIES


def test_the_default_model_answers_without_a_name(url: str) -> None:
    photo = base64.b64encode((ROOT / "docs" / "numbers.jpg").read_bytes()).decode()
    body = {"dataframe_split": {"columns": ["image"], "data": [[{"b64": photo}]]}}
    (found,) = requests.post(f"{url}/invocations", json=body, timeout=60).json()["predictions"]
    assert len(found["class_names"]) == sum(found["object_counts"].values()) > 10


def test_an_error_in_mlflows_shape(url: str) -> None:
    reply = requests.post(f"{url}/invocations/iris", json={"columns": [], "data": []}, timeout=30)
    assert (reply.status_code, reply.json()["error_code"]) == (400, "BAD_REQUEST")
    assert "dataframe_split" in reply.json()["message"]
    assert (
        requests.post(f"{url}/invocations/iris", "x", headers={"Content-Type": "text/x"}, timeout=30).status_code == 415
    )
