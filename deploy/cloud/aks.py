"""Azure Kubernetes Service: a resource group that holds a registry, and a cluster that may pull from it."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.cloud.cloud import DOCKER, KUBECTL, Cloud, balancer, no_namespace, stays
from deploy.cloud.images import Registry, look
from deploy.cloud.options import Options, RefusedError
from deploy.cloud.steps import Step, words

AZ = ("az", "https://learn.microsoft.com/cli/azure/install-azure-cli")
# What is made here says so, for only that is removed here.
MARK = "made-by=slipway"


def aks(options: Options) -> Cloud:
    group, cluster = options.text("RESOURCE_GROUP", "slipway"), options.text("CLUSTER", "slipway")
    registry = options.required("REGISTRY", "myregistry", "its name must be free in all of Azure").lower()
    if not registry.isalnum() or not 5 <= len(registry) <= 50:
        raise RefusedError(
            f"REGISTRY={registry!r} is not accepted: the registry's bare name is, 5 to 50 letters and digits."
        )
    image = options.image()
    region = options.text("REGION", "eastus")
    return Cloud(
        name="aks",
        tools=(DOCKER, AZ, KUBECTL),
        images=_images(registry, image),
        context=_context(group, cluster),
        login=[
            Step(
                "see whether az is logged in", words("az account get-access-token --output=none"), "Log in: `az login`."
            ),
        ],
        prepare=[*_group(group, region), *_registry(group, registry)],
        cluster=_cluster(group, cluster, registry, options),
        credentials=[_credentials(group, cluster)],
        address=balancer,
        removes=(
            f"the namespace slipway in the cluster {cluster} (resource group {group}), with its address",
            f"of the resource group {group}, the cluster {cluster} and the registry {registry} with its images those "
            f"that were made by make deploy-aks: they then have the tag {MARK}; a group goes with all that is in it",
        ),
        remove=_remove(group, cluster, registry),
    )


def _images(registry: str, image: str) -> Registry:
    def published(version: str, into: str) -> Sequence[Step]:
        known = words(f"az acr repository list --name={registry} --query=[?@=='{image}'] --output=tsv")
        tags = f"az acr repository show-tags --name={registry} --repository={image} --detail"
        return [
            Step("look whether the registry has the image", known, into="PUSHED"),
            look(version, words(f"{tags} --query=[?name=='{version}'].digest --output=tsv"), into, when="PUSHED"),
        ]

    return Registry(
        f"{registry}.azurecr.io/{image}",
        published=published,
        sign_in=[Step("let docker use the registry", words(f"az acr login --name={registry}"))],
    )


def _group(group: str, region: str) -> Sequence[Step]:
    return [
        Step(
            "look whether the resource group is there",
            words(f"az group list --query=[?name=='{group}'].name --output=tsv"),
            into="GROUP",
        ),
        Step(
            "make the resource group",
            words(f"az group create --name={group} --location={region} --tags={MARK} --output=none"),
            "REGION= names the place: `az account list-locations --output=table`.",
            unless="GROUP",
        ),
    ]


def _registry(group: str, registry: str) -> Sequence[Step]:
    inside = f"--resource-group={group}"
    return [
        Step(
            "look whether the registry is there",
            words(f"az acr list {inside} --query=[?name=='{registry}'].name --output=tsv"),
            into="REPOSITORY",
        ),
        Step(
            "make the registry",
            words(f"az acr create {inside} --name={registry} --sku=Basic --tags={MARK} --output=none"),
            f"The name must be free in all of Azure: `az acr check-name --name={registry}`. "
            "A new subscription: `az provider register --namespace Microsoft.ContainerRegistry`.",
            unless="REPOSITORY",
        ),
    ]


def _cluster(group: str, cluster: str, registry: str, options: Options) -> Sequence[Step]:
    """Two nodes have 8 CPUs: new subscriptions may use 10 in a region."""
    nodes, zones = options.number("NODES", 2), options.several("ZONES") or ["1", "2", "3"]
    spread = [] if zones == ["none"] else ["--zones", *zones]
    which = f"--resource-group={group} --name={cluster}"
    return [
        Step(
            "look whether the cluster is there",
            words(f"az aks list --resource-group={group} --query=[?name=='{cluster}'].name --output=tsv"),
            into="CLUSTER",
        ),
        # Policies are enforced, nodes come and go.
        Step(
            "make the cluster, which takes some ten minutes",
            words(
                f"az aks create {which} --attach-acr={registry} --generate-ssh-keys --tags={MARK} --output=none "
                "--network-plugin=azure --network-plugin-mode=overlay --network-dataplane=cilium "
                f"--node-vm-size={options.text('MACHINE', 'Standard_D4s_v5')} --node-count={nodes} "
                f"--enable-cluster-autoscaler --min-count={nodes} --max-count={4 * nodes}",
                *spread,
            ),
            "Often it is a quota: `az vm list-usage --location REGION --output=table`. To attach the registry you must "
            "be Owner of it. A region without zones takes ZONES=none.",
            unless="CLUSTER",
        ),
        # Whoever began to make it may have gone.
        Step(
            "wait until it is made",
            words(f"az aks wait {which} --created"),
            f"A cluster in the state Failed has to be deleted first: `az aks delete {which}`.",
            when="CLUSTER",
        ),
        # The last thing that a creation does, so that one which broke off may lack it.
        Step(
            "let the cluster pull from the registry",
            words(f"az aks update {which} --attach-acr={registry} --output=none"),
            "You must be Owner of the registry.",
            when="CLUSTER",
        ),
    ]


def _context(group: str, cluster: str) -> str:
    """kubectl knows clusters of other groups as well, and of other clouds."""
    return f"aks_{group}_{cluster}"


def _credentials(group: str, cluster: str, when: str = "") -> Step:
    return Step(
        "let kubectl reach the cluster",
        words(f"az aks get-credentials --resource-group={group} --name={cluster}")
        + words(f"--context={_context(group, cluster)} --overwrite-existing"),
        f"Is it there? `az aks list --resource-group={group} --output=table`; `make deploy-aks` makes it.",
        when=when,
    )


def _remove(group: str, cluster: str, registry: str) -> Sequence[Step]:
    """A group of ours as a whole; of another one what is ours."""
    inside = f"--resource-group={group}"
    return [
        Step(
            "look whether the resource group is there",
            words(f"az group list --query=[?name=='{group}'].name --output=tsv"),
            into="GROUP",
        ),
        Step(
            "look whether it was made here",
            words(f"az group list --tag={MARK} --query=[?name=='{group}'].name --output=tsv"),
            into="OURS",
        ),
        Step(
            "remove the resource group, which takes some minutes",
            words(f"az group delete --name={group} --yes"),
            when="OURS",
        ),
        stays(f"resource group {group}", "aks", found="GROUP", ours="OURS"),
        *_remove_one(
            "cluster", "aks", cluster, inside, [_credentials(group, cluster), no_namespace(_context(group, cluster))]
        ),
        *_remove_one("registry", "acr", registry, inside),
    ]


def _remove_one(what: str, kind: str, name: str, inside: str, before: Sequence[Step] = ()) -> Sequence[Step]:
    """Of a group that stays. before: what is done first wherever it is there."""
    found, ours = what.upper(), f"OUR_{what.upper()}"
    listed = f"az {kind} list {inside} --output=tsv"
    return [
        Step(
            f"look whether the {what} is there",
            words(f"{listed} --query=[?name=='{name}'].name"),
            into=found,
            when="GROUP",
            unless="OURS",
        ),
        *(replace(step, when=found) for step in before),
        Step(
            f"look whether the {what} was made here",
            words(listed, f"--query=[?name=='{name}' && tags.\"made-by\"=='slipway'].name"),
            into=ours,
            when=found,
        ),
        Step(
            f"remove the {what}, which takes some minutes",
            words(f"az {kind} delete {inside} --name={name} --yes"),
            when=ours,
        ),
        stays(f"{what} {name}", "aks", found=found, ours=ours),
    ]
