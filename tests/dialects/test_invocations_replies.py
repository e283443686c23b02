"""What /invocations answers, in each of its types and for each kind of model; and what stands beside it."""

import io

import numpy as np
import pytest

import app as slipway
from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.outputs.segmentation import segmentation
from app.predictions import Instances, Outputs
from app.repository.state import State, Tried
from app.settings import Settings
from app.signature import ImageSignature, Target
from tests.fakes import MAX_PIXELS, make_model
from tests.inputs.helpers import encode

FOUND = Instances(
    4, 5, np.array([[1, 1, 3, 2]]), np.array([1]), ("one",), np.array([0.5]), (np.array([[True, False]]),)
)


class FixedRuntime:
    def __init__(self, predictions):
        self._outputs = Outputs(predictions)

    def predict(self, arrays):
        return self._outputs


@pytest.fixture
def invoke(client, registry):
    """Ask a model that gives these predictions."""

    def ask(predictions, accept=None, *, target=None, task="regression"):
        model = make_model(
            name="fixed", target=target or Target(name="x"), task=task, runtime=FixedRuntime(predictions)
        )
        registry.add(model)
        return client.post("/invocations/fixed", json={"instances": []}, headers={"Accept": accept} if accept else {})

    return ask


LABELS = np.array(["no", "yes"], object)
CLASSES = Target(name="x", classes=("no", "yes"))
PAIRS = Target(name="x", outputs=("p", "q"))


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        (np.array([1.5, np.nan]), [1.5, None]),
        (np.array([3, 1]), [3, 1]),
        (np.array([True, False]), [True, False]),
        (LABELS, ["no", "yes"]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), [[1, 2], [3, 4]]),
    ],
)
def test_json_holds_what_the_models_own_predict_gives(invoke, predictions, expected):
    reply = invoke(predictions)
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert reply.json == {"predictions": expected}


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        (np.array([1.5, np.nan]), '1.5\r\n""\r\n'),
        (np.array([True, False]), "true\r\nfalse\r\n"),
        (np.array(["a,b", "c"], object), '"a,b"\r\nc\r\n'),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "1.0,2.0\r\n3.0,4.0\r\n"),
        (np.array([]), ""),
    ],
)
def test_csv_has_a_line_for_each_row_and_no_header(invoke, predictions, expected):
    reply = invoke(predictions, "text/csv")
    assert (reply.status_code, reply.content_type) == (200, "text/csv; charset=utf-8")
    assert reply.data.decode() == expected


@pytest.mark.parametrize("predictions", [np.array([1.5, 2]), np.array([[1, 2]]), LABELS, np.array([1, 2], object)])
def test_a_numpy_file_holds_the_predictions(invoke, predictions):
    reply = invoke(predictions, "application/x-npy")
    assert (reply.status_code, reply.content_type) == (200, "application/x-npy")
    array = np.load(io.BytesIO(reply.data), allow_pickle=False)
    assert array.tolist() == predictions.tolist()


def test_labels_of_several_types_are_no_numpy_array(invoke):
    reply = invoke(np.array([1, "one"], object), "application/x-npy")
    assert (reply.status_code, reply.json["error_code"]) == (406, "BAD_REQUEST")
    assert "several types" in reply.json["message"]


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "application/json; charset=utf-8"])
def test_json_is_what_is_answered_unless_another_type_is_liked_better(invoke, accept):
    assert invoke(np.array([1.0]), accept).content_type == "application/json"
    assert invoke(np.array([1.0]), f"{accept};q=0.5, text/csv").mimetype == "text/csv"


def test_another_type_is_406_before_any_work(client):
    reply = client.post("/invocations/broken", json={"instances": [[1, 2]]}, headers={"Accept": "image/png"})
    assert (reply.status_code, reply.json["error_code"]) == (406, "BAD_REQUEST")
    assert "answers in application/json, text/csv, application/x-npy, not in image/png" in reply.json["message"]


def test_what_is_found_in_a_picture_has_the_shape_of_all_json_dialects(client, registry):
    registry.add(
        make_model(
            name="finder",
            signature=ImageSignature(),
            task="segmentation",
            runtime=FixedRuntime([FOUND]),
            examples=({"b64": ""},),
        )
    )
    picture = encode(np.zeros((4, 5, 3), np.uint8))
    reply = client.post("/invocations/finder", data=picture, content_type="image/png")
    assert reply.json["predictions"] == [{**segmentation(FOUND), "class_names": ["one"]}]
    refused = client.post("/invocations/finder", data=picture, content_type="image/png", headers={"Accept": "text/csv"})
    assert refused.status_code == 406


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/invocations/nothing", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "/invocations?version=9", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "/invocations/a/b", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "/invocations/broken", 500, "INTERNAL_ERROR"),
        ("GET", "/invocations", 405, "BAD_REQUEST"),
        ("DELETE", "/invocations/sum", 405, "BAD_REQUEST"),
    ],
)
def test_failures_have_mlflows_shape(client, method, path, status, code):
    reply = client.open(path, method=method, json={"instances": [[1, 2]]})
    assert (reply.status_code, reply.content_type) == (status, "application/json")
    assert set(reply.json) == {"error_code", "message"}
    assert reply.json["error_code"] == code


def test_the_health_of_the_model_that_answers(client):
    assert (client.get("/health").status_code, client.get("/health").json) == (200, {"status": "ready"})


def test_no_health_without_that_model(tmp_path):
    registry = Registry("late", Loading(MAX_PIXELS), default_required=True)
    registry.update(
        State(terms="", root=tmp_path, versions={"late": {"1": Tried(fingerprint="", reason="it is broken")}})
    )
    client = build_app(Settings(), registry).test_client()
    reply = client.get("/health")
    assert (reply.status_code, reply.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert "it is broken" in reply.json["message"]
    assert int(reply.headers["Retry-After"]) > 0
    assert client.post("/invocations", json={"instances": []}).status_code == 503


def test_the_version_is_bare_text(client):
    reply = client.get("/version")
    assert (reply.status_code, reply.mimetype, reply.text) == (200, "text/plain", slipway.__version__)
