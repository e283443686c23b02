"""python -m deploy.plan, from the project's directory: what a day costs in pods, and what its users wait."""

import sys
from pathlib import Path

from deploy.load.mix import MixError, read_mix
from deploy.load.options import address, read_options
from deploy.plan.curve import PRESETS, CurveError, read_curve
from deploy.plan.measure import USERS, MeasureError, measure
from deploy.plan.options import Deployed, PlanOptions
from deploy.plan.pod import Floats, Pod
from deploy.plan.report import draw, measured, table
from deploy.plan.simulation import simulate

# Of the readiness probe's patience, which a full queue may take: not every request takes its mean.
SHARE = 0.8


def main() -> int:
    """Exit status 2 where there is nothing to plan with."""
    options = read_options(PlanOptions)
    try:
        curve = _curve(options)
        pod = _pod(options)
    except (CurveError, MeasureError, MixError) as error:
        print(f"Slipway: {error}.", file=sys.stderr)
        return 2
    scaler = options.scaler()
    print(
        f"{scaler.minimum} to {scaler.maximum} pods, at {scaler.target:.0%} CPU; "
        f"one answers up to {pod.throughput:.1f} requests/s with {pod.workers} workers"
    )
    if remark := _remark(pod):
        print(remark)
    outcome = simulate(pod, scaler, options.delays(), curve)
    print(*table(outcome), sep="\n")
    draw(outcome, options.picture)
    print(f"Slipway: drawn in {options.picture}.")
    return 0


def _remark(pod: Pod) -> str:
    """Whether pods so busy that their queue is full would be taken for dead, as the plan does not."""
    patience = Deployed.read().patience
    if pod.queue / pod.throughput < patience:
        return ""
    fitting = max(pod.workers, int(pod.throughput * patience * SHARE))
    return (
        f"Slipway: a full queue of {pod.queue} takes {pod.queue / pod.throughput:.0f} s, and the readiness probe waits "
        f"for {patience} s: such pods would be taken out. SLIPWAY_QUEUE={fitting} fits; plan with QUEUE={fitting}."
    )


def _curve(options: PlanOptions) -> Floats:
    return PRESETS[options.curve](options.peak) if options.curve in PRESETS else read_curve(Path(options.curve))


def _pod(options: PlanOptions) -> Pod:
    """As it was given, or as it was measured: what it answers at most is the best step's throughput."""
    if options.throughput is not None:
        return options.pod(options.throughput)
    assert options.url is not None
    url = address(options.url)
    read_mix(url, options.models.split())
    print(f"Slipway: measuring {url} for {len(USERS)} times {options.step} seconds.", flush=True)
    steps = measure(url, options.models, options.step)
    pod = options.pod(max(step.throughput for step in steps))
    print(*measured(steps, pod), sep="\n")
    return pod


if __name__ == "__main__":
    sys.exit(main())
