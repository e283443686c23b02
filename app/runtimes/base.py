"""What every runtime offers, and where each is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.runtimes.file import File
from app.runtimes.scope import CodeScope
from app.signature import Arrays, Signature, Target

CODE = "code"

# The name in a manifest -> the module, imported only when a bundle names it. Each offers
# load(artifact, signature, target, options) -> Runtime.
MODULES = {
    "sklearn": "app.runtimes.sklearn",
    "onnx-table": "app.runtimes.onnx_tables",
    "vision": "app.runtimes.vision.runtime",
    "predictor": "app.runtimes.predictor",
    "digit-pages": "app.runtimes.digits.on_pages",
    "digit-thumbnails": "app.runtimes.digits.on_thumbnails",
}
COMPILED_MODULE = "app.runtimes.compiled"


class Runtime(Protocol):
    """A loaded model."""

    def predict(self, arrays: Arrays) -> Outputs:
        """Outputs for n rows, n of zero or more. Never changes the arrays."""


@dataclass(frozen=True)
class Artifact:
    """What a bundle says of its model: which runtime loads which file, and how.

    contents: the bundle's files as they were verified; `folder` is where they stood. options: the runtime's own.
    packages: the top-level packages in `code/`.
    """

    runtime: str
    name: str
    folder: Path
    contents: Mapping[str, bytes] = field(repr=False)
    signature: Signature
    target: Target
    options: Mapping[str, Any] = field(default_factory=dict)
    packages: tuple[str, ...] = ()

    def file(self, name: str) -> File:
        return File(self.folder / name, self.contents[name])


def load_runtime(artifact: Artifact) -> Runtime:
    """Load an artifact. Raises BrokenBundleError where the runtime is not known, and what the runtime raises."""
    if artifact.runtime not in MODULES:
        raise BrokenBundleError(f"the runtime {artifact.runtime!r} is not known; there are {', '.join(MODULES)}")
    load = import_module(MODULES[artifact.runtime]).load
    arguments = (artifact.file(artifact.name), artifact.signature, artifact.target, artifact.options)
    if not artifact.packages:
        runtime: Runtime = load(*arguments)
        return runtime
    scope = CodeScope(artifact.folder / CODE, code_of(artifact.contents), artifact.packages)
    with scope.active():
        return ScopedRuntime(load(*arguments), scope)


def load_compiled(artifact: Artifact, name: str) -> Runtime:
    """Load the ONNX twin of an artifact, the file of that name. Raises BrokenBundleError."""
    load = import_module(COMPILED_MODULE).CompiledModel
    compiled: Runtime = load(artifact.file(name), artifact.signature, artifact.target)
    return compiled


def code_of(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """A bundle's files below `code/`, by their path there."""
    return {name.removeprefix(f"{CODE}/"): content for name, content in contents.items() if name.startswith(f"{CODE}/")}


class ScopedRuntime:
    """A runtime whose model may import its bundle's own code while it answers."""

    def __init__(self, runtime: Runtime, scope: CodeScope) -> None:
        self._runtime = runtime
        self._scope = scope

    def predict(self, arrays: Arrays) -> Outputs:
        with self._scope.active():
            return self._runtime.predict(arrays)
