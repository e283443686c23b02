"""One version of one model: loaded, checked, and all that a request needs to look up."""

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.engine.golden import check
from app.engine.libraries import check_requirements, differences
from app.errors import BrokenBundleError
from app.inputs import reader_for
from app.inputs.base import Reader
from app.repository.bundle import COMPILED, GOLDEN, Bundle, Manifest
from app.runtimes.base import Artifact, Runtime, load_compiled, load_runtime
from app.runtimes.batch_sizes import BATCH_SIZES, FasterRuntime
from app.signature import TableSignature

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Model:
    """One version of one model, loaded and checked. Everything a request needs is looked up here."""

    manifest: Manifest
    short_hash: str
    reader: Reader
    runtime: Runtime

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return str(self.manifest.version)

    @property
    def labels(self) -> list[str]:
        """The classes of a classifier as text, in probability order."""
        return [str(label) for label in self.manifest.target.classes or ()]

    @property
    def finds_instances(self) -> bool:
        """Whether a prediction is what was found in a picture."""
        return self.manifest.task in ("segmentation", "detection")

    @property
    def example(self) -> dict[str, Any]:
        """The first example row's values by the name of the input, in the signature's order."""
        signature, row = self.manifest.signature, self.manifest.examples[0]
        if not isinstance(signature, TableSignature):
            whole = isinstance(row, dict) and set(row) == {signature.name}
            return {signature.name: row[signature.name] if whole else row}
        names = [column.name for column in signature.columns]
        return {name: row[name] for name in names} if isinstance(row, dict) else dict(zip(names, row, strict=True))

    @property
    def tag(self) -> str:
        """Name, version and the artifact's short hash in one word."""
        return f"{self.name}/{self.version}@{self.short_hash}"


@dataclass(frozen=True)
class Loading:
    """On what terms versions are loaded.

    same_libraries: refuse, rather than warn of, other library versions. The others are as in inputs.reader_for.
    """

    max_pixels: int
    same_libraries: bool = False
    ignore_extra: bool = False
    max_values: int = sys.maxsize


def load_model(bundle: Bundle, loading: Loading) -> Model:
    """Verify, load and check one version. Raises BrokenBundleError, and whatever its artifact raises.

    Each file is read once: what is loaded is what was verified.
    """
    manifest = bundle.manifest
    contents = bundle.contents(_unused(manifest))
    check_requirements(manifest.requirements)
    _check_libraries(manifest, loading)
    reader = reader_for(manifest.signature, loading.max_pixels, loading.max_values, ignore_extra=loading.ignore_extra)
    golden = orjson.loads(contents[GOLDEN])
    rows = reader.rows(golden["instances"])

    def checked(runtime: Runtime) -> Runtime:
        check(golden["outputs"], runtime.predict(rows))
        return runtime

    return Model(manifest, bundle.short_hash, reader, _load_runtime(bundle, contents, checked))


def _load_runtime(bundle: Bundle, contents: Mapping[str, bytes], checked: Callable[[Runtime], Runtime]) -> Runtime:
    """The original, its compiled twin, or both where each is the faster at some batch size."""
    manifest = bundle.manifest
    artifact = Artifact(
        runtime=manifest.runtime,
        name=manifest.artifact,
        folder=bundle.path,
        contents=contents,
        signature=manifest.signature,
        target=manifest.target,
        options=manifest.options,
        packages=manifest.packages,
    )
    faster_at = _faster_at(manifest)
    if not faster_at:
        return checked(load_runtime(artifact))
    compiled = checked(load_compiled(artifact, COMPILED))
    if faster_at >= set(BATCH_SIZES):
        return compiled  # the original would only take memory
    return FasterRuntime(compiled, sorted(faster_at), checked(load_runtime(artifact)))


def _unused(manifest: Manifest) -> set[str]:
    """Of the original and its compiled twin the one that will not be loaded."""
    faster_at = _faster_at(manifest)
    if not faster_at:
        return {COMPILED}
    return {manifest.artifact} if faster_at >= set(BATCH_SIZES) else set()


def _faster_at(manifest: Manifest) -> set[int]:
    """The batch sizes at which the compiled twin serves; none where there is no twin."""
    return set(manifest.compiled.faster_at) if manifest.compiled else set()


def _check_libraries(manifest: Manifest, loading: Loading) -> None:
    found = differences(manifest.libraries)
    if found and loading.same_libraries:
        raise BrokenBundleError(f"it was trained with other libraries: {', '.join(found)}")
    if found:
        log.warning("model %s/%s: other libraries: %s", manifest.name, manifest.version, ", ".join(found))
