"""The image as a product: who it runs as, what it may write, what it weighs, what it says of itself."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.container.conftest import IMAGE, MakeStack
from tests.container.stack import DOCKER, HARDENED, ROOT, ContainerStack, docker, free_port, wait_for

pytestmark = pytest.mark.usefixtures("image")


@pytest.fixture(scope="module")
def container(make_stack: MakeStack) -> Iterator[ContainerStack]:
    stack = make_stack("container")
    assert isinstance(stack, ContainerStack)
    yield stack
    stack.discard()


def run(*arguments: str, flags: tuple[str, ...] = HARDENED) -> subprocess.CompletedProcess[str]:
    command = [*DOCKER, "run", "--rm", "--network", "host", "--env", "HOST=127.0.0.1", *flags, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_it_runs_as_a_numeric_user_that_is_not_root(container: ContainerStack) -> None:
    assert docker("image", "inspect", "--format", "{{.Config.User}}", IMAGE).strip() == "10001:0"
    assert container.execute("python", "-c", "import os; print(os.getuid(), os.getgid())").split() == ["10001", "0"]


def test_no_process_has_a_capability(container: ContainerStack) -> None:
    for pid, _, _ in container.processes()[:-1]:
        status = container.execute("python", "-c", f"print(open('/proc/{pid}/status').read())")
        assert "CapEff:\t0000000000000000" in status


def test_it_writes_nowhere_but_in_the_run_directory() -> None:
    done = run(
        "--entrypoint", "find", IMAGE, "/", "-xdev", "-writable", "-not", "-type", "l", "-not", "-path", "/proc/*",
        flags=(),
    )  # fmt: skip
    # It may not look into everything; what it cannot enter it cannot write to.
    assert all(line.endswith("Permission denied") for line in done.stderr.splitlines()), done.stderr
    places = {place for place in done.stdout.splitlines() if not place.startswith(("/dev", "/etc/", "/proc"))}
    assert {"/tmp", "/run/slipway"} <= places <= {"/tmp", "/var/tmp", "/run/lock", "/run/slipway", "/var/lock"}


def test_any_other_user_of_group_0_works(make_stack: MakeStack) -> None:
    name, port = f"slipway-test-user-{free_port()}", free_port()
    docker(
        "run", "--detach", "--name", name, "--network", "host", *HARDENED, "--user", "12345:0",
        "--env", "HOST=127.0.0.1", "--env", f"PORT={port}", IMAGE, "serve",
    )  # fmt: skip
    try:
        wait_for(
            lambda: docker("inspect", "--format", "{{.State.Health.Status}}", name).strip() == "healthy", "healthy"
        )
    finally:
        docker("rm", "--force", name)


def test_it_becomes_healthy(container: ContainerStack) -> None:
    wait_for(lambda: container.inspect("{{.State.Health.Status}}") == "healthy", "healthy")


def test_the_health_check_fails_where_nothing_answers() -> None:
    command = json.loads(docker("image", "inspect", "--format", "{{json .Config.Healthcheck.Test}}", IMAGE))[1:]
    done = run("--entrypoint", command[0], "--env", f"PORT={free_port()}", IMAGE, *command[1:])
    assert done.returncode == 1


def test_docker_stop_ends_it_with_0(make_stack: MakeStack) -> None:
    stack = make_stack("container")
    assert isinstance(stack, ContainerStack)
    docker("stop", stack.name)
    assert stack.outcome() == 0


def test_it_weighs_at_most_520_megabytes() -> None:
    assert int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE)) <= 520_000_000


def test_its_labels_name_version_and_revision() -> None:
    labels = json.loads(docker("image", "inspect", "--format", "{{json .Config.Labels}}", IMAGE))
    assert labels["org.opencontainers.image.version"] in (ROOT / "pyproject.toml").read_text()
    assert len(labels["org.opencontainers.image.revision"]) == 40
    assert labels["org.opencontainers.image.licenses"] == "MIT"


def test_it_carries_no_tool_that_only_the_build_needs() -> None:
    script = "import importlib.util as u; print([n for n in ('pip', 'skl2onnx', 'onnx', 'pytest') if u.find_spec(n)])"
    assert run("--entrypoint", "python", IMAGE, "-c", script).stdout.strip() == "[]"


def test_its_bytecode_is_compiled() -> None:
    done = run("--entrypoint", "find", IMAGE, "/opt/slipway/app", "-name", "serve.*.pyc")
    assert done.stdout.count("serve.") == 1


def test_any_command_but_serve_is_refused_with_a_sentence() -> None:
    done = run(IMAGE, "train")
    assert (done.returncode, done.stderr.strip()) == (2, "'train' is not accepted: the only command is 'serve'.")


def test_a_run_directory_that_cannot_be_written_is_refused_with_a_sentence() -> None:
    done = run(IMAGE, flags=("--read-only",))
    assert done.returncode == 2
    assert "SLIPWAY_RUN_DIR='/run/slipway' is not accepted: set it to a writable directory" in done.stderr
