"""Many pictures that are posted to the page, as a browser without scripts does it."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.outputs.png import encode_png
from app.pages.albums import MOST_PICTURES
from tests.pages.conftest import PICTURE
from tests.pages.test_batch import complaints, lines

FIND, GRID = "/?model=find&version=1&batch=1", "/?model=grid&version=1&batch=1"
FOUND = ["3", "2 × cup, 1 × pot"]


def post(client: FlaskClient, *files: tuple[str, bytes], address: str = FIND) -> TestResponse:
    return client.post(address, data={"file": [(BytesIO(content), name) for name, content in files]})


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def test_each_picture_has_an_answer_or_an_error(client: FlaskClient) -> None:
    reply = post(client, ("a.png", PICTURE), ("b.png", b"no picture"), ("c.png", PICTURE))
    assert reply.status_code == 200
    assert reply.content_type == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == "attachment; filename=find-pictures.csv"
    header, first, second, third = lines(reply.text)
    assert header == ["file", "found", "counts", "error"]
    assert [first, third] == [["a.png", *FOUND, ""], ["c.png", *FOUND, ""]]
    assert second[:3] == ["b.png", "", ""]
    assert second[3].startswith("the picture cannot be read")


def test_a_zip_is_unpacked(client: FlaskClient) -> None:
    packed = zipped(("folder/a.png", PICTURE), ("b.png", PICTURE))
    _, *rows = lines(post(client, ("all.ZIP", packed), ("c.png", PICTURE)).text)
    assert rows == [[name, *FOUND, ""] for name in ("all.ZIP/folder/a.png", "all.ZIP/b.png", "c.png")]


def test_a_picture_that_is_damaged_in_a_zip_leaves_the_others(client: FlaskClient) -> None:
    content = b"as it is" * 50
    packed = zipped(("a.png", PICTURE), ("b.png", content), ("c.png", PICTURE))
    with ZipFile(BytesIO(packed)) as archive:
        start = archive.getinfo("b.png").header_offset + 30 + len("b.png")
    _, first, second, third = lines(post(client, ("all.zip", packed[:start] + b"\xff" + packed[start + 1 :])).text)
    assert [first[-1], third[-1]] == ["", ""]
    assert second[-1].startswith("it cannot be unpacked")


def test_the_class_of_a_grid_and_its_probability(client: FlaskClient) -> None:
    picture = encode_png(np.full((2, 3, 3), 5, np.uint8))
    header, asked = lines(post(client, ("a.png", picture), address=GRID).text)
    assert header == ["file", "sign", "probability", "error"]
    said = client.post("/predict/grid", data={"image": (BytesIO(picture), "a.png")}).get_json()
    assert asked[1] == said["predictions"][0]
    assert float(asked[2]) == max(said["probabilities"][0].values())


@pytest.mark.parametrize(
    ("name", "content", "status", "said"),
    [
        ("all.zip", b"PK", 400, "all.zip cannot be read as a ZIP archive: File is not a zip file"),
        (
            "all.zip",
            zipped(*[(f"{number}.png", b"") for number in range(MOST_PICTURES + 1)]),
            413,
            "these are 101 pictures; accepted: up to 100 in a form",
        ),
    ],
)
def test_files_that_cannot_be_asked_about(
    client: FlaskClient, name: str, content: bytes, status: int, said: str
) -> None:
    reply = post(client, (name, content))
    assert reply.status_code == status
    assert complaints(reply) == [said]


def test_no_picture_of_a_zip_is_larger_than_a_request_may_be(client: FlaskClient) -> None:
    limit = client.application.config["MAX_CONTENT_LENGTH"]
    assert limit is not None
    packed = zipped(("a.png", PICTURE), ("b.png", bytes(limit + 1)))
    _, first, second = lines(post(client, ("all.zip", packed)).text)
    assert first[-1] == ""
    assert second[-1] == f"it has {limit + 1} bytes; up to {limit} are read"
