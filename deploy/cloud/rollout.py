"""From manifests to pods, and back: it ends when no pod of another revision is left, not even one that is ending."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.cloud.cloud import Kubectl
from deploy.cloud.steps import Step

REVISION = r"jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}"
PODS = "app.kubernetes.io/name=slipway"
# Of the revisions that have pods. Each becomes an exception in the selector of those that have to end.
CURRENT = "jsonpath={range .items[?(@.spec.replicas>0)]},pod-template-hash!={.metadata.labels.pod-template-hash}{end}"


def forward(kubectl: Kubectl, folder: str, canary: bool, hint: str) -> Sequence[Step]:
    """Apply what stands in the folder; the first step is the one that changes something."""
    wait = Step("wait until the new pods are ready", _status(kubectl, "slipway"), hint)
    beside = (
        Step("wait until the canary is ready", _status(kubectl, "slipway-canary"), hint)
        if canary
        else no_canary(kubectl)
    )
    apply = Step("apply the manifests", kubectl(f"apply --kustomize {folder}"), hint)
    return [apply, wait, beside, *_alone(kubectl)]


def undo(kubectl: Kubectl) -> Sequence[Step]:
    """Back to `$REVISION`; nothing where it is empty, since nothing ran before."""
    back = kubectl("rollout undo deployment/slipway --to-revision=$REVISION")
    steps = [
        *_leave(kubectl),
        Step("go back to what ran before", back),
        no_canary(kubectl),
        Step("wait until it runs", _status(kubectl, "slipway")),
        _current(kubectl),
        _forget(kubectl),
    ]
    return [replace(step, when="REVISION") for step in steps]


def back(kubectl: Kubectl, hint: str, otherwise: str) -> Sequence[Step]:
    """To the pods of before, without a canary. otherwise: what to do where there are none."""
    undo = "rollout undo deployment/slipway"
    return [
        *_leave(kubectl),
        Step("see what ran before", kubectl(f"{undo} --dry-run=client"), otherwise, shown=True),
        Step("go back to it", kubectl(undo), otherwise),
        no_canary(kubectl),
        Step("wait until its pods are ready", _status(kubectl, "slipway"), hint),
        *_alone(kubectl),
        _forget(kubectl),
    ]


def _leave(kubectl: Kubectl) -> Sequence[Step]:
    """Find the pods that are left behind."""
    of = r'[?(@.metadata.annotations.deployment\.kubernetes\.io/revision=="$LEFT")].metadata.labels.pod-template-hash'
    stable = f"get replicasets --selector {PODS},track=stable --output jsonpath={{.items{of}}}"
    return [
        Step("see which revision is left", kubectl(f"get deployment slipway --output {REVISION}"), into="LEFT"),
        Step("see which pods are its own", kubectl(stable), into="LEFT_PODS"),
    ]


def _forget(kubectl: Kubectl) -> Step:
    """What was left would else be what the next rollback goes to. Not where nothing was: then it is what runs."""
    line = f"delete replicasets --selector {PODS},pod-template-hash=$LEFT_PODS$CURRENT"
    return Step("forget the revision that was left", kubectl(line))


def no_canary(kubectl: Kubectl) -> Step:
    """Its pods first, so that they are gone as well."""
    line = "delete deployment slipway-canary --ignore-not-found --cascade=foreground"
    return Step("remove a canary of before", kubectl(line))


def _alone(kubectl: Kubectl) -> Sequence[Step]:
    """Pods that end still answer for a while, and balancers still send to them."""
    hint = f"`kubectl --namespace slipway get pods --selector {PODS}` shows which do not end: is their node gone?"
    return [
        _current(kubectl),
        Step(
            "wait until the pods of before have ended",
            kubectl(f"wait --for=delete pods --selector {PODS}$CURRENT --timeout=10m"),
            hint,
        ),
    ]


def _current(kubectl: Kubectl) -> Step:
    find = kubectl(f"get replicasets --selector {PODS} --output", CURRENT)
    return Step("see which pods are the ones that stay", find, into="CURRENT", needed=True)


def _status(kubectl: Kubectl, deployment: str) -> tuple[str, ...]:
    """Without a limit: many pods come one after another, and the Deployment itself says when there is no progress."""
    return kubectl(f"rollout status deployment/{deployment}")
