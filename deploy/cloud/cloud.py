"""What clouds do each in its own way; the verbs in verbs.py are made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deploy.cloud.images import Node, Registry
from deploy.cloud.steps import Step, words


@dataclass(frozen=True)
class Cloud:
    """A cluster on a cloud.

    tools: the programs that are needed, each with where it comes from.
    context: kubectl's name of the cluster.
    login: holds whether somebody is logged in.
    prepare: what an image can be pushed to, made where it is missing.
    cluster: the cluster, made where it is missing.
    credentials: let kubectl reach it.
    address: finds URL.
    removes: in words, what `remove` takes away.
    """

    name: str
    tools: Sequence[tuple[str, str]]
    images: Registry | Node
    context: str
    login: Sequence[Step]
    prepare: Sequence[Step]
    cluster: Sequence[Step]
    credentials: Sequence[Step]
    address: Callable[["Kubectl"], Sequence[Step]]
    removes: Sequence[str]
    remove: Sequence[Step]


@dataclass(frozen=True)
class Kubectl:
    """Commands for one cluster and our namespace, whatever kubectl's current context is."""

    context: str

    def __call__(self, line: str, *more: str) -> tuple[str, ...]:
        return words(f"kubectl --context {self.context} --namespace slipway {line}", *more)


DOCKER = ("docker", "https://docs.docker.com/engine/install/")
KUBECTL = ("kubectl", "https://kubernetes.io/docs/tasks/tools/")


def balancer(kubectl: Kubectl) -> Sequence[Step]:
    """The address of the Service's load balancer."""
    there = "jsonpath={.status.loadBalancer.ingress}"
    url = "jsonpath=http://{.status.loadBalancer.ingress[0].ip}"
    return [
        Step(
            "wait for the external address",
            kubectl(f"wait --for={there} service/slipway --timeout=10m"),
            "`kubectl --namespace slipway describe service slipway` says what it waits for; often it is a quota.",
        ),
        Step("read the address", kubectl(f"get service slipway --output {url}"), into="URL", needed=True),
    ]
