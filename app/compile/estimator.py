"""The verified compile: an estimator as ONNX, adopted only where it is shown to agree and to be faster."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.compile.agreement import Comparison, compare
from app.compile.convert import FittedOn, Precision, convert
from app.compile.stopwatch import measure
from app.compile_report import CompileReport, Timing
from app.runtimes.base import Runtime
from app.runtimes.batch_sizes import BATCH_SIZES
from app.runtimes.compiled import CompiledModel
from app.runtimes.file import File
from app.signature import Arrays, TableSignature, Target

# In double first: what then comes out is scikit-learn's own arithmetic, on the sample's rows and on all others.
PRECISIONS: tuple[Precision, ...] = ("float64", "float32")
# The compiled model has to be faster by this factor, so that noise decides nothing.
MARGIN = 1.1
_LONGEST_CAUSE = 160

# The times of the original and of the compiled model for the same rows.
Measure = Callable[[Runtime, Runtime, Arrays], Timing]


@dataclass(frozen=True)
class Compiled:
    """The ONNX file where it is adopted, and the verdict in any case."""

    model: bytes | None
    report: CompileReport


@dataclass(frozen=True)
class _Trial:
    precision: Precision
    content: bytes
    model: CompiledModel
    comparison: Comparison


def compile_estimator(
    estimator: Any,
    fitted_on: FittedOn,
    original: Runtime,
    signature: TableSignature,
    target: Target,
    arrays: Arrays,
    measure: Measure = measure,
) -> Compiled:
    """Compile an estimator, hold it against the original on all rows of `arrays`, and measure both.

    Raises what the original raises; what goes wrong with the compiled model stands in the report.
    """
    if not len(next(iter(arrays.values()))):
        return Compiled(None, CompileReport(status="not tried", reason="The sample has no row to compare on."))
    expected = original.predict(arrays)
    refusals = []
    for precision in PRECISIONS:
        try:
            content = convert(estimator, fitted_on, signature, precision, expected)
            model = CompiledModel(File(Path("compiled.onnx"), content), signature, target)
            comparison = compare(arrays, expected, model.predict(arrays))
        except Exception as error:  # converters and onnxruntime raise anything
            refusals.append(CompileReport(status="cannot convert", reason=_cause(error)))
            continue
        if comparison.disagreeing:
            refusals.append(_disagreement(precision, comparison))
            continue
        return _race(_Trial(precision, content, model, comparison), original, arrays, measure)
    # That the outputs differ says more than that an attempt failed; of those, float32 is what converters are made for.
    return Compiled(None, min(reversed(refusals), key=lambda report: report.status != "disagrees"))


def _race(trial: _Trial, original: Runtime, arrays: Arrays, measure: Measure) -> Compiled:
    """Measure a model that agrees at each batch size."""
    timings = {size: measure(original, trial.model, _batch(arrays, size)) for size in BATCH_SIZES}
    faster_at = tuple(size for size, time in timings.items() if time.original_us > MARGIN * time.compiled_us)
    agrees = f"It agrees with the original on all {trial.comparison.rows} sample rows"
    sizes = ", ".join(f"{size:,}" for size in faster_at)
    reason = f"{agrees}; batches of {sizes} rows are faster." if faster_at else f"{agrees}, but is nowhere faster."
    report = CompileReport(
        status="adopted" if faster_at else "not faster",
        reason=reason,
        precision=trial.precision,
        rows=trial.comparison.rows,
        max_difference=trial.comparison.max_difference,
        timings=timings,
        faster_at=faster_at,
    )
    return Compiled(trial.content if faster_at else None, report)


def _batch(arrays: Arrays, size: int) -> Arrays:
    """The first rows of the sample, from the start again where it has fewer."""
    return {name: values[np.arange(size) % len(values)] for name, values in arrays.items()}


def _disagreement(precision: Precision, comparison: Comparison) -> CompileReport:
    worst = comparison.worst_row
    assert worst is not None
    share = f"{comparison.disagreeing} of {comparison.rows} sample rows"
    return CompileReport(
        status="disagrees",
        reason=f"It disagrees with the original on {share}; furthest on row {worst.index}.",
        precision=precision,
        rows=comparison.rows,
        max_difference=comparison.max_difference,
        worst_row=worst,
    )


def _cause(error: Exception) -> str:
    """The cause of a foreign exception, without its advice, its addresses and its dumps, as one sentence."""
    text = " ".join(str(error).split())
    unknown = re.search(r"(?:type|alias) '<class '([\w.]+)'>'", text)
    if unknown:
        return f"There is no converter to ONNX for {unknown[1]}."
    text = re.sub(r"^.*(\[ONNXRuntimeError\] : \d+ : \w+ : |Status Message: )", "", text)
    sentence = re.split(r"(?<=[.!?]) |; |, got ", text)[0].rstrip(".")
    if len(sentence) > _LONGEST_CAUSE:
        sentence = sentence[:_LONGEST_CAUSE].rsplit(" ", 1)[0] + " ..."
    return f"{sentence or type(error).__name__}."
