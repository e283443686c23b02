"""The command line: `python -m app.pack --model churn.joblib --sample train.csv --name churn`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.errors import SlipwayError
from app.pack.artifacts import ONNX
from app.pack.estimator import pack_estimator_file
from app.pack.notes import Notes, read_notes
from app.pack.onnx_table import pack_onnx_table, takes_a_table
from app.pack.predictor import pack_predictor
from app.pack.request import Request
from app.pack.requirements import read_requirements
from app.pack.summary import summarize
from app.pack.vision import pack_vision
from app.repository.bundle import read_bundle
from app.repository.opening import local_directory
from app.settings import BadSettingError, load_settings

PAIR = "HEIGHTxWIDTH"


def main(arguments: Sequence[str] | None = None) -> int:
    """Pack one model. Exit status 0, or 2 with a sentence where it cannot be packed as it is."""
    options = _parser().parse_args(arguments)
    try:
        models = options.models or local_directory(load_settings().models)
        path = _pack(_request(options), models)
    except (SlipwayError, BadSettingError) as error:
        problems = "".join(f"\n  row {p.row}, {p.field}: {p.detail}" for p in getattr(error, "problems", ()))
        print(f"cannot pack {options.model}: {error}{problems}", file=sys.stderr)
        return 2
    print(summarize(read_bundle(path)))
    return 0


def _pack(request: Request, models: Path) -> Path:
    if request.predictor is not None:
        return pack_predictor(request, models)
    if request.model.suffix.lower() == ONNX:
        return (pack_onnx_table if takes_a_table(request.model) else pack_vision)(request, models)
    return pack_estimator_file(request, models)


def _request(options: argparse.Namespace) -> Request:
    notes = read_notes(options.notes)
    if not options.model.is_file():
        raise SlipwayError(f"there is no file {options.model}")
    return Request(
        model=options.model,
        name=options.name,
        sample=options.sample,
        targets=tuple(options.target.split(",")) if options.target else (),
        notes=_noted(notes, options),
        trusted=tuple(options.trust),
        code=options.code,
        predictor=options.predictor,
        requirements=read_requirements(options.requirements),
        labels=_labels(options.labels),
        say=_Steps(),
    )


class _Steps:
    """Prints a line for each step."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, step: str) -> None:
        self._count += 1
        print(f"{self._count}. {step}", flush=True)


def _noted(notes: Notes, options: argparse.Namespace) -> Notes:
    """The notes with what the flags say; a flag wins."""
    image: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("layout", "size", "resize", "channels", "order", "scale", "mean", "std", "score_threshold")
        if getattr(options, name) is not None
    }
    changes: dict[str, Any] = {"image": {**notes.image, **image}}
    if options.description:
        changes["description"] = options.description
    if options.task:
        changes["task"] = options.task
    return notes.model_copy(update=changes)


def _labels(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        return tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except OSError as error:
        raise SlipwayError(f"{path} cannot be read: {error.strerror}") from None


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    return int(height), int(width or height)


def _three(text: str) -> tuple[float, ...]:
    values = tuple(float(part) for part in text.split(","))
    if len(values) not in (1, 3):
        raise ValueError(text)
    return values * 3 if len(values) == 1 else values


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.pack", description="A trained model and a sample of its rows -> a bundle that is served."
    )
    add = parser.add_argument
    add("--model", type=Path, required=True, help="a .joblib, .pkl, .skops or .onnx file, or any with --predictor")
    add("--name", required=True, help="what the model is called in URLs")
    add("--sample", type=Path, help="rows that it was trained on: .csv, .parquet or .npy; pictures for a vision model")
    add("--target", help="the sample's column that holds the answers (several with commas): metrics are recorded")
    add("--description", help="what the model does, in a sentence")
    add("--task", help="what it does where that cannot be told, such as regression")
    add("--notes", type=Path, help="a YAML file with units, descriptions and what should not be inferred")
    add("--models", type=Path, help="the directory of bundles; SLIPWAY_MODELS unless given")
    code = parser.add_argument_group("code and safety")
    add = code.add_argument
    add("--trust", action="append", default=[], metavar="TYPE", help="a type in the model that you vouch for")
    add("--code", type=Path, help="your package or module that the model needs; it goes into the bundle")
    add("--requirements", type=Path, help="a requirements file of what else the model needs installed")
    add(
        "--predictor", type=Path, help="a predictor.py whose class Predictor loads and asks any other framework's model"
    )
    image = parser.add_argument_group("ONNX models of pictures; what is not given is told from the model")
    add = image.add_argument
    add("--labels", type=Path, help="a text file with the name of a class on each line")
    add("--layout", help="the convention that the model follows")
    add("--size", type=_size, metavar=PAIR, help="the pixels that the model takes")
    add("--resize", help="none, stretch, letterbox, crop or short-side")
    add("--channels", choices=("rgb", "bgr"))
    add("--order", choices=("nchw", "nhwc", "chw"))
    add("--scale", type=float, help="what pixels of 0 to 255 are multiplied by, such as 0.00392157")
    add("--mean", type=_three, metavar="R,G,B", help="what is then subtracted")
    add("--std", type=_three, metavar="R,G,B", help="what it is then divided by")
    add("--score-threshold", type=float, help="instances must score more than this, 0 to 1")
    return parser


if __name__ == "__main__":
    sys.exit(main())
