"""Encoded pictures -> pixels. Pillow reads them; what it would quietly guess at is refused."""

import base64
import binascii
import io
import struct
import warnings
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngImageFile

from app.errors import MalformedBodyError, TooLargeError
from app.inputs.base import refuse
from app.inputs.png import check_png, scale_transparent

# EXIF 2.32, tag 0x0112: how to turn what is stored into what was seen.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
FORMATS = ("PNG", "JPEG", "WEBP")

# Pillow only warns above its own limit. Ours refuses, and is checked before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


class Allowance:
    """How many pixels the pictures of one request may still have: those of broken ones were paid for as well."""

    def __init__(self, pixels: int) -> None:
        self._left = pixels

    def take(self, width: int, height: int) -> None:
        """Raises TooLargeError where a picture has more pixels than are left."""
        if width * height > self._left:
            raise TooLargeError(f"the picture has {width} x {height} pixels; at most {self._left} are accepted")
        self._left -= width * height

    def rgb(self, body: bytes) -> NDArray[np.uint8]:
        """(H, W, 3) RGB: upright as the camera meant it, transparency laid on white.

        Raises MalformedBodyError, InvalidInputError for an animation, TooLargeError.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Pillow's remarks on odd tags that it skipped
            picture = _eight_bit(_open(body, self))
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        return np.asarray(picture.convert("RGB"))

    def grey(self, body: bytes) -> NDArray[np.uint8]:
        """(H, W) luminance by ITU-R 601-2, else as rgb."""
        return np.asarray(Image.fromarray(self.rgb(body)).convert("L"))


def decode_rgb(body: bytes, max_pixels: int) -> NDArray[np.uint8]:
    """One picture by itself, as Allowance.rgb reads it."""
    return Allowance(max_pixels).rgb(body)


def is_picture(data: bytes) -> bool:
    """Whether bytes begin as an accepted format does: as float32 they would lie beyond -1e17 or 5e4."""
    jpeg = data[:3] == b"\xff\xd8\xff" and data[3:4] >= b"\xdb"  # the markers that a JPEG can go on with
    return jpeg or data[:8] == b"\x89PNG\r\n\x1a\n" or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def decode_base64(text: str) -> bytes:
    """Standard base64, also as a data: URL. Raises ValueError."""
    payload = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(payload, validate=True)
    except binascii.Error as error:
        raise ValueError(f"the base64 text cannot be decoded: {error}") from None


def _open(body: bytes, allowance: Allowance) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(body), formats=FORMATS)
        _check(picture, allowance)
        if isinstance(picture, PngImageFile):
            scale_transparent(picture)
        picture.load()
        if isinstance(picture, PngImageFile):
            check_png(picture, body)
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        struct.error,
        zlib.error,
    ) as error:  # what Pillow raises on bad bytes
        raise MalformedBodyError(
            f"the picture cannot be read ({_reason(error)}); PNG, JPEG and WebP are accepted"
        ) from None
    return _upright(picture)


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera was held. Pillow's own exif_transpose fails on the odd tags that some cameras write."""
    try:
        orientation = picture.getexif().get(ExifTags.Base.Orientation)
    except (OSError, ValueError, SyntaxError, TypeError, struct.error):
        return picture
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)


def _check(picture: Image.Image, allowance: Allowance) -> None:
    allowance.take(*picture.size)
    # A phone's MPO file carries previews behind the one photo that was taken.
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        raise refuse("the picture is animated", accepted="a picture with a single frame")
    # Pillow keeps 8 of the bits, and would look for the colour among them.
    if "transparency" in picture.info and any(tile[3] == "RGB;16B" for tile in getattr(picture, "tile", ())):
        raise refuse("the picture has 16 bits a channel and one transparent colour", accepted="an alpha channel")


def _reason(error: Exception) -> str:
    """Pillow's own words, unless they name an object in memory."""
    text = str(error)
    return "it is none of the accepted formats" if "BytesIO" in text else text


def _eight_bit(picture: Image.Image) -> Image.Image:
    """16-bit greyscale scaled to 8 bits, where Pillow's own conversion would clip it to white."""
    if not (picture.mode.startswith("I;16") or picture.mode == "I"):
        return picture
    deep = np.asarray(picture).astype(np.uint32)
    grey = Image.fromarray((deep >> 8).astype(np.uint8))
    if "transparency" in picture.info:
        grey.putalpha(Image.fromarray(np.where(deep == picture.info["transparency"], 0, 255).astype(np.uint8)))
    return grey
