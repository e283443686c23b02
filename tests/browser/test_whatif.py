"""Sliders that predict as they move, and what is predicted over the range of one feature."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from app import build_app
from app.settings import Settings
from tests.browser import orders
from tests.browser.conftest import serve

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

Open = Callable[..., "Page"]
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with serve(build_app(Settings(), orders.registry())) as address:
        yield address


def what_if(page: "Page", along: str = "") -> None:
    page.click("#what-if-toggle")
    expect(page.locator("#what-if [data-slot=now]")).not_to_be_empty()
    if along:
        page.select_option("#what-if select", label=along)


def slider(page: "Page", name: str) -> "Locator":
    return page.locator(f"[data-field={name}] input[type=range]")


def answer(page: "Page") -> "Locator":
    return page.locator("#result [data-slot=answer]")


def drawn(page: "Page", selector: str) -> "Locator":
    return page.locator(f"#what-if [data-slot=drawing] {selector}")


def record(page: "Page") -> list[Any]:
    """The rows of each request from now on."""
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request.post_data_json["instances"]) if request.post_data else None)
    return asked


# Sliders


def test_only_numbers_with_a_range_get_a_slider_a_bit_beyond_it(open_page: Open) -> None:
    page = open_page("?model=orders")
    assert page.locator("input[type=range]:visible").count() == 0
    what_if(page)
    ranges = page.locator("input[type=range]:visible").evaluate_all(
        "all => all.map(each => [each.ariaLabel, each.min, each.max, each.step])"
    )
    # What was never negative stays so; whole numbers move by one.
    assert ranges == [["weight", "0.0", "31.5", "0.1"], ["parcels", "0", "10", "1"], ["discount", "0.0", "52.5", "0.1"]]


def test_what_if_starts_from_the_example_where_the_form_is_blank(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    expect(answer(page)).to_have_text("34")
    assert slider(page, "weight").input_value() == "4.5"


def test_what_was_typed_is_where_it_starts(open_page: Open) -> None:
    page = open_page("?model=orders")
    page.click("#example")
    page.fill("[name=weight]", "12.34")
    what_if(page)
    expect(answer(page)).to_have_text("49.68")
    assert page.input_value("[name=weight]") == "12.34"


def test_a_moved_slider_fills_its_field_and_predicts(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    slider(page, "weight").fill("10")
    assert page.input_value("[name=weight]") == "10"
    expect(answer(page)).to_have_text("45")
    page.select_option("[name=size]", "small")
    expect(answer(page)).to_have_text("33")
    page.fill("[name=parcels]", "3")
    expect(answer(page)).to_have_text("37")
    assert slider(page, "parcels").input_value() == "3"


def test_the_arrow_keys_move_a_slider(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    slider(page, "parcels").focus()
    page.keyboard.press("ArrowRight")
    expect(answer(page)).to_have_text("38")
    assert slider(page, "parcels").evaluate("each => each.ariaValueText") == "3"
    assert slider(page, "weight").evaluate("each => each.ariaValueText") == "4.5 kg"


def test_a_feature_can_be_set_to_missing(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    page.get_by_role("button", name="Set discount to missing").click()
    expect(answer(page)).to_have_text("44")
    expect(drawn(page, ".frame")).to_contain_text("missing")
    expect(page.locator("#what-if [data-slot=now]")).to_have_text("discount missing: 44 h")


def test_the_old_answer_stays_until_the_last_one_comes(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    expect(answer(page)).to_have_text("34")
    held: list[Any] = []
    holding = True
    page.route("**/predict/*", lambda route: held.append(route) if holding else route.continue_())
    asked = record(page)
    with page.expect_request("**/predict/*"):
        slider(page, "weight").fill("5")
    for value in range(6, 21):
        slider(page, "weight").fill(str(value))
    expect(answer(page)).to_have_text("34")
    holding = False
    for route in held:
        route.continue_()
    expect(answer(page)).to_have_text("65")
    singles = [rows[0]["weight"] for rows in asked if len(rows) == 1]
    assert len(singles) < 5
    assert singles[-1] == 20


def test_what_is_wrong_stands_at_its_field_and_the_focus_stays(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    page.fill("[name=code]", "seven")
    expect(page.locator("[data-field=code] .error")).to_contain_text("not a whole number")
    slider(page, "weight").focus()
    with page.expect_response("**/predict/*"):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-field=code] .error")).to_be_visible()
    assert page.evaluate("document.activeElement.type") == "range"
    page.fill("[name=code]", "3")
    expect(answer(page)).to_have_text("34.2")


def test_it_is_read_out_when_the_movement_rests(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    page.evaluate("""() => {
        window.heard = [];
        const hear = () => heard.push(document.querySelector("#what-if [role=status]").textContent);
        new MutationObserver(hear).observe(document.querySelector("#what-if [role=status]"), {childList: true});
    }""")
    for value in (5, 6, 7, 8):
        slider(page, "weight").fill(str(value))
    expect(page.locator("#what-if [role=status]")).to_have_text("weight 8 kg: 41 h")
    assert page.evaluate("heard")[-1] == "weight 8 kg: 41 h"
    assert len(page.evaluate("heard")) <= 2  # the start's own, and this
    assert page.locator("#said").inner_text() == ""


# The range


def test_a_curve_is_one_request_over_the_range_with_the_value_marked(open_page: Open) -> None:
    page = open_page("?model=orders")
    asked = record(page)
    what_if(page)
    expect(drawn(page, "path")).to_have_count(1)
    (sweep,) = [rows for rows in asked if len(rows) > 1]
    weights = [row["weight"] for row in sweep]
    assert len(weights) == 60
    assert weights == sorted(weights)
    assert (weights[0], weights[-1]) == (0, 31.5)
    assert {tuple(value for key, value in row.items() if key != "weight") for row in sweep} == {
        tuple(value for key, value in orders.EXAMPLE.items() if key != "weight")
    }
    assert drawn(page, "circle").count() == 1
    assert drawn(page, "svg").get_attribute("aria-label") == "delivery time over weight"
    assert {"weight (kg)", "delivery time (h)"} <= set(drawn(page, ".title").all_text_contents())
    # Along its own range a curve stays as it is, and is not asked for again.
    slider(page, "weight").fill("10")
    expect(answer(page)).to_have_text("45")
    assert len([rows for rows in asked if len(rows) > 1]) == 1


def test_the_mark_moves_along_the_curve(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    expect(drawn(page, "circle")).to_have_count(1)
    before = float(drawn(page, "circle").get_attribute("cx"))
    slider(page, "weight").fill("31.5")
    expect(answer(page)).to_have_text("88")
    after = float(drawn(page, "circle").get_attribute("cx"))
    end = drawn(page, "path").evaluate("path => path.getPointAtLength(path.getTotalLength()).x")
    assert before < after
    assert after == pytest.approx(end, abs=0.2)


def test_the_table_says_what_the_curve_shows(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page, "parcels")
    page.click("#what-if summary")
    expect(page.locator("#what-if thead")).to_contain_text("parcels")
    rows = [row.split("\t") for row in page.locator("#what-if tbody").inner_text().splitlines()]
    assert rows == [[str(count), str(26 + 4 * count)] for count in range(11)]


def test_the_curve_follows_what_moves_unless_one_is_chosen(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    slider(page, "parcels").fill("5")
    expect(drawn(page, ".title").first).to_have_text("parcels")
    page.select_option("#what-if select", label="weight")
    expect(drawn(page, ".title").first).to_have_text("weight (kg)")
    slider(page, "parcels").fill("6")
    expect(answer(page)).to_have_text("50")
    expect(drawn(page, ".title").first).to_have_text("weight (kg)")


def test_a_classifier_has_a_named_curve_for_each_class(open_page: Open) -> None:
    page = open_page("?model=day")
    what_if(page, "discount")
    expect(page.locator("#what-if [data-slot=now]")).to_have_text("discount 10 %: same 93.1 %")
    expect(drawn(page, "path")).to_have_count(3)
    assert sorted(drawn(page, "text.name").all_text_contents()) == ["later", "next", "same"]
    heights = sorted(float(text.get_attribute("y")) for text in drawn(page, "text.name").all())
    assert all(lower - upper >= 15 for upper, lower in pairwise(heights)), heights


@pytest.mark.parametrize(("name", "label"), [("late", "False"), ("rank", "1.0")])
def test_classes_that_are_no_text_are_found_among_the_probabilities(open_page: Open, name: str, label: str) -> None:
    page = open_page(f"?model={name}")
    what_if(page)
    expect(page.locator("#what-if [data-slot=now]")).to_have_text(f"weight 4.5 kg: {label} 93.1 %")
    expect(answer(page)).to_have_text(label)
    expect(page.locator("#result .best [data-slot=label]")).to_have_text(label)


def test_labels_without_probabilities_have_a_line_each(open_page: Open) -> None:
    page = open_page("?model=pace")
    what_if(page)
    expect(drawn(page, "path")).to_have_count(2)
    assert sorted(drawn(page, "text.name").all_text_contents()) == ["fast", "slow"]
    expect(page.locator("#what-if [data-slot=now]")).to_have_text("weight 4.5 kg: fast")


def test_several_outputs_have_a_curve_each(open_page: Open) -> None:
    page = open_page("?model=both")
    what_if(page)
    expect(drawn(page, "path")).to_have_count(2)
    expect(page.locator("#what-if [data-slot=now]")).to_have_text("weight 4.5 kg: hours 34, price 11.3333")


def test_a_range_that_is_refused_leaves_no_older_curve(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    expect(drawn(page, "path")).to_have_count(1)
    page.click("#what-if summary")
    expect(page.locator("#what-if tbody tr")).to_have_count(60)
    refusing = True

    def refuse(route: "Route") -> None:
        if refusing and len(route.request.post_data_json["instances"]) > 1:
            route.fulfill(status=503, content_type="application/problem+json", body='{"detail": "It is busy."}')
        else:
            route.continue_()

    page.route("**/predict/*", refuse)
    slider(page, "parcels").fill("5")
    expect(answer(page)).to_have_text("46")
    expect(drawn(page, "p")).to_have_text("The range of parcels was not predicted: It is busy.")
    assert drawn(page, "svg").count() == page.locator("#what-if tbody tr").count() == 0
    refusing = False
    slider(page, "parcels").fill("6")
    expect(drawn(page, ".title").first).to_have_text("parcels")


def test_a_step_that_fails_does_not_end_the_movement(open_page: Open) -> None:
    page = open_page("?model=orders")
    acts = """async () => {
        const { Pace } = await import(new URL("pace.js", document.querySelector("script[type=module]").src));
        let acts = 0;
        const failed = new Promise((done) => addEventListener("unhandledrejection", (event) => {
            event.preventDefault();
            done();
        }));
        return new Promise((done) => {
            const pace = new Pace(async () => {
                acts += 1;
                if (acts === 1) throw new Error("the first step fails");
                done(acts);
            });
            pace.want();
            failed.then(() => pace.want());
        });
    }"""
    assert page.evaluate(acts) == 2


@pytest.mark.parametrize(
    ("along", "bars", "now"),
    [
        ("size", ["small 22 h", "medium 34 h", "large 46 h"], "medium 34 h"),
        ("express", ["true 25 h", "false 34 h"], "false 34 h"),
        ("gift", ["true 34 h", "false 34 h", "missing 34 h"], "missing 34 h"),
        ("country", ["AT 58 h", "CH 34 h", "DE 58 h"], "CH 34 h"),
    ],
)
def test_categories_are_bars(open_page: Open, along: str, bars: list[str], now: str) -> None:
    page = open_page("?model=orders")
    what_if(page, along)
    expect(drawn(page, "li")).to_have_count(len(bars))
    assert [" ".join(text.split()) for text in drawn(page, "li").all_inner_texts()] == bars
    assert " ".join(drawn(page, "[aria-current]").inner_text().split()) == now


def test_another_value_of_an_open_category_gets_a_bar_as_well(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    page.fill("[name=country]", "FR")
    expect(drawn(page, "[aria-current]")).to_contain_text("FR")
    assert drawn(page, "li").count() == 4


def test_a_classifiers_categories_have_a_bar_for_each_class(open_page: Open) -> None:
    page = open_page("?model=day")
    what_if(page, "size")
    expect(drawn(page, ".group")).to_have_count(3)
    assert drawn(page, ".group").first.inner_text().split()[:4] == ["small", "same", "97.8", "%"]


# Where it stands


def test_on_a_phone_the_curve_stays_in_sight_of_every_slider(open_page: Open) -> None:
    page = open_page("?model=orders", viewport=PHONE)
    what_if(page)
    for name in ("weight", "discount"):
        slider(page, name).evaluate("each => each.scrollIntoView({block: 'center'})")
        panel, moved = page.locator("#what-if").bounding_box(), slider(page, name).bounding_box()
        assert panel is not None
        assert moved is not None
        assert panel["y"] >= 0
        assert moved["y"] > panel["y"] + panel["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("viewport", [PHONE, {"width": 640, "height": 450}, {"width": 320, "height": 256}])
@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_the_panel_never_covers_what_has_the_focus(open_page: Open, viewport: Any, key: str) -> None:
    page = open_page("?model=orders", viewport=viewport)
    what_if(page)
    page.focus("[name=weight]" if key == "Tab" else "#form [type=submit]")
    for _ in range(18):
        page.keyboard.press(key)
        covered = page.evaluate("""() => {
            const panel = document.querySelector("#what-if"), focused = document.activeElement;
            if (panel.contains(focused) || !focused.closest("form")) return null;
            const [over, under] = [panel, focused].map((each) => each.getBoundingClientRect());
            const seen = getComputedStyle(panel).position === "sticky" ? over.bottom : 0;
            return under.bottom <= seen ? focused.name || focused.id : null; }""")
        assert covered is None


def test_after_a_refusal_the_old_answer_is_gone(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    now = page.locator("#what-if [data-slot=now]")
    page.fill("[name=weight]", "heavy")
    expect(now).to_have_text("")
    assert drawn(page, ".dot").count() == 0
    page.fill("[name=weight]", "4.5")
    expect(now).not_to_be_empty()


def test_what_keeps_the_range_from_being_predicted_is_named(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page, "weight")
    page.fill("[name=parcels]", "two")
    expect(page.locator("#what-if [data-slot=drawing]")).to_contain_text("parcels: 'two' is not a")


def test_what_if_can_be_left_again(open_page: Open) -> None:
    page = open_page("?model=orders")
    what_if(page)
    page.click("#what-if-toggle")
    assert page.locator("#what-if").is_hidden()
    assert page.locator("input[type=range]:visible").count() == 0
    assert page.locator("#what-if-toggle").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("name", ["find", "grid", "cube"])
def test_only_tables_are_varied(open_page: Open, name: str) -> None:
    assert open_page(f"?model={name}").locator("#what-if-toggle:visible").count() == 0


def test_without_scripts_nothing_is_offered_that_needs_them(open_page: Open) -> None:
    page = open_page("?model=orders", java_script_enabled=False)
    assert page.locator("#what-if-toggle, #what-if, #dialects").locator("visible=true").count() == 0
