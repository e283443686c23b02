"""What was packed, as a table for the person who packed it."""

from collections.abc import Iterable

from prettytable import PrettyTable

from app.compile_report import Answer, CompileReport
from app.repository.bundle import Bundle
from app.signature import Column, Signature, TableSignature


def summarize(bundle: Bundle) -> str:
    """The bundle's place, its inputs, its metrics and what came of compiling it."""
    manifest = bundle.manifest
    parts = [
        f"\nPacked {manifest.name} version {manifest.version} as {bundle.path}: {manifest.task}, {manifest.artifact}",
        _inputs(manifest.signature),
        *(f"{name}: {value:g}" for name, value in manifest.metrics.items()),
    ]
    if manifest.compiled is not None:
        parts += _compiled(manifest.compiled)
    return "\n".join(parts)


def _inputs(signature: Signature) -> str:
    if not isinstance(signature, TableSignature):
        return f"input: {signature.kind} {signature.name!r}"
    rows = [
        (column.name, column.dtype + (" or null" if column.nullable else ""), _values(column), column.unit or "")
        for column in signature.columns
    ]
    return _table(("input", "dtype", "values", "unit"), rows)


def _values(column: Column) -> str:
    if column.categories is not None:
        shown = ", ".join(map(str, column.categories[:6])) + (", ..." if len(column.categories) > 6 else "")
        return f"{shown}, and others" if column.open_categories else shown
    return f"{column.minimum:g} to {column.maximum:g}" if column.minimum is not None else "any"


def _compiled(report: CompileReport) -> list[str]:
    lines = [f"compiled to ONNX: {report.status}: {report.reason}"]
    if report.worst_row is not None:
        worst = report.worst_row
        lines.append(f"worst row {worst.index}: {', '.join(f'{name} {value}' for name, value in worst.values.items())}")
        lines.append(f"  expected {_answer(worst.expected)}, found {_answer(worst.found)}")
    if report.timings:
        rows = [
            (
                size,
                f"{timing.original_us:.0f}",
                f"{timing.compiled_us:.0f}",
                "compiled" if size in report.faster_at else "original",
            )
            for size, timing in report.timings.items()
        ]
        lines.append(_table(("rows", "original, us", "compiled, us", "serves"), rows))
    return lines


def _answer(answer: Answer) -> str:
    probabilities = answer.probabilities
    shown = "" if probabilities is None else f" ({', '.join(f'{p:.7g}' for p in probabilities if p is not None)})"
    return f"{answer.prediction}{shown}"


def _table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    table = PrettyTable(header, align="l")
    table.add_rows([list(row) for row in rows])
    return str(table)
