"""newman, Postman's own runner, sends the committed collection to the started stack."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "postman"


@pytest.fixture(scope="session")
def newman() -> Path:
    """Installed as locked, where it is not there yet."""
    if shutil.which("npm") is None:
        absence = "there is no `npm` on the PATH, which installs newman; apt-get install npm"
        if os.environ.get("SLIPWAY_REQUIRE_NPM"):
            pytest.fail(absence)
        pytest.skip(absence)
    command = FOLDER / "node_modules" / ".bin" / "newman"
    if not command.exists():
        subprocess.run(["npm", "ci"], cwd=FOLDER, capture_output=True, check=True)
    return command


def test_the_collection_is_green(newman, url):
    collection = FOLDER / "slipway.postman_collection.json"
    environment = FOLDER / "local.postman_environment.json"
    done = subprocess.run(
        [newman, "run", collection, "--environment", environment, "--env-var", f"base_url={url}", "--color", "off"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr
    assert "requests" in done.stdout
