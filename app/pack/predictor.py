"""Packing any other framework's model behind its owner's predictor.py."""

from pathlib import Path

import numpy as np

from app.errors import PackError
from app.pack.asking import asking
from app.pack.bundles import Stored, write_bundle
from app.pack.card import Rows, card_of
from app.pack.code import Code, read_code
from app.pack.infer import arrays_of, infer_signature
from app.pack.request import Request
from app.pack.sample import read_sample, split_target
from app.pack.target import output_names, target_of
from app.predictions import Outputs
from app.repository.bundle import COMPILED, GOLDEN, MANIFEST
from app.runtimes.base import CODE
from app.runtimes.predictor import PredictorRuntime, load_predictor
from app.signature import Task


def pack_predictor(request: Request, models: Path) -> Path:
    """Pack a model file with the class that loads it and asks it. Raises PackError, BrokenBundleError."""
    if request.predictor is None or request.sample is None:
        raise PackError("a predictor needs --predictor predictor.py and a sample of rows: --sample rows.csv")
    if request.model.name in (MANIFEST, GOLDEN, COMPILED, CODE):
        raise PackError(f"a bundle has a {request.model.name} of its own: give the model another name")
    if not request.predictor.is_file():
        raise PackError(f"there is no file {request.predictor}")
    code = read_code(request.predictor, request.code)
    with code.importable():
        return _pack(request, request.sample, code, models)


def _pack(request: Request, sample_path: Path, code: Code, models: Path) -> Path:
    module = code.packages[0]
    request.say(f"reading {module}.py, {request.model.name} and {sample_path.name}")
    sample, truth = split_target(read_sample(sample_path, request.notes.texts), request.targets)
    signature = infer_signature(sample, {}, request.notes.columns)
    arrays = arrays_of(sample, signature)

    request.say(f"asking the predictor about the {len(sample)} rows of the sample")
    classes = request.labels or request.notes.target.classes
    with asking("the predictor"):
        predictor = load_predictor(module, request.model)
        predictions, probabilities = PredictorRuntime.ask(predictor, arrays)
    if probabilities is not None and not classes:
        raise PackError("the predictor gives probabilities: name its classes, in their order, with --labels")
    task = request.notes.task or _task(Outputs(predictions), classes is not None)
    outputs = _outputs(Outputs(predictions), request)
    target = target_of(request, task, truth, classes, outputs)
    trained = PredictorRuntime(predictor, target)
    with asking("the predictor"):
        answered = trained.predict(arrays)
    about = f"{request.model.name}, asked by {module}.py."
    card = card_of(request, task, Rows(signature, arrays, truth), target, answered, about)
    stored = Stored(
        runtime="predictor",
        artifact=request.model.name,
        files={request.model.name: request.model.read_bytes()},
        options={"module": module},
        code=code,
        requirements=request.requirements,
        libraries=("numpy",),
    )
    request.say("writing the bundle, loading it back and checking it")
    return write_bundle(card, stored, trained, models)


def _task(answered: Outputs, has_classes: bool) -> Task:
    """Numbers are a regression and anything else is a classification, unless the notes say otherwise."""
    is_number = np.asarray(answered.predictions).dtype.kind == "f"
    return "regression" if is_number and not has_classes else "classification"


def _outputs(answered: Outputs, request: Request) -> tuple[str, ...] | None:
    """The names of the values of one prediction where it is several."""
    predictions = np.asarray(answered.predictions)
    return output_names(request.targets, predictions.shape[1]) if predictions.ndim == 2 else None
