"""What each deploy calls, in which order; on a machine where nothing is there, and where all is."""

import json
import subprocess

import pytest

from deploy.cloud import proof
from tests.container.stack import ROOT
from tests.deploy.cloud.conftest import ALL, DIGEST, NOTHING, VARIABLES, Machine

IMAGE = f"gcr.io/my-project/slipway@{DIGEST}"
INSPECT = (
    'docker image inspect --format {{range .RepoDigests}}{{if eq (index (split . "@") 0) "%s"}}'
    '{{index (split . "@") 1}}{{end}}{{end}} %s:local'
)
PODS = "app.kubernetes.io/name=slipway"
NODES = "serviceAccount:123456789-compute@developer.gserviceaccount.com"
OPERATIONS = (
    "gcloud container operations list --location=us-central1 --project=my-project --format=value(name) "
    r"--filter=operationType=CREATE_CLUSTER AND status!=DONE AND targetLink~/clusters/slipway\Z"
)
WAIT = "python3 -m deploy.cloud.smoke wait "
REVISION = r"jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}"


def build(image: str, flags: str = "--platform=linux/amd64 ") -> list[str]:
    """What deploy/local/image calls."""
    arguments = "--build-arg VERSION=0.1.0 --build-arg REVISION=unknown"
    return [
        "docker version",
        f"docker build {flags}{arguments} --tag {image}:local .",
        "docker image inspect --format {{.Size}} " + f"{image}:local",
    ]


def tried(name: str, overlay: str) -> list[str]:
    nowhere = f"slipway@sha256:{'0' * 64}"
    return [
        f"python3 -m deploy.cloud.overlay .local/{name} {overlay} {nowhere} none",
        f"kubectl kustomize .local/{name}",
    ]


def remembered(kubectl: str, overlay: str) -> list[str]:
    return [
        f"{kubectl} get namespace slipway --ignore-not-found --output "
        "jsonpath={.metadata.annotations.slipway/chosen}",
        f"python3 -m deploy.cloud.choice  OVERLAY={overlay} COMPONENTS=",
    ]


def roll_out(name: str, kubectl: str, image: str) -> list[str]:
    return [
        *remembered(kubectl, f"deploy/overlays/{name}"),
        f"python3 -m deploy.cloud.overlay .local/{name} deploy/overlays/{name} {image} local",
        f"{kubectl} get deployment slipway --ignore-not-found --output {REVISION}",
        f"{kubectl} apply --kustomize .local/{name}",
        f"{kubectl} rollout status deployment/slipway",
        f"{kubectl} delete deployment slipway-canary --ignore-not-found --cascade=foreground",
        f"{kubectl} get replicasets --selector {PODS} --output jsonpath={{range .items[?(@.spec.replicas>0)]}}"
        ",pod-template-hash!={.metadata.labels.pod-template-hash}{end}",
        f"{kubectl} wait --for=delete pods --selector {PODS},pod-template-hash!=6d4b75cb6d --timeout=10m",
    ]


def balancer(kubectl: str) -> list[str]:
    return [
        kubectl + ' get services --output jsonpath={.items[?(@.spec.type=="LoadBalancer")].metadata.name}',
        f"{kubectl} wait --for=jsonpath={{.status.loadBalancer.ingress}} service/slipway --timeout=10m",
        f"{kubectl} get service slipway --output jsonpath=http://{{.status.loadBalancer.ingress[0].ip}}",
    ]


def of_pod(kubectl: str) -> str:
    return f"{kubectl} exec deployment/slipway --container=slipway -- python -c {proof.DEFAULT}"


def smoke(name: str, ask: str, url: str, image: str, platform: str = "--platform=linux/amd64 ") -> list[str]:
    return [
        ask,
        f"docker run --rm {platform}--entrypoint=cat {image} models/digits/1/golden.json",
        f"python3 -m deploy.cloud.smoke check {url} digits/1 .local/{name}/golden.json",
    ]


