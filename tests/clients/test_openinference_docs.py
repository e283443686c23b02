"""docs/protocols/open-inference.md, typed as it stands."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.container.stack import ROOT, Stack
from tests.container.test_readme import assert_holds, type_in

PAGE = ROOT / "docs" / "protocols" / "open-inference.md"
BLOCKS = [*re.findall(r"```(\w*)\n(.*?)```", PAGE.read_text(), re.DOTALL), ("", "")]
COMMANDS = [
    pytest.param(text, after if kind == "json" else None, id=str(number))
    for number, ((language, text), (kind, after)) in enumerate(pairwise(BLOCKS))
    if language == "sh"
]
(PROGRAM,) = (text for language, text in BLOCKS if language == "python")


@pytest.mark.parametrize(("command", "reply"), COMMANDS)
def test_every_command_works(command: str, reply: str | None, service: Stack, tmp_path: Path) -> None:
    file = tmp_path / "read.bin"
    command = command.replace("curl ", "curl --silent --fail-with-body ", 1).replace("-o read.bin", f"-o {file}")
    output = type_in(command, service, tmp_path)
    assert output or file.stat().st_size
    if reply:
        assert_holds(json.loads(reply), json.loads(output))


def test_the_program_prints_probabilities(service: Stack) -> None:
    program = PROGRAM.replace("localhost:8080", f"127.0.0.1:{service.port}")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[[9.847")


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE.read_text()):
        assert (PAGE.parent / target).is_file()
