"""Bundles in a local directory: <root>/<name>/<version>/."""

from pathlib import Path


def versions(root: Path, name: str) -> list[int]:
    """The versions of one model that stand in a directory, oldest first."""
    folder = root / name
    return sorted(int(path.name) for path in folder.glob("[0-9]*") if path.is_dir() and path.name.isdecimal())


def list_bundles(root: Path) -> list[tuple[str, int]]:
    """The name and version of every bundle directory below the root, in order."""
    names = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    return [(name, version) for name in names for version in versions(root, name)]
