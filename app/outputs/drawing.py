"""A picture with the masks, boxes and labels of its instances drawn on it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.outputs.png import encode_png
from app.predictions import Instances

# Okabe and Ito's palette without its black, told apart with any colour vision ("Color Universal Design", 2008), and
# three more, so that each digit has a colour of its own.
PALETTE = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (213, 94, 0),
    (0, 114, 178),
    (204, 121, 167),
    (240, 228, 66),
    (140, 86, 75),
    (160, 160, 160),
    (150, 110, 230),
)
MASK_OPACITY = 0.55
# Of a picture that is shown on a page: beyond it a photo's PNG weighs tens of megabytes and shows no more.
PAGE_SIDE = 1600  # pixels


def draw_instances(picture: NDArray[np.uint8], instances: Instances, longest: int | None = None) -> bytes:
    """PNG bytes of an (H, W, 3) picture, each class in a colour of its own.

    longest: pixels of the longer side that it is reduced to.
    """
    pixels = picture.copy()
    for index, mask in enumerate(instances.masks):
        x1, y1, x2, y2 = instances.boxes[index]
        _tint(pixels[y1:y2, x1:x2], mask, _color(instances, index))
    canvas = Image.fromarray(pixels)
    _draw_labels(canvas, instances)
    if longest:
        canvas.thumbnail((longest, longest))
    return encode_png(np.asarray(canvas))


def _tint(region: NDArray[np.uint8], mask: NDArray[np.bool_], color: tuple[int, int, int]) -> None:
    blend = (1 - MASK_OPACITY) * region[mask] + MASK_OPACITY * np.array(color)
    region[mask] = blend.round().astype(np.uint8)


def _draw_labels(canvas: Image.Image, instances: Instances) -> None:
    draw = ImageDraw.Draw(canvas)
    line = max(1, round(max(canvas.size) / 500))
    font = ImageFont.load_default(size=max(10, round(max(canvas.size) / 45)))
    for index, box in enumerate(instances.boxes.tolist()):
        x1, y1, x2, y2 = box
        color = _color(instances, index)
        draw.rectangle((x1, y1, x2 - 1, y2 - 1), outline=color, width=line)
        label = f"{instances.class_names[index]} {instances.scores[index]:.0%}"
        left, top, right, bottom = draw.textbbox((0, 0), label, font=font)
        x, y = min(x1, max(0, canvas.width - (right - left))), max(0, y1 - (bottom - top) - 2 * line)
        draw.rectangle((x, y, x + right - left + line, y + bottom - top + line), fill=color)
        draw.text((x - left, y - top), label, fill=readable_on(color), font=font)


def readable_on(color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever contrasts more: WCAG 2's relative luminance, 0.179 being the even point."""
    shares = [channel / 255 for channel in color]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return (0, 0, 0) if np.dot(linear, (0.2126, 0.7152, 0.0722)) > 0.179 else (255, 255, 255)


def _color(instances: Instances, index: int) -> tuple[int, int, int]:
    return PALETTE[int(instances.class_ids[index]) % len(PALETTE)]
