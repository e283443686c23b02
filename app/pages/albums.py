"""Many pictures, also in ZIP archives -> CSV with an answer, or an error, for each.

Where scripts run static/album.js does it.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
import orjson
from werkzeug.datastructures import FileStorage

from app.engine.model import Model
from app.engine.predict import predict
from app.errors import InvalidInputError, MalformedBodyError, SlipwayError, TooLargeError
from app.outputs.table import write_lines
from app.pages.forms import placed
from app.predictions import Instances, Outputs

MOST_PICTURES = 100  # one request answers them all
Picture = tuple[str, Callable[[], bytes]]


def score_album(model: Model, files: Sequence[FileStorage], most_bytes: int | None) -> str:
    """most_bytes: of one picture. Raises MalformedBodyError for a broken ZIP, TooLargeError for too many pictures."""
    pictures = [picture for file in files for picture in _pictures(file, most_bytes)]
    if len(pictures) > MOST_PICTURES:
        raise TooLargeError(f"these are {len(pictures)} pictures; accepted: up to {MOST_PICTURES} in a form")
    answers = _answers(model)
    lines = [[name, *_score(model, read, len(answers))] for name, read in pictures]
    return write_lines([["file", *answers, "error"], *lines])


def _answers(model: Model) -> list[str]:
    if model.finds_instances:
        return ["found", "counts"]
    return [model.manifest.target.name, *["probability"] * (model.manifest.task == "classification")]


def _pictures(file: FileStorage, most_bytes: int | None) -> Iterator[Picture]:
    name = file.filename or ""
    if not name.lower().endswith(".zip") and "zip" not in file.mimetype:
        yield name, file.read
        return
    try:
        archive = ZipFile(file.stream)
    except BadZipFile as error:
        raise MalformedBodyError(f"{name} cannot be read as a ZIP archive: {error}") from None
    for entry in archive.infolist():
        if not entry.is_dir():
            yield f"{name}/{entry.filename}", partial(_unpack, archive, entry, most_bytes)


def _unpack(archive: ZipFile, entry: ZipInfo, most_bytes: int | None) -> bytes:
    """Raises MalformedBodyError, TooLargeError."""
    if most_bytes is not None and entry.file_size > most_bytes:  # which zipfile holds it to
        raise TooLargeError(f"it has {entry.file_size} bytes; up to {most_bytes} are read")
    try:
        return archive.read(entry)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise MalformedBodyError(f"it cannot be unpacked: {error}") from None


def _score(model: Model, read: Callable[[], bytes], answers: int) -> list[Any]:
    try:
        return [*_fields(model, predict(model, model.reader.picture(read()))), ""]
    except InvalidInputError as error:
        said = "; ".join(map(placed, error.problems))
    except SlipwayError as error:
        said = str(error)
    return [""] * answers + [said]


def _fields(model: Model, outputs: Outputs) -> list[Any]:
    outlets = model.manifest.target.outputs
    (found,) = np.asarray(outputs.predictions[:1]).tolist()
    if isinstance(found, Instances):
        return [len(found.boxes), ", ".join(f"{count} × {name}" for name, count in found.counts().items())]
    if outlets:
        return [orjson.dumps(dict(zip(outlets, found, strict=True))).decode()]
    if model.manifest.task != "classification":
        return [found]
    if outputs.probabilities is None:
        return [found, None]
    return [found, outputs.probabilities[0].tolist()[model.labels.index(str(found))]]
