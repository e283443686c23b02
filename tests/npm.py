"""What comes through npm, installed as it is locked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def installed(folder: Path) -> Path:
    """The folder's node_modules, made where it is missing or older than the lock.

    Without npm its tests are skipped, or fail where CI promised it.
    """
    lock, modules = folder / "package-lock.json", folder / "node_modules"
    done = modules / ".package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        if shutil.which("npm") is None:
            absence = f"there is no `npm` on the PATH, which installs what {lock} locks; apt-get install npm"
            if os.environ.get("SLIPWAY_REQUIRE_NPM"):
                pytest.fail(absence)
            pytest.skip(absence)
        subprocess.run(["npm", "ci"], cwd=folder, check=True, capture_output=True)
    return modules
