"""A plan for people: a table with a line per hour, and a picture."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from deploy.plan.measure import Step
from deploy.plan.pod import Pod
from deploy.plan.simulation import MINUTE, Outcome

HOUR = 3600
HEAD = f"{'hour':>5} {'requests/s':>11} {'pods':>7} {'p50 ms':>8} {'p99 ms':>8} {'refused':>10} {'pod-hours':>10}"


def measured(steps: Sequence[Step], pod: Pod) -> Iterator[str]:
    """The steps beside what the model says of as many users: by Little's law, users over throughput."""
    yield f"{'users':>5} {'requests/s':>11} {'mean ms':>8} {'p99 ms':>8} {'model, mean ms':>15}"
    for step in steps:
        model = step.users * pod.service / min(step.users, pod.workers)
        times = f"{step.mean * 1e3:8.0f} {step.p99 * 1e3:8.0f} {model * 1e3:15.0f}"
        yield f"{step.users:5} {step.throughput:11.1f} {times}"


def table(outcome: Outcome) -> Iterator[str]:
    yield HEAD
    for begin in range(0, len(outcome.arrived), HOUR):
        yield _line(outcome, f"{begin // HOUR:5}", slice(begin, begin + HOUR))
    yield _line(outcome, "  all", slice(0, len(outcome.arrived)))


def _line(outcome: Outcome, name: str, seconds: slice) -> str:
    minutes = slice(seconds.start // MINUTE, -(-seconds.stop // MINUTE))
    pods, rate = outcome.ready[seconds], outcome.arrived[seconds].mean()
    times = " ".join(f"{outcome.percentile(share, minutes) * 1e3:8.0f}" for share in (0.5, 0.99))
    refused, hours = outcome.refused[seconds].sum(), outcome.paid[seconds].sum() / HOUR
    return f"{name} {rate:11.1f} {f'{pods.min():.0f}-{pods.max():.0f}':>7} {times} {refused:10.0f} {hours:10.1f}"


def draw(outcome: Outcome, path: Path) -> None:
    """Three panels over the hours: rates, pods, times; PNG or SVG, by the path's suffix."""
    figure = Figure(figsize=(10, 9), layout="constrained")
    rates, pods, times = figure.subplots(3, sharex=True)
    hours = np.arange(len(outcome.arrived)) / HOUR
    rates.plot(hours, outcome.ready * outcome.pod.throughput, color="0.7", label="most that the ready pods answer")
    rates.plot(hours, outcome.arrived, label="arrives")
    rates.plot(hours, outcome.refused, color="tab:red", label="refused (429)")
    rates.set_ylabel("requests/s")
    pods.step(hours, outcome.asked, where="post", color="0.7", label="asked for")
    pods.step(hours, outcome.ready, where="post", label="ready")
    pods.set_ylabel("pods")
    minutes = range(len(outcome.answers))
    for share, label in ((0.5, "p50"), (0.99, "p99")):
        values = [outcome.percentile(share, slice(minute, minute + 1)) * 1e3 for minute in minutes]
        times.plot(np.array(minutes) * MINUTE / HOUR, values, label=label)
    times.set(ylabel="ms", yscale="log", xlabel="hour")
    for panel in (rates, pods, times):
        panel.set_ylim(bottom=None if panel is times else 0)
        panel.grid(alpha=0.3)
        panel.legend(loc="upper left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
