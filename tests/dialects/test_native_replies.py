"""What Slipway's own dialect answers, in each of its types."""

import csv
import io

import numpy as np
import orjson
import pytest
from PIL import Image

from app.outputs.segmentation import segmentation
from app.predictions import Instances, Outputs
from app.signature import ImageSignature, Target
from tests.fakes import make_model
from tests.inputs.helpers import encode

ROWS = {"instances": [[1, 2], [-1, -2]]}
PICTURE = np.full((20, 30, 3), 200, np.uint8)


class SquareRuntime:
    """Finds a full square of 8 x 6 pixels in every picture that is wide enough, and its left half as well."""

    def predict(self, arrays):
        (pictures,) = arrays.values()
        return Outputs([self.find(picture) for picture in pictures])

    def find(self, picture):
        height, width = picture.shape[:2]
        boxes = np.array([[4, 10, 12, 16], [4, 10, 8, 16]] if width > 12 else [], np.int64).reshape(-1, 4)
        masks = tuple(np.ones((y2 - y1, x2 - x1), bool) for x1, y1, x2, y2 in boxes)
        ids = np.full(len(boxes), 1, np.int64)
        return Instances(height, width, boxes, ids, ("one",) * len(boxes), np.full(len(boxes), 0.98766), masks)


class FixedRuntime:
    def __init__(self, outputs):
        self._outputs = outputs

    def predict(self, arrays):
        return self._outputs


@pytest.fixture
def registry(registry):
    registry.add(
        make_model(
            name="squares",
            signature=ImageSignature(),
            target=Target(name="shape", classes=("zero", "one")),
            task="segmentation",
            runtime=SquareRuntime(),
            examples=({"b64": ""},),
        )
    )
    registry.add(make_model(name="sum", version=2))
    return registry


def predict(client, accept=None, path="/predict", **request):
    return client.post(path, headers={"Accept": accept} if accept else {}, **(request or {"json": ROWS}))


def test_a_regressor_answers_numbers(client):
    assert predict(client).json == {"model": "sum", "version": "2", "predictions": [3.0, -3.0]}


def test_a_classifier_answers_labels_and_probabilities_by_label(client):
    reply = predict(client, path="/predict/sign").json
    assert reply["predictions"] == ["positive", "negative"]
    assert [list(row) for row in reply["probabilities"]] == [["negative", "positive"]] * 2
    assert [sum(row.values()) for row in reply["probabilities"]] == [pytest.approx(1)] * 2
    assert reply["probabilities"][0]["positive"] > 0.9 < reply["probabilities"][1]["negative"]


@pytest.mark.parametrize(("query", "version"), [("", "2"), ("?version=1", "1"), ("?version=2", "2")])
@pytest.mark.parametrize("path", ["/predict", "/predict/sum"])
def test_the_version_asked_for_answers_and_names_itself(client, path, query, version):
    reply = predict(client, path=path + query)
    assert reply.json["version"] == version
    assert reply.headers["X-Model"] == f"sum/{version}@0123456789ab"


@pytest.mark.parametrize("body", [b"{", b'{"instances": [[null, 1]]}'])
def test_a_refused_request_names_the_model_as_well(client, body):
    reply = client.post("/predict/sign", data=body, content_type="application/json")
    assert reply.headers["X-Model"] == "sign/1@0123456789ab"


@pytest.mark.parametrize("path", ["/models", "/healthz", "/nothing"])
def test_what_no_model_answers_names_none(client, path):
    assert "X-Model" not in client.get(path).headers


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
def test_numbers_that_json_does_not_have_are_null(client, registry, value, dtype):
    registry.add(make_model(name="odd", runtime=FixedRuntime(Outputs(np.array([value, 1.5], dtype)))))
    reply = predict(client, path="/predict/odd")
    assert orjson.loads(reply.data)["predictions"] == [None, 1.5]


def test_probabilities_that_json_does_not_have_are_null(client, registry):
    outputs = Outputs(np.array(["x"], object), np.array([[np.nan, 0.5]]))
    target = Target(name="t", classes=("x", "y"))
    registry.add(make_model(name="odd", target=target, task="classification", runtime=FixedRuntime(outputs)))
    assert predict(client, path="/predict/odd").json["probabilities"] == [{"x": None, "y": 0.5}]


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        (np.array([1, 2]), [1, 2]),
        (np.array([True, False]), [True, False]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([1.5, 2], np.float32), [1.5, 2.0]),
        (np.array([2**62], np.uint64), [2**62]),
    ],
)
def test_predictions_of_every_type_are_plain_json(client, registry, predictions, expected):
    registry.add(make_model(name="typed", runtime=FixedRuntime(Outputs(predictions))))
    assert predict(client, path="/predict/typed").json["predictions"] == expected


