"""What the command line asks to be packed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import PackError
from app.pack.notes import Notes
from app.runtimes.base import CODE


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


def code_files(path: Path | None) -> tuple[Mapping[str, bytes], tuple[str, ...]]:
    """The files of a package or of a single module as a bundle keeps them, and the name that imports it."""
    if path is None:
        return {}, ()
    path = path.resolve()
    if path.is_file() and path.suffix == ".py":
        return {f"{CODE}/{path.name}": path.read_bytes()}, (path.stem,)
    if not path.is_dir():
        raise PackError(f"the code {path} is neither a package's directory nor a .py file")
    files = {
        f"{CODE}/{file.relative_to(path.parent).as_posix()}": file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    return files, (path.name,)
