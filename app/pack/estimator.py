"""Packing an estimator with a sample of the rows that it was trained on."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pandas as pd

from app.compile.estimator import compile_estimator
from app.errors import PackError
from app.pack.artifacts import read_estimator, store_estimator
from app.pack.asking import asking
from app.pack.bundles import LIBRARIES, Stored, write_bundle
from app.pack.card import Rows, card_of
from app.pack.code import Code, read_code
from app.pack.estimators import (
    FittedOn,
    classes_of,
    encoder_categories,
    imputed_columns,
    input_columns,
    task_of,
    with_categories,
)
from app.pack.infer import arrays_of, infer_signature, with_missing
from app.pack.request import Request
from app.pack.sample import read_sample, split_target
from app.pack.target import output_names, target_of
from app.repository.bundle import COMPILED
from app.runtimes.sklearn import Fitting, SklearnRuntime
from app.signature import Arrays, Signature, TableSignature, Target, Task

# Other libraries with scikit-learn's interface, by the package that they are imported as.
THIRD_PARTIES = ("xgboost", "lightgbm", "catboost")


def pack_estimator_file(request: Request, models: Path) -> Path:
    """Pack a joblib, pickle or skops file; returns the bundle's path. Raises PackError, BrokenBundleError."""
    if request.sample is None:
        raise PackError("an estimator needs a sample of its training rows: --sample rows.csv")
    code = read_code(request.code)
    with code.importable():
        return _pack(request, request.sample, code, models)


def _pack(request: Request, sample_path: Path, code: Code, models: Path) -> Path:
    request.say(f"reading {request.model.name} and {sample_path.name}")
    estimator = read_estimator(request.model, request.trusted)
    libraries = (*LIBRARIES, *third_parties())
    sample, truth = split_target(read_sample(sample_path, request.notes.texts), request.targets)

    request.say("working out what goes in and what comes out")
    fitted_on, names = input_columns(estimator, sample, request.targets)
    sample = with_categories(estimator, _only(sample, names, request))
    encoded = encoder_categories(estimator, names)
    task = request.notes.task or task_of(estimator)
    none = tuple(name for name, categories in encoded.items() if categories and categories.none)
    fitting = _fitting(fitted_on, none, task, sample, request)
    imputed = imputed_columns(estimator, names)
    signature = infer_signature(sample, encoded, request.notes.columns, imputed, all_float=fitted_on == "matrix")
    if not _takes_missing(estimator, signature, fitting, sample):
        signature = infer_signature(sample, encoded, request.notes.columns, all_float=fitted_on == "matrix")
    arrays = arrays_of(sample, signature)
    classes = classes_of(estimator) if task == "classification" else None
    request.say(f"asking the model about the {len(sample)} rows of the sample")
    with asking("the model"):
        target = target_of(request, task, truth, classes, _outputs(estimator, signature, fitting, arrays, request))
        original = SklearnRuntime(estimator, signature, target, fitting)
        outputs = original.predict(arrays)
    about = f"{type(estimator).__name__} from {request.model.name}."
    card = card_of(request, task, Rows(signature, arrays, truth), target, outputs, about)

    request.say("converting it to ONNX, comparing and measuring")
    compiled = compile_estimator(estimator, fitted_on, original, signature, target, with_missing(arrays, signature))
    request.say(f"compiled: {compiled.report.status}. {compiled.report.reason or ''}".rstrip(" ."))

    artifact, content, why = store_estimator(estimator, request.trusted)
    request.say(f"storing it with {why}")
    stored = Stored(
        runtime="sklearn",
        artifact=artifact,
        files={artifact: content} | ({COMPILED: compiled.model} if compiled.model else {}),
        options=fitting.model_dump(mode="json"),
        code=code,
        requirements=request.requirements,
        libraries=libraries,
        compiled=compiled.report,
    )
    request.say("writing the bundle, loading it back and checking it")
    return write_bundle(card, stored, original, models)


def _only(sample: pd.DataFrame, names: list[str], request: Request) -> pd.DataFrame:
    left_out = [str(name) for name in sample.columns if name not in names]
    if left_out:
        request.say(f"leaving out what the model was not fitted on: {', '.join(left_out)}")
    return sample[names]


def _fitting(fitted_on: FittedOn, none: tuple[str, ...], task: Task, sample: pd.DataFrame, request: Request) -> Fitting:
    categorical = {
        str(name): tuple(values.cat.categories.tolist())
        for name, values in sample.items()
        if isinstance(values.dtype, pd.CategoricalDtype)
    }
    method = "transform" if task == "transform" else "predict"
    return Fitting(fitted_on=fitted_on, categorical=categorical, none=none, method=method, trusted=request.trusted)


def _takes_missing(estimator: Any, signature: TableSignature, fitting: Fitting, sample: pd.DataFrame) -> bool:
    """Whether each column may be missing that the signature says may be: what one step fills another may still see."""
    row = with_missing(arrays_of(sample.iloc[:1], signature), signature)
    try:
        SklearnRuntime(estimator, signature, Target(name="any"), fitting).ask(row)
    except Exception:  # a foreign model can raise anything
        return False
    return True


def _outputs(
    estimator: Any, signature: Signature, fitting: Fitting, arrays: Arrays, request: Request
) -> tuple[str, ...] | None:
    """The names of the values of one prediction where it is several, as its answer to a row shows."""
    row = {name: array[:1] for name, array in arrays.items()}
    answer = SklearnRuntime(estimator, signature, Target(name="any"), fitting).ask(row)
    if answer.ndim < 2 or (answer.shape[1] == 1 and fitting.method == "predict"):
        return None
    is_named_itself = fitting.method == "transform" and len(request.targets) != answer.shape[1]
    if is_named_itself and hasattr(estimator, "get_feature_names_out"):
        return tuple(map(str, estimator.get_feature_names_out()))
    return output_names(request.targets, answer.shape[1])


def third_parties() -> list[str]:
    """The distributions of other libraries' estimators that the model made Python import."""
    distributions = packages_distributions()
    return [distributions[name][0] for name in THIRD_PARTIES if name in sys.modules]
