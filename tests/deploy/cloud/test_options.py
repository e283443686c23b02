"""What users choose, through make itself; DRY_RUN=1."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.cloud.options import TAG, revision
from tests.container.stack import ROOT
from tests.deploy.cloud.conftest import ALL, NOTHING, VARIABLES, Machine

REFUSALS = [
    ("deploy-gke", {}, "PROJECT_ID is missing: make deploy-gke DRY_RUN=1 PROJECT_ID=my-project."),
    ("deploy-aks", {}, "REGISTRY is missing: make deploy-aks DRY_RUN=1 REGISTRY=myregistry"),
    ("update-gke", {"PROJECT_ID": "p"}, " VERSION=1.1."),
    ("deploy-gke", {"PROJECT_ID": "p; ls"}, "PROJECT_ID='p; ls' is not accepted"),
    ("deploy-gke", {"PROJECT_ID": "p", "CLUSTER": "$HOME"}, "CLUSTER="),
    ("deploy-gke", {"PROJECT_ID": "p", "REGISTRY": "docker.io/p"}, "gcr.io/PROJECT and REGION-docker.pkg.dev/PROJECT/"),
    ("deploy-aks", {"REGISTRY": "my-registry"}, "5 to 50 letters and digits"),
    ("deploy-gke", {"PROJECT_ID": "p", "STANDARD": "yes"}, "STANDARD='yes' is not accepted: 1 and 0 are."),
    ("deploy-gke", {"PROJECT_ID": "p", "STANDARD": "1", "NODES": "0"}, "a whole number from 1 to 9999 is"),
    ("deploy-gke", {"PROJECT_ID": "p", "NODES": "3"}, "NODES='3' needs STANDARD=1"),
    ("deploy-gke", {"PROJECT_ID": "p", "MACHINE": "n2d-highcpu-8"}, "MACHINE='n2d-highcpu-8' needs STANDARD=1"),
    ("deploy-gke", {"PROJECT_ID": "p", "VERSION": "-1"}, "VERSION='-1' is not accepted"),
    ("deploy-gke", {"PROJECT_ID": "p", "IMAGE": "slipway:1"}, "IMAGE='slipway:1' is not accepted"),
    ("deploy-gke", {"PROJECT_ID": "p", "OVERLAY": "deploy"}, "a folder with a kustomization.yaml is"),
    ("deploy-gke", {"PROJECT_ID": "p", "COMPONENTS": "tls fast"}, "COMPONENTS='fast' is not accepted: autoscale,"),
]  # fmt: skip


def make(target: str, **variables: str) -> subprocess.CompletedProcess[str]:
    chosen = [f"{name}={value.replace('$', '$$')}" for name, value in variables.items()]
    return subprocess.run(
        ["make", target, *chosen], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("target", "variables", "sentence"), REFUSALS)
def test_what_is_missing_or_not_accepted_is_told(target: str, variables: dict[str, str], sentence: str) -> None:
    done = make(target, DRY_RUN="1", **variables)
    assert done.returncode != 0
    assert done.stdout == ""
    assert sentence in done.stderr


def test_what_is_to_be_typed_has_the_variables_that_were_typed() -> None:
    told = make("update-gke", PROJECT_ID="p", COMPONENTS="gateway tls").stderr
    assert "VERSION is missing: make update-gke PROJECT_ID=p COMPONENTS='gateway tls' VERSION=1.1." in ordered(told)
    told = make("destroy-gke", PROJECT_ID="p").stderr
    assert "make destroy-gke PROJECT_ID=p YES=1 removes it" in told


def test_a_failure_says_what_to_run_with_its_variables(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAKEFLAGS", r" --no-print-directory -- COMPONENTS=gateway\ tls PROJECT_ID=my-project")
    machine.answers = ALL
    machine.failing = {"kubectl * rollout status *": 1}
    assert machine.run("update", "gke", VERSION="1.1") == 1
    told = capfd.readouterr().err
    typed = "COMPONENTS='gateway tls' PROJECT_ID=my-project"
    assert f"Then run make update-gke {typed} again" in told
    assert f"`make status-gke {typed}`" in told


def ordered(text: str) -> str:
    """make has no order of its own for variables."""
    one, other = "COMPONENTS='gateway tls'", "PROJECT_ID=p"
    return text.replace(f"{one} {other}", f"{other} {one}")


def test_a_build_without_a_name_never_takes_another_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not even in a checkout that git calls clean: it ignores models."""
    noon = datetime(2026, 1, 2, 12, 0, 1, tzinfo=UTC)
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    monkeypatch.chdir(ROOT)
    assert revision(noon) == f"{head.stdout.strip()}-20260102-120001"
    assert revision(noon) != revision(noon + timedelta(seconds=1))
    assert TAG.fullmatch(revision())
    monkeypatch.chdir(tmp_path)
    assert revision(noon) == "local-20260102-120001"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_dry_run_prints_a_script_that_does_what_the_run_does(
    name: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    assert machine.run("deploy", name) == 0
    recorded = machine.lines()
    capfd.readouterr()
    assert machine.run("deploy", name, DRY_RUN="1") == 0
    assert machine.lines() == []
    script = capfd.readouterr().out
    environment = {**os.environ, "STANDIN_FAIL": "0"}
    subprocess.run(["sh"], input=script, env=environment, capture_output=True, text=True, check=True)
    assert machine.lines() == recorded


def script_of(machine: Machine, capfd: pytest.CaptureFixture[str], verb: str, **variables: str) -> str:
    capfd.readouterr()
    assert machine.run(verb, "gke", DRY_RUN="1", **variables) == 0
    return capfd.readouterr().out


@pytest.mark.parametrize(
    "pattern", ["docker image inspect *RepoDigests*", "kubectl * get service *", "kubectl * get replicasets *"]
)
def test_the_script_ends_where_something_needed_is_not_found(
    pattern: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = {pattern: "", **{call: answer for call, answer in NOTHING.items() if call != pattern}}
    assert machine.run("deploy", "gke") == 1
    recorded = machine.lines()
    script = script_of(machine, capfd, "deploy")
    environment = {**os.environ, "STANDIN_FAIL": "0"}
    done = subprocess.run(["sh"], input=script, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "nothing was found" in done.stderr
    assert machine.lines() == recorded


def test_the_script_says_the_way_back(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    *_, title, back = script_of(machine, capfd, "update", VERSION="1.1").partition("# Where a step")
    assert title
    lines = [line for line in back.splitlines()[1:] if not line.startswith("##")]
    assert lines
    assert all(line.startswith("# ") for line in lines)
    assert any("rollout undo deployment/slipway" in line for line in lines)
    assert "# Where a step" not in script_of(machine, capfd, "status")


def test_every_verb_has_a_target_and_help_lists_the_clouds() -> None:
    helped = make("help").stdout
    for target in ("deploy-gke", "update-gke", "rollback-gke", "status-gke", "logs-gke", "destroy-gke"):
        assert f"make {target} " in helped
    for name in VARIABLES:
        assert f"make deploy-{name} " in helped
    for name in ("aks", "minikube"):
        for verb in ("update", "rollback", "status", "logs", "destroy"):
            done = make(f"{verb}-{name}", DRY_RUN="1", VERSION="1.1", REGISTRY="myregistry")
            assert done.stdout.startswith("set -e\n"), done.stderr
