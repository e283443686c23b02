"""What the tests of packing share: the command line, called in this process, and what it left behind."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import joblib
import pandas as pd
import pytest

from app.compile.estimator import Compiled
from app.compile_report import CompileReport
from app.engine.model import Loading, Model, load_model
from app.pack import estimator as packing_estimators
from app.pack.__main__ import main
from app.repository.bundle import Bundle, read_bundle
from tests.fakes import MAX_PIXELS

UNTRIED = CompileReport(status="not tried", reason="A test has no time for it.")


@dataclass(frozen=True)
class Packed:
    """What one call of the command line came to."""

    status: int
    said: str
    complaint: str
    models: Path
    name: str

    @property
    def bundle(self) -> Bundle:
        assert self.status == 0, self.complaint
        newest = max((self.models / self.name).iterdir(), key=lambda path: int(path.name))
        return read_bundle(newest)

    @property
    def manifest(self):
        return self.bundle.manifest

    @property
    def model(self) -> Model:
        """The version as the service loads it."""
        return load_model(self.bundle, Loading(MAX_PIXELS))

    def answer(self, rows: list) -> list:
        """What the service answers to JSON rows."""
        model = self.model
        return list(model.runtime.predict(model.reader.rows(rows)).predictions)


Pack = Callable[..., Packed]


@pytest.fixture
def pack(tmp_path, capsys, monkeypatch) -> Pack:
    """Call the command line. Estimators and frames are written to files first; compiling is left out unless asked for.

    A keyword becomes a flag; a list is the flag several times.
    """

    def run(model, sample=None, name="model", compiling=False, **flags) -> Packed:
        if not compiling:
            monkeypatch.setattr(packing_estimators, "compile_estimator", _uncompiled)
        arguments = ["--models", tmp_path / "models", "--name", name, "--model", stored(model, tmp_path)]
        if sample is not None:
            arguments += ["--sample", sampled(sample, tmp_path)]
        for flag, value in flags.items():
            for each in value if isinstance(value, list) else [value]:
                arguments += [f"--{flag.replace('_', '-')}", each]
        capsys.readouterr()
        try:
            status = main(list(map(str, arguments)))
        except SystemExit as ended:  # argparse's own way to refuse
            status = int(str(ended.code))
        said, complaint = capsys.readouterr()
        return Packed(status, said, complaint, tmp_path / "models", name)

    return run


def _uncompiled(*arguments, **named) -> Compiled:
    return Compiled(None, UNTRIED)


def stored(model, folder: Path) -> Path:
    if isinstance(model, str | Path):
        return Path(model)
    joblib.dump(model, folder / "model.joblib")
    return folder / "model.joblib"


def sampled(sample, folder: Path) -> Path:
    if not isinstance(sample, pd.DataFrame):
        return Path(sample)
    sample.to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv"
