"""What SLIPWAY_MODELS names: a directory of bundles, a bucket of them, or an MLflow model."""

from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from app.errors import SlipwayError
from app.repository.bucket import BucketRepository
from app.repository.local import LocalRepository
from app.repository.mlflow import MlflowRepository, is_mlflow
from app.repository.traffic import Traffic

# What fsspec imports for a kind of bucket; the extra that installs it is called like the scheme.
BACKENDS = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}


class Repository(Protocol):
    """Where models are kept. What cannot be reached raises OSError."""

    @property
    def root(self) -> Path:
        """The local directory in which every bundle stands after `sync`."""

    def sync(self) -> dict[tuple[str, str], str]:
        """Bring every bundle here, whole. Returns why a version, by name and number, cannot be had."""

    def versions(self, name: str) -> list[int]:
        """The versions of one model, oldest first."""

    def traffic(self, name: str) -> Traffic | None:
        """A model's traffic file. Raises SlipwayError where it is bad."""

    def write_traffic(self, name: str, traffic: Traffic | None) -> None:
        """Replace a model's traffic file, at once and whole; None removes it."""


def is_remote(location: str) -> bool:
    return "://" in location


def open_repository(location: str, cache: Path, *, seconds: float, trusted: bool) -> Repository:
    """The repository at a path or a URL; `cache` is where bundles from a URL or of an MLflow model are kept.

    seconds: how long packing an MLflow model may take. trusted: whether its pickle may be loaded for that.
    """
    if is_remote(location):
        return BucketRepository(location, cache)
    if is_mlflow(Path(location)):
        return MlflowRepository(Path(location), cache, seconds=seconds, trusted=trusted)
    return LocalRepository(Path(location))


def missing_backend(location: str) -> str | None:
    """How to install what a bucket of this kind needs, where it is not installed."""
    scheme, found, _ = location.partition("://")
    if not found or find_spec(BACKENDS[scheme]):
        return None
    return f"pip install 'slipway[{scheme}]', for {scheme}:// needs {BACKENDS[scheme]}"


def local_directory(location: str) -> Path:
    """The directory of a local repository. Raises SlipwayError for a bucket, into which nothing is packed."""
    if is_remote(location):
        raise SlipwayError(f"SLIPWAY_MODELS={location!r} is no directory: name one, and copy what is in it there")
    return Path(location)
