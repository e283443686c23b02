"""The request that every view sees: compressed bodies are expanded, and what cannot be read is an error."""

import io
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, Protocol

from backports import zstd
from flask import Request, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property
from werkzeug.wsgi import get_input_stream

from app.errors import MalformedBodyError, TooLargeError, UnsupportedMediaError


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


# Wrapped as RFC 1950 or RFC 1952 says it (zlib's window bits).
_ZLIB, _GZIP = zlib.MAX_WBITS, zlib.MAX_WBITS | 16
DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(_GZIP),
    "x-gzip": lambda: zlib.decompressobj(_GZIP),  # the same, by RFC 9110
    "deflate": lambda: zlib.decompressobj(_ZLIB),
    "zstd": zstd.ZstdDecompressor,
}
ENCODINGS = ("gzip", "deflate", "zstd")
PIECE = 1024**2  # bytes, as much as Gunicorn receives at once
# What follows a member's end in a piece is copied for the next one: small pieces and few members bound that work.
# Files for random access (bgzip) have a member for every 64 KiB.
FED = 64 * 1024  # bytes
MOST_MEMBERS = 1000
# ASCII is UTF-8 as well.
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")


class StrictFormParser(FormDataParser):
    """Werkzeug's parser by default keeps silent about a broken form and drops what it held."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.silent = False

    def parse(self, stream: IO[bytes], mimetype: str, *arguments: Any, **options: Any) -> Any:
        """Raises MalformedBodyError."""
        try:
            return super().parse(stream, mimetype, *arguments, **options)
        except ValueError as error:
            raise MalformedBodyError(f"the {mimetype} body cannot be read: {error}") from None


class StrictRequest(Request):
    form_data_parser_class = StrictFormParser

    @cached_property
    def received(self) -> IO[bytes]:
        """The body as it comes. Raises RequestEntityTooLarge where its length is announced and above the limit."""
        return get_input_stream(self.environ, max_content_length=self.max_content_length)

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body as the client meant it: expanded where it came compressed.

        The limit on a body's length holds for both. Raises UnsupportedMediaError, also for a text that is not UTF-8 by
        its content type, and MalformedBodyError.
        """
        charset = self.mimetype_params.get("charset", "utf-8")
        if charset.lower() not in CHARSETS:
            raise UnsupportedMediaError(f"the charset {charset!r} is not read; accepted: utf-8")
        encoding = self.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding == "identity":
            return self.received
        if encoding not in DECOMPRESSORS:
            accepted = ", ".join(ENCODINGS)
            raise UnsupportedMediaError(f"the content encoding {encoding!r} is not read; accepted: {accepted}")
        return io.BytesIO(expand(self.received.read(), encoding, self.max_content_length or sys.maxsize))


def receive_the_rest(response: Response) -> Response:
    """Take what no view has read of a body, and leave it.

    NGINX sends a body to its end. Where we answered and closed before that, it would put a 502 in our reply's place.
    """
    assert isinstance(request, StrictRequest)
    with suppress(HTTPException):  # it is too large, or the client has gone: nobody waits for the reply
        while request.received.read(PIECE):
            pass
    return response


def expand(body: bytes, encoding: str, limit: int) -> bytes:
    """The expanded body, which may come as several members one behind the other, each compressed by itself.

    Raises MalformedBodyError, and TooLargeError before more than `limit` bytes are expanded.
    """
    expanded = bytearray()
    decompressor, members = None, 0
    for start in range(0, len(body), FED):
        rest = body[start : start + FED]
        while rest:
            if decompressor is None:
                decompressor, members = DECOMPRESSORS[encoding](), members + 1
            if members > MOST_MEMBERS:
                raise MalformedBodyError(
                    f"the {encoding} body has more than {MOST_MEMBERS} members; compress it in one"
                )
            expanded += _decompress(decompressor, rest, encoding, limit - len(expanded))
            if len(expanded) > limit:
                raise TooLargeError(f"the {encoding} body expands to more than {limit} bytes")
            rest, decompressor = (decompressor.unused_data, None) if decompressor.eof else (b"", decompressor)
    if decompressor is not None:
        raise MalformedBodyError(f"the {encoding} body breaks off before its end")
    return bytes(expanded)


def _decompress(decompressor: _Decompressor, data: bytes, encoding: str, left: int) -> bytes:
    """One byte more than is left at most."""
    try:
        return decompressor.decompress(data, left + 1)
    except (zlib.error, zstd.ZstdError) as error:
        raise MalformedBodyError(f"the body is not {encoding}: {error}") from None
