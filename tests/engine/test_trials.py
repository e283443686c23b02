"""Bundles tried in a process of their own."""

import pytest

from app.engine import trials
from app.engine.model import Loading
from app.engine.trials import try_bundles
from tests.bundles import constant, predictor, write_bundle
from tests.fakes import MAX_PIXELS

LOADING = Loading(MAX_PIXELS)


def test_nobody_suffers_from_what_another_does(tmp_path):
    statements = {
        1: "pass",
        2: "import os; os._exit(0)",
        3: "pass",
        4: "import ctypes; ctypes.string_at(0)",
        5: "raise ValueError('no')",
        6: "import time; time.sleep(1000)",
        7: "print('null'); import sys; sys.stdout.flush()",
        8: "import os, signal; os.kill(os.getppid(), signal.SIGCONT); os.kill(0, signal.SIGTERM)",
        9: "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start()",
        10: "pass",
    }
    paths = [write_bundle(tmp_path, "m", version, predictor(1, text), 1) for version, text in statements.items()]
    outcomes = try_bundles(paths, LOADING, 3, tmp_path / "trial")
    assert {int(path.name): reason for path, reason in outcomes.items()} == {
        **dict.fromkeys((1, 3, 7, 9, 10)),
        2: "it ended the process that loaded it (exit status 0)",
        4: "it ended the process that loaded it (SIGSEGV)",
        5: "ValueError: no",
        6: "it did not load within 3 seconds",
        8: "it ended the process that loaded it (SIGTERM)",
    }


def test_what_is_wrong_with_the_files_is_told(tmp_path):
    changed, wrong, good = (constant(tmp_path, "m", version, version) for version in (1, 2, 3))
    (changed / "model.txt").write_text("other")
    (wrong / "manifest.json").unlink()
    outcomes = try_bundles([changed, wrong, good], LOADING, 30, tmp_path / "trial")
    assert "model.txt was changed after packing" in outcomes[changed]
    assert "manifest.json cannot be read" in outcomes[wrong]
    assert outcomes[good] is None


def test_a_trial_counts_nowhere(tmp_path, monkeypatch):
    counts = tmp_path / "counts"
    counts.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(counts))
    path = constant(tmp_path, "m", 1, 1)
    assert try_bundles([path], LOADING, 30, tmp_path / "trial") == {path: None}
    assert list(counts.iterdir()) == []


def test_nothing_to_try_starts_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(trials.subprocess, "Popen", None)
    assert try_bundles([], LOADING, 1, tmp_path / "trial") == {}


def test_a_process_that_does_not_start_blames_no_bundle(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "PROJECT", tmp_path)
    with pytest.raises(RuntimeError, match=r"does not start \(exit status 1\)"):
        try_bundles([constant(tmp_path, "m", 1, 1)], LOADING, 30, tmp_path / "trial")


def test_a_model_that_cannot_answer_after_a_fork_is_found_out(tmp_path):
    source = predictor(1, "import os; self.pid = os.getpid()").replace(
        "        return np.full",
        "        if os.getpid() != self.pid:\n            raise RuntimeError\n        return np.full",
    )
    path = write_bundle(tmp_path, "m", 1, source.replace("import numpy as np", "import os\nimport numpy as np"), 1)
    assert "forked from there" in try_bundles([path], LOADING, 30, tmp_path / "trial")[path]
