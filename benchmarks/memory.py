"""Whether workers share a model's memory: `python benchmarks/memory.py`. Linux only; it takes a few minutes.

It trains a forest of about 500 MB, serves it with 1 worker and then with 4, sends each 1,000 requests, and compares
the proportional set sizes (PSS) of Gunicorn's master and workers. Exit status 1 where 4 workers take more than 1.5
times the memory of 1.
"""

import argparse
import http.client
import io
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import ExtraTreesRegressor

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.pack.bundles import Card, Stored, write_bundle  # noqa: E402
from app.runtimes.sklearn import SklearnRuntime  # noqa: E402
from app.signature import Column, TableSignature, Target  # noqa: E402
from benchmarks.stack import served  # noqa: E402

LIMIT = 1.5
COLUMNS = tuple("abcdefgh")
BYTES_PER_NODE = 72


def main() -> int:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="slipway-memory-") as folder:
        size = build(Path(folder) / "models", options.megabytes)
        print(f"a forest of {size / 1e6:.0f} MB; {options.requests} requests to each service")
        figures = {workers: measure(Path(folder), workers, options.requests) for workers in (1, 4)}
    for workers, (before, after) in figures.items():
        print(f"{workers} workers: {before / 1e6:.0f} MB of PSS when ready, {after / 1e6:.0f} MB after the requests")
    ratio = figures[4][1] / figures[1][1]
    print(f"4 workers take {ratio:.2f} times the memory of 1; at most {LIMIT} is allowed")
    return int(ratio > LIMIT)


def build(models: Path, megabytes: int) -> int:
    """Train and pack a forest; the size of its trees in bytes."""
    trees = 100
    rows = int(megabytes * 1e6 / BYTES_PER_NODE / trees / 2)
    random = np.random.default_rng(0)
    inputs = random.normal(size=(rows, len(COLUMNS)))
    forest = ExtraTreesRegressor(trees, max_features=1, n_jobs=-1, random_state=0)
    forest.fit(inputs, inputs.sum(axis=1) + random.normal(size=rows))
    forest.set_params(n_jobs=None)
    signature = TableSignature(columns=tuple(Column(name=name) for name in COLUMNS))
    examples = [dict(zip(COLUMNS, row, strict=True)) for row in inputs[:4].tolist()]
    card = Card("forest", "A large forest.", "regression", signature, Target(name="y"), examples)
    stored = Stored("sklearn", "model.joblib", {"model.joblib": _dumped(forest)})
    write_bundle(card, stored, SklearnRuntime(forest, signature, card.target), models)
    return sum(tree.tree_.node_count * BYTES_PER_NODE for tree in forest.estimators_)


def _dumped(forest: ExtraTreesRegressor) -> bytes:
    file = io.BytesIO()
    joblib.dump(forest, file)
    return file.getvalue()


def measure(folder: Path, workers: int, requests: int) -> tuple[int, int]:
    """PSS in bytes when ready, and after the requests."""
    settings = {"WEB_CONCURRENCY": str(workers), "SLIPWAY_DEFAULT_MODEL": "forest", "SLIPWAY_LOAD_SECONDS": "600"}
    with served(folder, **settings) as (port, run_dir):
        while len(processes(run_dir)) < 1 + workers:
            time.sleep(0.2)
        before = pss(run_dir)
        body = json.dumps({"instances": np.random.default_rng(1).normal(size=(10, len(COLUMNS))).tolist()})
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda _: ask(port, body), range(requests))) == {200}
        return before, pss(run_dir)


def ask(port: int, body: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        reply.read()
        return reply.status
    finally:
        connection.close()


def pss(run_dir: Path) -> int:
    """The proportional set size of Gunicorn's master and workers together, in bytes."""
    return sum(_pss_of(pid) for pid in processes(run_dir))


def processes(run_dir: Path) -> list[str]:
    """Gunicorn's master and its workers."""
    master = json.loads((run_dir / "taken.json").read_text())["pid"]
    return [str(master), *Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def _pss_of(pid: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Whether workers share a model's memory.")
    parser.add_argument("--megabytes", type=int, default=500, help="the size of the forest")
    parser.add_argument("--requests", type=int, default=1000, help="sent to each service before it is measured")
    return parser


if __name__ == "__main__":
    sys.exit(main())
