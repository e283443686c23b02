"""A file that has been read: whoever loads it loads what has been verified, whatever stands on the disk by then."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class File:
    """path: what it is called; it is not opened again."""

    path: Path
    content: bytes = field(repr=False)

    def __str__(self) -> str:
        return str(self.path)
