"""Update, canary, rollback, status, logs, destroy."""

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.container.stack import ROOT
from tests.deploy.cloud.conftest import ALL, CANARY, DIGEST, NOTHING, Machine
from tests.deploy.cloud.test_choice import build

GKE = "kubectl --context gke_my-project_us-central1_slipway --namespace slipway "
CLUSTERS = ("gke", "aks", "minikube")


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_version_that_is_there_is_not_built_again(name: str, machine: Machine) -> None:
    machine.answers = ALL
    assert machine.run("update", name, VERSION="1.1") == 0
    assert not any("docker build" in line or "docker push" in line for line in machine.lines())


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_version_that_is_missing_is_built_under_its_name(name: str, machine: Machine) -> None:
    assert machine.run("update", name, VERSION="1.1") == 0
    assert any(line.startswith("docker build ") and ":1.1 ." in line for line in machine.lines())
    assert not any("create" in line or "minikube start" in line for line in machine.lines())


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_push_rolls_nothing_out(name: str, machine: Machine) -> None:
    assert machine.run("push", name, VERSION="1.1") == 0
    assert any(line.startswith(("docker push ", "minikube image load")) for line in machine.lines())
    assert not any(line.startswith("kubectl") for line in machine.lines())


def test_a_canary_stands_beside_the_version_and_goes_with_the_next_update(machine: Machine) -> None:
    machine.answers = ALL
    assert machine.run("update", "gke", VERSION="1.1", CANARY="1.2") == 0
    _, written = (line for line in machine.lines() if "deploy.cloud.overlay" in line)
    repository = "gcr.io/my-project/slipway"
    assert written.endswith(f" {repository}@{DIGEST} 1.1 --canary {repository}@{CANARY} 1.2")
    assert f"{GKE}rollout status deployment/slipway-canary" in machine.lines()
    assert not any(" delete " in line for line in machine.lines())
    assert machine.run("update", "gke", VERSION="1.2") == 0
    assert f"{GKE}delete deployment slipway-canary --ignore-not-found --cascade=foreground" in machine.lines()


