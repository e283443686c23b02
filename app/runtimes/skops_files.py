"""The .skops format: an estimator stored so that loading it runs no code of the file's."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skops import io as skops

from app.errors import BrokenBundleError
from app.runtimes.file import File

# Building one runs no code and reads no memory but its own; every encoder of texts holds one.
HARMLESS = ("numpy.dtype",)
_SCHEMA = "schema.json"  # the file of a .skops archive that describes all others


def load(artifact: File, trusted: Sequence[str] = ()) -> Any:
    """The estimator of a .skops file. Raises BrokenBundleError where it holds types that nobody vouches for."""
    untrusted = set(skops.get_untrusted_types(data=artifact.content)) - {*HARMLESS, *trusted}
    if untrusted:
        raise BrokenBundleError(f"{artifact} holds types that are not trusted: {', '.join(sorted(untrusted))}")
    return skops.loads(artifact.content, trusted=[*HARMLESS, *trusted])


def untrusted_types(content: bytes) -> list[str]:
    """The types in a .skops file's bytes that somebody has to vouch for."""
    return sorted(set(skops.get_untrusted_types(data=content)) - set(HARMLESS))


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
