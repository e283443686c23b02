"""What the process that watches the repository and the one that serves tell each other: two files.

Both are in the run directory.
state.json: which versions may be loaded and which may not, and why. taken.json: which such state is being served.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from app.repository.traffic import Traffic
from app.signature import Frozen

STATE, TAKEN, LOCK = "state.json", "taken.json", "state.lock"
T = TypeVar("T", bound=Frozen)


class Tried(Frozen):
    """What came of trying to load a version. reason: why it may not be loaded; None where it may."""

    fingerprint: str
    reason: str | None = None


class State(Frozen):
    """What a repository holds. root: the directory of its bundles. terms: on what they were tried.

    problems: what is wrong with a model's traffic.json, of which `traffic` then has the last good one. demanded: the
    models that readiness asks for: those of the first look and those of which a version could ever be loaded. None
    while no look has reached the repository: then all.
    """

    terms: str
    root: Path
    versions: dict[str, dict[str, Tried]] = Field(default_factory=dict)
    traffic: dict[str, Traffic] = Field(default_factory=dict)
    problems: dict[str, str] = Field(default_factory=dict)
    demanded: tuple[str, ...] | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def find(self, name: str, version: str) -> Tried | None:
        return self.versions.get(name, {}).get(version)


class Taken(Frozen):
    """Which process serves, and the digest of the state that it serves."""

    pid: int
    digest: str


def read_state(run_dir: Path) -> State | None:
    """The state, or None where there is none that can be read."""
    return _read(run_dir / STATE, State)


def write_state(run_dir: Path, state: State) -> None:
    _write(run_dir / STATE, state)


def read_taken(run_dir: Path) -> Taken | None:
    """Who serves, or None while nobody does."""
    return _read(run_dir / TAKEN, Taken)


def write_taken(run_dir: Path, taken: Taken) -> None:
    _write(run_dir / TAKEN, taken)


def forget_taken(run_dir: Path) -> None:
    """Whoever served does so no more: its process id may soon be another's."""
    (run_dir / TAKEN).unlink(missing_ok=True)


@contextmanager
def state_lock(run_dir: Path, *, wait: bool = True) -> Iterator[bool]:
    """Only one process at a time reviews the repository. Gives whether it is this one, which waiting makes it."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):  # none yet, or another release's
        return None


def _write(path: Path, value: Frozen) -> None:
    """Whoever reads it sees the old or the new, whole."""
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_text(value.model_dump_json())
    scratch.replace(path)
