"""Bodies that come compressed."""

import gzip
import io
import json
import random
import zlib
from collections.abc import Callable

import pytest
from backports import zstd
from flask import Flask
from flask.testing import FlaskClient

from app import build_app
from app.engine.registry import Registry
from app.errors import MalformedBodyError, TooLargeError
from app.request import DECOMPRESSORS, FED, MOST_MEMBERS, expand
from app.settings import Settings

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}
BODY = json.dumps({"instances": [{"a": 1.5, "b": 2}]}).encode()
encodings = pytest.mark.parametrize("encoding", COMPRESS)


def send(client: FlaskClient, body: bytes, encoding: str, content_type: str = "application/json") -> tuple[int, str]:
    reply = client.post("/predict/sum", data=body, headers={"Content-Encoding": encoding, "Content-Type": content_type})
    return reply.status_code, reply.json["detail"] if reply.status_code >= 400 else reply.json["predictions"]


@encodings
def test_a_compressed_body_is_answered_as_the_plain_one(client: FlaskClient, encoding: str) -> None:
    assert send(client, COMPRESS[encoding](BODY), encoding) == (200, [3.5])


def test_a_compressed_form_is_read(client: FlaskClient) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\n'
    form += b'Content-Disposition: form-data; name="b"\r\n\r\n2\r\n--x--\r\n'
    assert send(client, gzip.compress(form), "gzip", "multipart/form-data; boundary=x") == (200, [3.0])


def test_an_encoding_is_known_in_any_case(client: FlaskClient) -> None:
    assert send(client, gzip.compress(BODY), " GZip ") == (200, [3.5])


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "compress"])
def test_another_encoding_is_refused_with_those_that_are_read(client: FlaskClient, encoding: str) -> None:
    status, detail = send(client, BODY, encoding)
    assert status == 415
    assert detail == f"the content encoding {encoding!r} is not read; accepted: gzip, deflate, zstd"


@encodings
def test_a_body_that_is_not_compressed_is_malformed(client: FlaskClient, encoding: str) -> None:
    status, detail = send(client, BODY, encoding)
    assert status == 400
    assert detail.startswith(f"the body is not {encoding}: ")


@encodings
def test_a_body_that_breaks_off_is_malformed(encoding: str) -> None:
    with pytest.raises(MalformedBodyError, match="breaks off"):
        expand(COMPRESS[encoding](BODY)[:-1], encoding, 1000)


@encodings
def test_the_limit_is_met_to_the_byte(encoding: str) -> None:
    body = bytes(1000)
    assert expand(COMPRESS[encoding](body), encoding, 1000) == body
    with pytest.raises(TooLargeError, match="expands to more than 999 bytes"):
        expand(COMPRESS[encoding](body), encoding, 999)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_pieces_that_were_compressed_apart_are_one_body_and_have_one_limit(encoding: str) -> None:
    body = COMPRESS[encoding](b"a" * 10) + COMPRESS[encoding](b"b" * 10)
    assert expand(body, encoding, 20) == b"a" * 10 + b"b" * 10
    with pytest.raises(TooLargeError):
        expand(body, encoding, 19)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_of_very_many_members_is_refused(encoding: str) -> None:
    member = COMPRESS[encoding](b"a")
    assert expand(member * MOST_MEMBERS, encoding, 2000) == b"a" * MOST_MEMBERS
    with pytest.raises(MalformedBodyError, match="more than 1000 members"):
        expand(member * (MOST_MEMBERS + 1), encoding, 2000)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_follows_a_member_is_not_copied_again_for_each(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    fed = []

    class Counting:
        def __init__(self) -> None:
            self.inner = made()

        def decompress(self, data: bytes, max_length: int) -> bytes:
            fed.append(len(data))
            return self.inner.decompress(data, max_length)

        eof = property(lambda self: self.inner.eof)
        unused_data = property(lambda self: self.inner.unused_data)

    made = DECOMPRESSORS[encoding]
    monkeypatch.setitem(DECOMPRESSORS, encoding, Counting)
    noise = random.Random(0).randbytes(2000)
    body = COMPRESS[encoding](noise) * MOST_MEMBERS
    assert expand(body, encoding, 10**7) == noise * MOST_MEMBERS
    assert sum(fed) < len(body) + MOST_MEMBERS * FED


@encodings
def test_a_small_body_that_expands_beyond_the_limit_is_too_large(registry: Registry, encoding: str) -> None:
    app: Flask = build_app(Settings(max_body="1MiB"), registry)
    bomb = COMPRESS[encoding](bytes(50 * 1024**2))
    assert len(bomb) < 1024**2
    assert send(app.test_client(), bomb, encoding) == (413, f"the {encoding} body expands to more than 1048576 bytes")


def test_a_reply_that_needs_no_body_takes_it_all_the_same(client: FlaskClient) -> None:
    body = io.BytesIO(bytes(3_000_000))
    reply = client.post("/predict/nobody", input_stream=body, headers={"Content-Length": "3000000"})
    assert reply.status_code == 404
    assert body.read() == b""
