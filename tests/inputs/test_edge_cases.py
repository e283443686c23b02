"""The table of docs/inputs.md, asked through HTTP: the right answer, or a refusal that says what, where and why."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from app.engine.registry import Registry
from app.predictions import Outputs
from app.signature import Arrays, Column, TableSignature
from tests.fakes import IMAGE, make_model
from tests.inputs.helpers import encode, npy, png

NULLABLE = TableSignature(columns=(Column(name="a", nullable=True), Column(name="b")))
CSV, NPY, PNG = "text/csv", "application/x-npy", "image/png"


class CornerRuntime:
    """Predicts the red of each picture's first pixel, or how many of a table's first column are missing."""

    def predict(self, arrays: Arrays) -> Outputs:
        (first, *_) = arrays.values()
        if first.dtype == object:
            return Outputs(np.array([int(picture[0, 0, 0]) for picture in first]))
        return Outputs(np.isnan(first).astype(int))


@pytest.fixture
def registry(registry: Registry) -> Registry:
    registry.add(make_model(name="picture", signature=IMAGE, runtime=CornerRuntime()))
    registry.add(make_model(name="missing", signature=NULLABLE, runtime=CornerRuntime()))
    return registry


def send(client: FlaskClient, model: str, body: bytes, content_type: str) -> tuple[int, Any]:
    """The status, and the predictions or all that was wrong."""
    reply = client.post(f"/predict/{model}", data=body, content_type=content_type)
    if reply.status_code == 200:
        return 200, reply.json["predictions"]
    wrong = reply.json.get("errors", [reply.json])
    return reply.status_code, [(item.get("row"), item.get("field"), item["detail"]) for item in wrong]


def rows(client: FlaskClient, text: str, model: str = "sum") -> tuple[int, Any]:
    return send(client, model, f'{{"instances": {text}}}'.encode(), "application/json")


EMPTY = [("application/json", b'{"instances": []}'), ("application/json", b'{"inputs": {"a": [], "b": []}}')]
EMPTY += [(CSV, b"a,b\n"), (NPY, npy(np.zeros((0, 2)))), (NPY, npy(np.zeros(0, [("a", "f8"), ("b", "f8")])))]


@pytest.mark.parametrize(("content_type", "body"), EMPTY)
def test_no_rows_are_answered_with_none(client: FlaskClient, content_type: str, body: bytes) -> None:
    assert send(client, "sum", body, content_type) == (200, [])


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"instances": [[1, 2]]}'),
        ("application/json", b'{"inputs": {"b": [2], "a": [1]}}'),
        (CSV, b"b,a\n2,1"),
        (NPY, npy(np.array([[1, 2]], np.uint8))),
    ],
)
def test_one_row_is_answered_with_one(client: FlaskClient, content_type: str, body: bytes) -> None:
    assert send(client, "sum", body, content_type) == (200, [3.0])


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[1, 2], [1]]", [(1, None, "the row has 1 values")]),
        ('[{"a": 1, "b": 2}, {"a": 1}]', [(1, "b", "the column is missing")]),
        ('[{"a": null, "b": 2}]', [(0, "a", "the value is missing")]),
        ('[{"a": 9007199254740993, "b": 2}]', [(0, "a", "9007199254740993 has no exact floating-point value")]),
        ('[{"a": 18446744073709551617, "b": 2}]', [(0, "a", "18446744073709551617 has no exact floating-point value")]),
        ('[{"a": true, "b": 2}]', [(0, "a", "true is not a number")]),
        ('[{"a": "1.5", "b": 2}]', [(0, "a", "'1.5' is not a number")]),
        ('[{"a": 1e39, "b": 2}]', [(0, "a", "1e+39 does not fit into 32 bits")]),
        ('[{"a": 1, "b": 2, "c": 3}]', [(0, "c", "the column is not known")]),
    ],
)
def test_rows_that_do_not_fit_are_refused(client: FlaskClient, text: str, wrong: Any) -> None:
    assert rows(client, text) == (422, wrong)


@pytest.mark.parametrize("number", [2**53 + 2, 2**63, 2**64, -(2**64), 10**20])
@pytest.mark.parametrize("space", ["", " ", "\n"])
def test_a_whole_number_beyond_two_to_the_53_that_is_exact_is_taken(
    client: FlaskClient, number: int, space: str
) -> None:
    assert rows(client, f"[[0,{space}{number}]]") == (200, [float(number)])
    assert rows(client, f"[[{space}{number}, 0]]") == (200, [float(number)])
    for before, after in ((number, 0), (0, number)):
        status, wrong = rows(client, f'[{{"a":{space}{before + 1}, "b":{space}{after + 1}}}]')
        assert (status, "has no exact floating-point value" in wrong[0][2]) == (422, True)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"instances": [[null, 1], [0, 1]]}'),
        ("application/json", b'{"inputs": {"a": [null, 0], "b": [1, 1]}}'),
        (CSV, b"a,b\n,1\n0,1\n"),
        (NPY, npy(np.array([[np.nan, 1], [0, 1]]))),
    ],
)
def test_a_null_is_a_missing_value_where_the_column_may_have_one(
    client: FlaskClient, content_type: str, body: bytes
) -> None:
    assert send(client, "missing", body, content_type) == (200, [1, 0])


@pytest.mark.parametrize(
    ("content_type", "body", "status", "detail"),
    [
        ("application/json", b'{"instances": [{"a": 1, "b": 2, "a": 3}]}', 400, "the key 'a' more than once"),
        ("application/json", b'{"inputs": {"a": [1], "b": [2], "a": [3]}}', 400, "the key 'a' more than once"),
        (CSV, b"a,b,a\n1,2,3\n", 422, "the column stands more than once"),
        (NPY, npy(np.zeros(1, [("a", "f8"), ("b", "f8")])).replace(b"'b'", b"'a'"), 400, "not an .npy file"),
        ("application/json", b'{"inputs": {"a": [1], "b": [2, 3]}}', 422, "the columns differ in length"),
        (CSV, b"a,b\n1\n", 422, "the row has 1 fields"),
        (CSV, b"a,b\n\n1,2\n", 422, "the row has 0 fields"),
        ("application/json", b"", 400, "the body is not JSON"),
        (CSV, b"", 400, "the CSV is empty"),
        (NPY, b"", 400, "not an .npy file"),
        (NPY, npy(np.array([[True, False]])), 422, "true is not a number"),
        (NPY, npy(np.array([["1", "2"]])), 422, "'1' is not a number"),
        (NPY, npy(np.array([[2**53 + 1, 1]])), 422, "9007199254740993 has no exact floating-point value"),
    ],
)
def test_bodies_that_do_not_fit_are_refused(
    client: FlaskClient, content_type: str, body: bytes, status: int, detail: str
) -> None:
    found, wrong = send(client, "sum", body, content_type)
    assert found == status
    assert detail in wrong[0][2]


def corner(kind: str = "PNG", mode: str = "RGB", color: Any = "red", **options: Any) -> bytes:
    return encode(Image.new(mode, (16, 16), color), kind, **options)


def turned(orientation: int) -> bytes:
    """A photo whose red corner is at the top left only when it is turned as the tag says."""
    seen = np.zeros((32, 64, 3), np.uint8)
    seen[:16, :16, 0] = 255
    # How a camera stores what is seen: the inverse of EXIF's turn.
    stored = {
        1: seen,
        2: seen[:, ::-1],
        3: seen[::-1, ::-1],
        4: seen[::-1],
        5: seen.transpose(1, 0, 2),
        6: np.rot90(seen, 1),
        7: np.rot90(seen, 2).transpose(1, 0, 2),
        8: np.rot90(seen, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(np.ascontiguousarray(stored), "JPEG", quality=95, exif=exif)


PICTURES: dict[str, tuple[bytes, int]] = {
    **{f"EXIF {orientation}": (turned(orientation), 255) for orientation in range(1, 9)},
    "16-bit grey": (encode(np.full((2, 2), 0x8123, np.uint16)), 0x81),
    "palette": (encode(Image.new("RGB", (4, 4), (200, 10, 10)).quantize(2)), 200),
    "palette, transparent": (encode(Image.new("L", (4, 4), 9).convert("P"), transparency=9), 255),
    "alpha": (corner(mode="RGBA", color=(0, 0, 0, 0)), 255),
    "half alpha": (corner(mode="RGBA", color=(0, 0, 0, 128)), 127),
    "CMYK": (corner("JPEG", "CMYK", (0, 255, 255, 0), quality=95), 255),
    "grey": (corner(mode="L", color=77), 77),
    "1 bit": (corner(mode="1", color=1), 255),
    "2 bits, the transparent grey": (png(4, 1, 2, 0, b"\0\x55", transparent=[1]), 255),
    "4 bits, another grey is transparent": (png(2, 1, 4, 0, b"\0\x33", transparent=[12]), 51),
    "a line": (encode(Image.new("RGB", (5000, 1), "red")), 255),
    "PNG that says that it is a JPEG": (corner(), 255),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_read_as_they_are_seen(client: FlaskClient, name: str) -> None:
    body, red = PICTURES[name]
    text = base64.b64encode(body).decode()
    for status, values in (
        send(client, "picture", body, "image/jpeg"),
        rows(client, f'[{{"b64": "{text}"}}]', "picture"),
    ):
        assert status == 200
        assert abs(values[0] - red) <= (20 if body.startswith(b"\xff\xd8") else 0)


def animated(kind: str) -> bytes:
    return corner(kind, save_all=True, append_images=[Image.new("RGB", (16, 16), "blue")])


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "animated PNG": (animated("PNG"), 422, "the picture is animated"),
    "animated WebP": (animated("WEBP"), 422, "the picture is animated"),
    "GIF": (corner("GIF"), 400, "PNG, JPEG and WebP are accepted"),
    "a text": (b"a text that is called .png", 400, "PNG, JPEG and WebP are accepted"),
    "nothing": (b"", 400, "PNG, JPEG and WebP are accepted"),
    **{f"half a {kind}": (corner(kind)[:-40], 400, "cannot be read") for kind in ("PNG", "JPEG", "WEBP")},
    "a PNG that is a row short": (png(2, 2, 8, 0, bytes(3)), 400, "its pixels take 6 bytes, and it has 3"),
    "a colour beyond the palette": (png(1, 1, 8, 3, b"\0\1", palette=[0, 0, 0]), 400, "colour 1 of a palette of 1"),
    "a bomb": (encode(Image.new("1", (2000, 2000))), 413, "2000 x 2000 pixels; at most 1000000 are accepted"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("form", [False, True])
def test_other_pictures_are_refused(client: FlaskClient, name: str, form: bool) -> None:
    body, status, detail = REFUSED[name]
    if form:
        reply = client.post("/predict/picture", data={"image": (io.BytesIO(body), "photo.png")})
        assert reply.status_code == status
        assert detail in reply.text
    else:
        found, wrong = send(client, "picture", body, PNG)
        assert found == status
        assert detail in wrong[0][2]