# Accept


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv; charset=utf-8", "text/csv; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("image/png, application/json;q=0.1", "application/json"),
    ],
)
def test_the_client_chooses_the_type_of_the_answer(client, accept, content_type):
    reply = predict(client, accept)
    assert reply.status_code == 200
    assert reply.content_type == content_type


@pytest.mark.parametrize(
    ("accept", "path"),
    [
        ("image/png", "/predict"),
        ("text/html", "/predict"),
        ("application/json;q=0", "/predict"),
        ("text/csv", "/predict/tensor"),
        ("text/csv", "/predict/squares"),
        ("image/jpeg", "/predict/squares"),
    ],
)
def test_a_type_that_the_model_cannot_answer_in_is_406(client, accept, path):
    reply = predict(client, accept, path)
    assert reply.status_code == 406
    assert reply.content_type == "application/problem+json"
    assert "application/json" in reply.json["detail"]


def test_csv_is_the_rows_with_the_prediction_added(client):
    rows = list(csv.reader(io.StringIO(predict(client, "text/csv").text, newline="")))
    assert rows == [["a", "b", "sum"], ["1.0", "2.0", "3.0"], ["-1.0", "-2.0", "-3.0"]]


def test_csv_of_a_classifier_has_a_column_for_each_class(client):
    rows = list(csv.reader(io.StringIO(predict(client, "text/csv", "/predict/sign").text, newline="")))
    assert rows[0] == ["a", "b", "sign", "probability_negative", "probability_positive"]
    assert [row[2] for row in rows[1:]] == ["positive", "negative"]


def test_csv_in_and_out_keeps_the_rows(client):
    body = "b,a\n2,1\n3,4\n"
    rows = list(csv.reader(io.StringIO(predict(client, "text/csv", data=body, content_type="text/csv").text)))
    assert {tuple(sorted(zip(rows[0], row, strict=True))) for row in rows[1:]} == {
        (("a", "1.0"), ("b", "2.0"), ("sum", "3.0")),
        (("a", "4.0"), ("b", "3.0"), ("sum", "7.0")),
    }


# Pictures


def test_instances_are_answered_in_the_segmentation_shape(client):
    reply = predict(client, path="/predict/squares", data=encode(PICTURE), content_type="image/png").json
    (found,) = reply["predictions"]
    assert found["boxes"] == [[4, 10, 12, 16], [4, 10, 8, 16]]
    assert found["class_ids"] == [1, 1]
    assert found["class_names"] == ["one", "one"]
    assert found["scores"] == [98.77, 98.77]
    assert found["object_counts"] == {"one": 2}
    assert found["mask_shape"] == [20, 30, 2]
    assert found["masks"][1] == {"size": [20, 30], "counts": [90, 6, 14, 6, 14, 6, 14, 6, 444]}
    assert [sum(mask["counts"]) for mask in found["masks"]] == [600, 600]
    assert "probabilities" not in reply


def test_nothing_found_is_the_same_shape_with_nothing_in_it():
    assert segmentation(SquareRuntime().find(np.zeros((5, 5, 3), np.uint8))) == {
        "boxes": [],
        "class_ids": [],
        "class_names": (),
        "scores": [],
        "object_counts": {},
        "mask_shape": [5, 5, 0],
        "masks": [],
    }


def test_a_png_is_the_picture_with_what_was_found_drawn(client):
    reply = predict(client, "image/png", "/predict/squares", data=encode(PICTURE), content_type="image/png")
    assert reply.content_type == "image/png"
    drawn = np.asarray(Image.open(io.BytesIO(reply.data)))
    assert drawn.shape == PICTURE.shape
    assert (drawn[11:15, 9:11] != 200).any(axis=2).all()
    assert (drawn[17:, :] == 200).all()


@pytest.mark.parametrize("count", [0, 2])
def test_a_png_is_the_answer_to_one_picture(client, count):
    pixels = io.BytesIO()
    np.save(pixels, np.stack([PICTURE] * 2)[:count])
    request = {"data": pixels.getvalue(), "content_type": "application/x-npy"}
    reply = predict(client, "image/png", "/predict/squares", **request)
    assert reply.status_code == 422
    assert f"the request has {count}" in reply.json["errors"][0]["detail"]
