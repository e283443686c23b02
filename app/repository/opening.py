"""What SLIPWAY_MODELS names: a directory of this machine, or a bucket."""

from pathlib import Path

from app.errors import SlipwayError
from app.repository.local import LocalRepository


def is_remote(location: str) -> bool:
    return "://" in location


def open_repository(location: str, cache: Path) -> LocalRepository:
    """The repository at a path or a URL; `cache` is where bundles from a URL are kept."""
    return LocalRepository(Path(location))


def local_directory(location: str) -> Path:
    """The directory of a local repository. Raises SlipwayError for a bucket, into which nothing is packed."""
    if is_remote(location):
        raise SlipwayError(f"SLIPWAY_MODELS={location!r} is no directory: name one, and copy what is in it there")
    return Path(location)
