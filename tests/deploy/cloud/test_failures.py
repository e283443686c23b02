"""Each call in turn fails: nothing comes after it, and what is said names the step, the command and what to do."""

import shlex

import pytest

from deploy.cloud.rollout import CURRENT
from tests.deploy.cloud.conftest import ALL, NOTHING, Machine
from tests.deploy.cloud.test_deploy import PODS

REVISION = r"jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}"
LEFT = (
    r'jsonpath={.items[?(@.metadata.annotations.deployment\.kubernetes\.io/revision=="3")].metadata.labels'
    ".pod-template-hash}"
)
VERBS = ("deploy", "rollback", "status", "logs", "destroy")
RUNS = [(verb, name) for name in ("gke", "aks", "minikube") for verb in VERBS]
RUNS += [("deploy", "cloudrun"), ("deploy", "kserve")]
ASKED = {"destroy": {"YES": "1"}}


@pytest.mark.parametrize(("verb", "name"), RUNS)
def test_nothing_comes_after_a_failure(
    verb: str, name: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ASKED.get(verb, {})
    assert machine.run(verb, name, **asked) == 0
    calls = machine.calls()
    for number, call in enumerate(calls, 1):
        capfd.readouterr()
        assert machine.run(verb, name, fail=number, **asked) == 1, call
        assert machine.calls() == calls[:number]
        told = capfd.readouterr().err
        built = call[0] == "docker" and "deploy/local/image" in told
        assert shlex.join(call) in told or built, told
        assert "failed with exit status" in told
        assert f"run make {verb}-{name} again" in told


@pytest.mark.parametrize("name", ["gke", "aks", "minikube"])
def test_what_ran_before_runs_again_when_its_successor_fails(
    name: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = ALL
    assert machine.run("update", name, VERSION="1.1") == 0
    lines = machine.lines()
    applied = next(number for number, line in enumerate(lines, 1) if "apply --kustomize" in line)
    for number in range(1, len(lines) + 1):
        capfd.readouterr()
        assert machine.run("update", name, fail=number, VERSION="1.1") == 1
        after = [line.partition("--namespace slipway ")[2] for line in machine.lines()[number:]]
        if number < applied:
            assert after == []
            continue
        assert after == [
            f"get deployment slipway --output {REVISION}",
            f"get replicasets --selector {PODS},track=stable --output {LEFT}",
            "rollout undo deployment/slipway --to-revision=3",
            "delete deployment slipway-canary --ignore-not-found --cascade=foreground",
            "rollout status deployment/slipway",
            f"get replicasets --selector {PODS} --output {CURRENT}",
            f"delete replicasets --selector {PODS},pod-template-hash=6d4b75cb6d,pod-template-hash!=6d4b75cb6d",
        ]
        assert "what ran before runs again" in capfd.readouterr().err


def test_a_way_back_that_fails_is_told_as_well(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    machine.answers = ALL
    machine.failing = {"python3 -m deploy.cloud.smoke check *": 1, "kubectl * rollout undo *": 1}
    assert machine.run("update", "gke", VERSION="1.1") == 1
    told = capfd.readouterr().err
    assert "deploy.cloud.smoke check" in told
    assert "the step 'go back to what ran before' failed" in told
    assert "runs again" not in told


@pytest.mark.parametrize(
    ("pattern", "step"),
    [
        ("docker image inspect *RepoDigests*", "find the image's digest"),
        ("kubectl * get service *", "read the address"),
    ],
)
def test_an_answer_that_is_empty_is_a_failure(
    pattern: str, step: str, machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.answers = {pattern: "", **{other: answer for other, answer in NOTHING.items() if other != pattern}}
    assert machine.run("deploy", "gke") == 1
    assert f"the step '{step}' found nothing" in capfd.readouterr().err


def test_a_tool_that_is_missing_is_named_before_anything_runs(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for tool in ("gcloud", "gke-gcloud-auth-plugin"):
        (machine.folder / "bin" / tool).unlink()
    monkeypatch.setenv("PATH", str(machine.folder / "bin"))
    assert machine.run("deploy", "gke") == 2
    told = capfd.readouterr().err
    assert "this needs gcloud (https://" in told
    assert "gke-gcloud-auth-plugin (gcloud components install" in told
    assert machine.calls() == []


def test_a_tool_that_cannot_be_run_is_told(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    assert machine.run("deploy", "minikube", VERSION="1.1", DOCKER="/nonexistent/docker") == 1
    assert "cannot be run: No such file or directory:\n  /nonexistent/docker image ls" in capfd.readouterr().err
