"""TensorFlow Serving's REST API as its users' own scripts ask it: requests, NumPy and the standard library."""

import base64
import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_iris

from tests.bundles import constant
from tests.clients.conftest import MakeStack
from tests.container.stack import ROOT
from tests.container.test_readme import assert_holds

COLUMNS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
MNIST = "/v1/models/mnist:predict"
DOCUMENT = (ROOT / "docs" / "protocols" / "tensorflow-serving.md").read_text()
# Each command with the reply that is shown below it, if any.
COMMANDS = re.findall(r"```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?", DOCUMENT, re.DOTALL)


def thumbnails() -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Twenty digits that people wrote, each 28 x 28 as MNIST has them, 0 to 1."""
    digits = load_digits()
    for label, small in zip(digits.target[:20], digits.images[:20], strict=True):
        yield int(label), np.pad(np.kron(small / 16, np.ones((3, 3))), 2).astype(np.float32)


def post(url: str, body: Any) -> Any:
    reply = requests.post(url, json=body, timeout=30)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_the_tutorials_client_reads_digits(url: str) -> None:
    found, labels = [], []
    for label, picture in thumbnails():
        encoded = base64.b64encode(picture.tobytes()).decode("utf-8")
        response = requests.post(url + MNIST, data=json.dumps({"instances": [{"b64": encoded}]}), timeout=30).json()
        found.append(int(np.argmax(response["predictions"][0])))
        labels.append(label)
    assert np.mean(np.array(found) == labels) >= 0.9


def test_a_batch_says_the_same_as_bytes_and_as_lists(url: str) -> None:
    pictures = [picture for _, picture in thumbnails()]
    raw = post(url + MNIST, {"instances": [{"b64": base64.b64encode(p.tobytes()).decode()} for p in pictures]})
    nested = post(url + MNIST, {"signature_name": "serving_default", "instances": np.stack(pictures).tolist()})
    columns = post(url + MNIST, {"inputs": {"image": np.stack(pictures).tolist()}})
    np.testing.assert_allclose(nested["predictions"], raw["predictions"], rtol=1e-6)
    np.testing.assert_allclose(columns["outputs"], raw["predictions"], rtol=1e-6)


def test_iris_is_asked_in_rows_and_in_columns(url: str) -> None:
    data = load_iris().data[::10]
    rows = post(f"{url}/v1/models/iris:predict", {"instances": [dict(zip(COLUMNS, r, strict=True)) for r in data]})
    listed = {name: data[:, index].tolist() for index, name in enumerate(COLUMNS)}
    keras = {name: data[:, [index]].tolist() for index, name in enumerate(COLUMNS)}
    answers = [post(f"{url}/v1/models/iris:predict", {"inputs": inputs}) for inputs in (listed, keras, data.tolist())]
    assert answers == [{"outputs": rows["predictions"]}] * 3
    assert np.mean(np.argmax(rows["predictions"], axis=1) == load_iris().target[::10]) >= 0.9


def test_iris_is_classified(url: str) -> None:
    setosa, virginica = load_iris().data[[0, 149]]
    body = {
        "signature_name": "tensorflow/serving/classify",
        "context": {"sepal_width": setosa[1]},
        "examples": [
            {name: value for name, value in zip(COLUMNS, row, strict=True) if name != "sepal_width"}
            for row in (setosa, virginica)
        ],
    }
    results = post(f"{url}/v1/models/iris:classify", body)["results"]
    assert [[label for label, _ in row] for row in results] == [["setosa", "versicolor", "virginica"]] * 2
    assert [max(row, key=lambda pair: pair[1])[0] for row in results] == ["setosa", "virginica"]


def test_diabetes_is_regressed(url: str) -> None:
    # The first row of the data set before it was scaled.
    row = {
        "age": 59,
        "sex": 2,
        "bmi": 32.1,
        "bp": 101,
        "s1": 157,
        "s2": 93.2,
        "s3": 38,
        "s4": 4,
        "s5": 4.8598,
        "s6": 87,
    }
    (value,) = post(f"{url}/v1/models/diabetes:regress", {"examples": [row]})["results"]
    assert 100 < value < 300
    assert post(f"{url}/v1/models/diabetes:predict", {"instances": [row]}) == {"predictions": [value]}


def test_digits_are_found_in_a_photo(url: str) -> None:
    photo = base64.b64encode((ROOT / "docs" / "numbers.jpg").read_bytes()).decode()
    (found,) = post(f"{url}/v1/models/digits:predict", {"instances": [{"b64": photo}]})["predictions"]
    assert len(found["boxes"]) == len(found["class_ids"]) == found["mask_shape"][2] > 0


def test_the_standard_librarys_client_reads_states_and_metadata(url: str) -> None:
    with urllib.request.urlopen(f"{url}/v1/models/iris/versions/1", timeout=30) as reply:
        state = json.load(reply)
    assert (state["name"], state["ready"]) == ("iris", True)
    assert state["model_version_status"][0]["state"] == "AVAILABLE"
    with urllib.request.urlopen(f"{url}/V1/Models/iris/Metadata", timeout=30) as reply:
        served = json.load(reply)["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert tuple(served["inputs"]) == COLUMNS
    assert served["outputs"]["probabilities"]["tensor_shape"]["dim"][1]["size"] == "3"


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/v1/models/half:predict", b'{"instances": [1.0]}', 404, "there is no model 'half'"),
        ("/v1/models/iris:explain", b"{}", 400, "malformed request"),
        ("/v1/models/iris:predict", b'{"instances": [[NaN, 1, 1, 1]]}', 400, "'sepal_length': the value is missing"),
        ("/v1/models/iris:regress", b'{"examples": []}', 400, "predict and classify"),
        (MNIST, b'{"instances": [{"b64": "AAAA"}]}', 400, "row 0"),
    ],
)
def test_what_is_wrong_is_said(url: str, path: str, body: bytes, status: int, error: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(url + path, body), timeout=30)
    with caught.value as failed:
        assert (failed.code, failed.headers.get_content_type()) == (status, "application/json")
        assert error in json.load(failed)["error"]


def test_versions_and_labels_answer(make_stack: MakeStack, tmp_path: Path) -> None:
    for version in (1, 2):
        constant(tmp_path, "m", version, version)
    (tmp_path / "m" / "traffic.json").write_text('{"labels": {"stable": 1, "canary": 2}}')
    stack = make_stack("native", SLIPWAY_MODELS=str(tmp_path))
    model = f"http://127.0.0.1:{stack.port}/v1/models/m"
    rows = {"inputs": {"a": [1.0, 2.0], "b": [0.0, 0.0]}}
    answers = {
        place: post(f"{model}{place}:predict", rows)["outputs"]
        for place in ("", "/versions/1", "/versions/2", "/labels/stable", "/labels/canary")
    }
    assert answers == {
        "": [2.0, 2.0],
        "/versions/1": [1.0, 1.0],
        "/versions/2": [2.0, 2.0],
        "/labels/stable": [1.0, 1.0],
        "/labels/canary": [2.0, 2.0],
    }
    states = requests.get(model, timeout=30).json()["model_version_status"]
    assert [state["version"] for state in states] == ["1", "2"]
    stack.discard()


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_the_documents_commands_work_as_they_stand(url: str, command: str, shown: str) -> None:
    typed = command.replace("curl ", "curl --fail-with-body --silent ").replace("http://localhost:8080", url)
    shell = subprocess.run(["bash", "-c", typed], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shell.returncode == 0, shell.stdout + shell.stderr
    assert_holds(json.loads(shown or "{}"), json.loads(shell.stdout))
