"""Bundles in a local directory: <root>/<name>/<version>/."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from app.repository.traffic import TRAFFIC, Traffic, read_traffic, write_traffic
from app.signature import NAME_PATTERN

_NAME = re.compile(NAME_PATTERN)
_VERSION = re.compile(r"[1-9][0-9]{0,17}")


def versions(root: Path, name: str) -> list[int]:
    """The versions of one model that stand in a directory, oldest first. Raises OSError where it cannot be read."""
    return sorted(map(int, _folders(root / name, _VERSION)))


def list_bundles(root: Path) -> list[tuple[str, int]]:
    """The name and version of every bundle directory below the root, in order. Raises OSError where one is hidden."""
    names = sorted(_folders(root, _NAME))  # what starts with a dot is somebody's scratch
    return [(name, version) for name in names for version in versions(root, name)]


def _folders(path: Path, pattern: re.Pattern[str]) -> list[str]:
    """The names of the directories in a directory, in any order; none where it is none.

    Raises OSError where it cannot be read: pathlib's glob would take it for empty, and its models for gone.
    """
    try:
        with os.scandir(path) as entries:
            return [entry.name for entry in entries if pattern.fullmatch(entry.name) and entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def fingerprint(path: Path) -> str:
    """A hash that changes whenever a file of the bundle, or the file, is written, added, replaced or removed.

    Of names, sizes and times, for it is taken at every poll; what is in the files, the manifest's checksums tell.
    """
    return hashlib.sha256("\n".join(_stats(path)).encode("utf-8", "surrogateescape")).hexdigest()


def _stats(path: Path) -> Iterator[str]:
    below = [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    for file in sorted([path, *below]):
        try:
            stat = file.stat()
        except OSError:  # removed while we looked, and the next poll sees a directory at rest; or not to be read
            continue
        if file.is_file():
            yield f"{file.relative_to(path)}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"


class LocalRepository:
    """A directory of this machine. What stands in it is there already."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def sync(self) -> dict[tuple[str, str], str]:
        """Nothing to fetch. Raises OSError where there is no directory that can be read: a volume lost, and no wish."""
        if not self.root.is_dir():
            raise FileNotFoundError(f"there is no directory {self.root}")
        list_bundles(self.root)
        return {}

    def versions(self, name: str) -> list[int]:
        return versions(self.root, name)

    def traffic(self, name: str) -> Traffic | None:
        return read_traffic(self.root, name)

    def write_traffic(self, name: str, traffic: Traffic | None) -> None:
        path = self.root / name / TRAFFIC
        if traffic is None:
            path.unlink(missing_ok=True)
        else:
            write_traffic(path, traffic.text().encode())
