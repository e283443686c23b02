"""A detector's answer, which has boxes and no masks, and an answer with nothing in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.predictions import Instances
from app.settings import Settings
from tests.browser.acts import Open, answer, ink, pixel, saturation, upload, wait_for_result
from tests.browser.conftest import serve
from tests.fakes import IMAGE, MAX_PIXELS, make_model
from tests.pages.conftest import FixedRuntime

if TYPE_CHECKING:
    from playwright.sync_api import Page

HEIGHT, WIDTH = 60, 80
BOXES = ((8, 6, 72, 54), (48, 30, 64, 48))  # the cup stands on the table
NAMES = ("table", "cup")


def detections(count: int) -> Instances:
    return Instances(
        height=HEIGHT,
        width=WIDTH,
        boxes=np.array(BOXES[:count]).reshape(-1, 4),
        class_ids=np.arange(count),
        class_names=NAMES[:count],
        scores=np.array([0.9, 0.8])[:count],
        masks=(),
    )


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    registry = Registry(default="room", loading=Loading(MAX_PIXELS))
    for name, count in (("room", 2), ("void", 0)):
        runtime = FixedRuntime(detections(count))
        registry.add(make_model(name=name, signature=IMAGE, task="detection", runtime=runtime, examples=({"b64": ""},)))
    with serve(build_app(Settings(), registry)) as address:
        yield address


def pointed(page: "Page", x: float, y: float) -> list[str]:
    """What is pointed at in the list when the mouse stands at a share of the picture's width and height."""
    canvas = page.locator("#drawn canvas")
    box = canvas.bounding_box()
    assert box is not None
    canvas.hover(position={"x": x * box["width"], "y": y * box["height"]})
    return page.locator("#instances [aria-selected=true]").all_inner_texts()


def test_of_boxes_around_the_mouse_the_smallest_is_pointed_at(open_page: Open) -> None:
    page = open_page()
    upload(page, ink(HEIGHT, WIDTH, at=()))
    wait_for_result(page, "2 found")
    assert pointed(page, 0.7, 0.65) == ["cup  80 %"]
    assert pointed(page, 0.2, 0.5) == ["table  90 %"]
    assert pointed(page, 0.02, 0.02) == []


def test_where_there_are_no_masks_none_can_be_taken_off(open_page: Open) -> None:
    page = open_page()
    upload(page, ink(HEIGHT, WIDTH, at=()))
    wait_for_result(page)
    assert page.locator("#layers label:visible").all_inner_texts() == ["Boxes", "Labels"]
    canvas = page.locator("#drawn canvas")
    assert saturation(pixel(canvas, 8 / WIDTH, 0.5)) > 40
    assert pixel(canvas, 0.3, 0.5) == [240, 240, 240]


def test_nothing_found_is_an_answer(open_page: Open) -> None:
    page = open_page("?model=void")
    upload(page, ink(HEIGHT, WIDTH))
    wait_for_result(page)
    assert answer(page) == "0 found"
    assert page.locator("#instances").is_hidden()
    page.click("text=Where does it look?")
    page.locator("#heat [role=status]", has_text="No part stands out").wait_for()
