"""Model files -> estimators, and estimators -> the file that a bundle keeps."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import joblib
import onnx
from onnx.external_data_helper import uses_external_data

from app.errors import BrokenBundleError, PackError
from app.runtimes import skops_files
from app.runtimes.file import File

ONNX = ".onnx"


def read_estimator(path: Path, trusted: Sequence[str]) -> Any:
    """The estimator in a joblib, pickle or skops file. Reading a pickle runs its code: the file is its owner's.

    Raises PackError.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise PackError(f"the model {path} has no known ending; accepted: {', '.join([*_READERS, ONNX])}")
    try:
        estimator = read(path, trusted)
    except BrokenBundleError as error:
        raise PackError(f"{error}; name those that you trust with --trust") from None
    except ModuleNotFoundError as error:
        raise PackError(
            f"the model {path} needs the module {error.name!r}: install it, or give it with --code"
        ) from None
    except Exception as error:  # a foreign file can raise anything while it is read
        if "__main__" in str(error):
            raise PackError(
                f"the model {path} holds a class of the script or notebook that trained it ({error}): move the class "
                "into a module, import it from there, train again, and give the module with --code"
            ) from error
        raise PackError(f"the model {path} cannot be read: {type(error).__name__}: {error}") from error
    if not hasattr(estimator, "predict") and not hasattr(estimator, "transform"):
        raise PackError(
            f"the model {path} holds a {type(estimator).__name__} that neither predicts nor transforms rows that are "
            "new to it"
        )
    return estimator


def read_onnx(path: Path) -> bytes:
    """An ONNX file's bytes. Weights that it keeps in a file beside it are taken in, so that it is whole by itself.

    Raises PackError.
    """
    try:
        tensors = onnx.load(path, load_external_data=False).graph.initializer
        if not any(uses_external_data(tensor) for tensor in tensors):
            return path.read_bytes()
        content: bytes = onnx.load(path).SerializeToString()
    except Exception as error:  # what is no model, no weights or too large is said in many ways
        raise PackError(f"the model {path} cannot be read whole: {type(error).__name__}: {error}") from None
    return content


def store_estimator(estimator: Any, trusted: Sequence[str]) -> tuple[str, bytes, str]:
    """The name and content of the file to keep, and a sentence that says why it is that one.

    A .skops file, which runs no code when it is loaded, where every type in it is trusted; else a .joblib file.
    """
    try:
        content = skops_files.save(estimator)
    except Exception as error:  # what skops cannot store it says in many ways
        return "model.joblib", _pickled(estimator), f"joblib: skops cannot store it ({type(error).__name__}: {error})"
    untrusted = [name for name in skops_files.untrusted_types(content) if name not in trusted]
    if untrusted:
        return "model.joblib", _pickled(estimator), f"joblib: for skops --trust {' --trust '.join(untrusted)}"
    return "model.skops", content, "skops: every type in it is trusted"


def _pickled(estimator: Any) -> bytes:
    file = io.BytesIO()
    joblib.dump(estimator, file)
    return file.getvalue()


def _read_pickle(path: Path, trusted: Sequence[str]) -> Any:
    return joblib.load(path)  # reads a plain pickle as well


def _read_skops(path: Path, trusted: Sequence[str]) -> Any:
    return skops_files.load(File(path, path.read_bytes()), trusted)


_READERS: dict[str, Callable[[Path, Sequence[str]], Any]] = {
    ".joblib": _read_pickle,
    ".pkl": _read_pickle,
    ".pickle": _read_pickle,
    ".skops": _read_skops,
}
