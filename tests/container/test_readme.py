"""The README's curl lines, typed as they stand."""

import json
import re
import subprocess
from itertools import pairwise

import pytest

from app.settings import default_metrics_port as metrics_port
from tests.container.stack import ROOT

BLOCKS = re.findall(r"```(\w*)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
COMMANDS = [text for language, text in BLOCKS if language == "sh"]
REPLIES = [
    (command, json.loads(reply))
    for (language, command), (next_language, reply) in pairwise(BLOCKS)
    if (language, next_language) == ("sh", "json")
]


def type_in(command, stack, folder):
    """Run shell text as a newcomer would, at this stack's ports; its output."""
    command = command.replace("localhost:8080", f"127.0.0.1:{stack.port}")
    command = command.replace("localhost:9080", f"127.0.0.1:{metrics_port(stack.port)}").replace(
        "-o read.png", f"-o {folder}/read.png"
    )
    shell = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert shell.returncode == 0, shell.stderr
    return shell.stdout


def assert_holds(shown, found):
    """What the README shows stands in the reply, which may hold more."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert_holds(value, found[key])
    elif isinstance(shown, list):
        assert len(shown) == len(found)
        for value, other in zip(shown, found, strict=True):
            assert_holds(value, other)
    elif isinstance(shown, float):
        assert found == pytest.approx(shown, abs=1e-3)
    else:
        assert found == shown


def test_the_readme_has_commands_and_replies():
    assert len(COMMANDS) >= 5
    assert len(REPLIES) >= 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_works(command, stack, tmp_path):
    output = type_in(command, stack, tmp_path)
    if "read.png" in command:
        assert (tmp_path / "read.png").read_bytes().startswith(b"\x89PNG")
    else:
        assert output
        assert "about:blank" not in output or "petal_lenght" in command


@pytest.mark.parametrize(("command", "reply"), REPLIES)
def test_the_replies_are_those_that_the_readme_shows(command, reply, stack, tmp_path):
    assert_holds(reply, json.loads(type_in(command, stack, tmp_path)))


def test_the_photo_of_the_readme_is_read(stack, tmp_path):
    (found,) = json.loads(type_in(COMMANDS[0], stack, tmp_path))["predictions"]
    assert "".join(found["class_names"]) == "6403906179449158"