def google(service: str) -> list[str]:
    name = "name=projects/my-project/locations/us/repositories/gcr.io"
    where = "--location=us --project=my-project"
    return [
        "gcloud auth print-access-token",
        f"gcloud services enable artifactregistry.googleapis.com {service}.googleapis.com --project=my-project",
        f"gcloud artifacts repositories list {where} --filter={name} --format=value(name.basename())",
        f"gcloud artifacts repositories create gcr.io --repository-format=docker {where}",
        "gcloud auth configure-docker gcr.io --quiet",
        *build("gcr.io/my-project/slipway"),
        "docker push gcr.io/my-project/slipway:local",
        INSPECT % ("gcr.io/my-project/slipway", "gcr.io/my-project/slipway"),
    ]


def gke() -> list[str]:
    kubectl = "kubectl --context gke_my-project_us-central1_slipway --namespace slipway"
    where, images = "--location=us-central1 --project=my-project", "--location=us --project=my-project"
    policy = f"--flatten=bindings[].members --format=value(bindings.role) --filter=bindings.members={NODES} AND"
    return [
        *tried("gke", "deploy/overlays/gke"),
        *google("compute.googleapis.com container"),
        "gcloud projects describe my-project --format=value(projectNumber)",
        f"gcloud projects get-iam-policy my-project {policy} bindings.role=(roles/editor "
        "roles/container.defaultNodeServiceAccount)",
        f"gcloud projects add-iam-policy-binding my-project --member={NODES} "
        "--role=roles/container.defaultNodeServiceAccount --condition=None",
        f"gcloud container clusters list {where} --format=value(name) --filter=name=slipway",
        f"gcloud container clusters create-auto slipway {where} --labels=made-by=slipway",
        f"gcloud artifacts repositories get-iam-policy gcr.io {images} {policy} bindings.role="
        "roles/artifactregistry.reader",
        f"gcloud artifacts repositories add-iam-policy-binding gcr.io {images} --member={NODES} "
        "--role=roles/artifactregistry.reader",
        f"gcloud container clusters get-credentials slipway {where}",
        *roll_out("gke", kubectl, IMAGE),
        *balancer(kubectl),
        *smoke("gke", of_pod(kubectl), "http://203.0.113.7", IMAGE),
    ]


def aks() -> list[str]:
    kubectl, image = (
        "kubectl --context aks_slipway_slipway --namespace slipway",
        f"myregistry.azurecr.io/slipway@{DIGEST}",
    )
    return [
        *tried("aks", "deploy/overlays/aks"),
        "az account get-access-token --output=none",
        "az group list --query=[?name=='slipway'].name --output=tsv",
        "az group create --name=slipway --location=eastus --tags=made-by=slipway --output=none",
        "az acr list --resource-group=slipway --query=[?name=='myregistry'].name --output=tsv",
        "az acr create --resource-group=slipway --name=myregistry --sku=Basic --tags=made-by=slipway --output=none",
        "az acr login --name=myregistry",
        *build("myregistry.azurecr.io/slipway"),
        "docker push myregistry.azurecr.io/slipway:local",
        INSPECT % ("myregistry.azurecr.io/slipway", "myregistry.azurecr.io/slipway"),
        "az aks list --resource-group=slipway --query=[?name=='slipway'].name --output=tsv",
        "az aks create --resource-group=slipway --name=slipway --attach-acr=myregistry --generate-ssh-keys "
        "--tags=made-by=slipway --output=none --network-plugin=azure --network-plugin-mode=overlay "
        "--network-dataplane=cilium "
        "--node-vm-size=Standard_D4s_v5 --node-count=2 --enable-cluster-autoscaler --min-count=2 --max-count=8 "
        "--zones 1 2 3",
        "az aks get-credentials --resource-group=slipway --name=slipway --context=aks_slipway_slipway "
        "--overwrite-existing",
        *roll_out("aks", kubectl, image),
        *balancer(kubectl),
        *smoke("aks", of_pod(kubectl), "http://203.0.113.7", image),
    ]


