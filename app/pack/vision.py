"""Packing an ONNX model that looks at pictures."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import PackError
from app.inputs.pictures import decode_rgb
from app.outputs.png import encode_png
from app.pack.artifacts import read_onnx
from app.pack.bundles import ANY_NUMBER_OF_PIXELS, Card, Stored, write_bundle
from app.pack.request import Request
from app.runtimes.file import File
from app.runtimes.vision import inspect, runtime
from app.signature import ImageSignature, Target

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
MOST_PICTURES = 4  # golden rows: each is kept whole in the bundle


def pack_vision(request: Request, models: Path) -> Path:
    """Pack a detector, a segmentation or a classifier; returns the bundle's path. Raises PackError, BrokenBundleError.

    The sample is a picture or a directory of them; without one the golden row is a picture made here.
    """
    request.say(f"reading {request.model.name} and telling its convention")
    inspection = inspect.inspect(request.model, request.notes.image)
    request.say(f"it follows {inspection.options.layout}: {inspection.task}")
    notes = request.notes.target
    signature = ImageSignature()
    target = Target(
        name=notes.name or "class",
        unit=notes.unit,
        description=notes.description,
        classes=request.labels or notes.classes or inspection.classes,
    )
    options = inspection.options.model_dump(mode="json")
    card = Card(
        name=request.name,
        description=request.notes.description or f"{inspection.task.capitalize()} of pictures by {request.model.name}.",
        task=request.notes.task or inspection.task,
        signature=signature,
        target=target,
        examples=[{"b64": base64.b64encode(picture).decode()} for picture in _pictures(request.sample)],
    )
    model = read_onnx(request.model)
    trained = runtime.load(File(request.model, model), signature, target, options)
    stored = Stored("vision", "model.onnx", {"model.onnx": model}, options)
    request.say("writing the bundle, loading it back and checking it")
    return write_bundle(card, stored, trained, models)


def _pictures(sample: Path | None) -> Sequence[bytes]:
    if sample is None:
        return [encode_png(_gradient())]
    paths = sorted(sample.iterdir()) if sample.is_dir() else [sample]
    pictures = [path for path in paths if path.suffix.lower() in PICTURE_ENDINGS]
    if not pictures:
        raise PackError(f"{sample} is no picture and holds none; accepted: {', '.join(PICTURE_ENDINGS)}")
    contents = [path.read_bytes() for path in pictures[:MOST_PICTURES]]
    for content in contents:
        decode_rgb(content, ANY_NUMBER_OF_PIXELS)
    return contents


def _gradient() -> NDArray[np.uint8]:
    """(48, 64, 3): something that is not one colour, for a model of which no picture is at hand."""
    row, column = np.mgrid[:48, :64]
    channels: list[Any] = [row * 5, column * 4, (row + column) * 2]
    return np.stack(channels, axis=-1).astype(np.uint8)
