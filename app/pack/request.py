"""What the command line asks to be packed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.pack.notes import Notes


def _silent(step: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Request:
    """A model file, what belongs to it, and what its owner says of it. `say` is told of each step."""

    model: Path
    name: str
    sample: Path | None = None
    targets: tuple[str, ...] = ()
    notes: Notes = field(default_factory=Notes)
    trusted: tuple[str, ...] = ()
    code: Path | None = None
    predictor: Path | None = None
    requirements: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    say: Callable[[str], None] = field(default=_silent)
