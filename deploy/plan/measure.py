"""What one pod can do: a stepped load from locust, one step for each number of users that never wait."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.load.__main__ import ROOT, locust
from deploy.load.options import LoadOptions

USERS = (1, 2, 4, 8, 16)


class MeasureError(Exception):
    """A step has no result that a plan could be made from; says why."""


@dataclass(frozen=True)
class Step:
    """`throughput` in requests/s, times in seconds."""

    users: int
    throughput: float
    mean: float
    p99: float


def measure(url: str, models: str, seconds: int) -> Sequence[Step]:
    """`seconds` for each of USERS. Raises MeasureError where a request failed or none was answered."""
    return [_step(LoadOptions(url=url, models=models, users=users, think=0, time=str(seconds))) for users in USERS]


def _step(options: LoadOptions) -> Step:
    with tempfile.TemporaryDirectory(prefix="slipway-plan-") as folder:
        path = Path(folder) / "stats"
        # Its bounds do not matter here: errors are looked at below.
        flags = ["--headless", "--only-summary", "--json-file", str(path)]
        ran = subprocess.run([*locust(options), *flags], cwd=ROOT, capture_output=True, text=True, check=False)
        # That is locust's own suffix.
        written = path.with_suffix(".json")
        if not written.exists():
            raise MeasureError(f"the load test did not run: {ran.stderr.strip()}")
        return summarize(options.users, json.loads(written.read_text()))


def summarize(users: int, entries: Sequence[dict[str, Any]]) -> Step:
    """Of locust's statistics: one entry for each name of requests, times in milliseconds. Raises MeasureError."""
    requests = sum(entry["num_requests"] for entry in entries)
    failures = sum(entry["num_failures"] for entry in entries)
    if requests < 2 or failures:
        raise MeasureError(f"with {users} users {failures} of {requests} requests failed; two are needed, and none may")
    seconds = max(entry["last_request_timestamp"] for entry in entries) - min(entry["start_time"] for entry in entries)
    times: Counter[float] = Counter()
    for entry in entries:
        times.update({float(time): count for time, count in entry["response_times"].items()})
    mean = sum(entry["total_response_time"] for entry in entries) / requests / 1000
    return Step(users, requests / seconds, mean, _percentile(times, 0.99) / 1000)


def _percentile(times: Counter[float], share: float) -> float:
    left = share * times.total()
    for time in sorted(times):
        left -= times[time]
        if left <= 0:
            return time
    return max(times)
