"""Azure Kubernetes Service: a resource group that holds a registry, and a cluster that may pull from it."""

from collections.abc import Sequence

from deploy.cloud.cloud import DOCKER, KUBECTL, Cloud, balancer
from deploy.cloud.images import Registry, look
from deploy.cloud.options import Options, RefusedError
from deploy.cloud.steps import Step, words

AZ = ("az", "https://learn.microsoft.com/cli/azure/install-azure-cli")
# A resource group that is made here says so, for only such a one is removed here.
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
        context=cluster,
        login=[
            Step(
                "see whether az is logged in", words("az account get-access-token --output=none"), "Log in: `az login`."
            ),
        ],
        prepare=[*_group(group, region), *_registry(group, registry)],
        cluster=_cluster(group, cluster, registry, options.number("NODES", 3)),
        credentials=[
            Step(
                "let kubectl reach the cluster",
                words(f"az aks get-credentials --resource-group={group} --name={cluster}")
                + words(f"--context={cluster} --overwrite-existing"),
                f"Is it there? `az aks list --resource-group={group} --output=table`; `make deploy-aks` makes it.",
            )
        ],
        address=balancer,
        removes=(
            f"the resource group {group} and all that is in it, the cluster {cluster} and the registry {registry} too, "
            f"if it was made by make deploy-aks: it then has the tag {MARK}",
        ),
        remove=_remove(group),
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
            words(f"az acr create {inside} --name={registry} --sku=Basic --output=none"),
            f"The name must be free in all of Azure: `az acr check-name --name={registry}`. "
            "A new subscription: `az provider register --namespace Microsoft.ContainerRegistry`.",
            unless="REPOSITORY",
        ),
    ]


def _cluster(group: str, cluster: str, registry: str, nodes: int) -> Sequence[Step]:
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
                f"az aks create {which} --attach-acr={registry} --generate-ssh-keys --output=none "
                "--network-plugin=azure --network-plugin-mode=overlay --network-dataplane=cilium "
                f"--node-vm-size=Standard_D4s_v5 --node-count={nodes} "
                f"--enable-cluster-autoscaler --min-count={nodes} --max-count={4 * nodes}"
            ),
            "Often it is a quota: `az vm list-usage --location REGION --output=table`. To attach the registry you must "
            "be Owner of it.",
            unless="CLUSTER",
        ),
        # The last thing that a creation does, so that one which broke off may lack it.
        Step(
            "let the cluster pull from the registry",
            words(f"az aks update {which} --attach-acr={registry} --output=none"),
            "You must be Owner of the registry.",
            when="CLUSTER",
        ),
    ]


def _remove(group: str) -> Sequence[Step]:
    return [
        Step(
            "look whether the resource group is there and was made here",
            words(f"az group list --tag={MARK} --query=[?name=='{group}'].name --output=tsv"),
            into="OURS",
        ),
        Step(
            "remove the resource group, which takes some minutes",
            words(f"az group delete --name={group} --yes"),
            when="OURS",
        ),
    ]
