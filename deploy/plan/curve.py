"""How many requests arrive in each second: a preset, or a day's CSV."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from deploy.plan.pod import Floats

DAY = 86_400
# Share of the peak that comes at the quietest time.
TROUGH = 0.15
SPIKE_AT, SPIKE_RISE, SPIKE_LENGTH = 12 * 3600, 60, 1800


class CurveError(Exception):
    """A curve cannot be read; says where and what is accepted."""


def steady(peak: float) -> Floats:
    return np.full(DAY, peak)


def daily(peak: float) -> Floats:
    """A cosine with its peak at 15:00 and its trough at 3:00."""
    swing = (1 + np.cos((np.arange(DAY) / 3600 - 15) / 24 * 2 * np.pi)) / 2
    return np.asarray(peak * (TROUGH + (1 - TROUGH) * swing))


def spike(peak: float) -> Floats:
    """Quiet, but for half an hour from noon on, with a minute to rise and one to fall."""
    at = [SPIKE_AT, SPIKE_AT + SPIKE_RISE, SPIKE_AT + SPIKE_LENGTH, SPIKE_AT + SPIKE_LENGTH + SPIKE_RISE]
    return np.interp(np.arange(DAY), at, peak * np.array([TROUGH, 1, 1, TROUGH]))


PRESETS: dict[str, Callable[[float], Floats]] = {"steady": steady, "daily": daily, "spike": spike}


def read_curve(path: Path) -> Floats:
    """[seconds] in requests/s, from a CSV with the header time,rate: HH:MM or HH:MM:SS, requests/s.

    In between it is a straight line. It lasts from the first row's time to the last's. Raises CurveError.
    """
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise CurveError(f"{path}: {error}; presets are {', '.join(PRESETS)}") from error
    points = np.array([_point(path, number, row) for number, row in enumerate(rows, start=2)]).reshape(-1, 2)
    seconds, rates = points.T
    if len(points) < 2 or np.any(np.diff(seconds) <= 0):
        raise CurveError(f"{path}: two rows or more are accepted, in the order of their times")
    by_second: Floats = np.interp(np.arange(seconds[0], seconds[-1]), seconds, rates)
    return by_second


def _point(path: Path, number: int, row: dict[str, str | None]) -> tuple[float, float]:
    try:
        hours, minutes, seconds = (*map(int, (row["time"] or "").split(":")), 0)[:3]
        rate = float(row["rate"] or "")
        if not (0 <= rate < float("inf") and hours >= 0 and 0 <= minutes < 60 and 0 <= seconds < 60):
            raise ValueError("out of range")
    except (KeyError, ValueError) as error:
        accepted = "a header time,rate and rows such as 08:30,120 are accepted"
        raise CurveError(f"{path}, line {number}: {row} is not a time and a rate; {accepted}") from error
    return hours * 3600 + minutes * 60 + seconds, rate
