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


def no_namespace(context: str) -> Step:
    """First of all, for of a load balancer parts may outlive its cluster."""
    return Step(
        "remove the namespace, and with it the address",
        words(f"kubectl --context {context} delete namespace slipway --ignore-not-found --timeout=10m"),
        when="CLUSTER",
    )


def stays(what: str, cloud: str, found: str, ours: str) -> Step:
    """Say of something that it is there and was not made here."""
    return Step(
        f"see whether the {what} stays",
        ("echo", f"Slipway: the {what} stays: it was not made by make deploy-{cloud}."),
        shown=True,
        when=found,
        unless=ours,
    )


DOCKER = ("docker", "https://docs.docker.com/engine/install/")
KUBECTL = ("kubectl", "https://kubernetes.io/docs/tasks/tools/")


def balancer(kubectl: Kubectl) -> Sequence[Step]:
    """The address of the Service's load balancer or, where it has none of its own, of the Gateway."""
    of_type = 'jsonpath={.items[?(@.spec.type=="LoadBalancer")].metadata.name}'
    there, address = "jsonpath={.status.loadBalancer.ingress}", "{.status.loadBalancer.ingress[0].ip}"
    hint = "`kubectl --namespace slipway describe {0} slipway` says what it waits for; often it is a quota."
    return [
        Step("see whether the Service has a balancer", kubectl(f"get services --output {of_type}"), into="BALANCER"),
        Step(
            "wait for the external address",
            kubectl(f"wait --for={there} service/slipway --timeout=10m"),
            hint.format("service"),
            when="BALANCER",
        ),
        Step(
            "read the address",
            kubectl(f"get service slipway --output jsonpath=http://{address}"),
            into="URL",
            needed=True,
            when="BALANCER",
        ),
        Step(
            "wait for the gateway",
            kubectl("wait --for=condition=Programmed gateway/slipway --timeout=15m"),
            hint.format("gateway") + " Where there is none, URL= says where the service is met.",
            unless="BALANCER",
        ),
        Step(
            "read the gateway's address",
            kubectl("get gateway slipway --output jsonpath=http://{.status.addresses[0].value}"),
            into="URL",
            needed=True,
            unless="BALANCER",
        ),
    ]
