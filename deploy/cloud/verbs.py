"""What can be done with a service on a cluster, each verb once for all clouds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deploy.cloud import rollout
from deploy.cloud.cloud import Cloud, Kubectl
from deploy.cloud.images import Image
from deploy.cloud.manifests import folder, remembered, render, tried
from deploy.cloud.options import Options
from deploy.cloud.proof import check, of_pod, url
from deploy.cloud.rollout import PODS, REVISION
from deploy.cloud.steps import Step

RUNNING = "jsonpath={.spec.template.spec.containers[0].image}"


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
    return _put(cloud, options, new=True)


def update(cloud: Cloud, options: Options) -> Plan:
    """Another version on the cluster that is there."""
    options.required("VERSION", "1.1")
    return _put(cloud, options, new=False)


def push(cloud: Cloud, options: Options) -> Plan:
    """A version to where the cluster finds it; nothing is rolled out."""
    return Plan([*cloud.login, *cloud.images.sign_in, *cloud.images.image(options).steps])


def _put(cloud: Cloud, options: Options, new: bool) -> Plan:
    kubectl = Kubectl(cloud.context)
    image = cloud.images.image(options)
    canary = cloud.images.image(options, "CANARY") if options.tag("CANARY") else None
    published = [*cloud.images.sign_in, *image.steps, *(canary.steps if canary else [])]
    reached = [*(cloud.cluster if new else []), *cloud.credentials, *remembered(options, cloud.name, kubectl)]
    # A broken build is found before a cluster is paid for, and where there is one, another choice before a build.
    before = [*cloud.login, *([*cloud.prepare, *published, *reached] if new else [*reached, *published])]
    look = Step(
        "see what runs now",
        kubectl(f"get deployment slipway --ignore-not-found --output {REVISION}"),
        into="REVISION",
    )
    apply, *after = rollout.forward(kubectl, folder(cloud.name), canary is not None, _look(options))
    after += [*_address(cloud, options), *_prove(cloud, options, image, canary)]
    steps = [*tried(options, cloud.name), *before, render(options, cloud.name, image, canary), look, apply, *after]
    return Plan(steps, apply, rollout.undo(kubectl))


def _prove(cloud: Cloud, options: Options, image: Image, canary: Image | None) -> Sequence[Step]:
    """Each of the images with its own rows."""
    into, platform, kubectl = folder(cloud.name), cloud.images.platform, Kubectl(cloud.context)
    stable = check(options, of_pod(kubectl, "slipway"), into, image.reference, platform, beside=canary is not None)
    if not canary:
        return stable
    ask = of_pod(kubectl, "slipway-canary", into="BUNDLE_CANARY")
    return [*stable, *check(options, ask, into, canary.reference, platform, beside=True)]


def rollback(cloud: Cloud, options: Options) -> Plan:
    """The pods of before the last update; a canary goes."""
    kubectl = Kubectl(cloud.context)
    return Plan(
        [
            *cloud.login,
            *cloud.images.sign_in,
            *cloud.credentials,
            *rollout.back(
                kubectl,
                _look(options),
                "There may be none: `kubectl --namespace slipway rollout history deployment/slipway`. "
                f"`{options.make('update', VERSION='1.1')}` takes any version.",
            ),
            Step("see which image they have", kubectl(f"get deployment slipway --output {RUNNING}"), into="RUNS"),
            *_address(cloud, options),
            *check(options, of_pod(kubectl, "slipway"), folder(cloud.name), "$RUNS", cloud.images.platform),
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
            Step(
                "see whether the cluster knows gateways",
                kubectl("api-resources --api-group=gateway.networking.k8s.io --output=name"),
                into="GATEWAYS",
            ),
            Step("what stands in front", kubectl("get gateways"), shown=True, when="GATEWAYS"),
            *_known_address(cloud, options),
            Step("where it answers", ("echo", "$URL"), shown=True, when="URL"),
        ]
    )


def _known_address(cloud: Cloud, options: Options) -> Sequence[Step]:
    """Without waiting for one. A gateway says its own."""
    steps = [step for step in _address(cloud, options) if step.into and not step.unless]
    return [replace(step, needed=False) for step in steps]


def logs(cloud: Cloud, options: Options) -> Plan:
    """Of all pods, on and on."""
    follow = f"logs --selector {PODS} --prefix --tail=100 --follow --max-log-requests=100"
    step = Step("the pods' logs until Ctrl-C", Kubectl(cloud.context)(follow), shown=True)
    return Plan([*cloud.login, *cloud.credentials, step])


def destroy(cloud: Cloud, options: Options) -> Plan:
    return Plan([*cloud.login, *cloud.remove], asks=cloud.removes)


def _look(options: Options) -> str:
    return f"`{options.make('status')}` and `{options.make('logs')}` say more."


def _address(cloud: Cloud, options: Options) -> Sequence[Step]:
    return url(options) or cloud.address(Kubectl(cloud.context))
