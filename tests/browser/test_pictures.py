"""A picture given in every way, and what was found in it, in a real browser."""

import base64
import re
import urllib.request
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest
from PIL import Image

from tests.browser.acts import ONE, SEVEN, Open, answer, draw, ink, pixel, saturation, upload, wait_for_result
from tests.browser.test_batch import drop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Download, Page, Route

TWO_ONES = (0.25, 0.75)


def content(download: "Download") -> bytes:
    return Path(download.path()).read_bytes()


def rows(page: "Page") -> list[str]:
    return page.locator("#instances li").all_inner_texts()


# Given as a file, dropped, pasted


def test_a_chosen_picture_shows_its_instances(open_page: Open) -> None:
    page = open_page()
    upload(page, ink())
    wait_for_result(page)
    assert answer(page) == "1 found"
    assert page.locator(".counts tbody tr").count() == 1
    label = page.locator("#drawn canvas").get_attribute("aria-label")
    assert label is not None
    assert label.startswith("The picture with 1 found: 1 ")


def test_the_example_picture_is_one_click(open_page: Open) -> None:
    page = open_page("?model=digits")
    page.click("#example")
    wait_for_result(page)
    assert re.fullmatch(r"[1-9]\d* found", answer(page))
    assert page.locator("#drawn canvas").is_visible()


def test_a_picture_can_be_dropped(open_page: Open) -> None:
    page = open_page("?model=digits")
    drop = """(zone, content) => {
        const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], "dropped.png", {type: "image/png"}));
        zone.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
    }"""
    page.locator("#drop").evaluate(drop, base64.b64encode(ink()).decode())
    wait_for_result(page)
    assert answer(page) == "1 found"
    assert page.locator("#drop input").evaluate("input => input.files[0].name") == "dropped.png"


def test_a_picture_is_pasted_with_ctrl_v(open_page: Open) -> None:
    page = open_page("?model=digits")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = """async (content) => {
        const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
        const blob = new Blob([bytes], {type: "image/png"});
        await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
    }"""
    page.evaluate(copy, base64.b64encode(ink(at=TWO_ONES)).decode())
    page.keyboard.press("Control+V")
    wait_for_result(page)
    assert answer(page) == "2 found"
    assert page.locator("#drop canvas").is_visible()


def test_a_file_that_is_no_picture_is_explained(open_page: Open) -> None:
    page = open_page("?model=digits")
    upload(page, b"not a picture")
    problem = page.locator("[data-field=image] .error")
    problem.wait_for()
    assert "the picture cannot be read" in problem.inner_text()
    assert page.locator("#problems").is_hidden()


@pytest.mark.parametrize("place", ["h1", "#result", "#batch", "#drop"])
def test_a_picture_can_be_dropped_anywhere(open_page: Open, place: str) -> None:
    page = open_page("?model=digits")
    drop(page, ("one.png", ink()), on=place)
    wait_for_result(page, "1 found")


def test_a_picture_that_the_browser_still_holds_is_asked_about_on_the_way_back(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?model=digits")
    file = tmp_path / "one.png"
    file.write_bytes(ink())
    page.set_input_files("input[type=file][name=image]", file)
    wait_for_result(page, "1 found")
    page.click("text=wine")
    page.locator("[name=alcohol]").wait_for()
    page.go_back()
    wait_for_result(page, "1 found")


@pytest.mark.parametrize("button", [".clear", ".undo"])
def test_a_stroke_under_way_ends_where_the_pad_is_emptied(open_page: Open, button: str) -> None:
    page = open_page("?model=digits")
    canvas = page.locator("#pad canvas").first
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 90)
    page.locator(f"#pad {button}").evaluate("each => each.click()")
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    page.mouse.up()
    assert pixel(canvas, 0.5, 0.5)[:3] == [255, 255, 255]
    assert page.locator("#result [data-slot=filled]").is_hidden()
    draw(page, SEVEN)
    wait_for_result(page, "1 found")


