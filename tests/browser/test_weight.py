"""What a page costs over the wire, as NGINX sends it."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.container.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MOST = 150_000
ADDRESSES = ("", "?model=digits", "?model=mnist", "?model=iris", "?model=diabetes&example=1", "status")


def weigh(browser: "Browser", address: str) -> Counter[str]:
    """Bytes by the kind of what a page loads, heads included, with an empty cache."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    weights: Counter[str] = Counter()

    def note_kind(event: Any) -> None:
        kinds[event["requestId"]] = event["type"]

    def note_weight(event: Any) -> None:
        weights[kinds[event["requestId"]]] += int(event["encodedDataLength"])

    session.on("Network.responseReceived", note_kind)
    session.on("Network.loadingFinished", note_weight)
    session.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    context.close()
    return weights


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_light_before_its_pictures(browser: "Browser", stack: Stack, address: str) -> None:
    weights = weigh(browser, f"http://127.0.0.1:{stack.port}/{address}")
    assert {"Document", "Stylesheet", "Script"} <= set(weights)
    del weights["Image"]
    assert weights.total() < MOST, dict(weights)
