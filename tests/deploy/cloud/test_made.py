"""What a deploy makes where users choose: clusters and their nodes, registries, large images."""

import os
import subprocess

import pytest

from tests.deploy.cloud.conftest import ALL, NOTHING, Machine
from tests.deploy.cloud.test_deploy import NODES, OPERATIONS


def test_a_cluster_that_is_still_being_made_is_waited_for(machine: Machine) -> None:
    machine.answers = {"gcloud container operations list *": "operation-1", **ALL}
    assert machine.run("deploy", "gke") == 0
    waited = machine.lines().index(
        "gcloud container operations wait operation-1 --location=us-central1 --project=my-project"
    )
    assert machine.lines()[waited - 1] == OPERATIONS
    reached = next(number for number, line in enumerate(machine.lines()) if "get-credentials" in line)
    assert waited < reached


def test_nodes_stand_in_the_zones_that_there_are(machine: Machine) -> None:
    for zones, end in (("1 2", "--zones 1 2"), ("none", "--max-count=8")):
        assert machine.run("deploy", "aks", ZONES=zones) == 0
        (made,) = (line for line in machine.lines() if line.startswith("az aks create"))
        assert made.endswith(end)


@pytest.mark.parametrize(("name", "line"), [("gke", "gcloud container clusters create "), ("aks", "az aks create ")])
def test_nodes_may_be_of_another_kind(name: str, line: str, machine: Machine) -> None:
    standard = {"STANDARD": "1"} if name == "gke" else {}
    assert machine.run("deploy", name, MACHINE="n2d-highcpu-8", **standard) == 0
    (made,) = (call for call in machine.lines() if call.startswith(line))
    assert "n2d-highcpu-8" in made


def test_a_cluster_that_could_not_be_made_is_told(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    machine.answers = ALL
    machine.failing = {"gcloud container clusters get-credentials *": 1}
    assert machine.run("deploy", "gke") == 1
    assert "state ERROR" in capfd.readouterr().err


def test_a_standard_cluster_has_nodes_of_its_own(machine: Machine) -> None:
    assert machine.run("deploy", "gke", STANDARD="1", NODES="2", REGION="europe-west1", CLUSTER="ours") == 0
    (made,) = (line for line in machine.lines() if "clusters create" in line)
    assert made == (
        "gcloud container clusters create --machine-type=e2-standard-4 --num-nodes=2 --enable-autoscaling "
        "--min-nodes=2 --max-nodes=8 --enable-dataplane-v2 --workload-pool=my-project.svc.id.goog "
        "--gateway-api=standard --addons=HorizontalPodAutoscaling,HttpLoadBalancing,GcsFuseCsiDriver ours "
        "--location=europe-west1 --project=my-project --labels=made-by=slipway"
    )
    assert any(line.startswith("kubectl --context gke_my-project_europe-west1_ours ") for line in machine.lines())


@pytest.mark.parametrize(
    ("registry", "host", "location", "repository"),
    [
        ("gcr.io/other", "gcr.io", "us", "gcr.io"),
        ("eu.gcr.io/other", "eu.gcr.io", "europe", "eu.gcr.io"),
        ("europe-west1-docker.pkg.dev/other/ml", "europe-west1-docker.pkg.dev", "europe-west1", "ml"),
    ],
)
def test_another_registry(registry: str, host: str, location: str, repository: str, machine: Machine) -> None:
    assert machine.run("deploy", "gke", REGISTRY=registry) == 0
    where = f"--location={location} --project=other"
    assert f"gcloud artifacts repositories create {repository} --repository-format=docker {where}" in machine.lines()
    assert f"gcloud auth configure-docker {host} --quiet" in machine.lines()
    assert f"docker push {registry}/slipway:local" in machine.lines()
    # The cluster is in my-project, and so are its nodes.
    assert any(
        line.startswith(f"gcloud artifacts repositories add-iam-policy-binding {repository} {where} --member={NODES} ")
        for line in machine.lines()
    )


@pytest.mark.parametrize("limit", ["", "520"])
def test_an_image_may_be_as_large_as_its_models(limit: str, machine: Machine) -> None:
    machine.answers = NOTHING | {"docker image inspect --format {{.Size}} *": "900000000"}
    assert machine.run("deploy", "gke", IMAGE_LIMIT_MB=limit) == 0


def test_alone_the_image_has_a_limit_and_the_sentence_says_how_to_raise_it(machine: Machine) -> None:
    machine.answers = NOTHING | {"docker image inspect --format {{.Size}} *": "900000000"}
    assert machine.run("push", "minikube", VERSION="1.1") == 0
    environment = {**os.environ, "STANDIN_FAIL": "0"}
    for limit, status in ((None, 1), ("520", 1), ("900", 0), ("", 0)):
        given = environment if limit is None else {**environment, "IMAGE_LIMIT_MB": limit}
        built = subprocess.run(["deploy/local/image"], env=given, capture_output=True, text=True, check=False)
        assert built.returncode == status, built.stderr
        assert ("IMAGE_LIMIT_MB=" in built.stderr) == (status == 1)
