"""PixelLib's API as its clients ask it: a form with a picture, masks as an array of booleans."""

import io

import numpy as np
import requests
from PIL import Image

from tests.container.stack import ROOT

PHOTO = ROOT / "docs" / "numbers.jpg"


def test_masks_fit_their_boxes(url: str) -> None:
    with PHOTO.open("rb") as file:
        reply = requests.post(f"{url}/segmentapi", files={"image": file}, timeout=60)
    assert reply.status_code == 200
    found, masks = reply.json()["outputs"], np.array(reply.json()["mask_values"])
    assert list(masks.shape) == found["mask_shape"]
    assert (masks.shape[:2], masks.dtype) == ((600, 800), bool)
    assert masks.shape[2] == len(found["boxes"]) == len(found["scores"]) == sum(found["object_counts"].values()) > 10
    for index, (x1, y1, x2, y2) in enumerate(found["boxes"]):
        rows, columns = np.nonzero(masks[:, :, index])
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == [x1, y1, x2, y2]
    assert all(isinstance(score, int) and 0 <= score <= 100 for score in found["scores"])


def test_the_answer_is_compressed_for_who_accepts_it(url: str) -> None:
    with PHOTO.open("rb") as file:
        reply = requests.post(f"{url}/segmentapi", files={"image": file}, timeout=60)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert int(reply.raw.tell()) < len(reply.content) / 50


def test_a_browsers_form_is_answered_with_a_page(url: str) -> None:
    assert "<form" in requests.get(f"{url}/segmentfrontend", timeout=30).text
    with PHOTO.open("rb") as file:
        reply = requests.post(f"{url}/segmentfrontend", files={"image": file}, timeout=60)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "data:image/png;base64," in reply.text


def test_a_picture_without_anything_in_it(url: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(file, "PNG")
    reply = requests.post(f"{url}/segmentapi", files={"image": ("white.png", file.getvalue())}, timeout=30).json()
    assert reply["outputs"]["mask_shape"] == [30, 40, 0]
    assert np.array(reply["mask_values"]).shape == (30, 40, 0)
