"""What was chosen with OVERLAY and COMPONENTS is remembered on the cluster: another choice is not taken by mistake."""

import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from deploy.cloud import choice
from tests.container.stack import ROOT
from tests.deploy.cloud.conftest import ALL, VARIABLES, Machine

CHOSEN = "OVERLAY=deploy/overlays/gke COMPONENTS=gateway tls"
READ = "kubectl * get namespace slipway *"


@pytest.mark.parametrize("name", ["gke", "aks", "minikube"])
@pytest.mark.parametrize("verb", ["deploy", "update"])
def test_another_choice_is_refused_before_anything_changes(
    verb: str, name: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = {READ: CHOSEN, **ALL}
    assert machine.run(verb, name, VERSION="1.1") == 1
    told = capfd.readouterr().err
    assert CHOSEN in told
    assert f"OVERLAY=deploy/overlays/{name} COMPONENTS=\n" in told
    assert "CHANGE=1" in told
    lines = machine.lines()
    assert lines[-1].startswith("python3 -m deploy.cloud.choice ")
    assert not any("apply" in line or "undo" in line for line in lines)
    if verb == "update":
        assert not any("push" in line or "build" in line for line in lines)


@pytest.mark.parametrize("variables", [{"COMPONENTS": "tls  gateway"}, {"CHANGE": "1"}])
def test_the_same_choice_and_one_that_is_meant_are_taken(variables: dict[str, str], machine: Machine) -> None:
    machine.answers = {READ: CHOSEN, **ALL}
    assert machine.run("update", "gke", VERSION="1.1", **variables) == 0


def test_it_is_written_with_the_manifests(real: Mapping[str, str], machine: Machine) -> None:
    if "kubectl" not in real:
        pytest.skip("kubectl is not installed")
    assert machine.run("deploy", "gke", COMPONENTS="gateway tls") == 0
    built = build(real["kubectl"], machine)
    (namespace,) = (manifest for manifest in built if manifest["kind"] == "Namespace")
    assert namespace["metadata"]["annotations"] == {choice.ANNOTATION: CHOSEN}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_choice_that_does_not_build_is_told_before_anything_is_made(
    name: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.failing = {f"kubectl kustomize .local/{name}": 1}
    assert machine.run("deploy", name) == 1
    assert [line.partition(" .local")[0] for line in machine.lines()] == [
        "python3 -m deploy.cloud.overlay",
        "kubectl kustomize",
    ]
    assert "tls needs gateway" in capfd.readouterr().err


@pytest.mark.parametrize("components", ["gateway tls", "tls gateway", "gateway tls gateway"])
def test_components_are_said_in_any_order_and_more_than_once(
    components: str, real: Mapping[str, str], machine: Machine
) -> None:
    if "kubectl" not in real:
        pytest.skip("kubectl is not installed")
    assert machine.run("deploy", "gke", COMPONENTS=components) == 0
    assert "HTTPRoute" in {manifest["kind"] for manifest in build(real["kubectl"], machine)}


def test_the_canary_is_chosen_by_its_version(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    assert machine.run("deploy", "gke", COMPONENTS="canary") == 2
    assert "CANARY=1.2" in capfd.readouterr().err


def build(kubectl: str, machine: Machine) -> list[dict[str, Any]]:
    # kustomize follows no links.
    (machine.folder / "deploy").unlink()
    shutil.copytree(ROOT / "deploy", machine.folder / "deploy", ignore=shutil.ignore_patterns("node_modules"))
    command = [kubectl, "kustomize", machine.folder / ".local/gke"]
    return list(yaml.safe_load_all(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