def minikube() -> list[str]:
    kubectl, named = "kubectl --context slipway --namespace slipway", f"slipway:{'1' * 12}"
    return [
        *tried("minikube", "deploy/overlays/minikube"),
        "minikube start --profile=slipway",
        *build("slipway", ""),
        "docker image inspect --format {{slice .Id 7 19}} slipway:local",
        f"docker tag slipway:local {named}",
        f"minikube image load --profile slipway {named}",
        "minikube update-context --profile=slipway",
        *roll_out("minikube", kubectl, named),
        "minikube ip --profile=slipway",
        f"{kubectl} get service slipway --output jsonpath=http://192.168.49.2:{{.spec.ports[0].nodePort}}",
        *smoke("minikube", of_pod(kubectl), "http://192.168.49.2:30080", named, ""),
    ]


def cloudrun() -> list[str]:
    where = "--region=us-central1 --project=my-project"
    return [
        *tried("cloudrun", "deploy/cloudrun"),
        *google("run"),
        f"python3 -m deploy.cloud.overlay .local/cloudrun deploy/cloudrun {IMAGE} local",
        "kubectl kustomize .local/cloudrun",
        f"gcloud run services replace .local/cloudrun/service.yaml {where}",
        f"gcloud run services add-iam-policy-binding slipway {where} --member=allUsers --role=roles/run.invoker",
        f"gcloud run services describe slipway {where} --format=value(status.url)",
        f"gcloud run services update-traffic slipway --set-tags=new=LATEST {where}",
        f"gcloud run services describe slipway {where} --flatten=status.traffic[] --format=value(status.traffic.url)",
        *smoke("cloudrun", f"{WAIT}https://new---slipway-1.run.app", "https://slipway-1.run.app", IMAGE),
    ]


def kserve() -> list[str]:
    kubectl, knative = (
        "kubectl --context somewhere --namespace slipway",
        "service.serving.knative.dev/slipway-predictor",
    )
    return [
        *tried("kserve", "deploy/kserve"),
        "kubectl config current-context",
        f"{kubectl} get customresourcedefinition inferenceservices.serving.kserve.io",
        *remembered(kubectl, "deploy/kserve"),
        *build("gcr.io/my-project/slipway"),
        "docker push gcr.io/my-project/slipway:local",
        INSPECT % ("gcr.io/my-project/slipway", "gcr.io/my-project/slipway"),
        f"python3 -m deploy.cloud.overlay .local/kserve deploy/kserve {IMAGE} local",
        f"{kubectl} apply --kustomize .local/kserve",
        f"{kubectl} wait --for=create {knative} --timeout=5m",
        f"{kubectl} wait --for=jsonpath={{.spec.template.spec.containers[0].image}}={IMAGE} {knative} --timeout=5m",
        f"{kubectl} wait --for=condition=Ready {knative} --timeout=15m",
        f"{kubectl} wait --for=jsonpath={{.status.url}} inferenceservice/slipway --timeout=5m",
        f"{kubectl} get inferenceservice/slipway --output jsonpath={{.status.url}}",
        *smoke("kserve", f"{WAIT}http://slipway.example.com", "http://slipway.example.com", IMAGE),
    ]


EXPECTED = {"gke": gke, "aks": aks, "minikube": minikube, "cloudrun": cloudrun, "kserve": kserve}
# What is made only where it is missing, and on Azure what is made up for.
MADE = {
    "gke": [
        "gcloud artifacts repositories create",
        "gcloud artifacts repositories add-iam-policy-binding",
        "gcloud container clusters create-auto",
        "gcloud projects add-iam-policy-binding",
    ],
    "aks": ["az group create", "az acr create", "az aks create"],
    "minikube": [],
    "cloudrun": ["gcloud artifacts repositories create"],
    "kserve": [],
}


