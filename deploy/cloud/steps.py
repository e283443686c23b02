"""A step is one command, which is run or shown; the first that fails ends the run with a sentence on what to do."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import TextIO


@dataclass(frozen=True)
class Step:
    """One command. `$NAME` in it stands for what an earlier step found.

    title: what it does, as in "Slipway: 3/12, push the image".
    hint: what to do where it fails.
    into: the variable that takes what it prints; file: the file that takes it.
    needed: printing nothing is a failure as well.
    when, unless: it is run only where this variable holds something, or nothing.
    shown: what it prints is the answer that the user asked for.
    quiet: what it prints is for nobody.
    """

    title: str
    command: Sequence[str]
    hint: str = ""
    into: str = ""
    file: str = ""
    needed: bool = False
    when: str = ""
    unless: str = ""
    shown: bool = False
    quiet: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def words(line: str, *more: str) -> tuple[str, ...]:
    """A command: a line that is split at its spaces, and words that may have some."""
    return *line.split(), *more


class StepFailedError(Exception):
    """A step's command failed; says which, how, and what to do."""

    def __init__(self, step: Step, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step


def say(text: str) -> None:
    print(f"Slipway: {text}", file=sys.stderr, flush=True)


def run(steps: Sequence[Step], found: dict[str, str]) -> None:
    """Run the steps in order; what they find is put into `found`. Raises StepFailedError at the first that fails."""
    for number, step in enumerate(steps, 1):
        if _is_due(step, found):
            say(f"{number}/{len(steps)}, {step.title}.")
            _run_one(step, found)


def show(steps: Sequence[Step], apply: Step | None = None, undo: Sequence[Step] = ()) -> None:
    """Print the commands as a script for a shell; what undoes `apply` as remarks."""
    print("set -e")
    for number, step in enumerate(steps, 1):
        print(f"# {number}/{len(steps)}, {step.title}")
        print(_line(step))
    if apply:
        print(f"# Where a step from {steps.index(apply) + 1} on fails, what ran before is brought back:")
        for step in undo:
            print(f"# {_line(step)}")


def _is_due(step: Step, found: Mapping[str, str]) -> bool:
    return (not step.when or bool(found.get(step.when))) and not (step.unless and found.get(step.unless))


def _run_one(step: Step, found: dict[str, str]) -> None:
    words = [Template(word).substitute(found) for word in step.command]
    keep = bool(step.into or step.file)
    try:
        done = subprocess.run(
            words,
            env={**os.environ, **step.environment},
            stdin=None if sys.stdin and sys.stdin.isatty() else subprocess.DEVNULL,
            stdout=subprocess.PIPE if keep else _stdout(step),
            text=True,
            check=False,
        )
    except OSError as error:
        raise _failure(step, words, f"cannot be run: {error.strerror}") from error
    if done.returncode:
        raise _failure(step, words, f"failed with exit status {done.returncode}")
    if step.needed and not done.stdout.strip():
        raise _failure(step, words, "found nothing")
    if step.into:
        found[step.into] = done.stdout.strip()
    if step.file:
        Path(step.file).parent.mkdir(parents=True, exist_ok=True)
        Path(step.file).write_text(done.stdout)


def _stdout(step: Step) -> TextIO | int | None:
    """Standard output is for what was asked for; remarks on the way there go to standard error."""
    if step.shown:
        return None
    return subprocess.DEVNULL if step.quiet else sys.stderr


def _failure(step: Step, words: Sequence[str], how: str) -> StepFailedError:
    lines = [f"the step '{step.title}' {how}:", f"  {_assignments(step)}{shlex.join(words)}"]
    return StepFailedError(step, "\n".join([*lines, *([step.hint] if step.hint else [])]))


def _line(step: Step) -> str:
    line = _assignments(step) + " ".join(map(_quote, step.command))
    if step.into:
        line = f"{step.into}=$({line})"
        if step.needed:
            line = f'{{ {line}; : "${{{step.into}:?nothing was found}}"; }}'
    elif step.file:
        line = f"mkdir -p {_quote(str(Path(step.file).parent))} && {line} >{_quote(step.file)}"
    elif step.quiet:
        line += " >/dev/null"
    if step.unless:
        line = f'[ -n "${step.unless}" ] || {line}'
    return f'[ -z "${step.when}" ] || {line}' if step.when else line


def _assignments(step: Step) -> str:
    return "".join(f"{name}={shlex.quote(value)} " for name, value in step.environment.items())


def _quote(word: str) -> str:
    """A word for the shell, in which `$NAME` goes on to stand for something."""
    if "$" not in word:
        return shlex.quote(word)
    return '"' + re.sub(r'(["\\`])', r"\\\1", word) + '"'
