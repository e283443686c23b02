"""The curl lines of docs/protocols on MLflow, SageMaker, Vertex AI, PixelLib and hello, typed as they stand."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.container.stack import ROOT, Stack
from tests.container.test_readme import assert_holds, type_in

PAGES = ("mlflow", "sagemaker", "vertex-ai", "pixellib")


def blocks(page: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "protocols" / f"{page}.md").read_text()
    return [*re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL), ("", "")]


COMMANDS = [
    pytest.param(command, reply if next_language == "json" else None, id=f"{page}-{number}")
    for page in PAGES
    for number, ((language, command), (next_language, reply)) in enumerate(pairwise(blocks(page)))
    if language == "sh"
]


def test_each_page_has_commands() -> None:
    assert len(COMMANDS) == 14


@pytest.mark.parametrize(("command", "reply"), COMMANDS)
def test_every_command_works(command: str, reply: str | None, service: Stack, tmp_path: Path) -> None:
    output = type_in(command.replace("curl ", "curl --silent --fail-with-body ", 1), service, tmp_path)
    assert output
    if reply:
        assert_holds(json.loads(reply), json.loads(output))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    place = ROOT / "docs" / "protocols"
    for target in re.findall(r"\]\(([^)#]+)", (place / f"{page}.md").read_text()):
        assert (place / target).is_file()
