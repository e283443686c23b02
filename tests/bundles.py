"""Bundles whose model is a few lines of Python: they answer as a test wishes, or misbehave as they load."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import orjson

from app.repository.bundle import GOLDEN, MANIFEST, Manifest
from app.repository.local import fingerprint, list_bundles
from app.repository.state import State, Tried
from app.runtimes.file import File
from app.runtimes.scope import CodeScope
from tests.fakes import NUMBER, TABLE

ROWS = [{"a": 1.0, "b": 2.0}, {"a": -3.0, "b": 0.5}]
SOURCE = """
import numpy as np

class Predictor:
    def load(self, path):
        {load}

    def predict(self, inputs):
        return np.full(len(inputs["a"]), {answer})
"""


def predictor(answer: float, load: str = "pass") -> str:
    """A predictor.py that always gives the same answer, and runs a statement as it is loaded."""
    return SOURCE.format(answer=float(answer), load=load)


def write_bundle(
    root: Path, name: str, version: int, source: str, answer: float = 0, others: Mapping[str, str] | None = None
) -> Path:
    """A bundle around a predictor.py, whole or not at all; `answer` is what its golden rows expect.

    others: further modules of its code, by name.
    """
    others = others or {}
    golden = {"instances": ROWS, "outputs": {"predictions": [float(answer)] * len(ROWS), "probabilities": None}}
    files = {
        **{f"code/{module}.py": text.encode() for module, text in {"own": source, **others}.items()},
        "model.txt": f"{name} {version}".encode(),
        GOLDEN: orjson.dumps(golden),
    }
    manifest = Manifest(
        name=name,
        version=version,
        description="Always gives the same answer.",
        task="regression",
        runtime="predictor",
        artifact="model.txt",
        options={"module": "own"},
        packages=("own", *others),
        files={path: hashlib.sha256(content).hexdigest() for path, content in files.items()},
        signature=TABLE,
        target=NUMBER,
        libraries={},
        examples=ROWS,
    )
    scratch = root / f".writing-{name}-{version}"
    for path, content in {**files, MANIFEST: manifest.model_dump_json(exclude_none=True).encode()}.items():
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        (scratch / path).write_bytes(content)
    final = root / name / str(version)
    final.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(final, ignore_errors=True)
    return scratch.rename(final)


def constant(root: Path, name: str, version: int, answer: float) -> Path:
    """A version that always gives this answer."""
    return write_bundle(root, name, version, predictor(answer), answer)


def state_of(root: Path) -> State:
    """What would be published where every bundle below a directory was tried and found good."""
    versions: dict[str, dict[str, Tried]] = {}
    for name, version in list_bundles(root):
        tried = Tried(fingerprint=fingerprint(root / name / str(version)))
        versions.setdefault(name, {})[str(version)] = tried
    return State(terms="a test's", root=root, versions=versions)


def read(path: Path) -> File:
    """A file as a bundle's are handed to the runtimes."""
    return File(path, path.read_bytes())


def scope_of(folder: Path, *packages: str) -> CodeScope:
    """The code in a directory."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return CodeScope(folder, files, packages)