def test_a_rollback_says_where_it_goes_and_is_proven_with_the_rows_of_that_image(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = {"kubectl * rollout undo * --dry-run=client": "Image: slipway@sha256:1", **ALL}
    assert machine.run("rollback", "gke") == 0
    assert "Image: slipway@sha256:1" in capfd.readouterr().out
    lines = machine.lines()
    back = lines.index(f"{GKE}rollout undo deployment/slipway")
    assert back == lines.index(f"{GKE}rollout undo deployment/slipway --dry-run=client") + 1
    assert back < lines.index(f"{GKE}rollout status deployment/slipway")
    assert any(f"gcr.io/my-project/slipway@{DIGEST} models/digits/1/golden.json" in line for line in lines)
    assert lines[-1].startswith("python3 -m deploy.cloud.smoke check ")


@dataclass
class History:
    """A Deployment's revisions, as Kubernetes keeps them: a template that comes back takes the next number."""

    folder: Path
    revisions: list[str]

    def answers(self) -> dict[str, str]:
        """What kubectl says; `undo` and `delete` change the list, a line for each revision, the current one last."""
        (self.folder / "history").write_text("".join(f"{hashed}\n" for hashed in self.revisions))
        return {
            "kubectl * rollout undo * --dry-run=client": "Image:",
            "kubectl * rollout undo *": "!tail -n 2 history | head -n 1 >back; "
            "grep -vxFf back history >rest; cat rest back >history",
            "kubectl * get replicasets *track=stable*": "!tail -n 1 history",
            "kubectl * delete replicasets *,pod-template-hash=bad,*": "!grep -vx bad history >rest; cp rest history",
            "kubectl * delete replicasets *,pod-template-hash=good,*": "!grep -vx good history >rest; cp rest history",
        }

    def current(self) -> str:
        return (self.folder / "history").read_text().split()[-1]


def test_a_rollback_after_one_that_came_by_itself_goes_further_back(machine: Machine) -> None:
    history = History(machine.folder, ["first", "good", "bad"])
    machine.answers = {**history.answers(), **ALL, **history.answers()}
    machine.failing = {"python3 -m deploy.cloud.smoke check *": 1}
    assert machine.run("update", "gke", VERSION="1.1") == 1
    assert history.current() == "good"
    machine.failing = {}
    assert machine.run("rollback", "gke") == 0
    assert history.current() == "first"


def test_two_rollbacks_go_back_twice(machine: Machine) -> None:
    history = History(machine.folder, ["first", "good", "bad"])
    machine.answers = {**history.answers(), **ALL, **history.answers()}
    for expected in ("good", "first"):
        assert machine.run("rollback", "gke") == 0
        assert history.current() == expected


@pytest.mark.parametrize("name", CLUSTERS)
def test_status_and_logs_only_read_and_print_what_they_are_told(
    name: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = {"kubectl * get deployments,*": "slipway 2/2", "kubectl * logs *": "a line", **ALL}
    assert machine.run("status", name) == 0
    address = "http://192.168.49.2:30080" if name == "minikube" else "http://203.0.113.7"
    assert capfd.readouterr().out == f"slipway 2/2\n{address}\n"
    assert not any(" wait " in line for line in machine.lines())
    assert machine.run("logs", name) == 0
    assert capfd.readouterr().out == "a line\n"
    for word in ("apply", "create", "delete", "undo", "docker"):
        assert not any(word in line for line in machine.lines())


def test_status_shows_the_gateway_where_there_is_one(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    kind = "gateways.gateway.networking.k8s.io"
    machine.answers = {"kubectl * get gateways*": "slipway 203.0.113.8", **ALL} | {"kubectl * get services *": ""}
    machine.answers |= {"kubectl * api-resources *": kind}
    assert machine.run("status", "gke") == 0
    assert capfd.readouterr().out == "slipway 203.0.113.8\n"


def test_status_where_nothing_has_an_address_yet_is_no_failure(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = ALL | {"kubectl * get services *": "", "kubectl * get gateway *": ""}
    assert machine.run("status", "gke") == 0
    assert "http" not in capfd.readouterr().out


def test_what_was_rolled_out_is_said_by_version(real: Mapping[str, str], machine: Machine) -> None:
    if "kubectl" not in real:
        pytest.skip("kubectl is not installed")
    machine.answers = ALL
    assert machine.run("update", "gke", VERSION="1.1", CANARY="1.2") == 0
    causes = {
        manifest["metadata"]["name"]: manifest["metadata"]["annotations"]["kubernetes.io/change-cause"]
        for manifest in build(real["kubectl"], machine)
        if manifest["kind"] == "Deployment"
    }
    assert causes == {"slipway": "1.1", "slipway-canary": "1.2"}


def test_destroy_removes_what_was_made_here(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    machine.answers = ALL
    assert machine.run("destroy", "gke", YES="1") == 0
    where = "--location=us-central1 --project=my-project"
    delete = [line for line in machine.lines() if " delete " in line]
    assert delete == [
        f"{GKE.partition('--namespace')[0]}delete namespace slipway --ignore-not-found --timeout=10m",
        f"gcloud container clusters delete slipway {where} --quiet",
    ]
    told = capfd.readouterr().err
    for what in ("the namespace slipway", "the cluster slipway"):
        assert what in told
    assert "images" not in told


def test_images_which_other_clusters_may_run_go_only_when_that_is_asked_for(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = ALL
    assert machine.run("destroy", "gke", YES="1", IMAGES="1") == 0
    images = "us-docker.pkg.dev/my-project/gcr.io/slipway"
    assert f"gcloud artifacts docker images delete {images} --delete-tags --quiet" in machine.lines()
    assert "all images gcr.io/my-project/slipway" in capfd.readouterr().err


def test_destroy_leaves_what_others_made_and_says_so(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    machine.answers = {"gcloud container clusters list *made-by*": "", **ALL}
    assert machine.run("destroy", "gke", YES="1") == 0
    assert not any("clusters delete" in line for line in machine.lines())
    assert any("delete namespace slipway" in line for line in machine.lines())
    assert "the cluster slipway stays: it was not made by make deploy-gke" in capfd.readouterr().out


def test_in_somebody_elses_group_goes_what_was_made_here(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    machine.answers = {"az group list --tag*": "", **ALL}
    assert machine.run("destroy", "aks", YES="1", RESOURCE_GROUP="shared") == 0
    inside = "--resource-group=shared"
    assert [line for line in machine.lines() if " delete " in line] == [
        "kubectl --context aks_shared_slipway delete namespace slipway --ignore-not-found --timeout=10m",
        f"az aks delete {inside} --name=slipway --yes",
        f"az acr delete {inside} --name=myregistry --yes",
    ]
    assert "the resource group shared stays: it was not made by make deploy-aks" in capfd.readouterr().out


def test_nothing_but_the_namespace_goes_where_all_is_somebody_elses(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = {"az * list *made-by*": "", **ALL}
    assert machine.run("destroy", "aks", YES="1") == 0
    (deleted,) = (line for line in machine.lines() if " delete " in line)
    assert "delete namespace slipway" in deleted
    told = capfd.readouterr().out
    for what in ("resource group slipway", "cluster slipway", "registry myregistry"):
        assert f"the {what} stays" in told


def test_a_group_that_was_made_here_goes_with_all_that_is_in_it(machine: Machine) -> None:
    machine.answers = ALL
    assert machine.run("destroy", "aks", YES="1") == 0
    assert [line for line in machine.lines() if " delete " in line] == ["az group delete --name=slipway --yes"]


def test_destroy_where_nothing_is_there_removes_nothing(machine: Machine) -> None:
    machine.answers = NOTHING
    for name in ("gke", "aks"):
        assert machine.run("destroy", name, YES="1") == 0
        assert not any(" delete " in line for line in machine.lines())


@pytest.mark.parametrize(("answer", "status"), [("yes\n", 0), ("y\n", 2), ("\n", 2), ("", 2)])
def test_destroy_asks_first(answer: str, status: int, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

        def fileno(self) -> int:
            return 0

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert machine.run("destroy", "minikube") == status
    assert (machine.lines() == ["minikube delete --profile=slipway"]) == (status == 0)


def test_destroy_without_anybody_to_ask_removes_nothing(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    assert machine.run("destroy", "gke") == 2
    assert "make destroy-gke YES=1" in capfd.readouterr().err
    assert machine.calls() == []


def test_the_namespace_is_the_manifests_own() -> None:
    assert "name: slipway" in (ROOT / "deploy/base/namespace.yaml").read_text()
