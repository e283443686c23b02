"""The version is said once, and everywhere the same."""

import re
import tomllib
from pathlib import Path

import app

ROOT = Path(__file__).parents[1]


def test_package_project_and_changelog_name_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert app.__version__ == project == newest[1]
