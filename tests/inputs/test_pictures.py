"""Encoded pictures: what arrives is what a person sees."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from app.errors import InvalidInputError, MalformedBodyError, TooLargeError
from app.inputs.pictures import Allowance, decode_base64, decode_rgb
from app.inputs.png import check_png
from tests.inputs.helpers import MAX_PIXELS, encode, png

WHITE = [255, 255, 255]
RED_THEN_BLUE = np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8).repeat(16, axis=0).repeat(16, axis=1)  # 16 x 32
ORIENTATION = 0x0112
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # PNG's colour types


def decode(body):
    return decode_rgb(body, MAX_PIXELS)


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 12),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 12),
    ],
)
def test_each_format_gives_its_pixels(kind, options, tolerance):
    pixels = decode(encode(RED_THEN_BLUE, kind, **options))
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels.astype(int), RED_THEN_BLUE, atol=tolerance)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda pixels: pixels),
        (2, lambda pixels: pixels[:, ::-1]),
        (3, lambda pixels: pixels[::-1, ::-1]),
        (4, lambda pixels: pixels[::-1]),
        (5, lambda pixels: pixels.transpose(1, 0, 2)),
        (6, lambda pixels: np.rot90(pixels, -1)),
        (7, lambda pixels: np.rot90(pixels, 2).transpose(1, 0, 2)),
        (8, lambda pixels: np.rot90(pixels)),
    ],
)
def test_a_picture_is_turned_as_the_camera_meant_it(kind, orientation, upright):
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:16, :16] = 255  # one white corner tells all eight apart, for the picture is not square
    picture[:16, 16:32] = 128
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    pixels = decode(encode(picture, kind, exif=exif, quality=95))
    np.testing.assert_allclose(pixels.astype(int), upright(picture), atol=40)


def test_sixteen_bit_grey_is_scaled_and_not_clipped():
    deep = (np.arange(6, dtype=np.uint16) * 13107).reshape(2, 3)
    assert decode(encode(deep))[:, :, 0].tolist() == [[0, 51, 102], [153, 204, 255]]


@pytest.mark.parametrize(
    ("color", "samples", "expected"),
    [
        (GREY, (0, 65535), [[0, 0, 0], WHITE]),
        (RGB, (0, 32768, 65535, 65535, 256, 255), [[0, 128, 255], [255, 1, 0]]),
        (GREY_ALPHA, (0, 65535, 0, 0), [[0, 0, 0], WHITE]),
        (RGB_ALPHA, (0, 0, 0, 32768, 65535, 0, 0, 65535), [[127, 127, 127], [255, 0, 0]]),
    ],
    ids=["grey", "RGB", "grey and alpha", "RGBA"],
)
def test_sixteen_bits_a_channel_are_scaled(color, samples, expected):
    body = png(2, 1, 16, color, b"\0" + struct.pack(f">{len(samples)}H", *samples))
    assert decode(body).tolist() == [expected]


def test_one_grey_of_sixteen_bits_can_be_transparent_and_its_neighbours_are_not():
    body = png(3, 1, 16, GREY, b"\0" + struct.pack(">3H", 1000, 1001, 60000), transparent=(1000,))
    assert decode(body).tolist() == [[WHITE, [3] * 3, [234] * 3]]


def test_one_transparent_colour_among_sixteen_bit_ones_is_refused():
    with pytest.raises(InvalidInputError) as caught:
        decode(png(1, 1, 16, RGB, b"\0" + struct.pack(">3H", 0, 0, 0), transparent=(0, 0, 0)))
    assert caught.value.problems[0].accepted == "an alpha channel"


@pytest.mark.parametrize(
    ("depth", "byte", "expected"),
    [(1, 0b10_000000, [255, 0]), (2, 0b1101_0000, [255, 85]), (4, 0b1111_0101, [255, 85])],
)
def test_grey_of_few_bits_is_stretched(depth, byte, expected):
    assert decode(png(2, 1, depth, GREY, bytes([0, byte])))[0, :, 0].tolist() == expected


@pytest.mark.parametrize(("depth", "row", "key"), [(1, 0b01_000000, 1), (2, 0b01_10_0000, 2), (4, 0x3C, 12)])
def test_one_grey_of_few_bits_can_be_transparent_and_its_neighbours_are_not(depth, row, key):
    other = {1: 0, 2: 85, 4: 51}[depth]
    pixels = decode(png(2, 1, depth, GREY, bytes([0, row]), transparent=[key]))
    assert pixels.tolist() == [[[other] * 3, WHITE]]


@pytest.mark.parametrize("color", [GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA])
@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (9, 5), (2, 17)])
def test_a_png_of_all_its_bytes_is_read_and_of_one_less_refused(color, interlace, size):
    raw = rows(*size, 8 * {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}[color], interlace)
    palette = WHITE if color == PALETTE else None
    whole, short = (png(*size, 8, color, data, palette=palette, interlace=interlace) for data in (raw, raw[:-1]))
    assert decode(whole).shape == (size[1], size[0], 3)
    refuse_short(whole, short, len(raw))


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("interlace", [False, True])
def test_rows_of_few_bits_end_with_a_whole_byte(depth, interlace):
    raw = rows(13, 9, depth, interlace)
    whole, short = (png(13, 9, depth, GREY, data, interlace=interlace) for data in (raw, raw[:-1]))
    assert decode(whole).shape == (9, 13, 3)
    refuse_short(whole, short, len(raw))


def refuse_short(whole, short, size):
    """Pillow says it of half a row, and we of whole ones."""
    with pytest.raises(MalformedBodyError):
        decode(short)
    with pytest.raises(ValueError, match=f"its pixels take {size} bytes, and it has {size - 1}"):
        check_png(Image.open(io.BytesIO(whole)), short)


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("left", [0, 1, 4, 7])
def test_a_png_without_all_of_its_rows_is_refused(interlace, left):
    with pytest.raises(MalformedBodyError, match="cannot be read"):
        decode(png(1, 8, 8, GREY, bytes(2 * left), interlace=interlace))


def rows(width, height, bits, interlace):
    """Black, or the first colour, pass by pass as Adam7's picture of 8 x 8 pixels has them."""
    if not interlace:
        return bytes(height * (1 + -(-width * bits // 8)))
    order = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"]
    total = 0
    for number in "1234567":
        counts = [sum(order[y % 8][x % 8] == number for x in range(width)) for y in range(height)]
        total += sum(1 + -(-count * bits // 8) for count in counts if count)
    return bytes(total)


def test_rows_that_are_split_over_chunks_and_followed_by_more_are_read():
    raw = bytes(50 * 51)
    assert decode(png(50, 50, 8, GREY, raw + b"more", chunk_size=7)).shape == (50, 50, 3)


def test_a_colour_beyond_the_palette_is_refused():
    two = [*WHITE, 1, 2, 3]
    assert decode(png(2, 1, 8, PALETTE, b"\0\0\1", palette=two)).tolist() == [[WHITE, [1, 2, 3]]]
    with pytest.raises(MalformedBodyError, match="a pixel has colour 2 of a palette of 2, counted from 0"):
        decode(png(2, 1, 8, PALETTE, b"\0\0\2", palette=two))


@pytest.mark.parametrize("size", [(1, MAX_PIXELS), (MAX_PIXELS, 1), (1, 1)])
def test_a_picture_may_be_a_line_or_a_point(size):
    assert decode(encode(Image.new("RGB", size, "red"))).shape == (size[1], size[0], 3)


def test_black_and_white_of_one_bit_is_read():
    assert decode(encode(np.array([[True, False]]))).tolist() == [[WHITE, [0, 0, 0]]]


@pytest.mark.parametrize(
    ("picture", "options"),
    [
        (Image.new("RGBA", (1, 1), (10, 20, 30, 0)), {}),
        (Image.new("LA", (1, 1), (10, 0)), {}),
        (Image.new("RGB", (1, 1), (5, 6, 7)), {"transparency": (5, 6, 7)}),
        (Image.new("L", (1, 1), 5), {"transparency": 5}),
        (Image.new("P", (1, 1), 1), {"transparency": 1}),
        (Image.new("P", (1, 1), 1), {"transparency": b"\xff\x00"}),
    ],
    ids=["RGBA", "LA", "RGB key", "L key", "palette key", "palette alpha"],
)
def test_what_is_transparent_lies_on_white(picture, options):
    if picture.mode == "P":
        picture.putpalette([255, 0, 0, 0, 0, 0])
    assert decode(encode(picture, **options)).tolist() == [[WHITE]]


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True})])
def test_what_is_half_transparent_is_blended_with_white(kind, options):
    half = Image.new("RGBA", (1, 1), (0, 0, 0, 128))
    assert decode(encode(half, kind, **options)).tolist() == [[[127, 127, 127]]]


def test_an_opaque_palette_keeps_its_colours():
    picture = Image.new("P", (1, 1), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    assert decode(encode(picture)).tolist() == [[[10, 20, 30]]]


def cmyk_jpeg():
    """As Adobe's programs write them, and Pillow does: all four inks inverted. Also where the Adobe segment begins."""
    body = encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    return body, body.index(b"\xff\xee")


def test_a_cmyk_jpeg_is_not_inverted():
    pixels = decode(cmyk_jpeg()[0])
    np.testing.assert_allclose(pixels[8, 8].astype(int), [255, 0, 0], atol=5)


def test_a_cmyk_jpeg_that_does_not_say_who_wrote_it_is_read_as_adobe_s():
    body, segment = cmyk_jpeg()
    pixels = decode(body[:segment] + body[segment + 16 :])
    np.testing.assert_allclose(pixels[8, 8].astype(int), [255, 0, 0], atol=5)


def test_a_ycck_jpeg_is_read_by_its_transform():
    body, segment = cmyk_jpeg()
    body = body[: segment + 15] + b"\x02" + body[segment + 16 :]
    # Y 255, Cb 0, Cr 0 by JFIF's equations is the colour 76, 255, 28; inverted, as the inks are, and without black.
    np.testing.assert_allclose(decode(body)[8, 8].astype(int), [255 - 76, 0, 255 - 28], atol=5)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind):
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    with pytest.raises(InvalidInputError) as caught:
        decode(encode(frames[0], kind, save_all=True, append_images=frames[1:]))
    (problem,) = caught.value.problems
    assert problem.detail == "the picture is animated"
    assert problem.accepted == "a picture with a single frame"


def test_a_photo_with_a_preview_beside_it_is_one_photo():
    photo, preview = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (8, 8), "blue")
    pixels = decode(encode(photo, "MPO", save_all=True, append_images=[preview]))
    assert pixels.shape == (16, 16, 3)
    np.testing.assert_allclose(pixels[8, 8].astype(int), [255, 0, 0], atol=5)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_formats_are_refused(kind):
    with pytest.raises(MalformedBodyError, match="PNG, JPEG and WebP are accepted"):
        decode(encode(Image.new("RGB", (16, 16)), kind))


