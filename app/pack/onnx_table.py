"""Packing an ONNX model that answers about rows of a table."""

import ast
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from app.errors import PackError
from app.pack.artifacts import read_onnx
from app.pack.bundles import Stored, write_bundle
from app.pack.card import Rows, card_of
from app.pack.infer import arrays_of, infer_signature
from app.pack.notes import ColumnNotes
from app.pack.onnx_reading import Said, tell
from app.pack.request import Request
from app.pack.sample import read_sample, split_target
from app.pack.target import target_of
from app.runtimes.file import File
from app.runtimes.onnx import open_session
from app.runtimes.onnx_tables import DTYPES, TableGraph, TableOptions, load
from app.runtimes.vision.graph import describe
from app.runtimes.vision.names import KEYS
from app.signature import Arrays, Scalar

LIBRARIES = ("numpy", "onnxruntime")
# What a column has to be for each type of input.
_COLUMN_DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float32",
    "tensor(int64)": "int64",
    "tensor(int32)": "int64",
    "tensor(bool)": "bool",
    "tensor(string)": "string",
}


def takes_a_table(model: Path) -> bool:
    """Whether an ONNX file's inputs are columns or a matrix of them. Raises BrokenBundleError where it is no model."""
    return all(len(tensor.shape) in (1, 2) for tensor in open_session(model).get_inputs())


def pack_onnx_table(request: Request, models: Path) -> Path:
    """Pack an ONNX model of rows; returns the bundle's path. Raises PackError, BrokenBundleError."""
    if request.sample is None:
        raise PackError("a model of rows needs a sample of them: --sample rows.csv")
    if request.notes.image:
        raise PackError(f"the model takes rows, and {', '.join(request.notes.image)} says something of pictures")
    request.say(f"reading {request.model.name} and {request.sample.name}")
    session = open_session(request.model)
    metadata = dict(session.get_modelmeta().custom_metadata_map)
    description = describe(session, metadata)
    sample, truth = split_target(read_sample(request.sample, request.notes.texts), request.targets)
    try:
        request.say("working out what goes in and what comes out")
        inputs = _assign(session.get_inputs(), [str(name) for name in sample.columns])
        names = [name for columns in inputs.values() for name in columns]
        left_out = [str(name) for name in sample.columns if name not in names]
        if left_out:
            request.say(f"leaving out what the model does not take: {', '.join(left_out)}")
        sample = pd.DataFrame({name: _without_categories(sample[name]) for name in names})
        kinds = {name: tensor.type for tensor in session.get_inputs() for name in inputs[tensor.name]}
        signature = infer_signature(sample, {}, _with_dtypes(sample, kinds, request.notes.columns))
        arrays = arrays_of(sample, signature)

        request.say(f"asking the model about the {len(sample)} rows of the sample")
        answers = _ask(TableGraph(session, inputs), [tensor.name for tensor in session.get_outputs()], arrays)
        said = Said(
            task=request.notes.task,
            classes=request.labels or request.notes.target.classes or _metadata_classes(metadata),
            targets=request.targets,
        )
        reading = tell(answers, len(sample), said)
    except PackError as error:
        raise PackError(f"{error}; the model has {description}") from None
    request.say(f"it answers {reading.what}")
    target = target_of(request, reading.task, truth, reading.classes, reading.outputs)
    options = TableOptions(inputs=inputs, **reading.options).model_dump(mode="json")
    model = read_onnx(request.model)
    trained = load(File(request.model, model), signature, target, options)
    about = f"{reading.task.capitalize()} by {request.model.name}."
    rows = Rows(signature, arrays, truth)
    card = card_of(request, reading.task, rows, target, trained.predict(arrays), about)
    stored = Stored(
        runtime="onnx-table",
        artifact="model.onnx",
        files={"model.onnx": model},
        options=options,
        requirements=request.requirements,
        libraries=LIBRARIES,
    )
    request.say("writing the bundle, loading it back and checking it")
    return write_bundle(card, stored, trained, models)


