"""Started as SageMaker and Vertex AI start a container: their ports, their paths, and where they put the model."""

import io
import json
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.container.conftest import Launch
from tests.container.stack import HARDENED, JSON, ContainerStack, Stack, docker, free_port, wait_for

ROW = [5.1, 3.5, 1.4, 0.2]
LINE = b"5.1,3.5,1.4,0.2\n"
HEALTH, PREDICT = "/v1/endpoints/12/deployedModels/3", "/v1/endpoints/12/deployedModels/3:predict"


class SageMakerStack(ContainerStack):
    """`docker run IMAGE serve` with a model mounted, as SageMaker starts it."""

    def __init__(self, image: str, model: Path) -> None:
        self.name, self.port = f"slipway-test-{uuid.uuid4().hex[:8]}", free_port()
        environment = {
            "HOST": "127.0.0.1",
            "WEB_CONCURRENCY": "2",
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            "SAGEMAKER_SAFE_PORT_RANGE": "20000-20999",
        }
        flags = [word for key, value in environment.items() for word in ("--env", f"{key}={value}")]
        flags += ["--volume", f"{model}:/opt/ml/model:ro"]
        docker("run", "--detach", "--name", self.name, "--network", "host", *HARDENED, *flags, image, "serve")


@pytest.fixture(scope="module", params=["one bundle", "bundles by name and version"])
def sagemaker(request: pytest.FixtureRequest, image: str, models: Path) -> Iterator[SageMakerStack]:
    folder = Path(tempfile.mkdtemp(prefix="slipway-sagemaker-"))
    folder.chmod(0o755)  # the container's user is another
    model = folder / "model"
    if request.param == "one bundle":
        shutil.copytree(models / "iris" / "1", model)
    else:
        shutil.copytree(models / "iris", model / "iris")
    stack = SageMakerStack(image, model)
    try:
        wait_for(stack.ready, "ready")
        yield stack
    finally:
        stack.discard()
        shutil.rmtree(folder)


def test_sagemaker_is_served_the_model_that_it_mounted(sagemaker: SageMakerStack) -> None:
    assert sagemaker.ask("GET", "/ping").status == 200
    assert [model["name"] for model in sagemaker.ask("GET", "/models").json()["models"]] == ["iris"]
    body = json.dumps({"instances": [ROW]}).encode()
    assert sagemaker.ask("POST", "/invocations", body, JSON).json() == {"predictions": ["setosa"]}


def test_sagemakers_csv_and_numpy_files(sagemaker: SageMakerStack) -> None:
    as_csv = {"Content-Type": "text/csv", "Accept": "text/csv"}
    assert sagemaker.ask("POST", "/invocations", LINE + LINE, as_csv).body == b"setosa\r\nsetosa\r\n"
    file = io.BytesIO()
    np.save(file, np.array([ROW]))
    as_numpy = {"Content-Type": "application/x-npy", "Accept": "application/x-npy"}
    reply = sagemaker.ask("POST", "/invocations", file.getvalue(), as_numpy)
    assert np.load(io.BytesIO(reply.body)).tolist() == ["setosa"]


def test_the_health_check_finds_sagemakers_port(sagemaker: SageMakerStack) -> None:
    wait_for(lambda: sagemaker.inspect("{{.State.Health.Status}}") == "healthy", "healthy")


def test_sigterm_ends_it_within_sagemakers_30_seconds(image: str, models: Path) -> None:
    stack = SageMakerStack(image, models)
    try:
        wait_for(stack.ready, "ready")
        docker("stop", "--time", "30", stack.name)
        assert stack.outcome() == 0
    finally:
        stack.discard()


def start_vertex(launch: Launch, **settings: str) -> Stack:
    port = free_port()
    vertex = {"AIP_HTTP_PORT": str(port), "AIP_HEALTH_ROUTE": HEALTH, "AIP_PREDICT_ROUTE": PREDICT, **settings}
    stack = launch(ready=False, PORT="", SLIPWAY_DEFAULT_MODEL="iris", **vertex)
    stack.port = port
    return stack


def test_vertex_ai_asks_on_its_own_port_and_paths(launch: Launch) -> None:
    stack = start_vertex(launch, AIP_STORAGE_URI="")
    wait_for(stack.ready, "ready")
    assert stack.ask("GET", HEALTH).json()["ready"] is True
    reply = stack.ask("POST", PREDICT, json.dumps({"instances": [ROW], "parameters": None}).encode(), JSON)
    assert (reply.status, reply.json()) == (200, {"predictions": ["setosa"]})
    assert stack.logged(reply.headers["X-Request-ID"])["path"] == PREDICT
    refused = stack.ask("POST", PREDICT, b'{"instances": [[1]]}', JSON)
    assert (refused.status, refused.json()["error_code"]) == (400, "BAD_REQUEST")
    assert stack.ask("GET", f"{HEALTH}/").status == 404
    assert stack.predict().status == 200


def test_vertex_ai_may_choose_paths_that_are_answered_otherwise(launch: Launch) -> None:
    stack = start_vertex(launch, AIP_HEALTH_ROUTE="/health", AIP_PREDICT_ROUTE="/predict")
    wait_for(stack.ready, "ready")
    assert stack.ask("GET", "/health").json()["ready"] is True
    reply = stack.ask("POST", "/predict", json.dumps({"instances": [ROW]}).encode(), JSON)
    assert reply.json() == {"predictions": ["setosa"]}
    assert stack.ask("POST", "/predict/iris", json.dumps({"instances": [ROW]}).encode(), JSON).json()["model"] == "iris"


def test_a_bucket_that_cannot_be_read_here_stops_the_start(launch: Launch) -> None:
    stack = start_vertex(launch, AIP_STORAGE_URI="gs://bucket/model")
    wait_for(lambda: not stack.running(), "its end")
    assert stack.outcome() != 0
    assert "AIP_STORAGE_URI='gs://bucket/model' is not accepted: pip install 'slipway[gs]'" in stack.stderr()