@pytest.mark.parametrize(
    "body", [b"", b"\x00" * 100, b"<svg/>", b"a text that is called .png", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]
)
def test_what_is_no_picture_is_refused_without_naming_objects_in_memory(body):
    with pytest.raises(MalformedBodyError, match="PNG, JPEG and WebP are accepted") as caught:
        decode(body)
    assert "BytesIO" not in str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_picture_is_refused(kind, share):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    body = encode(noise, kind)
    with pytest.raises(MalformedBodyError):
        decode(body[: int(len(body) * share)])


def test_a_picture_of_exactly_the_most_pixels_is_taken():
    assert decode(encode(np.zeros((100, 100, 3), np.uint8))).shape == (100, 100, 3)


def test_one_pixel_row_more_is_too_large():
    with pytest.raises(TooLargeError, match="100 x 101 pixels; at most 10000"):
        decode(encode(np.zeros((101, 100, 3), np.uint8)))


def test_a_decompression_bomb_is_refused_before_a_pixel_is_decoded(monkeypatch):
    def load(self):
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(TooLargeError, match="60000 x 60000"):
        decode(png(60_000, 60_000, 8, RGB))


def test_grey_is_luminance():
    colors = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert Allowance(MAX_PIXELS).grey(encode(colors)).tolist() == [[76, 150, 29]]


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,", "data:;base64,"])
def test_base64_is_read_bare_and_as_a_data_url(prefix):
    assert decode_base64(prefix + "aGVsbG8=") == b"hello"


