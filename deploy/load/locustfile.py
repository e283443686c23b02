"""What locust runs: users who send the service's mix, and two bounds that make the run fail."""

import random
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from locust import FastHttpUser, events, task
from locust.env import Environment

from deploy.load.mix import Request, read_mix

# The share of requests after which a user is somebody else, with a connection of its own: a balancer that spreads
# connections, as a Service's does, would send nothing to the pods that came later.
NEWCOMERS = 0.05


@events.init_command_line_parser.add_listener
def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--models", default="", help="models to ask, and hello, separated by spaces; all where empty")
    parser.add_argument("--think", type=float, default=1.0, help="seconds between an answer and the next request, mean")
    parser.add_argument("--max-errors", type=float, default=0.01, help="largest share of requests that may fail")
    parser.add_argument("--max-p95", type=float, default=1000.0, help="largest 95th percentile in milliseconds")


class Visitor(FastHttpUser):
    """One user: asks, waits, asks again."""

    mix: Sequence[Request] = ()
    think = 1.0

    def wait_time(self) -> float:
        return self.think * random.uniform(0.5, 1.5)

    @task
    def ask(self) -> None:
        request = random.choices(self.mix, [request.weight for request in self.mix])[0]
        connection = "close" if random.random() < NEWCOMERS else "keep-alive"
        headers = {"Content-Type": "application/json", "Connection": connection}
        self.client.post(request.path, data=request.body.decode(), headers=headers, name=request.name)


@events.test_start.add_listener
def ask_for_mix(environment: Environment, **_: Any) -> None:
    """Here and not at the import: in the web UI the service's address may be changed before each run."""
    options, host = environment.parsed_options, environment.host or ""
    assert options is not None
    Visitor.mix = read_mix(host.rstrip("/"), options.models.split())
    Visitor.think = options.think


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Sets the exit status: 1 where a bound was passed, or nothing was answered at all."""
    options, total = environment.parsed_options, environment.stats.total
    assert options is not None
    p95 = total.get_response_time_percentile(0.95) or 0
    passed = []
    if not total.num_requests:
        passed.append("no request was answered")
    if total.fail_ratio > options.max_errors:
        passed.append(f"{total.fail_ratio:.2%} of the requests failed, and {options.max_errors:.2%} may")
    if p95 > options.max_p95:
        passed.append(f"the 95th percentile is {p95:.0f} ms, and {options.max_p95:.0f} ms is allowed")
    environment.process_exit_code = int(bool(passed))
    verdict = "; ".join(passed) or f"{total.fail_ratio:.2%} errors, 95th percentile {p95:.0f} ms: within the bounds"
    # Below the tables, which locust prints only now.
    environment.events.quit.add_listener(lambda **_: print(f"Slipway: {verdict}.", flush=True))
