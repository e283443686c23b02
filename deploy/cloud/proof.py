"""What ends a deployment: predictions through the address, held against what training-time code answered."""

from collections.abc import Sequence

from deploy.cloud.cloud import Kubectl
from deploy.cloud.images import docker, on
from deploy.cloud.options import Options
from deploy.cloud.steps import Step

# In the image there is Python, and no curl.
DEFAULT = (
    "import json, urllib.request as web; "
    "models = json.load(web.urlopen('http://127.0.0.1:8080/models'))['models']; "
    "print(*(f'{model[\"name\"]}/{model[\"version\"]}' for model in models if model['default']))"
)


def of_pod(kubectl: Kubectl, deployment: str, into: str = "BUNDLE") -> Step:
    """What a pod itself has for its default: at the address another one might answer."""
    return Step(
        f"ask a pod of {deployment} what its default model is",
        kubectl(f"exec deployment/{deployment} --container=slipway -- python -c", DEFAULT),
        "The image has no default model, or Python cannot be run in it.",
        into=into,
        needed=True,
    )


def at(options: Options, address: str) -> Step:
    """The default model of whatever answers there."""
    hint = "URL= asks at another address, for instance your own domain's."
    return Step("wait for the first answer", (*python(options, "smoke"), "wait", address), hint, into="BUNDLE")


def check(options: Options, ask: Step, into: str, image: str, platform: str, beside: bool = False) -> Sequence[Step]:
    """Predictions by the bundle that `ask` finds, through URL. The image has its golden rows.

    beside: others answer at the same address, and need not have this bundle.
    """
    golden = options.text("GOLDEN", f"{into}/golden{ask.into.removeprefix('BUNDLE').lower()}.json")
    rows = f"models/${ask.into}/golden.json"
    take = Step(
        "take the golden rows out of the image",
        (*docker(options), "run", "--rm", *on(options, platform), "--entrypoint=cat", image, rows),
        "Where the models are not in the image, name the rows: GOLDEN=models/churn/3/golden.json.",
        file=golden,
    )
    hold = Step(
        "hold predictions against the golden rows",
        (*python(options, "smoke"), "check", "$URL", f"${ask.into}", golden, *(["--beside"] if beside else [])),
        "The service runs, but does not answer as its model did where it was trained. "
        "URL= asks at another address, for instance your own domain's.",
        shown=True,
    )
    return [ask, *([] if options.text("GOLDEN") else [take]), hold]


def url(options: Options) -> Sequence[Step]:
    """The address that the user named; nothing where none was."""
    chosen = options.text("URL").rstrip("/")
    return [Step("take the address that was named", ("echo", chosen), into="URL")] if chosen else []


def python(options: Options, module: str) -> tuple[str, ...]:
    return options.environment.get("PYTHON") or "python3", "-m", f"deploy.cloud.{module}"
