"""What the way to the model costs: `python benchmarks/open_inference.py`. It takes about a minute.

It packs a linear model of 64 float inputs, starts the real stack, and sends it 100,000 rows of FP32 in one binary
request, answered in binary: as bytes that lie ready, and through Triton's own client, which puts them together each
time. Beside these times stands that of the bare runtime call on the same rows.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, LogisticRegression
from tritonclient.http import InferenceServerClient, InferInput

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.engine.model import Loading, Model, load_model  # noqa: E402
from app.pack.bundles import Card, pack_estimator  # noqa: E402
from app.repository.bundle import read_bundle  # noqa: E402
from app.signature import Column, TableSignature, Target, Task  # noqa: E402
from benchmarks.stack import served  # noqa: E402

COLUMNS = tuple(f"x{number}" for number in range(64))
MODEL = "linear"


def main() -> int:
    options = _parser().parse_args()
    matrix = np.random.default_rng(1).normal(size=(options.rows, len(COLUMNS))).astype(np.float32)
    print(f"{options.rows} x {len(COLUMNS)} FP32, {matrix.nbytes / 1e6:.1f} MB, median of {options.repeats}")
    with tempfile.TemporaryDirectory(prefix="slipway-benchmark-") as folder:
        path = build(Path(folder) / "models", options.kind)
        bare = measure(bare_call(load_model(read_bundle(path), Loading(1)), matrix), options.repeats)
        settings = {"SLIPWAY_DEFAULT_MODEL": MODEL}
        with served(Path(folder), **settings) as (port, _), InferenceServerClient(f"127.0.0.1:{port}") as client:
            figures = {
                "bare runtime call": bare,
                "request, ready-made": measure(ready_made(port, matrix), options.repeats),
                "request by Triton's client": measure(lambda: ask(client, matrix), options.repeats),
            }
    for what, seconds in figures.items():
        print(f"{what:27s}{1000 * seconds:7.1f} ms, {seconds / bare:.2f} times the bare call")
    return 0


def build(models: Path, kind: str) -> Path:
    """Train and pack the model; its bundle."""
    random = np.random.default_rng(0)
    inputs = random.normal(size=(2000, len(COLUMNS)))
    truth = inputs @ random.normal(size=len(COLUMNS))
    estimator, target = _fitted(kind, inputs, truth)
    signature = TableSignature(columns=tuple(Column(name=name, dtype="float32") for name in COLUMNS))
    rows = inputs.astype(np.float32)
    examples = [dict(zip(COLUMNS, row, strict=True)) for row in rows[:4].tolist()]
    task: Task = "classification" if target.classes else "regression"
    sample = {name: rows[:, index] for index, name in enumerate(COLUMNS)}
    return pack_estimator(estimator, Card(MODEL, "A linear model.", task, signature, target, examples), models, sample)


def _fitted(kind: str, inputs: NDArray[np.float64], truth: NDArray[np.float64]) -> tuple[object, Target]:
    if kind == "regression":
        return LinearRegression().fit(inputs, truth), Target(name="y")
    return LogisticRegression().fit(inputs, np.where(truth > 0, "above", "below")), Target(
        name="side", classes=("above", "below")
    )


def bare_call(model: Model, matrix: NDArray[np.float32]) -> Callable[[], object]:
    """The runtime asked for the columns that the reader makes, which is not timed."""
    arrays = model.reader.tensors({"input": matrix})
    return lambda: model.runtime.predict(arrays)


def said(matrix: NDArray[np.float32]) -> InferInput:
    return InferInput("input", list(matrix.shape), "FP32").set_data_from_numpy(matrix)


def ask(client: InferenceServerClient, matrix: NDArray[np.float32]) -> None:
    assert client.infer(MODEL, [said(matrix)]).as_numpy("predict").shape == (len(matrix),)


def ready_made(port: int, matrix: NDArray[np.float32]) -> Callable[[], None]:
    """The same request as bytes: what is left is the service's own time."""
    body, length = InferenceServerClient.generate_request_body([said(matrix)])
    headers = {"Inference-Header-Content-Length": str(length)}

    def call() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", f"/v2/models/{MODEL}/infer", body, headers)
        reply = connection.getresponse()
        reply.read()
        connection.close()
        assert reply.status == http.HTTPStatus.OK

    return call


def measure(call: Callable[[], object], repeats: int) -> float:
    """The median of its seconds, once it has been called."""
    call()
    return statistics.median(_seconds(call) for _ in range(repeats))


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What the way to the model costs.")
    parser.add_argument("--rows", type=int, default=100_000, help="in one request; the body's limit is 32 MiB")
    parser.add_argument("--repeats", type=int, default=15, help="of which the median is told")
    parser.add_argument("--kind", choices=("regression", "classification"), default="regression")
    return parser


if __name__ == "__main__":
    sys.exit(main())
