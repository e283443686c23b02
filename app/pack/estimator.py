"""Packing an estimator with a sample of the rows that it was trained on."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.errors import PackError
from app.pack.artifacts import read_estimator, store_estimator
from app.pack.bundles import LIBRARIES, Card, Stored, write_bundle
from app.pack.compile import compile_estimator
from app.pack.estimators import FittedOn, classes_of, encoder_categories, input_columns, task_of
from app.pack.infer import arrays_of, infer_signature, rows_of, telling_rows
from app.pack.metrics import measure
from app.pack.request import Request, code_files
from app.pack.sample import read_sample, split_target
from app.runtimes.sklearn import Fitting, SklearnRuntime
from app.signature import Arrays, Signature, Target, Task

GOLDEN_ROWS = 8
COMPILED = "compiled.onnx"
# Other libraries with scikit-learn's interface, by the package that they are imported as.
THIRD_PARTIES = ("xgboost", "lightgbm", "catboost")


def pack_estimator_file(request: Request, models: Path) -> Path:
    """Pack a joblib, pickle or skops file; returns the bundle's path. Raises PackError, BrokenBundleError."""
    if request.sample is None:
        raise PackError("an estimator needs a sample of its training rows: --sample rows.csv")
    request.say(f"reading {request.model.name} and {request.sample.name}")
    estimator = read_estimator(request.model, request.trusted)
    libraries = (*LIBRARIES, *third_parties())
    sample, truth = split_target(read_sample(request.sample), request.targets)

    request.say("working out what goes in and what comes out")
    fitted_on, names = input_columns(estimator, sample)
    sample = _only(sample, names, request)
    signature = infer_signature(
        sample, encoder_categories(estimator, names), request.notes.columns, all_float=fitted_on == "matrix"
    )
    task = request.notes.task or task_of(estimator)
    fitting = _fitting(fitted_on, task, sample, request)
    arrays = arrays_of(sample, signature)
    target = _target(estimator, task, _outputs(estimator, signature, fitting, arrays, request), truth, request)
    original = SklearnRuntime(estimator, signature, target, fitting)

    request.say(f"asking the model about the {len(sample)} rows of the sample")
    outputs = original.predict(arrays)
    metrics = {} if truth is None else measure(task, outputs, truth.to_numpy().squeeze(), target)

    request.say("converting it to ONNX, comparing and measuring")
    compiled = compile_estimator(estimator, fitted_on, original, signature, target, arrays)
    request.say(f"compiled: {compiled.report.status}. {compiled.report.reason or ''}".rstrip(" ."))

    artifact, content, why = store_estimator(estimator, request.trusted)
    request.say(f"storing it with {why}")
    code, packages = code_files(request.code)
    stored = Stored(
        runtime="sklearn",
        artifact=artifact,
        files={artifact: content, **code} | ({COMPILED: compiled.model} if compiled.model else {}),
        options=fitting.model_dump(mode="json"),
        packages=packages,
        requirements=request.requirements,
        libraries=libraries,
        compiled=compiled.report,
    )
    card = Card(
        name=request.name,
        description=request.notes.description or f"{type(estimator).__name__} from {request.model.name}.",
        task=task,
        signature=signature,
        target=target,
        examples=rows_of(arrays, telling_rows(arrays, GOLDEN_ROWS)),
        metrics=metrics,
    )
    request.say("writing the bundle, loading it back and checking it")
    return write_bundle(card, stored, original, models)


def _only(sample: pd.DataFrame, names: list[str], request: Request) -> pd.DataFrame:
    left_out = [str(name) for name in sample.columns if name not in names]
    if left_out:
        request.say(f"leaving out what the model was not fitted on: {', '.join(left_out)}")
    return sample[names]


def _fitting(fitted_on: FittedOn, task: Task, sample: pd.DataFrame, request: Request) -> Fitting:
    categorical = {
        str(name): tuple(values.cat.categories.tolist())
        for name, values in sample.items()
        if isinstance(values.dtype, pd.CategoricalDtype)
    }
    method = "transform" if task == "transform" else "predict"
    return Fitting(fitted_on=fitted_on, categorical=categorical, method=method, trusted=request.trusted)


def _outputs(
    estimator: Any, signature: Signature, fitting: Fitting, arrays: Arrays, request: Request
) -> tuple[str, ...] | None:
    """The names of the values of one prediction where it is several, as its answer to a row shows."""
    row = {name: array[:1] for name, array in arrays.items()}
    answer = SklearnRuntime(estimator, signature, Target(name="any"), fitting).ask(row)
    if answer.ndim < 2 or (answer.shape[1] == 1 and fitting.method == "predict"):
        return None
    count = answer.shape[1]
    if len(request.targets) == count:
        return request.targets
    if fitting.method == "transform" and hasattr(estimator, "get_feature_names_out"):
        return tuple(map(str, estimator.get_feature_names_out()))
    return tuple(f"y{index}" for index in range(count))


def _target(
    estimator: Any, task: Task, outputs: tuple[str, ...] | None, truth: pd.DataFrame | None, request: Request
) -> Target:
    notes = request.notes.target
    limits: dict[str, float] = {}
    if task == "regression" and truth is not None and outputs is None:
        numbers = truth.to_numpy(np.float64)
        limits = {"minimum": float(numbers.min()), "maximum": float(numbers.max())}
    return Target(
        name=notes.name or (request.targets[0] if len(request.targets) == 1 else "prediction"),
        unit=notes.unit,
        description=notes.description,
        classes=classes_of(estimator) if task == "classification" else None,
        outputs=outputs,
        **limits,
    )


def third_parties() -> list[str]:
    """The distributions of other libraries' estimators that the model made Python import."""
    distributions = packages_distributions()
    return [distributions[name][0] for name in THIRD_PARTIES if name in sys.modules]
