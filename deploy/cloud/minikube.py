"""minikube: a cluster on this machine, into which the image is loaded without a registry."""

from collections.abc import Sequence

from deploy.cloud.cloud import DOCKER, KUBECTL, Cloud, Kubectl
from deploy.cloud.images import Node
from deploy.cloud.options import Options
from deploy.cloud.steps import Step, words

MINIKUBE = ("minikube", "https://minikube.sigs.k8s.io/docs/start/")


def minikube(options: Options) -> Cloud:
    profile = options.text("CLUSTER", "slipway")
    of = f"--profile={profile}"
    reach = Step(
        "let kubectl reach the cluster", words(f"minikube update-context {of}"), "`make deploy-minikube` starts it."
    )
    return Cloud(
        name="minikube",
        tools=(DOCKER, MINIKUBE, KUBECTL),
        images=Node(options.image(), profile),
        context=profile,
        login=[],
        # First of all, for the image is loaded into what runs; to start what runs does nothing.
        prepare=[Step("start minikube", words(f"minikube start {of}"), "`minikube logs --problems` says more.")],
        cluster=[],
        credentials=[reach],
        address=lambda kubectl: _address(kubectl, of),
        removes=(f"the minikube cluster {profile} and all that is in it",),
        remove=[Step("remove the cluster", words(f"minikube delete {of}"))],
    )


def _address(kubectl: Kubectl, of: str) -> Sequence[Step]:
    """`minikube service --url` says the same, but keeps the terminal where Docker has a virtual machine of its own."""
    url = "jsonpath=http://$NODE:{.spec.ports[0].nodePort}"
    return [
        Step("find the node's address", words(f"minikube ip {of}"), into="NODE", needed=True),
        Step("find the port", kubectl(f"get service slipway --output {url}"), into="URL", needed=True),
    ]
