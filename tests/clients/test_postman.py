"""newman, Postman's own runner, sends the committed collection to the started stack."""

import subprocess
from pathlib import Path

import pytest

from tests.npm import installed

FOLDER = Path(__file__).parents[2] / "deploy" / "postman"


@pytest.fixture(scope="session")
def newman() -> Path:
    return installed(FOLDER) / ".bin" / "newman"


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