def test_an_older_picture_that_is_decoded_later_changes_nothing(open_page: Open) -> None:
    page = open_page("?model=digits")
    page.evaluate("""() => {
        const decode = createImageBitmap;
        const released = new Promise((release) => (window.release = release));
        const late = (given) => released.then(() => decode(given));
        window.createImageBitmap = (given) => (given.name === "old.png" ? late(given) : decode(given));
    }""")
    upload(page, ink(), "old.png")
    upload(page, ink(120, 200, at=TWO_ONES), "new.png")
    wait_for_result(page, "2 found")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("""async () => {
        release();
        await createImageBitmap({ name: "old.png" }).catch(() => {});
        await createImageBitmap(document.querySelector("#drop canvas"));
        await new Promise((done) => setTimeout(done));
    }""")
    assert page.locator("#drop canvas").evaluate("canvas => canvas.width") == 200
    assert asked == []


# The camera


@pytest.fixture
def open_with(browser: "Browser", chromium: str, service: str) -> Iterator[Callable[..., "Page"]]:
    """Opens the digits page in a browser of its own, started with these arguments. Refused content fails the test."""
    started, complaints = [], []

    def open_with(*arguments: str) -> "Page":
        own = browser.browser_type.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", *arguments])
        started.append(own)
        page = own.new_page()
        page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        page.goto(f"{service}?model=digits")
        return page

    yield open_with
    for each in started:
        each.close()
    assert complaints == []