@pytest.mark.parametrize("text", ["aGVsbG8", "a", "a b=", "aGVs\nbG8=", "-_-_", "ä", "data:image/png;base64,?"])
def test_base64_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"base64|ASCII"):
        decode_base64(text)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of damaged EXIF data and goes on
def test_random_damage_never_escapes_as_another_exception():
    random = np.random.default_rng(0)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    whole = [encode(RED_THEN_BLUE, kind, exif=exif) for kind in ("PNG", "JPEG", "WEBP")]
    survived = 0
    for turn in range(1500):
        body = bytearray(whole[turn % 3])
        for place in random.integers(0, min(len(body), 200), size=random.integers(1, 4)):
            body[place] = random.integers(256)
        try:
            decode(bytes(body))
            survived += 1
        except (MalformedBodyError, InvalidInputError, TooLargeError):
            pass
    assert 0 < survived < 1500


def test_the_pixels_do_not_hang_on_the_body():
    body = io.BytesIO(encode(RED_THEN_BLUE)).getbuffer()
    pixels = decode(bytes(body))
    body[:] = bytes(len(body))
    assert pixels[0, 0].tolist() == [255, 0, 0]


def test_odd_tags_beside_the_orientation_do_not_stop_a_picture_from_being_turned():
    picture = Image.fromarray(np.zeros((40, 50, 3), np.uint8))
    # X resolution as a text where a fraction belongs: a second directory entry, written by hand.
    entries = (
        struct.pack("<H", 2) + struct.pack("<HHLHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHL4s", 0x011A, 2, 4, b"abc\0")
    )
    tiff = b"II*\0" + struct.pack("<L", 8) + entries + struct.pack("<L", 0)
    segment = b"Exif\0\0" + tiff
    plain = io.BytesIO()
    picture.save(plain, "JPEG")
    body = plain.getvalue()
    body = body[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + body[2:]
    assert decode_rgb(body, MAX_PIXELS).shape == (50, 40, 3)
