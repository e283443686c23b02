"""Bundles in a local directory: <root>/<name>/<version>/."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from app.repository.traffic import TRAFFIC, Traffic, read_traffic, write_traffic
from app.signature import NAME_PATTERN

_NAME = re.compile(NAME_PATTERN)
_VERSION = re.compile(r"[1-9][0-9]{0,17}")


def versions(root: Path, name: str) -> list[int]:
    """The versions of one model that stand in a directory, oldest first."""
    folder = root / name
    return sorted(int(path.name) for path in folder.glob("[1-9]*") if path.is_dir() and _VERSION.fullmatch(path.name))


def list_bundles(root: Path) -> list[tuple[str, int]]:
    """The name and version of every bundle directory below the root, in order."""
    found = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    names = [name for name in found if _NAME.fullmatch(name)]  # what starts with a dot is somebody's scratch
    return [(name, version) for name in names for version in versions(root, name)]


def fingerprint(path: Path) -> str:
    """A hash that changes whenever a file of the bundle is written, added, replaced or removed.

    Of names, sizes and times, for it is taken at every poll; what is in the files, the manifest's checksums tell.
    """
    return hashlib.sha256("\n".join(_stats(path)).encode("utf-8", "surrogateescape")).hexdigest()


def _stats(path: Path) -> Iterator[str]:
    for file in sorted(path.rglob("*")):
        try:
            stat = file.stat()
        except OSError:  # removed while we looked: the next poll sees a directory at rest
            continue
        if file.is_file():
            yield f"{file.relative_to(path)}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"


class LocalRepository:
    """A directory of this machine. What stands in it is there already."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def sync(self) -> dict[tuple[str, str], str]:
        """Nothing to fetch. Raises FileNotFoundError where there is no directory: rather a volume lost than a wish."""
        if not self.root.is_dir():
            raise FileNotFoundError(f"there is no directory {self.root}")
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