def test_a_picture_is_taken_with_the_camera(open_with: Callable[..., "Page"]) -> None:
    page = open_with("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    page.click("text=Take a picture")
    playing = "video => video.readyState > 1 || new Promise((seen) => video.addEventListener('loadeddata', seen))"
    page.locator("#camera video").evaluate(playing)
    page.click("text=Take the picture")
    wait_for_result(page)
    assert page.locator("#camera dialog").is_hidden()
    assert page.evaluate("document.querySelector('#camera video').srcObject") is None  # its light goes out
    read = """input => input.files[0].arrayBuffer().then((buffer) =>
        btoa([...new Uint8Array(buffer)].map((byte) => String.fromCharCode(byte)).join("")))"""
    photo = Image.open(BytesIO(base64.b64decode(page.locator("#drop input").evaluate(read))))
    assert min(photo.size) >= 240
    assert len(np.unique(np.asarray(photo))) > 20  # Chromium's own test picture, and not black


def test_a_camera_that_is_refused_is_said_to_be(open_with: Callable[..., "Page"]) -> None:
    page = open_with("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page.click("text=Take a picture")
    refusal = page.locator("#camera .refusal")
    refusal.wait_for()
    assert refusal.inner_text().startswith("The camera cannot be used: ")
    assert page.locator("#camera dialog").is_hidden()


def test_where_there_is_no_camera_none_is_offered(open_page: Open) -> None:
    page = open_page("?model=digits")
    assert page.evaluate("navigator.mediaDevices.enumerateDevices().then(found => found.length)") == 0
    assert page.locator("#camera button").first.is_hidden()


# Drawn in place


def test_a_digit_drawn_in_place_is_read_as_the_pen_lifts(open_page: Open) -> None:
    page = open_page("?model=mnist")
    draw(page, SEVEN)
    wait_for_result(page)
    assert answer(page) == "7"
    assert page.locator(".bars li").count() == 10


def test_what_is_drawn_on_paper_is_found_on_it(open_page: Open) -> None:
    page = open_page("?model=digits")
    draw(page, SEVEN)
    wait_for_result(page, "1 found")
    assert rows(page)[0].startswith("7 ")
    sheet, marks = (page.locator("#pad canvas").nth(index) for index in (0, 1))
    assert max(pixel(sheet, 0.5, 0.2)) < 60  # dark ink
    assert pixel(sheet, 0.1, 0.9) == [255, 255, 255]  # on white paper
    framed = "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 1"
    assert marks.evaluate(framed)
    red, _, blue = pixel(page.locator("#drawn canvas"), 0.5, 0.2)
    assert red > blue  # the brown mask of a 7 on bluish ink


def test_the_last_stroke_can_be_taken_back_and_all_of_them_cleared(open_page: Open) -> None:
    page = open_page("?model=digits")
    draw(page, [(0.2, 0.2), (0.2, 0.8)], [(0.8, 0.2), (0.8, 0.8)])
    wait_for_result(page, "2 found")
    page.click("text=Undo")
    wait_for_result(page, "1 found")
    sheet = page.locator("#pad canvas").first
    assert max(pixel(sheet, 0.2, 0.5)) < 60
    assert pixel(sheet, 0.8, 0.5) == [255, 255, 255]
    page.click("text=Clear")
    assert page.locator("#result [data-slot=filled]").is_hidden()
    assert pixel(sheet, 0.2, 0.5) == [255, 255, 255]


def test_what_was_cleared_before_it_was_read_is_not_shown(open_page: Open) -> None:
    page = open_page("?model=digits")
    held: list[Route] = []
    page.route("**/predict/*", lambda route: held.append(route))
    with page.expect_request("**/predict/*"):
        draw(page, ONE)
    page.click("text=Clear")
    page.unroute("**/predict/*")
    draw(page, [(0.2, 0.2), (0.2, 0.8)], [(0.8, 0.2), (0.8, 0.8)])
    wait_for_result(page, "2 found")
    assert held[0].request.failure is not None  # given up, and so never shown


def test_an_empty_pad_has_nothing_to_take_back(open_page: Open) -> None:
    page = open_page("?model=digits")
    upload(page, ink())
    wait_for_result(page, "1 found")
    for button in ("Undo", "Clear"):
        page.click(f"text={button}")
        assert page.locator("#result [data-slot=filled]").is_visible()


def press(page: "Page", kind: str, x: float, force: float) -> None:
    """A pen's stroke from the top of the pad to its foot."""
    session = page.context.new_cdp_session(page)
    box = page.locator("#pad canvas").first.bounding_box()
    assert box is not None
    for event, y in (("mousePressed", 0.2), ("mouseMoved", 0.5), ("mouseMoved", 0.8), ("mouseReleased", 0.8)):
        session.send(
            "Input.dispatchMouseEvent",
            {
                "type": event,
                "x": box["x"] + x * box["width"],
                "y": box["y"] + y * box["height"],
                "button": "left",
                "buttons": int(event != "mouseReleased"),
                "clickCount": 1,
                "force": force,
                "pointerType": kind,
            },
        )


def test_a_pen_that_is_pressed_draws_a_thicker_stroke(open_page: Open) -> None:
    page = open_page("?model=digits", viewport={"width": 1280, "height": 900})
    press(page, "pen", 0.2, 0.1)
    press(page, "pen", 0.8, 1.0)
    inked = """canvas => [0, 1].map((half) => canvas.getContext("2d")
        .getImageData((half * canvas.width) / 2, canvas.height / 2, canvas.width / 2, 1).data
        .filter((value, index) => index % 4 === 0 && value < 128).length)"""
    light, heavy = page.locator("#pad canvas").first.evaluate(inked)
    assert 0 < 1.5 * light < heavy


def test_a_finger_draws(open_page: Open) -> None:
    page = open_page("?model=digits", has_touch=True, viewport={"width": 360, "height": 740})
    canvas = page.locator("#pad canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    for event, y in (("touchStart", 0.2), ("touchMove", 0.5), ("touchMove", 0.8)):
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + y * box["height"]}
        session.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for_result(page, "1 found")
    assert canvas.bounding_box() == box  # the page stays where it is while somebody draws


# What was found


def test_masks_are_drawn_where_the_ink_is(open_page: Open) -> None:
    page = open_page()
    upload(page, ink())
    wait_for_result(page)
    canvas = page.locator("#drawn canvas")
    assert saturation(pixel(canvas, 0.5, 0.5)) > 40  # dark grey has become coloured
    assert pixel(canvas, 0.1, 0.5) == [240, 240, 240]


def test_pointing_at_an_instance_shows_it_in_the_picture_and_in_the_list(open_page: Open) -> None:
    page = open_page()
    upload(page, ink(at=TWO_ONES))
    wait_for_result(page)
    canvas, options = page.locator("#drawn canvas"), page.locator("#instances li")
    plain = pixel(canvas, 0.75, 0.5)
    box = canvas.bounding_box()
    assert box is not None
    canvas.hover(position={"x": 0.25 * box["width"], "y": 0.5 * box["height"]})
    assert options.evaluate_all("rows => rows.map((row) => row.ariaSelected)") == ["true", "false"]
    assert saturation(pixel(canvas, 0.75, 0.5)) < 0.6 * saturation(plain)  # the other one steps back
    canvas.hover(position={"x": 2, "y": 2})
    assert options.evaluate_all("rows => rows.map((row) => row.ariaSelected)") == ["false", "false"]
    assert pixel(canvas, 0.75, 0.5) == plain
    options.nth(1).hover()
    assert saturation(pixel(canvas, 0.75, 0.5)) >= saturation(plain)
    assert saturation(pixel(canvas, 0.25, 0.5)) < 0.6 * saturation(plain)


def test_what_a_finger_has_pointed_at_stays_shown(open_page: Open) -> None:
    page = open_page(has_touch=True, viewport={"width": 360, "height": 740})
    upload(page, ink(at=TWO_ONES))
    wait_for_result(page)
    canvas = page.locator("#drawn canvas")
    box = canvas.bounding_box()
    assert box is not None
    canvas.tap(position={"x": 0.75 * box["width"], "y": 0.5 * box["height"]})
    first, second = (saturation(pixel(canvas, x, 0.5)) for x in TWO_ONES)
    assert second > 1.5 * first


def test_the_instances_are_reached_with_the_keyboard(open_page: Open) -> None:
    page = open_page()
    upload(page, ink(at=TWO_ONES))
    wait_for_result(page)
    canvas = page.locator("#drawn canvas")
    page.focus("[data-layer=labels]")
    page.keyboard.press("Tab")
    focused = "[...document.querySelectorAll('#instances li')].indexOf(document.activeElement)"
    assert page.evaluate(focused) == 0
    first = [saturation(pixel(canvas, x, 0.5)) for x in TWO_ONES]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == 1
    second = [saturation(pixel(canvas, x, 0.5)) for x in TWO_ONES]
    assert first == second[::-1]
    assert first[0] > 1.5 * first[1]
    page.keyboard.press("Tab")  # one press leaves the list, however long it is
    assert page.evaluate(focused) == -1
    assert len({saturation(pixel(canvas, x, 0.5)) for x in TWO_ONES}) == 1


def test_masks_boxes_and_labels_can_be_taken_off_and_stay_off(open_page: Open) -> None:
    page = open_page()
    upload(page, ink())
    wait_for_result(page)
    canvas = page.locator("#drawn canvas")
    coloured = """canvas => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) count += Math.abs(data[at] - data[at + 1]) > 20;
        return count; }"""
    counts = [canvas.evaluate(coloured)]
    for layer in ("masks", "boxes", "labels"):
        page.uncheck(f"[data-layer={layer}]")
        counts.append(canvas.evaluate(coloured))
    assert counts == sorted(set(counts), reverse=True)  # each takes its own colour with it
    assert counts[-1] == 0
    upload(page, ink(at=TWO_ONES))
    wait_for_result(page, "2 found")
    assert canvas.evaluate(coloured) == 0


# Downloads


def test_the_picture_is_downloaded_as_it_is_shown_in_all_its_pixels(open_page: Open) -> None:
    page = open_page()
    upload(page, ink(1800, 2400))
    wait_for_result(page)
    with page.expect_download() as drawn:
        page.click("text=Picture as PNG")
    assert drawn.value.suggested_filename == "digits.png"
    picture = np.asarray(Image.open(BytesIO(content(drawn.value))).convert("RGB"))
    assert picture.shape == (1800, 2400, 3)
    assert saturation(picture[900, 1200].tolist()) > 40
    assert picture[100, 100].tolist() == [240, 240, 240]
    page.uncheck("[data-layer=masks]")
    with page.expect_download() as bare:
        page.click("text=Picture as PNG")
    assert Image.open(BytesIO(content(bare.value))).convert("RGB").getpixel((1200, 900)) == (30, 30, 30)


def test_the_answer_is_downloaded_as_the_service_gave_it(open_page: Open, service: str) -> None:
    page = open_page()
    upload(page, ink())
    wait_for_result(page)
    with page.expect_download() as download:
        page.click("text=Answer as JSON")
    assert download.value.suggested_filename == "digits.json"
    asked = urllib.request.Request(f"{service}predict/digits", ink(), {"Content-Type": "image/png"})
    with urllib.request.urlopen(asked) as reply:
        assert content(download.value) == reply.read()


def test_a_tables_answer_is_downloaded_too(open_page: Open) -> None:
    page = open_page("?model=iris")
    page.click("#example")
    page.click("text=Predict")
    wait_for_result(page)
    with page.expect_download() as download:
        page.click("text=Answer as JSON")
    assert download.value.suggested_filename == "iris.json"
    assert orjson.loads(content(download.value))["predictions"] == ["setosa"]
