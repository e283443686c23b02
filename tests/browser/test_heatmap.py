"""The map of where a model looks, in a real browser."""

from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson
from PIL import Image

from tests.browser.acts import SEVEN, Open, draw, ink, pixel, saturation, upload, wait_for_result

if TYPE_CHECKING:
    from playwright.sync_api import Page

BUTTON = "text=Where does it look?"
LARGEST_REQUEST = 1_000_000


def map_of(page: "Page") -> str:
    """Asks for the map; what is said when it is done."""
    page.click(BUTTON)
    page.locator("#heat figure").wait_for()
    return page.locator("#heat [role=status]").inner_text()


def heat(color: Sequence[int]) -> int:
    """How much redder than blue a colour is: pictures here are grey, and so 0."""
    return color[0] - color[2]


def test_a_thumbnail_is_hot_where_its_ink_is(open_page: Open) -> None:
    page = open_page("?model=mnist")
    draw(page, SEVEN)
    wait_for_result(page, "7")
    said = map_of(page)
    assert "points of the probability of 7" in said
    canvas = page.locator("#heat canvas")
    assert canvas.get_attribute("aria-label") == said
    hottest = canvas.evaluate("""canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let most = 0;
        for (let at = 0; at < data.length; at += 4) most = Math.max(most, data[at] - data[at + 2]);
        return most; }""")
    assert hottest > 80
    assert all(pixel(canvas, x, y) == [0, 0, 0] for x in (0.03, 0.97) for y in (0.03, 0.97))


def test_a_picture_is_hot_where_something_is_found(open_page: Open) -> None:
    page = open_page("?model=digits")
    upload(page, ink(at=(0.25,)))
    wait_for_result(page, "1 found")
    said = map_of(page)
    assert "left costs most" in said
    assert "1 found" in said
    canvas = page.locator("#heat canvas")
    assert heat(pixel(canvas, 0.25, 0.5)) > 80
    assert abs(heat(pixel(canvas, 0.8, 0.5))) < 8  # JPEG moves a grey a little


def test_its_opacity_uncovers_the_picture(open_page: Open) -> None:
    page = open_page("?model=digits")
    upload(page, ink())
    wait_for_result(page, "1 found")
    map_of(page)
    canvas, opacity = page.locator("#heat canvas"), page.locator("#heat input")
    strong = heat(pixel(canvas, 0.5, 0.5))
    opacity.focus()
    page.keyboard.press("ArrowLeft")
    weaker = heat(pixel(canvas, 0.5, 0.5))
    page.keyboard.press("Home")
    assert strong > weaker > saturation(pixel(canvas, 0.5, 0.5)) == 0


def test_it_takes_a_dozen_requests(open_page: Open) -> None:
    page = open_page("?model=digits")
    upload(page, ink())
    wait_for_result(page, "1 found")
    bodies: list[bytes] = []
    page.on("request", lambda request: bodies.append(request.post_data_buffer or b""))
    map_of(page)
    assert len(bodies) <= 13
    assert 100 < sum(len(orjson.loads(body)["instances"]) for body in bodies) <= 145


def test_a_large_picture_is_sent_small(open_page: Open) -> None:
    page = open_page("?model=digits")
    upload(page, ink(1200, 1600))
    wait_for_result(page, "1 found")
    with page.expect_request(lambda request: (request.post_data or "").count("b64") > 1) as batch:
        page.click(BUTTON)
    page.click("#heat >> text=Cancel")
    body = batch.value.post_data_buffer
    assert body is not None
    assert len(body) < LARGEST_REQUEST
    pictures = [Image.open(BytesIO(b64decode(row["b64"]))) for row in orjson.loads(body)["instances"]]
    assert {picture.size for picture in pictures} == {(512, 384)}


def test_it_can_be_cancelled(open_page: Open) -> None:
    page = open_page("?model=mnist")
    draw(page, SEVEN)
    wait_for_result(page, "7")
    asked: list[Any] = []
    page.route("**/predict/*", lambda route: asked.append(route))  # and never answered
    with page.expect_request("**/predict/*"):
        page.focus("#heat button")
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Cancel"
    with page.expect_event("requestfailed"):  # given up, and the service with it
        page.keyboard.press("Enter")
    assert page.locator("#heat [role=status]").inner_text() == "Cancelled."
    assert page.evaluate("document.activeElement.textContent") == "Where does it look?"
    assert page.locator("#heat figure").is_hidden()
    page.unroute("**/predict/*")
    assert "of the probability of 7" in map_of(page)  # and asked for again
    assert len(asked) == 1


def test_a_service_that_goes_away_meanwhile_is_said_to_have(open_page: Open) -> None:
    page = open_page("?model=mnist")
    draw(page, SEVEN)
    wait_for_result(page, "7")
    page.route("**/predict/*", lambda route: route.abort())
    page.click(BUTTON)
    page.locator("#heat [role=status]", has_text="did not answer").wait_for()
    assert page.locator(BUTTON).is_visible()
    assert page.locator("#heat figure").is_hidden()


def test_another_picture_has_no_map_yet(open_page: Open) -> None:
    page = open_page("?model=mnist")
    draw(page, SEVEN)
    wait_for_result(page, "7")
    map_of(page)
    page.click("text=Clear")
    draw(page, [(0.5, 0.2), (0.5, 0.8)])
    wait_for_result(page, "1")
    assert page.locator("#heat figure").is_hidden()
    assert page.locator(BUTTON).is_visible()


def test_a_table_is_not_looked_at(open_page: Open) -> None:
    assert open_page("?model=iris").locator("#heat").count() == 0


def test_what_is_found_again_is_not_lost(open_page: Open) -> None:
    page = open_page("?model=digits")
    module = page.locator("link[href*='occlusion.js']").evaluate("link => link.href")

    def lost(before: dict[str, Any], after: dict[str, Any]) -> float:
        ask = "async ([module, before, after]) => (await import(module)).lostScores(before, after)"
        found: float = page.evaluate(ask, [module, before, after])
        return round(found, 6)

    def things(*each: tuple[list[int], int, float]) -> dict[str, Any]:
        boxes, classes, scores = zip(*each, strict=True) if each else ((), (), ())
        return {"boxes": list(boxes), "class_ids": list(classes), "scores": list(scores)}

    cup, pot = ([0, 0, 10, 10], 1, 90.0), ([20, 0, 30, 10], 2, 80.0)
    assert lost(things(cup, pot), things(pot, cup)) == 0
    assert lost(things(cup, pot), things(pot)) == 0.9
    assert lost(things(cup), things(([0, 2, 10, 10], 1, 50.0))) == 0.4  # a little smaller, and less sure
    assert lost(things(cup), things(([6, 0, 16, 10], 1, 90.0))) == 0.9  # elsewhere
    assert lost(things(cup), things(([0, 0, 10, 10], 2, 90.0))) == 0.9  # something else
    assert lost(things(cup, cup), things(cup)) == 0.9  # found once, and not twice
    assert lost(things(), things(cup)) == 0
