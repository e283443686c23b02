"""scikit-learn estimators, stored with skops so that loading one runs no code of the file's."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skops import io as skops

from app.errors import BrokenBundleError
from app.predictions import Outputs
from app.signature import Arrays, Signature, TableSignature, Target

_SCHEMA = "schema.json"  # the file of a .skops archive that describes all others


class SklearnRuntime:
    """An estimator or pipeline fitted on a numeric matrix whose columns stand in the signature's order."""

    def __init__(self, estimator: Any, signature: Signature, target: Target) -> None:
        if not isinstance(signature, TableSignature):
            raise BrokenBundleError(f"an estimator takes a table, not a signature of kind {signature.kind!r}")
        classes = np.asarray(getattr(estimator, "classes_", ())).tolist()
        if target.classes and classes != list(target.classes):
            order = ", ".join(map(str, classes))
            raise BrokenBundleError(
                f"the estimator's probabilities are of the classes {order or 'none'}, in this order"
            )
        self._estimator = estimator
        self._names = [column.name for column in signature.columns]
        self._width = len(target.classes) if target.classes else None

    def predict(self, arrays: Arrays) -> Outputs:
        matrix = np.column_stack([arrays[name] for name in self._names])
        if self._width is None:
            return Outputs(self._ask("predict", matrix, np.empty(0)))
        return Outputs(
            self._ask("predict", matrix, np.empty(0)),
            self._ask("predict_proba", matrix, np.empty((0, self._width))),
        )

    def _ask(self, method: str, matrix: NDArray[Any], nothing: NDArray[Any]) -> NDArray[Any]:
        """scikit-learn refuses a matrix of no rows; a request of no rows has an answer of none."""
        answer: NDArray[Any] = getattr(self._estimator, method)(matrix) if len(matrix) else nothing
        return answer


def load(artifact: Path, signature: Signature, target: Target) -> SklearnRuntime:
    """Load a .skops file in which every type is one that skops trusts. Raises BrokenBundleError."""
    untrusted = skops.get_untrusted_types(file=artifact)
    if untrusted:
        raise BrokenBundleError(f"{artifact} holds types that are not trusted: {', '.join(untrusted)}")
    return SklearnRuntime(skops.load(artifact), signature, target)


def save(estimator: Any) -> bytes:
    """An estimator as the bytes of a .skops file: the same bytes each time.

    skops numbers what it stores by its place in memory and dates it; here all is numbered as it comes, without a date.
    """
    stored, packed = zipfile.ZipFile(io.BytesIO(skops.dumps(estimator))), io.BytesIO()
    schema = json.loads(stored.read(_SCHEMA))
    files: dict[str, str] = {}
    _renumber(schema, {}, files)
    with zipfile.ZipFile(packed, "w") as archive:
        for name, new_name in files.items():
            archive.writestr(zipfile.ZipInfo(new_name), stored.read(name))
        archive.writestr(zipfile.ZipInfo(_SCHEMA), json.dumps(schema))
    return packed.getvalue()


def _renumber(node: Any, ids: dict[int, int], files: dict[str, str]) -> None:
    """Replace each id and file name below a node of the schema by its number in order of appearance."""
    if isinstance(node, dict):
        if isinstance(node.get("__id__"), int):
            node["__id__"] = ids.setdefault(node["__id__"], len(ids))
        if isinstance(node.get("file"), str):
            node["file"] = files.setdefault(node["file"], f"{len(files)}{Path(node['file']).suffix}")
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _renumber(part, ids, files)
