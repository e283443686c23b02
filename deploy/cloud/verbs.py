"""What can be done with a service on a cluster, each verb once for all clouds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.cloud.cloud import Cloud, Kubectl
from deploy.cloud.images import Image, docker, on
from deploy.cloud.options import Options, RefusedError
from deploy.cloud.overlay import COMPONENTS
from deploy.cloud.steps import Step

REVISION = r"jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}"
RUNNING = "jsonpath={.spec.template.spec.containers[0].image}"
PODS = "app.kubernetes.io/name=slipway"
GOLDEN = "models/$BUNDLE/golden.json"
LOOK = "`make status-{0}` and `make logs-{0}` say more."


@dataclass(frozen=True)
class Plan:
    """The steps of a verb.

    undo: what is done where one of them fails from `apply` on and something ran before.
    asks: what they remove, in words; nothing is removed unasked.
    """

    steps: Sequence[Step]
    apply: Step | None = None
    undo: Sequence[Step] = ()
    asks: Sequence[str] = ()


def deploy(cloud: Cloud, options: Options) -> Plan:
    """From nothing to an answer."""
    return _put(cloud, options, cloud.prepare, cloud.cluster)


def update(cloud: Cloud, options: Options) -> Plan:
    """Another version on the cluster that is there."""
    options.required("VERSION", "1.1")
    return _put(cloud, options, [], [])


def push(cloud: Cloud, options: Options) -> Plan:
    """A version to where the cluster finds it; nothing is rolled out."""
    return Plan([*cloud.login, *cloud.images.sign_in, *cloud.images.image(options).steps])


def _put(cloud: Cloud, options: Options, prepare: Sequence[Step], cluster: Sequence[Step]) -> Plan:
    kubectl = Kubectl(cloud.context)
    image = cloud.images.image(options)
    canary = cloud.images.image(options, "CANARY") if options.tag("CANARY") else None
    published = [*cloud.images.sign_in, *image.steps, *(canary.steps if canary else [])]
    before = [*cloud.login, *prepare, *published, *cluster, *cloud.credentials]
    apply, *after = _roll_out(cloud, options, image, canary)
    look = Step(
        "see what runs now",
        kubectl(f"get deployment slipway --ignore-not-found --output {REVISION}"),
        into="REVISION",
    )
    after += [*_address(cloud, options), *check(options, folder(cloud.name), image.reference, cloud.images.platform)]
    return Plan([*before, render(options, cloud.name, image, canary), look, apply, *after], apply, _undo(cloud))


def _roll_out(cloud: Cloud, options: Options, image: Image, canary: Image | None) -> Sequence[Step]:
    kubectl = Kubectl(cloud.context)
    hint = LOOK.format(cloud.name)
    apply = Step("apply the manifests", kubectl(f"apply --kustomize {folder(cloud.name)}"), hint)
    wait = Step("wait until the new pods are ready", _status(kubectl, "slipway"), hint)
    if canary:
        return [apply, wait, Step("wait until the canary is ready", _status(kubectl, "slipway-canary"), hint)]
    return [apply, wait, Step("remove a canary of before", _no_canary(kubectl))]


def _undo(cloud: Cloud) -> Sequence[Step]:
    """Only where something ran before, for which `$REVISION` stands."""
    kubectl = Kubectl(cloud.context)
    back = kubectl("rollout undo deployment/slipway --to-revision=$REVISION")
    return [
        Step("go back to what ran before", back, when="REVISION"),
        Step("remove the canary", _no_canary(kubectl), when="REVISION"),
        Step("wait until it runs", _status(kubectl, "slipway"), when="REVISION"),
    ]


def rollback(cloud: Cloud, options: Options) -> Plan:
    """The pods of before the last update; a canary goes."""
    kubectl = Kubectl(cloud.context)
    return Plan(
        [
            *cloud.login,
            *cloud.images.sign_in,
            *cloud.credentials,
            Step(
                "go back to the pods of before",
                kubectl("rollout undo deployment/slipway"),
                f"There may be none: `kubectl --namespace slipway rollout history deployment/slipway`. "
                f"`make update-{cloud.name} VERSION=` takes any version.",
            ),
            Step("remove a canary", _no_canary(kubectl)),
            Step("wait until they are ready", _status(kubectl, "slipway"), LOOK.format(cloud.name)),
            Step("see which image they have", kubectl(f"get deployment slipway --output {RUNNING}"), into="RUNS"),
            *_address(cloud, options),
            *check(options, folder(cloud.name), "$RUNS", cloud.images.platform),
        ]
    )


def status(cloud: Cloud, options: Options) -> Plan:
    kubectl = Kubectl(cloud.context)
    kinds = "deployments,horizontalpodautoscalers,pods,services"
    return Plan(
        [
            *cloud.login,
            *cloud.credentials,
            Step("what runs", kubectl(f"get {kinds} --selector {PODS} --output wide"), shown=True),
            Step("what was rolled out", kubectl("rollout history deployment/slipway"), shown=True),
            Step(
                "what the cluster warns of",
                kubectl("get events --field-selector type=Warning --sort-by .lastTimestamp"),
                shown=True,
            ),
        ]
    )


def logs(cloud: Cloud, options: Options) -> Plan:
    """Of all pods, on and on."""
    follow = f"logs --selector {PODS} --prefix --tail=100 --follow --max-log-requests=100"
    step = Step("the pods' logs until Ctrl-C", Kubectl(cloud.context)(follow), shown=True)
    return Plan([*cloud.login, *cloud.credentials, step])


def destroy(cloud: Cloud, options: Options) -> Plan:
    return Plan([*cloud.login, *cloud.remove], asks=cloud.removes)


def folder(name: str) -> str:
    """Where an overlay with the image in it is written; not tracked."""
    return f".local/{name}"


def render(options: Options, name: str, image: Image, canary: Image | None = None, overlay: str = "") -> Step:
    """Write the overlay. Raises RefusedError where it, or a component, is not there."""
    chosen = options.text("OVERLAY", overlay or f"deploy/overlays/{name}")
    if not Path(chosen, "kustomization.yaml").is_file():
        raise RefusedError(f"OVERLAY={chosen!r} is not accepted: a folder with a kustomization.yaml is.")
    components = options.several("COMPONENTS")
    there = sorted(path.name for path in COMPONENTS.iterdir())
    for component in components:
        if component not in there:
            raise RefusedError(f"COMPONENTS={component!r} is not accepted: {', '.join(there)} are.")
    return Step(
        "write the overlay with this image",
        (*python(options, "overlay"), folder(name), chosen, image.reference)
        + (("--canary", canary.reference) if canary else ())
        + tuple(f"--component={component}" for component in components),
    )


def check(options: Options, into: str, image: str, platform: str) -> Sequence[Step]:
    """A prediction to URL, held against what training-time code answered. The image has these rows."""
    golden = options.text("GOLDEN", f"{into}/golden.json")
    take = Step(
        "take the golden rows out of the image",
        (*docker(options), "run", "--rm", *on(options, platform), "--entrypoint=cat", image, GOLDEN),
        "Where the models are not in the image, name the rows: GOLDEN=models/churn/3/golden.json.",
        file=golden,
    )
    hint = "URL= asks at another address, for instance your own domain's."
    return [
        Step("wait for the first answer", (*python(options, "smoke"), "wait", "$URL"), hint, into="BUNDLE"),
        *([] if options.text("GOLDEN") else [take]),
        Step(
            "hold a prediction against the golden rows",
            (*python(options, "smoke"), "check", "$URL", "$BUNDLE", golden),
            "The service runs, but does not answer as its model did where it was trained.",
            shown=True,
        ),
    ]


def _address(cloud: Cloud, options: Options) -> Sequence[Step]:
    return url(options) or cloud.address(Kubectl(cloud.context))


def url(options: Options) -> Sequence[Step]:
    """The address that the user named; nothing where none was."""
    chosen = options.text("URL").rstrip("/")
    return [Step("take the address that was named", ("echo", chosen), into="URL")] if chosen else []


def python(options: Options, module: str) -> tuple[str, ...]:
    return options.environment.get("PYTHON") or "python3", "-m", f"deploy.cloud.{module}"


def _status(kubectl: Kubectl, deployment: str) -> tuple[str, ...]:
    return kubectl(f"rollout status deployment/{deployment} --timeout=15m")


def _no_canary(kubectl: Kubectl) -> tuple[str, ...]:
    return kubectl("delete deployment slipway-canary --ignore-not-found")
