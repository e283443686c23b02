"""The real gcloud and kubectl take the recorded command lines: nothing reaches a cloud, but arguments are parsed."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.deploy.cloud.conftest import ALL, NOTHING, VARIABLES, Machine
from tests.deploy.cloud.test_docs import LINES

RUNS: list[tuple[str, str, dict[str, str]]] = [
    *(("deploy", name, {}) for name in VARIABLES),
    ("deploy", "gke", {"STANDARD": "1", "REGISTRY": "europe-west1-docker.pkg.dev/my-project/ml"}),
    ("update", "gke", {"VERSION": "1.1", "CANARY": "1.2"}),
    *((verb, "gke", {}) for verb in ("rollback", "status", "logs")),
    ("destroy", "gke", {"YES": "1", "IMAGES": "1"}),
]
CONTEXTS = ("gke_my-project_us-central1_slipway", "aks_slipway_slipway", "slipway", "somewhere")
REFUSED = "http://127.0.0.1:1"  # where nobody listens


def quote(word: str) -> str:
    """For gcloud's linter, which would take a quote before a flag for a value."""
    flag, equals, value = word.partition("=")
    return f"{flag}{equals}{shlex.quote(value)}" if equals else shlex.quote(word)


@pytest.fixture
def recorded(real: Mapping[str, str], machine: Machine) -> list[list[str]]:
    """Each different command line once, of runs with nothing there and with all there and one step failing."""
    calls: dict[str, list[str]] = {}
    for answers in (NOTHING, ALL):
        machine.answers = answers
        for verb, name, variables in RUNS:
            assert machine.run(verb, name, **variables) == 0
            calls |= {" ".join(call): call for call in machine.calls()}
    machine.answers = ALL | {"kubectl * get services *": "", "gcloud container operations list *": "operation-1"}
    machine.answers |= {"kubectl * api-resources *": "gateways.gateway.networking.k8s.io"}
    assert machine.run("status", "gke") == 0
    calls |= {" ".join(call): call for call in machine.calls()}
    assert machine.run("deploy", "gke") == 0
    calls |= {" ".join(call): call for call in machine.calls()}
    machine.failing = {"python3 -m deploy.cloud.smoke *": 1}
    assert machine.run("update", "gke", VERSION="1.1") == 1
    calls |= {" ".join(call): call for call in machine.calls()}
    return list(calls.values())


