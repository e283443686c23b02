"""PixelLib's two paths: masks written out, and a page with the picture drawn on."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from app.dialects.pixellib import segments
from app.dialects.pixellib.views import HEADERS
from app.outputs.drawing import draw_instances
from app.predictions import Instances, Outputs
from app.signature import ImageSignature, Target
from tests.fakes import make_model
from tests.inputs.helpers import encode

PICTURE = np.full((6, 8, 3), 200, np.uint8)


class CornersRuntime:
    """Finds two instances in a picture that is not black."""

    def predict(self, arrays):
        (pictures,) = arrays.values()
        return Outputs([self.find(picture) for picture in pictures])

    def find(self, picture):
        height, width = picture.shape[:2]
        some = 2 if picture.any() else 0
        return Instances(
            height,
            width,
            boxes=np.array([[0, 0, 2, 3], [5, 4, 8, 6]])[:some],
            class_ids=np.array([1, 0])[:some],
            class_names=("cat", "<dog>")[:some],
            scores=np.array([0.996, 0.5])[:some],
            masks=(np.array([[True, False]] * 3), np.array([[True, True, False], [False, True, True]]))[:some],
        )


def finder(name, task="segmentation"):
    target = Target(name="thing", classes=("<dog>", "cat"))
    return make_model(
        name=name,
        signature=ImageSignature(),
        target=target,
        task=task,
        runtime=CornersRuntime(),
        examples=({"b64": ""},),
    )


@pytest.fixture
def registry(registry):
    registry.add(finder("boxes", "detection"))
    registry.add(finder("things"))
    registry.add(finder("zoo"))
    return registry


def form(picture=PICTURE):
    return {"image": (io.BytesIO(encode(picture)), "photo.png", "image/png")}


def drawn(page):
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_what_is_found_with_each_mask_written_out(client):
    reply = client.post("/segmentapi", data=form())
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert reply.json["outputs"] == {
        "class_names": ["cat", "<dog>"],
        "class_ids": [1, 0],
        "scores": [100, 50],
        "object_counts": {"cat": 1, "<dog>": 1},
        "boxes": [[0, 0, 2, 3], [5, 4, 8, 6]],
        "mask_shape": [6, 8, 2],
    }
    masks = np.array(reply.json["mask_values"])
    expected = np.zeros((6, 8, 2), bool)
    expected[:3, 0, 0] = True
    expected[4, 5:7, 1] = expected[5, 6:8, 1] = True
    assert masks.dtype == bool
    np.testing.assert_array_equal(masks, expected)


def test_nothing_found_is_no_mask(client):
    reply = client.post("/segmentapi", data=form(np.zeros((2, 3, 3), np.uint8)))
    assert reply.json["outputs"]["mask_shape"] == [2, 3, 0]
    assert reply.json["mask_values"] == [[[], [], []], [[], [], []]]


def test_masks_are_written_out_up_to_a_limit(client, monkeypatch):
    monkeypatch.setattr(segments, "MOST_VALUES", 6 * 8 * 2)
    assert client.post("/segmentapi", data=form()).status_code == 200
    monkeypatch.setattr(segments, "MOST_VALUES", 6 * 8 * 2 - 1)
    reply = client.post("/segmentapi", data=form())
    assert reply.status_code == 413
    assert "the masks have 6 x 8 x 2 values; at most 95 are written out one by one" in reply.json["detail"]


@pytest.mark.parametrize(("default", "name"), [("sum", "things"), ("zoo", "zoo"), ("boxes", "things")])
@pytest.mark.parametrize("path", ["/segmentapi", "/segmentfrontend"])
def test_the_default_model_segments_or_else_the_first_that_can(client, registry, path, default, name):
    registry._default = default
    assert client.post(path, data=form()).headers["X-Model"].startswith(f"{name}/1@")


def test_a_path_names_another_model(client):
    assert client.post("/segmentapi/zoo", data=form()).headers["X-Model"].startswith("zoo/1@")


@pytest.mark.parametrize(
    ("name", "said"),
    [("nothing", "there is no model 'nothing'"), ("boxes", "'boxes' does not segment pictures: its task is detection")],
)
def test_a_model_that_does_not_segment_is_not_found(client, name, said):
    reply = client.post(f"/segmentapi/{name}", data=form())
    assert (reply.status_code, reply.content_type) == (404, "application/problem+json")
    assert said in reply.json["detail"]


@pytest.mark.parametrize("path", ["/segmentapi", "/segmentfrontend"])
def test_no_model_that_segments_is_not_found(path, registry, client):
    for name in ("things", "zoo"):
        registry._drop(name, 1)
    reply = client.post(path, data=form())
    assert reply.status_code == 404
    assert "o model that is loaded segments pictures" in reply.text


FILE = (encode(PICTURE), "photo.png", "image/png")
REFUSED = [
    ({}, 422, "the form has no field"),
    ({"image": "text"}, 422, "the form has the fields 'image'"),
    ({"picture": FILE}, 422, "the form has the fields 'picture'"),
    ({"image": FILE, "model": "zoo"}, 422, "the form has the fields 'image', 'model'"),
    ({"image": [FILE, FILE]}, 422, "the form has the fields 'image'"),
    ({"image": (b"", "", "image/png")}, 422, "the form has the fields 'image'"),
    ({"image": (b"GIF89a", "photo.gif", "image/gif")}, 400, "the picture cannot be read"),
]


def fields(form):
    def opened(value):
        if isinstance(value, list):
            return [opened(each) for each in value]
        return (io.BytesIO(value[0]), *value[1:]) if isinstance(value, tuple) else value

    return {name: opened(value) for name, value in form.items()}


@pytest.mark.parametrize(("form", "status", "said"), REFUSED)
def test_another_form_is_refused(client, form, status, said):
    reply = client.post("/segmentapi", data=fields(form), content_type="multipart/form-data")
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    assert said in reply.text


@pytest.mark.parametrize(("form", "status", "said"), REFUSED)
def test_another_form_is_refused_in_a_page_that_can_be_used_again(client, form, status, said):
    reply = client.post("/segmentfrontend", data=fields(form), content_type="multipart/form-data")
    assert (reply.status_code, reply.content_type) == (status, "text/html; charset=utf-8")
    assert said[1:].replace("'", "&#39;") in reply.text
    assert 'role="alert"' in reply.text
    assert '<input type="file" id="image" name="image"' in reply.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_page_runs_nothing_and_loads_nothing(client, method):
    reply = client.open("/segmentfrontend", method=method, data=form() if method == "POST" else None)
    assert (reply.status_code, reply.content_type) == (200, "text/html; charset=utf-8")
    assert {name: reply.headers[name] for name in HEADERS} == HEADERS
    assert "<script" not in reply.text
    assert set(re.findall(r'(?:src|href|action)="([^":]*)', reply.text)) <= {"./", "segmentfrontend", "data"}
    assert '<form action="segmentfrontend" method="post" enctype="multipart/form-data">' in reply.text


def test_the_page_shows_the_picture_with_what_was_found_drawn_on(client):
    page = client.post("/segmentfrontend", data=form()).text
    expected = draw_instances(PICTURE, CornersRuntime().find(PICTURE))
    np.testing.assert_array_equal(drawn(page), np.asarray(Image.open(io.BytesIO(expected))))
    assert "2 found" in page
    assert '<tr><th scope="row">&lt;dog&gt;</th><td>1</td></tr>' in page


def test_the_page_shows_a_picture_in_which_nothing_was_found(client):
    page = client.post("/segmentfrontend", data=form(np.zeros((6, 8, 3), np.uint8))).text
    assert "0 found" in page
    assert "<table" not in page
    assert not drawn(page).any()


def test_a_request_to_another_path_is_no_page(client):
    assert client.get("/segmentapi").content_type == "application/problem+json"
