"""A machine on which docker, gcloud, az, minikube and kubectl are stand-ins that note how they are called."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.cloud import images
from deploy.cloud.__main__ import main
from tests.container.conftest import make_stack
from tests.container.stack import ROOT

__all__ = ["make_stack"]  # a fixture, which pytest finds here by its name

TOOLS = ("docker", "gcloud", "gke-gcloud-auth-plugin", "az", "minikube", "kubectl", "python3")
DIGEST = f"sha256:{'1' * 64}"
CANARY = f"sha256:{'2' * 64}"
VARIABLES = {
    "gke": {"PROJECT_ID": "my-project"},
    "cloudrun": {"PROJECT_ID": "my-project"},
    "aks": {"REGISTRY": "myregistry"},
    "minikube": {},
    "kserve": {"REGISTRY": "gcr.io/my-project"},
}
# What the tools answer where nothing is there yet.
NOTHING = {
    "docker image inspect --format {{.Size}} *": "1000000",
    "docker image inspect --format {{slice *": "1" * 12,
    "docker image inspect *:1.2": CANARY,
    "docker image inspect *": DIGEST,
    "docker run *": '{"instances": [], "outputs": {}}',
    "gcloud projects describe *": "123456789",
    "kubectl config current-context": "somewhere",
    "kubectl * get service *jsonpath=http://192*": "http://192.168.49.2:30080",
    "kubectl * get services *": "slipway",
    "kubectl * get service *": "http://203.0.113.7",
    "kubectl * get gateway *": "http://203.0.113.8",
    "kubectl * get replicasets *track=stable*": "6d4b75cb6d",
    "kubectl * get replicasets *": ",pod-template-hash!=6d4b75cb6d",
    "kubectl * get deployment slipway --output *revision}": "3",
    "kubectl * exec deployment/slipway *": "digits/1",
    "kubectl * exec deployment/slipway-canary *": "digits/2",
    "kubectl * get inferenceservice*": "http://slipway.example.com",
    "kubectl * get deployment slipway --output jsonpath*image*": f"gcr.io/my-project/slipway@{DIGEST}",
    "kubectl kustomize *": "kind: Service",
    "gcloud run services describe *traffic*": "https://new---slipway-1.run.app",
    "gcloud run services describe *": "https://slipway-1.run.app",
    "minikube ip *": "192.168.49.2",
    "python3 -m deploy.cloud.smoke wait *": "digits/1",
    "python3 -m deploy.cloud.smoke check *": "digits/1 answers",
}
# And where all is there.
ALL = {
    "gcloud container clusters list *": "slipway",
    "gcloud artifacts repositories list *": "gcr.io",
    "gcloud artifacts repositories get-iam-policy *": "roles/artifactregistry.reader",
    "gcloud projects get-iam-policy *": "roles/editor",
    "gcloud artifacts docker images list *tags~*2*": CANARY,
    "gcloud artifacts docker images list *": DIGEST,
    "az group list *": "slipway",
    "az acr list *": "myregistry",
    "az acr repository list *": "slipway",
    "az acr repository show-tags *1.2*": CANARY,
    "az acr repository show-tags *": DIGEST,
    "az aks list *": "slipway",
    "docker image ls *": "1" * 12,
    "kubectl * get deployment slipway --ignore-not-found *": "3",
    **NOTHING,
}


@dataclass
class Machine:
    """`run` is what make calls, in a folder that sees the project's."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    answers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    failing: Mapping[str, int] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def run(self, verb: str, name: str, *, fail: int = 0, **variables: str) -> int:
        """The exit status. fail: the number of the call that fails."""
        self.log.write_text("")
        table = [f"{pattern}\t{status}\t" for pattern, status in self.failing.items()]
        table += [f"{pattern}\t0\t{answer}" for pattern, answer in self.answers.items()]
        (self.folder / "answers").write_text("\n".join(table) + "\n")
        with self.monkeypatch.context() as patch:
            for key, value in {**VARIABLES[name], "STANDIN_FAIL": str(fail), **variables}.items():
                patch.setenv(key, value)
            return main(verb, name)

    def calls(self) -> list[list[str]]:
        return [line.split("\t") for line in self.log.read_text().splitlines()]

    def lines(self) -> list[str]:
        return [" ".join(call) for call in self.calls()]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(Path(__file__).with_name("standin"))
    for name in ("deploy", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    for variable in (
        "DOCKER",
        "PYTHON",
        "IMAGE",
        "VERSION",
        "CANARY",
        "DOCKER_BUILD_FLAGS",
        "URL",
        "REGION",
        "CLUSTER",
        "MAKEFLAGS",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(images, "revision", lambda: "local")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STANDIN_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("STANDIN_ANSWERS", str(tmp_path / "answers"))
    monkeypatch.setenv("STANDIN_PYTHON", sys.executable)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return Machine(tmp_path, monkeypatch)


@pytest.fixture
def real() -> Mapping[str, str]:
    """The real tools, by name; looked up before stand-ins come first."""
    return {tool: path for tool in ("gcloud", "kubectl") if (path := shutil.which(tool))}
