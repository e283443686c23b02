"""The command line: `python -m app.pack --model churn.joblib --sample train.csv --name churn`."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from app.errors import PackError, SlipwayError
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
from app.signature import NAME_PATTERN, Task

PAIR = "HEIGHTxWIDTH"
# The flags of vision models' options, by their names.
IMAGE_OPTIONS = ("layout", "size", "resize", "channels", "order", "scale", "mean", "std", "score_threshold")


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
    if not re.fullmatch(NAME_PATTERN, options.name):
        raise PackError(f"{options.name!r} is no name for a model; accepted: letters, digits, '.', '_' and '-'")
    if options.model.is_dir():
        raise PackError("it is a directory, and a model is one file: zip it, and have a predictor.py unpack it")
    for path in filter(None, (options.model, options.predictor, options.labels)):
        if not path.is_file():
            raise PackError(f"there is no file {path}")
    if options.sample is not None and not options.sample.exists():
        raise PackError(f"there is no file {options.sample}")
    _check_flags(options)
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


def _check_flags(options: argparse.Namespace) -> None:
    """Raises PackError where a flag would have no effect on such a model."""
    is_onnx = options.model.suffix.lower() == ONNX and options.predictor is None
    is_estimator = not is_onnx and options.predictor is None
    for flag, is_idle in {
        "--trust": not is_estimator,
        "--code": is_onnx,
        "--labels": is_estimator,
        **{f"--{name.replace('_', '-')}": not is_onnx for name in IMAGE_OPTIONS},
    }.items():
        if is_idle and getattr(options, flag[2:].replace("-", "_")):
            kind = "an ONNX model" if is_onnx else "an estimator" if is_estimator else "a predictor"
            raise PackError(f"{flag} says nothing of {kind}")


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
        name: getattr(options, name) for name in IMAGE_OPTIONS if getattr(options, name) is not None
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
        raise PackError(f"{path} cannot be read: {error.strerror}") from None


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    try:
        return int(height), int(width or height)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 480x640") from None


def _three(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) not in (1, 3):
        raise argparse.ArgumentTypeError(f"{text!r} is neither one number nor three with commas")
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
    add("--task", choices=get_args(Task), help="what it does, where that cannot be told")
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
    add("--labels", type=Path, help="a text file with the name of a class on each line, for ONNX models and predictors")
    image = parser.add_argument_group("ONNX models of pictures; what is not given is told from the model")
    add = image.add_argument
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
