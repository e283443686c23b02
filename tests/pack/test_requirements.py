"""What a model needs installed: listed when it is packed, checked when it is loaded."""

from importlib.metadata import version

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from app.engine.libraries import check_requirements, differences
from app.errors import BrokenBundleError
from app.pack.requirements import main, read_requirements

ROWS = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
LINE = LinearRegression().fit(ROWS, ROWS["x"])


def test_the_requirements_stand_in_the_manifest_without_remarks(pack, tmp_path):
    (tmp_path / "needs.txt").write_text("# ours\nnumpy>=1  # arrays\n\nscikit-learn\n")
    packed = pack(LINE, ROWS, requirements=tmp_path / "needs.txt")
    assert packed.manifest.requirements == ("numpy>=1", "scikit-learn")


def test_the_requirements_of_all_bundles_are_listed_once_for_pip(pack, tmp_path, capsys):
    (tmp_path / "needs.txt").write_text("numpy>=1\nscikit-learn\n")
    pack(LINE, ROWS, requirements=tmp_path / "needs.txt")
    pack(LINE, ROWS, name="other", requirements=tmp_path / "needs.txt")
    capsys.readouterr()
    assert main([str(tmp_path / "models")]) == 0
    assert capsys.readouterr().out == "numpy>=1\nscikit-learn\n"


@pytest.mark.parametrize("line", ["-r other.txt", "git+https://example.org/x.git", "--index-url x", "numpy=>1"])
def test_a_line_that_is_no_requirement_is_refused(pack, tmp_path, line):
    (tmp_path / "needs.txt").write_text(f"{line}\n")
    packed = pack(LINE, ROWS, requirements=tmp_path / "needs.txt")
    assert packed.status == 2
    assert f"{line!r} is not a requirement such as lightgbm>=4" in packed.complaint


def test_no_file_of_requirements_is_refused(pack, tmp_path):
    assert f"{tmp_path / 'none.txt'} cannot be read" in pack(LINE, ROWS, requirements=tmp_path / "none.txt").complaint
    assert read_requirements(None) == ()


def test_what_is_missing_or_of_another_version_is_said_at_load(pack, tmp_path):
    for line, sentence in {
        "no-such-thing>=2": "it needs no-such-thing>=2, and no-such-thing is not installed",
        "numpy>=99": f"it needs numpy>=99, and numpy {version('numpy')} is installed",
    }.items():
        (tmp_path / "needs.txt").write_text(f"{line}\n")
        packed = pack(LINE, ROWS, requirements=tmp_path / "needs.txt")
        assert packed.status == 2
        assert sentence in packed.complaint
        with pytest.raises(BrokenBundleError, match=sentence.replace("+", r"\+")):
            check_requirements([line])


@pytest.mark.parametrize(
    "text", ["numpy", f"numpy=={version('numpy')}", "numpy>1,<99", "NumPy", "numpy<1; python_version < '3'"]
)
def test_what_is_met_or_meant_for_others_is_no_trouble(text):
    check_requirements([text])


def test_other_library_versions_are_named():
    here = version("numpy")
    assert differences({"numpy": here}) == []
    assert differences({"numpy": "1.0", "gone": "2.0"}) == [
        f"numpy {here} instead of 1.0",
        "gone missing instead of 2.0",
    ]
