"""docs/deploy.md: its commands are what make, gcloud and kubectl take, and every alert is in it."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.container.stack import ROOT

TEXT = (ROOT / "docs/deploy.md").read_text()
LINES = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
VERBS = ("deploy", "push", "update", "rollback", "status", "logs", "destroy")
MADE = sorted({line for line in LINES if line.startswith(tuple(f"make {verb}-" for verb in VERBS))})


@pytest.mark.parametrize("line", MADE)
def test_make_takes_what_is_shown(line: str) -> None:
    # The reader's own overlay: another one will do.
    words = shlex.split(line.replace("deploy/overlays/ours", "deploy/overlays/gke"))
    done = subprocess.run([*words, "DRY_RUN=1"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("set -e\n")


def test_every_alert_says_what_to_do() -> None:
    rules = yaml.safe_load((ROOT / "deploy/components/monitoring/rules/prometheusrule.yaml").read_text())
    alerts = [rule["alert"] for group in rules["spec"]["groups"] for rule in group["rules"]]
    assert re.findall(r"^\| `(Slipway\w+)` \|", TEXT, re.MULTILINE) == alerts


def test_every_variable_that_is_read_is_in_the_table_or_the_text() -> None:
    read = set()
    for file in (ROOT / "deploy/cloud").glob("*.py"):
        read |= set(
            re.findall(r'options\.(?:text|number|flag|tag|required|several)\(\s*["\']([A-Z_]+)["\']', file.read_text())
        )
    assert len(read) > 12
    assert {name for name in read if not re.search(rf"\b{name}\b", TEXT)} == set()


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", TEXT):
        assert (ROOT / "docs" / target).resolve().exists(), target


def test_the_overlay_that_is_shown_builds(real: Mapping[str, str], tmp_path: Path) -> None:
    if "kubectl" not in real:
        pytest.skip("kubectl is not installed")
    shown = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert shown
    overlay = yaml.safe_load(shown[1])
    for kind in ("resources", "components"):
        # From the place that the comment names.
        overlay[kind] = [os.path.relpath(ROOT / "deploy/overlays/ours" / path, tmp_path) for path in overlay[kind]]
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    built = subprocess.run([real["kubectl"], "kustomize", tmp_path], capture_output=True, text=True, check=True).stdout
    assert "bucketName: my-models" in built
    assert "slipway-models" not in built
