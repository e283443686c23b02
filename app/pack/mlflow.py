"""An MLflow model's directory -> a bundle: `python -m app.pack.mlflow DIRECTORY --name churn`. MLflow is not needed.

Its flavours sklearn and onnx are read; the signature gives the columns' types, the input example the rows.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import PackError, SlipwayError
from app.pack.estimator import pack_estimator_file
from app.pack.notes import ColumnNotes, Notes, TargetNotes
from app.pack.onnx_table import pack_onnx_table, takes_a_table
from app.pack.request import Request
from app.pack.vision import pack_vision
from app.repository.mlflow import MLMODEL
from app.repository.opening import local_directory
from app.settings import BadSettingError, load_settings

# What a column of the signature is as a pandas dtype; a type that is not here stays as the example has it.
DTYPES = {"double": "float64", "float": "float32", "long": "int64", "integer": "int64", "boolean": "bool"}
SAFE = (".skops", ".onnx")


class Described(BaseModel):
    """What is read of an MLmodel file."""

    model_config = ConfigDict(extra="ignore")

    flavors: dict[str, dict[str, Any]]
    signature: dict[str, Any] | None = None
    saved_input_example_info: dict[str, Any] | None = None


def pack_mlflow(folder: Path, name: str, models: Path, *, trusted: bool) -> Path:
    """Pack an MLflow model; returns the bundle's path. Raises PackError, BrokenBundleError.

    trusted: whether its pickle may be loaded, which runs whatever code is in it.
    """
    described = _read(folder)
    model = _model_file(folder, described)
    if model.suffix not in SAFE and not trusted:
        raise PackError(
            f"{model} is a pickle, which runs the code that is in it when it is loaded: "
            "set SLIPWAY_TRUST_MLFLOW=true, or give --trust, where you know whose it is"
        )
    columns = _columns(described)
    with tempfile.TemporaryDirectory() as scratch:
        request = Request(
            model=model,
            name=name,
            sample=_sample(folder, described, columns, Path(scratch)),
            notes=Notes(columns=_optional(columns), target=_target(described)),
            say=print,
        )
        if model.suffix != ".onnx":
            return pack_estimator_file(request, models)
        return pack_onnx_table(request, models) if takes_a_table(model) else pack_vision(request, models)


def _read(folder: Path) -> Described:
    path = folder / MLMODEL
    try:
        return Described.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PackError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path} is no description of an MLflow model: {error}") from None


def _model_file(folder: Path, described: Described) -> Path:
    found = described.flavors
    if "sklearn" in found:
        name = str(found["sklearn"].get("pickled_model", "model.pkl"))
    elif "onnx" in found:
        name = str(found["onnx"].get("data", "model.onnx"))
    else:
        raise PackError(f"{folder} has the flavours {', '.join(found)}; accepted: sklearn, onnx")
    path = (folder / name).resolve()
    if not path.is_file() or folder.resolve() not in path.parents:
        raise PackError(f"{folder / MLMODEL} names {name!r}, which is not there")
    return path


def _columns(described: Described) -> list[dict[str, Any]]:
    """The signature's columns; none where it is of a tensor, or where there is none."""
    inputs: list[dict[str, Any]] = json.loads((described.signature or {}).get("inputs") or "[]")
    return [column for column in inputs if "name" in column and "tensor-spec" not in column]


def _optional(columns: list[dict[str, Any]]) -> dict[str, ColumnNotes]:
    return {column["name"]: ColumnNotes(nullable=True) for column in columns if column.get("required") is False}


def _target(described: Described) -> TargetNotes:
    outputs: list[dict[str, Any]] = json.loads((described.signature or {}).get("outputs") or "[]")
    names = [output["name"] for output in outputs if output.get("name")]
    return TargetNotes(name=names[0]) if len(outputs) == len(names) == 1 else TargetNotes()


def _sample(folder: Path, described: Described, columns: list[dict[str, Any]], scratch: Path) -> Path:
    """The input example as a file that packing reads, its columns of the signature's types."""
    info = described.saved_input_example_info
    if info is None:
        raise PackError(f"{folder} has no input example: log the model with input_example=, a few of its rows")
    try:
        path = (folder / info["artifact_path"]).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise PackError(f"the input example of {folder} lies outside of it")
        frame = _frame(json.loads(path.read_text(encoding="utf-8")))
        for column in columns:
            if column["type"] in DTYPES and not frame[column["name"]].isna().any():
                frame[column["name"]] = frame[column["name"]].astype(DTYPES[column["type"]])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise PackError(f"the input example of {folder} is no table: {type(error).__name__}: {error}") from None
    path = scratch / "sample.parquet"
    frame.to_parquet(path)
    return path


def _frame(example: Any) -> pd.DataFrame:
    """A frame as MLflow writes it, split into columns and data; or an array, with or without its envelope."""
    if isinstance(example, dict) and "data" in example:
        return pd.DataFrame(example["data"], columns=example.get("columns"))
    rows = example.get("inputs", example.get("instances")) if isinstance(example, dict) else example
    if isinstance(rows, dict):
        return pd.DataFrame(rows)
    frame = pd.DataFrame(rows)
    return frame if rows and isinstance(rows[0], dict) else frame.rename(columns=lambda index: f"x{index}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with a sentence where the model cannot be packed as it is."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        models = options.models or local_directory(settings.models)
        path = pack_mlflow(options.folder, options.name, models, trusted=options.trust or settings.trust_mlflow)
    except (SlipwayError, BadSettingError) as error:
        print(error, file=sys.stderr)
        return 2
    print(path)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.pack.mlflow", description="An MLflow model -> a bundle.")
    parser.add_argument("folder", type=Path, help=f"the directory that holds the file {MLMODEL}")
    parser.add_argument("--name", required=True, help="what the model is called in URLs")
    parser.add_argument("--models", type=Path, help="the directory of bundles; SLIPWAY_MODELS unless given")
    parser.add_argument("--trust", action="store_true", help="load its pickle, which runs the code that is in it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
