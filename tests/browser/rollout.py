"""A service amid a roll-out: shares, labels, a shadow, a version and a traffic file that are wrong, failures."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.bundles import constant, predictor, write_bundle
from tests.container.conftest import MakeStack
from tests.container.stack import JSON, Stack, wait_for

ANSWERED, REFUSED, FAILED = 24, 3, 2
REASON = "the disk is on fire"
# The shadow, 4, agrees with version 2 and so disagrees with version 1.
TRAFFIC = {"labels": {"stable": 1, "canary": 2}, "traffic": {"1": 75, "2": 25}, "shadow": 4, "sticky": "X-User"}


@pytest.fixture(scope="session")
def rollout(make_stack: MakeStack) -> Iterator[Stack]:
    """It has answered requests of each kind, and its shadow has seen them."""
    models = Path(tempfile.mkdtemp(prefix="slipway-models-"))
    fill(models)
    stack = make_stack("native", SLIPWAY_MODELS=str(models), SLIPWAY_DEFAULT_MODEL="prices", SLIPWAY_POLL_SECONDS="0")
    ask_for_all(stack)
    yield stack
    stack.discard()
    shutil.rmtree(models)


def fill(models: Path) -> None:
    for version in (1, 4):
        constant(models, "prices", version, min(version, 2))
    write_bundle(models, "prices", 2, predictor(2).replace("return", "assert inputs['a'][0] != 13; return"), 2)
    write_bundle(models, "prices", 3, predictor(3, f"raise OSError('{REASON}')"), 3)
    constant(models, "sizes", 1, 1)
    (models / "prices" / "traffic.json").write_text(json.dumps(TRAFFIC))
    (models / "sizes" / "traffic.json").write_text('{"traffic": {"1": 90}}')


def ask_for_all(stack: Stack) -> None:
    for number in range(ANSWERED):
        assert ask_one(stack, {"a": 1, "b": 2}, user=f"user {number}") == HTTPStatus.OK
    for _ in range(REFUSED):
        assert ask_one(stack, {"a": 1}, "?version=canary") == HTTPStatus.UNPROCESSABLE_ENTITY
    for _ in range(FAILED):
        assert ask_one(stack, {"a": 13, "b": 2}, "?version=canary") == HTTPStatus.INTERNAL_SERVER_ERROR
    wait_for(lambda: sum(shadowed(stack).values()) == ANSWERED, "the shadow's answers")


def ask_one(stack: Stack, row: dict[str, float], version: str = "", user: str = "") -> int:
    body = json.dumps({"instances": [row]}).encode()
    return stack.ask("POST", f"/predict/prices{version}", body, {**JSON, "X-User": user}).status


def shadowed(stack: Stack) -> dict[str, int]:
    """How many rows the shadow agreed on, disagreed on and failed on."""
    (prices,) = (each for each in stack.ask("GET", "/status.json").json()["models"] if each["name"] == "prices")
    rows: dict[str, int] = prices["shadow"]["rows"]
    return rows
