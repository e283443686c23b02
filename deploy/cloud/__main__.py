"""python3 -m deploy.cloud VERB CLOUD, from the project's directory. What it takes besides are environment variables."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence

from deploy.cloud import cloudrun, kserve, verbs
from deploy.cloud.aks import aks
from deploy.cloud.cloud import Cloud
from deploy.cloud.gke import gke
from deploy.cloud.minikube import minikube
from deploy.cloud.options import Options, RefusedError
from deploy.cloud.steps import StepFailedError, run, say, show
from deploy.cloud.verbs import Plan

CLOUDS: dict[str, Callable[[Options], Cloud]] = {"gke": gke, "aks": aks, "minikube": minikube}
VERBS: dict[str, Callable[[Cloud, Options], Plan]] = {
    "deploy": verbs.deploy,
    "push": verbs.push,
    "update": verbs.update,
    "rollback": verbs.rollback,
    "status": verbs.status,
    "logs": verbs.logs,
    "destroy": verbs.destroy,
}
ALONE = {"cloudrun": cloudrun, "kserve": kserve}


def main(verb: str, name: str) -> int:
    options = Options(os.environ, f"{verb}-{name}")
    try:
        plan, tools = _plan(verb, name, options)
        if options.flag("DRY_RUN"):
            show(plan.steps, plan.apply, plan.undo)
            return 0
        _need(tools)
        _ask(plan, options)
        _run(plan)
    except RefusedError as error:
        say(str(error))
        return 2
    except StepFailedError as error:
        say(f"{error}\nThen run {options.make()} again: what is there already is kept.")
        return 1
    return 0


def _plan(verb: str, name: str, options: Options) -> tuple[Plan, Sequence[tuple[str, str]]]:
    if name in ALONE:
        return ALONE[name].deploy(options), ALONE[name].TOOLS
    cloud = CLOUDS[name](options)
    return VERBS[verb](cloud, options), cloud.tools


def _need(tools: Sequence[tuple[str, str]]) -> None:
    missing = [f"{tool} ({source})" for tool, source in tools if not shutil.which(tool)]
    if missing:
        raise RefusedError(f"this needs {' and '.join(missing)}: install it and run make again.")


def _ask(plan: Plan, options: Options) -> None:
    if not plan.asks:
        return
    say("this removes:\n" + "\n".join(f"  {what}" for what in plan.asks))
    if options.flag("YES"):
        return
    if not sys.stdin.isatty():
        raise RefusedError(f"nobody is here to be asked: {options.make(YES='1')} removes it unasked.")
    print("Type yes to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != "yes":
        raise RefusedError("nothing was removed.")


def _run(plan: Plan) -> None:
    """Raises StepFailedError, where there is something to go back to after that has been done."""
    found: dict[str, str] = {}
    try:
        run(plan.steps, found)
    except StepFailedError as error:
        if (
            plan.apply is None
            or plan.steps.index(error.step) < plan.steps.index(plan.apply)
            or not found.get("REVISION")
        ):
            raise
        say(f"{error}\nGoing back to what ran before.")
        run(plan.undo, found)
        raise StepFailedError(error.step, f"'{error.step.title}' failed, so what ran before runs again.") from error


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(*sys.argv[1:]))
