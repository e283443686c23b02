"""Writing a bundle.

Packing loads the bundle back and checks it, exactly as the service will, before the bundle takes its place.
"""

import hashlib
import importlib.metadata
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from app.compile.estimator import compile_estimator
from app.compile_report import CompileReport
from app.engine.golden import record
from app.engine.model import Loading, load_model
from app.errors import PackError
from app.inputs import reader_for
from app.pack.code import NO_CODE, Code
from app.repository.bundle import COMPILED, GOLDEN, MANIFEST, Bundle, Manifest
from app.repository.local import versions
from app.runtimes.base import Runtime
from app.runtimes.sklearn import SklearnRuntime
from app.runtimes.skops_files import save
from app.signature import Arrays, Signature, TableSignature, Target, Task

# A bundle is checked by this very process, on rows of its own; no limit of a service applies to them.
ANY_NUMBER_OF_PIXELS = 2**62
LIBRARIES = ("numpy", "onnxruntime", "scikit-learn", "scipy", "skops")


@dataclass(frozen=True)
class Card:
    """What a model's owner says of it: its name, what it does, what goes in and what comes out.

    examples: rows as a JSON request says them; the golden rows are these.
    """

    name: str
    description: str
    task: Task
    signature: Signature
    target: Target
    examples: list[Any]
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """How a model is kept and loaded again.

    files: content by path within the bundle, the artifact's among them. code: what the model imports of its owner's.
    libraries: the distributions whose versions matter. The rest is as the manifest has it.
    """

    runtime: str
    artifact: str
    files: Mapping[str, bytes]
    options: Mapping[str, Any] = field(default_factory=dict)
    code: Code = NO_CODE
    requirements: tuple[str, ...] = ()
    libraries: tuple[str, ...] = LIBRARIES
    compiled: CompileReport | None = None


def pack_estimator(estimator: Any, card: Card, models: Path, sample: Arrays | None = None) -> Path:
    """Pack a scikit-learn estimator fitted on a matrix in the signature's column order. Returns the bundle's path.

    sample: the rows on which a compiled twin has to agree; without them there is none.
    Raises BrokenBundleError where the stored estimator does not answer as this one does.
    """
    original = SklearnRuntime(estimator, card.signature, card.target)
    files = {"model.skops": save(estimator)}
    report = None
    if sample is not None and isinstance(card.signature, TableSignature):
        compiled = compile_estimator(estimator, "matrix", original, card.signature, card.target, sample)
        report = compiled.report
        files |= {COMPILED: compiled.model} if compiled.model else {}
    return write_bundle(card, Stored("sklearn", "model.skops", files, compiled=report), original, models)


def pack_onnx(model: bytes, runtime_name: str, trained: Runtime, card: Card, models: Path) -> Path:
    """Pack an ONNX file for one of the runtimes. `trained` is the same runtime around the model it came from.

    Returns the bundle's path. Raises BrokenBundleError where the file does not answer as `trained` does.
    """
    return write_bundle(card, Stored(runtime_name, "model.onnx", {"model.onnx": model}), trained, models)


def write_bundle(card: Card, stored: Stored, trained: Runtime, models: Path) -> Path:
    """Write models/<name>/<next version>/, whole or not at all, and return its path.

    The golden outputs are those of `trained`. Raises BrokenBundleError where what is stored answers otherwise.
    """
    version = max(versions(models, card.name), default=0) + 1
    arrays = reader_for(card.signature, ANY_NUMBER_OF_PIXELS).rows(card.examples)
    golden = {"instances": card.examples, "outputs": record(trained.predict(arrays))}
    contents = {**stored.files, **stored.code.files, GOLDEN: orjson.dumps(golden, option=orjson.OPT_INDENT_2)}
    # Made before anything is written, for it refuses a name that would lead out of the directory.
    manifest = Manifest(
        **vars(card),
        version=version,
        runtime=stored.runtime,
        artifact=stored.artifact,
        options=dict(stored.options),
        packages=stored.code.packages,
        requirements=stored.requirements,
        compiled=stored.compiled,
        files={name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
        libraries={name: importlib.metadata.version(name) for name in stored.libraries},
    )
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".packing-") as scratch:
        path = Path(scratch) / card.name / str(version)
        for name, content in contents.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        (path / MANIFEST).write_text(manifest.model_dump_json(indent=2, exclude_none=True))
        load_model(Bundle(path, manifest), Loading(ANY_NUMBER_OF_PIXELS))
        # Whoever looks into the directory sees a whole bundle or none.
        final = models / card.name / str(version)
        final.parent.mkdir(exist_ok=True)
        try:
            path.rename(final)
        except OSError as error:
            raise PackError(f"{final} cannot be written, or was packed by somebody else meanwhile: {error}") from None
    return final
