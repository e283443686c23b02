"""What the two files of continuous delivery pass to make: all that a deployment was chosen with, or it is undone."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
# What `make update-gke` rolls out, and how it judges that.
CHOICES = {"PROJECT_ID", "REGION", "CLUSTER", "REGISTRY", "OVERLAY", "COMPONENTS", "URL", "GOLDEN"}
CHOSEN = {
    "PROJECT_ID": "my-project",
    "OVERLAY": "deploy/overlays/aks",
    "COMPONENTS": "gateway tls",
    "URL": "https://api.example.com",
    "GOLDEN": "models/churn/1/golden.json",
}


def workflow(chosen: Mapping[str, str]) -> dict[str, str]:
    """The variables of the GitHub workflow, with some of its `env` written anew."""
    env = yaml.safe_load((ROOT / "deploy/cd/github-actions.yml").read_text())["env"]
    assert set(chosen) <= set(env)
    return {name: str(value) for name, value in (env | chosen).items()}


def build(chosen: Mapping[str, str]) -> dict[str, str]:
    """The variables of Cloud Build's last step, with a trigger's substitutions."""
    content = yaml.safe_load((ROOT / "deploy/cd/cloudbuild.yaml").read_text())
    assert {f"_{name}" for name in chosen} - {"_PROJECT_ID"} <= set(content["substitutions"])
    values = content["substitutions"] | {f"_{name}": value for name, value in chosen.items()}
    values |= {"PROJECT_ID": "my-project", "COMMIT_SHA": "0"}
    lines = [re.sub(r"\$(\w+)", lambda found: str(values[found[1]]), line) for line in content["steps"][-1]["env"]]
    return dict(line.split("=", 1) for line in lines)


def update(variables: Mapping[str, str]) -> str:
    """What `make update-gke` would do."""
    environment = {**os.environ, **variables, "VERSION": "1.1", "DRY_RUN": "1"}
    command = ["make", "update-gke"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("file", [workflow, build])
def test_a_choice_is_not_lost(file) -> None:
    assert set(file({})) >= CHOICES
    assert update(file(CHOSEN)) == update(CHOSEN) != update(file({}))


def test_both_choose_the_same_where_nothing_is_written() -> None:
    assert update(workflow({})) == update(build({}))
