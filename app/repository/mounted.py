"""The model's files as SageMaker puts them into the container."""

import shutil
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from app.errors import BrokenBundleError
from app.repository.bundle import MANIFEST
from app.signature import NAME_PATTERN

PLACE = Path("/opt/ml/model")


class _Identity(BaseModel):
    name: str = Field(pattern=NAME_PATTERN)
    version: int = Field(ge=1)


def mounted_models(place: Path, folder: Path) -> Path | None:
    """The directory that can be served of what is mounted at a place; None where nothing is.

    That is the place itself, with <name>/<version>/ bundles or an MLflow model in it. One bundle without these two
    directories is linked to where its manifest says, below `folder`. Raises BrokenBundleError.
    """
    try:
        if not place.is_dir() or not any(place.iterdir()):
            return None
    except OSError as error:
        raise BrokenBundleError(f"{place} cannot be read: {error.strerror}") from None
    if not (place / MANIFEST).is_file():
        return place
    identity = _identify(place / MANIFEST)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / identity.name).mkdir(parents=True)
    (folder / identity.name / str(identity.version)).symlink_to(place.resolve())
    return folder


def _identify(manifest: Path) -> _Identity:
    try:
        return _Identity.model_validate_json(manifest.read_bytes())
    except (OSError, ValidationError) as error:
        raise BrokenBundleError(f"{manifest} is not a manifest: {error}") from None
