"""Packing any other framework's model behind its owner's predictor.py."""

from pathlib import Path

import numpy as np

from app.errors import PackError
from app.pack.bundles import Card, Stored, write_bundle
from app.pack.infer import arrays_of, infer_signature, rows_of, telling_rows
from app.pack.metrics import measure
from app.pack.request import Request, code_files
from app.pack.sample import read_sample, split_target
from app.predictions import Outputs
from app.runtimes.predictor import load
from app.runtimes.scope import CodeScope
from app.signature import Target, Task

GOLDEN_ROWS = 8


def pack_predictor(request: Request, models: Path) -> Path:
    """Pack a model file with the class that loads it and asks it. Raises PackError, BrokenBundleError."""
    if request.predictor is None or request.sample is None:
        raise PackError("a predictor needs --predictor predictor.py and a sample of rows: --sample rows.csv")
    request.say(f"reading {request.predictor.name}, {request.model.name} and {request.sample.name}")
    sample, truth = split_target(read_sample(request.sample), request.targets)
    signature = infer_signature(sample, {}, request.notes.columns)
    arrays = arrays_of(sample, signature)
    own, modules = code_files(request.predictor)
    shared, packages = code_files(request.code)
    notes = request.notes.target
    target = Target(
        name=notes.name or (request.targets[0] if request.targets else "prediction"),
        unit=notes.unit,
        description=notes.description,
        classes=request.labels or notes.classes,
    )
    options = {"module": modules[0]}

    request.say(f"asking the predictor about the {len(sample)} rows of the sample")
    with CodeScope(request.predictor.parent, modules).active():
        trained = load(request.model, signature, target, options)
        outputs = trained.predict(arrays)
        task = request.notes.task or _task(outputs, target)
        card = Card(
            name=request.name,
            description=request.notes.description or f"{request.model.name}, asked by {request.predictor.name}.",
            task=task,
            signature=signature,
            target=target,
            examples=rows_of(arrays, telling_rows(arrays, GOLDEN_ROWS)),
            metrics={} if truth is None else measure(task, outputs, truth.to_numpy().squeeze(), target),
        )
        stored = Stored(
            runtime="predictor",
            artifact=request.model.name,
            files={request.model.name: request.model.read_bytes(), **own, **shared},
            options=options,
            packages=(*modules, *packages),
            requirements=request.requirements,
            libraries=("numpy",),
        )
        request.say("writing the bundle, loading it back and checking it")
        return write_bundle(card, stored, trained, models)


def _task(outputs: Outputs, target: Target) -> Task:
    """Numbers are a regression and anything else is a classification, unless the notes say otherwise."""
    is_number = np.asarray(outputs.predictions).dtype.kind == "f"
    return "regression" if is_number and target.classes is None else "classification"
