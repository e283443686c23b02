"""A bundle: the directory that holds one version of one model, and its manifest."""

import hashlib
from collections.abc import Collection, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import orjson
from pydantic import Field, ValidationError

from app.compile_report import CompileReport
from app.errors import BrokenBundleError
from app.signature import NAME_PATTERN, Frozen, Signature, Target, Task

MANIFEST = "manifest.json"
GOLDEN = "golden.json"
COMPILED = "compiled.onnx"
SHORT_HASH = 12


class Manifest(Frozen):
    """What a bundle promises. The form, the validation, the examples and the checks all come from it."""

    format: Literal[1] = 1
    name: str = Field(pattern=NAME_PATTERN)
    version: int = Field(ge=1)
    description: str
    task: Task
    runtime: str
    artifact: str
    options: dict[str, Any] = Field(default_factory=dict, description="the runtime's own")
    packages: tuple[str, ...] = Field((), description="the top-level packages of the bundle's own code")
    requirements: tuple[str, ...] = Field((), description="what the bundle needs installed, as pip says it")
    compiled: CompileReport | None = Field(None, description="what came of compiling the model")
    files: dict[str, str] = Field(description="every other file of the bundle and its sha256")
    signature: Signature
    target: Target
    libraries: dict[str, str] = Field(description="the library versions that the model was trained with")
    metrics: dict[str, float] = Field(default_factory=dict)
    examples: list[Any] = Field(description="rows as a JSON request says them", min_length=1)


@dataclass(frozen=True)
class Bundle:
    """One version's directory and its manifest, read but not yet trusted."""

    path: Path
    manifest: Manifest

    @property
    def artifact(self) -> Path:
        return self.path / self.manifest.artifact

    @property
    def short_hash(self) -> str:
        return self.manifest.files[self.manifest.artifact][:SHORT_HASH]

    def contents(self, unused: Collection[str] = ()) -> dict[str, bytes]:
        """Every file, read once and held against its checksum; the unused ones are not kept.

        What is loaded is loaded from these bytes: a file can change after it was looked at. Raises BrokenBundleError
        naming the file.
        """
        names = self._names()
        for name in names & set(unused):
            self._check(name, sha256(self.path / name))
        return {name: self._content(name) for name in names - set(unused)}

    def verify(self) -> None:
        """Hold every file against its checksum, without keeping any. Raises BrokenBundleError naming the file."""
        self.contents(unused=self.manifest.files)

    def golden(self) -> dict[str, Any]:
        """The golden rows and their outputs, as packed. Raises BrokenBundleError."""
        golden: dict[str, Any] = orjson.loads(self._content(GOLDEN))
        return golden

    def _names(self) -> Set[str]:
        """Every file that the manifest names. Raises BrokenBundleError where these are not what is there.

        A file that the manifest does not name is refused too: it could be code. So is a link, which leads to files
        that nobody has looked at.
        """
        for path in self.path.rglob("*"):
            if path.is_symlink():
                raise BrokenBundleError(f"{path} is a link; a bundle holds its files itself")
            if path.is_file() and str(path.relative_to(self.path)) not in {MANIFEST, *self.manifest.files}:
                raise BrokenBundleError(f"{path} is not in the manifest")
        for name in self.manifest.files:
            if not (self.path / name).is_file():
                raise BrokenBundleError(f"{self.path / name} is missing")
        return self.manifest.files.keys()

    def _content(self, name: str) -> bytes:
        content = (self.path / name).read_bytes()
        self._check(name, hashlib.sha256(content).hexdigest())
        return content

    def _check(self, name: str, found: str) -> None:
        if found != self.manifest.files[name]:
            raise BrokenBundleError(f"{self.path / name} was changed after packing: its sha256 is not the manifest's")


def read_bundle(path: Path) -> Bundle:
    """Read a bundle's manifest. Raises BrokenBundleError."""
    try:
        manifest = Manifest.model_validate_json((path / MANIFEST).read_bytes())
    except OSError as error:
        raise BrokenBundleError(f"{path / MANIFEST} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BrokenBundleError(f"{path / MANIFEST} is not a manifest: {where}: {first['msg']}") from None
    if path.name != str(manifest.version) or path.parent.name != manifest.name:
        found = f"{manifest.name}/{manifest.version}"
        raise BrokenBundleError(f"{path / MANIFEST} is the manifest of {found}, not of this directory")
    for name in manifest.files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise BrokenBundleError(f"{path / MANIFEST} names {name!r}, which leads out of the bundle")
    if not {manifest.artifact, GOLDEN} <= manifest.files.keys():
        raise BrokenBundleError(f"{path / MANIFEST} has no checksum for its artifact or its golden rows")
    return Bundle(path, manifest)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