@pytest.mark.parametrize("name", VARIABLES)
def test_from_nothing_to_an_answer(name: str, machine: Machine) -> None:
    assert machine.run("deploy", name) == 0
    assert machine.lines() == EXPECTED[name]()


@pytest.mark.parametrize("name", VARIABLES)
def test_what_is_there_is_not_made_again(name: str, machine: Machine) -> None:
    machine.answers = ALL
    assert machine.run("deploy", name) == 0
    attached = "az aks update --resource-group=slipway --name=slipway --attach-acr=myregistry --output=none"
    expected = [line for line in EXPECTED[name]() if not line.startswith(tuple(MADE[name]))]
    if name == "aks":
        there = expected.index("az aks list --resource-group=slipway --query=[?name=='slipway'].name --output=tsv") + 1
        expected[there:there] = ["az aks wait --resource-group=slipway --name=slipway --created", attached]
    if name == "gke":
        there = next(number for number, line in enumerate(expected) if "clusters list" in line) + 1
        expected.insert(there, OPERATIONS)
    assert machine.lines() == expected


@pytest.mark.parametrize("name", VARIABLES)
def test_the_image_goes_into_a_copy_of_the_overlay(name: str, machine: Machine) -> None:
    before = subprocess.run(["git", "status", "--short", "deploy"], cwd=ROOT, capture_output=True, check=True).stdout
    assert machine.run("deploy", name) == 0
    written = json.loads((machine.folder / f".local/{name}/kustomization.yaml").read_text())
    (image,) = written["images"]
    found = f"{image['newName']}@{image['digest']}" if "digest" in image else f"{image['newName']}:{image['newTag']}"
    assert any(line.endswith(f" {found} local") and "deploy.cloud.overlay" in line for line in machine.lines())
    assert "0" * 64 not in found
    (overlay,) = written["resources"]
    assert (machine.folder / f".local/{name}" / overlay / "kustomization.yaml").is_file()
    after = subprocess.run(["git", "status", "--short", "deploy"], cwd=ROOT, capture_output=True, check=True).stdout
    assert before == after


def test_a_service_without_a_balancer_is_met_at_the_gateway(machine: Machine) -> None:
    machine.answers = NOTHING | {"kubectl * get services *": ""}
    assert machine.run("deploy", "gke", COMPONENTS="gateway") == 0
    kubectl = "kubectl --context gke_my-project_us-central1_slipway --namespace slipway"
    waited = machine.lines().index(f"{kubectl} wait --for=condition=Programmed gateway/slipway --timeout=15m")
    assert machine.lines()[waited + 1 :] == [
        f"{kubectl} get gateway slipway --output jsonpath=http://{{.status.addresses[0].value}}",
        *smoke("gke", of_pod(kubectl), "http://203.0.113.8", IMAGE),
    ]


def test_components_and_a_named_address_and_golden_rows(machine: Machine) -> None:
    chosen = {"COMPONENTS": "models-bucket gateway", "URL": "https://api.example.com/", "GOLDEN": "golden.json"}
    assert machine.run("deploy", "gke", **chosen) == 0
    written = json.loads((machine.folder / ".local/gke/kustomization.yaml").read_text())
    assert written["components"] == ["../../deploy/components/gateway", "../../deploy/components/models-bucket"]
    assert machine.lines()[-2:] == [
        of_pod("kubectl --context gke_my-project_us-central1_slipway --namespace slipway"),
        "python3 -m deploy.cloud.smoke check https://api.example.com digits/1 golden.json",
    ]
    assert not any("loadBalancer" in line or "docker run" in line for line in machine.lines())


def test_a_token_that_shows_the_login_is_shown_to_nobody(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    machine.answers = {"gcloud auth print-access-token": "ya29.secret", **NOTHING}
    assert machine.run("deploy", "gke") == 0
    assert "ya29.secret" not in "".join(capfd.readouterr())
    assert machine.run("deploy", "gke", DRY_RUN="1") == 0
    assert "gcloud auth print-access-token >/dev/null\n" in capfd.readouterr().out
