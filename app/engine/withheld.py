"""Which models are out of service until somebody loads them again, as all processes of the service see it at once."""

from collections.abc import Iterator, MutableSet
from pathlib import Path


class Withheld(MutableSet[str]):
    """Names, each an empty file: adding one is over in an instant, for everybody, and nothing is read or locked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, name: object) -> bool:
        return (self._folder / str(name)).exists()

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self._folder.glob("*"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def add(self, name: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).touch()

    def discard(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)
