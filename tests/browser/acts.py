"""What a person does on the page, for several files of tests."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.outputs.png import encode_png

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]
Stroke = Sequence[tuple[float, float]]
# Across and down, as shares of the pad.
ONE: Stroke = ((0.5, 0.2), (0.5, 0.8))
SEVEN: Stroke = ((0.3, 0.2), (0.7, 0.2), (0.45, 0.8))


def ink(height: int = 120, width: int = 160, *, at: Sequence[float] = (0.5,)) -> bytes:
    """A PNG picture of grey paper with an upright stroke, a 1, at each of these shares of its width."""
    paper = np.full((height, width, 3), 240, np.uint8)
    for share in at:
        middle = round(share * width)
        paper[height // 4 : 3 * height // 4, middle - width // 40 : middle + width // 40] = 30
    return encode_png(paper)


def upload(page: "Page", content: bytes, name: str = "paper.png") -> None:
    page.set_input_files("input[type=file][name=image]", {"name": name, "mimeType": "image/png", "buffer": content})


def draw(page: "Page", *strokes: Stroke) -> None:
    """With the mouse, on the pad."""
    canvas = page.locator("#pad canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=6)
        page.mouse.up()


def answer(page: "Page") -> str:
    return page.locator("#result [data-slot=answer]").inner_text()


def wait_for_result(page: "Page", said: str | None = None) -> "Locator":
    """Until a result is shown; this one, where it is known."""
    shown = page.locator("#result [data-slot=filled]")
    shown.wait_for()
    if said is not None:
        page.locator(f'#said:text-is("{said}")').wait_for(state="attached")
    return shown


def pixel(canvas: "Locator", x: float, y: float) -> list[int]:
    """Red, green and blue at a share of a canvas's width and height."""
    read: list[int] = canvas.evaluate(
        """(canvas, [x, y]) => [...canvas.getContext("2d")
            .getImageData(Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data]""",
        [x, y],
    )
    return read[:3]


def saturation(color: Sequence[int]) -> int:
    """How far a colour is from grey."""
    return max(color) - min(color)