def test_gcloud_takes_them(real: Mapping[str, str], recorded: list[list[str]], tmp_path: Path) -> None:
    if "gcloud" not in real:
        pytest.skip("gcloud is not installed")
    lines = [" ".join(map(quote, call)) for call in recorded if call[0] == "gcloud"]
    # Those that docs/deploy.md has readers type as well.
    lines += [" ".join(map(quote, shlex.split(line))) for line in LINES if line.startswith("gcloud")]
    lines.append("gcloud container clusters create-auto slipway --location=us-central1 --no-such-flag")
    (tmp_path / "lines.json").write_text(json.dumps([{"command_string": line} for line in lines]))
    linted = subprocess.run(
        [real["gcloud"], "meta", "lint-gcloud-commands", f"--commands-file={tmp_path / 'lines.json'}"],
        env={**os.environ, "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    *told, control = json.loads(linted.stdout)
    assert len(told) == len(lines) - 1
    assert [entry for entry in told if not entry["success"]] == []
    assert "unrecognized arguments: --no-such-flag" in control["error_message"]


Takes = Callable[[str, Sequence[object]], list[bool]]
EVALUATE = """
import json, sys
sys.path[:0] = [sys.argv[1], f"{sys.argv[1]}/third_party"]
from googlecloudsdk.core.resource import resource_filter
asked, resources = json.load(sys.stdin)
print(json.dumps([resource_filter.Compile(asked).Evaluate(resource) for resource in resources]))
"""


@pytest.fixture
def takes(real: Mapping[str, str]) -> Takes:
    """Which of some resources a filter takes, as gcloud itself says."""
    if "gcloud" not in real:
        pytest.skip("gcloud is not installed")
    library = Path(real["gcloud"]).resolve().parent.parent / "lib"

    def evaluate(asked: str, resources: Sequence[object]) -> list[bool]:
        command = [sys.executable, "-W", "ignore", "-c", EVALUATE, library]
        given = json.dumps([asked, resources])
        told = subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout
        return [bool(taken) for taken in json.loads(told)]

    return evaluate


def of_filter(machine: Machine, command: str) -> str:
    """The filter of the one recorded call that begins so."""
    (call,) = (call for call in machine.calls() if " ".join(call).startswith(command))
    return next(word.removeprefix("--filter=") for word in call if word.startswith("--filter="))


@pytest.mark.parametrize(
    ("version", "tags", "other"),
    [("1.1", ["latest", "1.1"], ["1.10"]), ("1.0", ["1.0"], ["1"]), ("abc-1_2", ["abc-1_2"], ["ABC-1_2", "abc-1_20"])],
)
def test_a_version_is_not_found_under_another_ones_name(
    takes: Takes, machine: Machine, version: str, tags: list[str], other: list[str]
) -> None:
    machine.answers = ALL
    assert machine.run("update", "gke", VERSION=version) == 0
    package = "us-docker.pkg.dev/my-project/gcr.io/slipway"
    images = [{"package": package, "tags": tags}, {"package": package, "tags": other}]
    asked = of_filter(machine, "gcloud artifacts docker images list")
    assert takes(asked, [*images, {"package": f"{package}2", "tags": tags}]) == [True, False, False]


def test_whether_the_nodes_may_pull_is_asked_of_their_account_alone(takes: Takes, machine: Machine) -> None:
    assert machine.run("deploy", "gke") == 0
    nodes, role = "123456789-compute@developer.gserviceaccount.com", "roles/container.defaultNodeServiceAccount"
    of = {f"serviceAccount:{nodes}": ("roles/editor", role, "roles/viewer"), f"serviceAccount:9{nodes}": (role,)}
    resources = [{"bindings": {"members": member, "role": role}} for member, roles in of.items() for role in roles]
    asked = of_filter(machine, "gcloud projects get-iam-policy")
    assert takes(asked, resources) == [True, True, False, False]


def test_what_is_waited_for_is_the_making_of_this_cluster(takes: Takes, machine: Machine) -> None:
    machine.answers = ALL
    assert machine.run("deploy", "gke") == 0
    making = {"operationType": "CREATE_CLUSTER", "status": "RUNNING", "targetLink": "https://x/v1/p/clusters/slipway"}
    others = (
        {"status": "DONE"},
        {"operationType": "UPGRADE_MASTER"},
        {"targetLink": "https://x/v1/p/clusters/slipway2"},
    )
    resources = [making, *({**making, **other} for other in others)]
    assert takes(of_filter(machine, "gcloud container operations list"), resources) == [True, False, False, False]


def test_kubectl_takes_them(real: Mapping[str, str], recorded: list[list[str]], tmp_path: Path) -> None:
    if "kubectl" not in real:
        pytest.skip("kubectl is not installed")
    cluster = {"name": "c", "cluster": {"server": REFUSED}}
    contexts = [{"name": name, "context": {"cluster": "c", "user": ""}} for name in CONTEXTS]
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": contexts}
    (tmp_path / "kubeconfig").write_text(json.dumps({**config, "current-context": "somewhere"}))
    environment = {**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig"), "PATH": os.defpath}

    def told(call: list[str]) -> str:
        done = subprocess.run(
            [real["kubectl"], *call[1:]], env=environment, capture_output=True, text=True, check=False
        )
        return done.stderr if done.returncode else ""

    recorded = [*recorded, *(shlex.split(line) for line in LINES if line.startswith("kubectl"))]
    # One context's are as good as another's.
    shapes = {
        " ".join(call[3:] if call[1] == "--context" else call[1:]): call for call in recorded if call[0] == "kubectl"
    }
    parsed = {shape: told(call) for shape, call in shapes.items()}
    assert len(parsed) > 15
    wrong = {
        shape: text
        for shape, text in parsed.items()
        if text and "connection refused" not in text and "was refused" not in text
    }
    assert wrong == {}
    assert "unknown flag" in told(["kubectl", "--context", "slipway", "get", "pods", "--no-such-flag"])
