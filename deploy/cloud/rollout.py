"""From manifests to pods, and back: it ends when no pod of another revision is left, not even one that is ending."""

from collections.abc import Sequence

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
    return [
        Step("go back to what ran before", back, when="REVISION"),
        no_canary(kubectl, when="REVISION"),
        Step("wait until it runs", _status(kubectl, "slipway"), when="REVISION"),
    ]


def back(kubectl: Kubectl, hint: str, otherwise: str) -> Sequence[Step]:
    """To the pods of before, without a canary. otherwise: what to do where there are none."""
    return [
        Step("go back to the pods of before", kubectl("rollout undo deployment/slipway"), otherwise),
        no_canary(kubectl),
        Step("wait until they are ready", _status(kubectl, "slipway"), hint),
        *_alone(kubectl),
    ]


def no_canary(kubectl: Kubectl, when: str = "") -> Step:
    """Its pods first, so that they are gone as well."""
    line = "delete deployment slipway-canary --ignore-not-found --cascade=foreground"
    return Step("remove a canary of before", kubectl(line), when=when)


def _alone(kubectl: Kubectl) -> Sequence[Step]:
    """Pods that end still answer for a while, and balancers still send to them."""
    hint = f"`kubectl --namespace slipway get pods --selector {PODS}` shows which do not end: is their node gone?"
    return [
        Step(
            "see which pods are the new ones",
            kubectl(f"get replicasets --selector {PODS} --output", CURRENT),
            into="CURRENT",
            needed=True,
        ),
        Step(
            "wait until the pods of before have ended",
            kubectl(f"wait --for=delete pods --selector {PODS}$CURRENT --timeout=10m"),
            hint,
        ),
    ]


def _status(kubectl: Kubectl, deployment: str) -> tuple[str, ...]:
    return kubectl(f"rollout status deployment/{deployment} --timeout=15m")
