"""What a bundle needs installed, and what it was trained with, against what is here."""

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement

from app.errors import BrokenBundleError


def check_requirements(requirements: Iterable[str]) -> None:
    """Raises BrokenBundleError naming the first requirement that is not met, and what is there instead."""
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue  # it is meant for other machines
        found = _installed(requirement.name)
        if found is None:
            raise BrokenBundleError(f"it needs {text}, and {requirement.name} is not installed")
        if not requirement.specifier.contains(found, prereleases=True):
            raise BrokenBundleError(f"it needs {text}, and {requirement.name} {found} is installed")


def differences(libraries: Mapping[str, str]) -> list[str]:
    """A phrase for each library whose version is another than the one that a model was trained with."""
    return [
        f"{name} {_installed(name) or 'missing'} instead of {trained}"
        for name, trained in libraries.items()
        if _installed(name) != trained
    ]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