def _ask(graph: TableGraph, outputs: Sequence[str], arrays: Arrays) -> Mapping[str, Any]:
    try:
        return graph.run(outputs, arrays)
    except Exception as error:  # onnxruntime's own exceptions share no narrower base
        raise PackError(f"the model does not run on the sample's rows: {error}") from None


def _assign(inputs: Sequence[Any], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The columns that each input takes: all of them in one matrix, or one each, by name."""
    strange = [tensor.type for tensor in inputs if tensor.type not in DTYPES]
    if strange:
        raise PackError(f"an input of type {strange[0]} cannot be given columns")
    widths = [1 if len(tensor.shape) == 1 else tensor.shape[1] for tensor in inputs]
    (width, *others), (first, *_) = widths, inputs
    if not others and len(first.shape) == 2 and width != 1:
        if isinstance(width, int) and width != len(names):
            raise PackError(
                f"the model takes a matrix of {width} columns; the sample has {len(names)}: {', '.join(names)}. "
                "Leave out what is no input, and name the target with --target"
            )
        return {first.name: tuple(names)}
    if not others and len(names) == 1:
        return {first.name: tuple(names)}
    if any(isinstance(width, int) and width != 1 for width in widths):
        raise PackError("the model takes several inputs, some of more than one column: which go where cannot be told")
    return {tensor.name: (_named(tensor.name, names),) for tensor in inputs}


def _named(wanted: str, names: Sequence[str]) -> str:
    """The column of this name, or of what converters make of it: hours_per_week for hours-per-week."""
    plain = [name for name in names if _plain(name) == _plain(wanted)]
    if wanted in names or len(plain) == 1:
        return wanted if wanted in names else plain[0]
    close = get_close_matches(wanted, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise PackError(f"the sample has no column {wanted!r} for the model's input{hint}")


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name).lower()


def _with_dtypes(
    sample: pd.DataFrame, kinds: Mapping[str, str], notes: Mapping[str, ColumnNotes]
) -> dict[str, ColumnNotes]:
    """The notes with the dtype that each column has to have for its input, unless they say one themselves."""
    found = dict(notes)
    for name, kind in kinds.items():
        dtype = _COLUMN_DTYPES[kind]
        _check_values(name, sample[name], dtype)
        noted = notes.get(name, ColumnNotes())
        found[name] = noted.model_copy(update={"dtype": noted.dtype or dtype})
    return found


def _without_categories(values: pd.Series) -> pd.Series:
    return values.astype(object).infer_objects() if isinstance(values.dtype, pd.CategoricalDtype) else values


def _check_values(name: str, values: pd.Series, dtype: str) -> None:
    wanted = dtype.rstrip("0123456789")
    what = f"column {name!r}: the model takes {wanted} there"
    if values.isna().any() and wanted != "float":
        raise PackError(f"{what}, which cannot be missing, and some rows of the sample have none; fill or drop these")
    is_number = pd.api.types.is_numeric_dtype(values.dtype)  # true and false are numbers to pandas
    is_whole = is_number and bool((values.dropna().astype("float64") % 1 == 0).all())
    is_text = not is_number and all(isinstance(value, str) for value in values.dropna())
    fits = {"float": is_number, "int": is_whole, "bool": values.dtype.kind == "b", "string": is_text or is_whole}
    if not fits[wanted]:
        raise PackError(f"{what}, and the sample has {values.dropna().tolist()[0]!r}")


def _metadata_classes(metadata: Mapping[str, str]) -> tuple[Scalar, ...]:
    """The names of the classes, where the metadata have them as a list or by number."""
    for key in KEYS:
        try:
            names = ast.literal_eval(metadata.get(key, "()"))
        except (ValueError, SyntaxError):
            continue
        if isinstance(names, dict) and names:
            return tuple(str(names[number]) for number in sorted(names, key=int))
        if isinstance(names, list | tuple) and names:
            return tuple(map(str, names))
    return ()
