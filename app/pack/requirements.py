"""What bundles need installed beyond the service itself: `python -m app.pack.requirements models` lists it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from app.errors import PackError
from app.repository.bundle import read_bundle
from app.repository.local import list_bundles


def read_requirements(path: Path | None) -> tuple[str, ...]:
    """The lines of a requirements file. Raises PackError where one is more than a name and its versions."""
    if path is None:
        return ()
    try:
        lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise PackError(f"{path} cannot be read: {error.strerror}") from None
    for line in filter(None, lines):
        try:
            Requirement(line)
        except InvalidRequirement as error:
            raise PackError(f"{path}: {line!r} is not a requirement such as lightgbm>=4: {error}") from None
    return tuple(filter(None, lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the requirements of every bundle below a directory, each once, for `pip install -r`."""
    (root,) = sys.argv[1:] if arguments is None else arguments
    bundles = [read_bundle(Path(root) / name / str(version)) for name, version in list_bundles(Path(root))]
    print("\n".join(sorted({line for bundle in bundles for line in bundle.manifest.requirements})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
