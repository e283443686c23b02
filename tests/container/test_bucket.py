"""The whole service with its models in a bucket, on a connection that fails."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundles import constant
from tests.container.conftest import MakeStack
from tests.container.stack import ROOT, Load, NativeStack, Stack, wait_for
from tests.container.test_versions import BODY, PATH, answer, settled
from tests.repository.s3 import BUCKET, Bucket, Proxy, client_environment, s3_server


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="slipway-bucket-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[int]:
    with s3_server(folder) as port:
        yield port


@pytest.fixture(scope="module")
def bucket(server: int) -> Iterator[Bucket]:
    bucket = Bucket(server)
    yield bucket
    bucket.close()


@pytest.fixture(scope="module")
def proxy(server: int) -> Iterator[Proxy]:
    proxy = Proxy(server)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def served(folder: Path, bucket: Bucket, proxy: Proxy, make_stack: MakeStack) -> Iterator[Stack]:
    bucket.upload(folder / "models", constant(folder / "models", "const", 1, 1))
    stack = make_stack("native", **settings(proxy))
    yield stack
    stack.discard()


def settings(proxy: Proxy) -> dict[str, str]:
    return client_environment(proxy.port) | {
        "SLIPWAY_MODELS": f"s3://{BUCKET}/models",
        "SLIPWAY_DEFAULT_MODEL": "const",
        "SLIPWAY_POLL_SECONDS": "0.3",
    }


def test_versions_come_whole_over_a_bad_connection_and_are_rolled_back(
    served: Stack, bucket: Bucket, proxy: Proxy, folder: Path
) -> None:
    assert isinstance(served, NativeStack)
    with Load(served.port, threads=2, path=PATH, body=BODY) as running:
        settled(running, 1)
        proxy.limit = 1000
        bucket.upload(folder / "models", constant(folder / "models", "const", 2, 2))
        cut = proxy.cut
        wait_for(lambda: proxy.cut > cut + 3, "some connections that are cut")
        settled(running, 1)
        proxy.limit = None
        settled(running, 2)
        assert subprocess.run(
            ["make", "rollback", "MODEL=const"],
            cwd=ROOT,
            env={**os.environ, **settings(proxy), "SLIPWAY_RUN_DIR": str(served.run_dir)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.startswith("const: version 1 answers; before: version 2 answers, the newest.\n")
        settled(running, 1)
        bucket.delete("models/const/traffic.json")
        settled(running, 2)
        bucket.delete("models/const/2/")
        settled(running, 1)
    assert running.failures == []


def test_the_service_starts_while_the_bucket_is_away_and_follows_when_it_is_back(
    bucket: Bucket, proxy: Proxy, folder: Path, make_stack: MakeStack
) -> None:
    bucket.upload(folder / "models", constant(folder / "models", "const", 1, 1))
    proxy.limit = 0
    stack = make_stack("native", ready=False, **settings(proxy))

    def said() -> bool:
        return "the repository cannot be read" in stack.stderr()

    wait_for(said, "a word on the bucket")
    wait_for(lambda: stack.ask("GET", "/readyz").json().get("ready") is False, "an answer")
    proxy.limit = None
    wait_for(stack.ready, "ready")
    assert answer(stack) == 1
    stack.discard()
