"""What /status.json tells of the last minutes -> small plots, as SVG paths.

A path's x is the slot, 0 at the oldest; its y is 0 at the top of a plot and HEIGHT at its bottom.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

HEIGHT = 100
# Between a bar and the next, in slots.
GAP = 0.2
PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True, slots=True)
class Line:
    """One path of a plot, and what it comes to in words. name: also its class in the style sheet."""

    name: str
    path: str
    said: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across a plot and what it stands for; y in percent of the height."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    title: str
    width: int
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]

    @property
    def said(self) -> str:
        return ", ".join(line.said for line in self.lines)


def requests_plot(recent: Mapping[str, Any], slot_seconds: int) -> Plot:
    """Bars: the answered below, then the refused, then the failed."""
    slots = recent["slots"]
    answered = [
        requests - refused - failed
        for requests, refused, failed in zip(slots["requests"], slots["refused"], slots["failed"], strict=True)
    ]
    parts = {"answered": answered, "refused": slots["refused"], "failed": slots["failed"]}
    return _bars("Requests", parts, slot_seconds)


def shadow_plot(shadow: Mapping[str, Any], slot_seconds: int) -> Plot:
    """Bars: rows that agreed below, then those that disagreed, then those that the shadow failed on."""
    return _bars(f"Rows that version {shadow['version']} shadowed", shadow["slots"], slot_seconds)


def latency_plot(recent: Mapping[str, Any], decades: tuple[int, int]) -> Plot:
    """Percentiles on a logarithmic scale between two powers of ten seconds."""
    low, high = decades
    slots = recent["slots"]

    def place(seconds: float) -> float:
        return HEIGHT * (high - max(low, math.log10(seconds))) / (high - low)

    lines = tuple(
        Line(name, _steps([s and place(s) for s in slots[name]]), f"{name} {duration(recent[name])}")
        for name in PERCENTILES
    )
    marks = tuple(Mark(place(10.0**power), duration(10.0**power)) for power in range(low + 1, high + 1))
    return Plot("Latency", len(slots["p50"]), lines, marks)


def decades(all_recent: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """The powers of ten that hold every percentile: one scale, so that the plots can be held side by side."""
    shown = [
        seconds
        for recent in all_recent
        for seconds in chain.from_iterable(recent["slots"][name] for name in PERCENTILES)
        if seconds
    ]
    if not shown:
        return -3, -1
    low, high = math.floor(math.log10(min(shown))), math.ceil(math.log10(max(shown)))
    return min(low, high - 1), high


def duration(seconds: float | None) -> str:
    """Seconds as people read them, in two digits: more an estimate from buckets does not have."""
    if seconds is None:
        return "-"
    value, unit = (seconds, "s") if seconds >= 1 else (1000 * seconds, "ms")
    return f"{float(f'{value:.2g}'):g} {unit}"


def _bars(title: str, parts: Mapping[str, Sequence[int]], slot_seconds: int) -> Plot:
    totals = [sum(slot) for slot in zip(*parts.values(), strict=True)]
    most = max(totals)
    lines, floors = [], [0] * len(totals)
    for name, numbers in parts.items():
        lines.append(Line(name, _boxes(floors, numbers, most), f"{sum(numbers):,} {name}"))
        floors = [floor + number for floor, number in zip(floors, numbers, strict=True)]
    marks = (Mark(0, f"{most / slot_seconds:.3g} / s"),) if most else ()
    return Plot(title, len(totals), tuple(lines), marks)


def _boxes(floors: Sequence[int], numbers: Sequence[int], most: int) -> str:
    """A closed box for each slot that has something, on top of its floor."""
    return "".join(
        f"M{slot} {HEIGHT * (1 - floor / most):.4g}h{1 - GAP}v{-HEIGHT * number / most:.4g}h{GAP - 1}z"
        for slot, (floor, number) in enumerate(zip(floors, numbers, strict=True))
        if number
    )


def _steps(places: Sequence[float | None]) -> str:
    """A level line for each slot that has a place, joined with the next where that has one as well."""
    path, joined = [], False
    for slot, place in enumerate(places):
        if place is not None:
            path.append(f"{f'V{place:.4g}' if joined else f'M{slot} {place:.4g}'}h1")
        joined = place is not None
    return "".join(path)
