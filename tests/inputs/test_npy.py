"""NumPy's file format: read without trust."""

import io
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

from app.errors import MalformedBodyError
from app.inputs.npy import read_npy
from app.signature import Column
from tests.inputs.helpers import npy, npy_header, npy_raw, places, problems_of, table

READER = table(Column(name="a"), Column(name="b", dtype="int64"))


class Trap:
    """Unpickling it creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def trapped(path, descr="'|O'"):
    array = np.empty(1, object)
    array[0] = Trap(path)
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue().replace(b"'|O'", descr.encode())


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<i4", "<u1", ">i2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_arrive_as_they_were_saved(dtype, order):
    array = np.array([[1, 2, 3], [4, 5, 6]], dtype, order=order)
    np.testing.assert_array_equal(read_npy(npy(array)), array)


def test_a_matrix_is_read_in_the_signature_s_order():
    arrays = READER.npy(npy(np.array([[0.5, 1.0], [1.5, 2.0]])))
    assert arrays["a"].tolist() == [0.5, 1.5]
    assert arrays["b"].tolist() == [1, 2]


def test_a_structured_array_is_matched_by_name():
    rows = np.array([(1, 0.5), (2, 1.5)], [("b", "<i4"), ("a", "<f4")])
    arrays = READER.npy(npy(rows))
    assert arrays["a"].tolist() == [0.5, 1.5]
    assert arrays["b"].tolist() == [1, 2]


def test_a_structured_array_with_other_names_is_refused():
    (problem,) = problems_of(READER.npy, npy(np.zeros(1, [("b", "<i4"), ("aa", "<f4")])))
    assert (problem.field, problem.did_you_mean) == ("aa", "a")


def test_no_rows_are_empty_arrays():
    assert {name: array.shape for name, array in READER.npy(npy(np.zeros((0, 2)))).items()} == {"a": (0,), "b": (0,)}


@pytest.mark.parametrize("shape", [(), (2,), (1, 3), (2, 1), (1, 2, 1)])
def test_a_matrix_of_another_shape_is_refused(shape):
    (problem,) = problems_of(READER.npy, npy(np.zeros(shape)))
    assert str(list(shape)) in problem.detail
    assert problem.accepted.startswith("[rows, 2]")


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[1, 1.5], [np.nan, 2], [np.inf, 3]]), [(0, "b"), (1, "a"), (2, "a")]),
        (np.array([[True, False]]), [(0, "a"), (0, "b")]),
        (np.array([["1", "2"]]), [(0, "a"), (0, "b")]),
        (np.array([[1j, 2]]), [(0, "a"), (0, "b")]),
        (np.array([["2020-01-01", "2020-01-01"]], "M8[D]"), [(0, "a"), (0, "b")]),
        (np.zeros(1, [("a", "<f8", (2,)), ("b", "<i4")]), [(None, "a")]),
    ],
    ids=["numbers", "booleans", "texts", "complex", "dates", "subarray"],
)
def test_values_of_an_array_are_held_to_the_columns(array, expected):
    assert places(problems_of(READER.npy, npy(array))) == expected


@pytest.mark.parametrize("descr", ["'|O'", "'O8'", "[('a', '|O')]", "'<f8'"])
def test_python_objects_are_refused_and_never_unpickled(descr, tmp_path):
    trap = tmp_path / "sprung"
    body = trapped(trap, descr)
    with pytest.raises(MalformedBodyError):
        read_npy(body)
    assert not trap.exists()
    if descr == "'|O'":  # the trap is one that works
        np.load(io.BytesIO(body), allow_pickle=True)
        assert trap.exists()


def test_a_bare_pickle_is_refused_and_never_unpickled(tmp_path):
    trap = tmp_path / "sprung"
    with pytest.raises(MalformedBodyError):
        read_npy(pickle.dumps(Trap(trap)))
    assert not trap.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x93NUMPY",
        b"not an array at all",
        b"PK\x03\x04 an .npz archive",
        npy(np.zeros(4))[:-1],
        npy(np.zeros(4)) + b"\0",
        npy(np.zeros(4))[:20],
        npy(np.zeros(4)).replace(b"NUMPY\x01", b"NUMPY\x03"),
        npy_header("'<f8'", "(1000000000000,)", b"\0" * 8),
        npy_header("'<f8'", "(-1, -4)", b"\0" * 32),
        npy_header("'<f8'", f"(0, {2**70})"),
        npy_header("'<f8'", "(True,)", b"\0" * 8),
        npy_header("'<f8'", "'abc'", b"\0" * 8),
        npy_header("'<U0'", "(3,)"),
        npy_header("'|V0'", "(3,)"),
        npy_header("{}", "(3,)"),
        npy_header("('<f4',)", "(1,)", b"\0" * 4),
        npy_header("('<f4', (2,))", "(2,)", b"\0" * 16),
        npy_header("'<M8[century]'", "(1,)", b"\0" * 8),
        npy_raw(""),
        npy_raw("{'descr': '<f8', 'shape': (1,)", b"\0" * 8),
        npy_raw("'''"),
        npy_raw("  x\n y"),
        npy_raw("(" * 300),
        npy_raw("-" * 9000 + "1"),
        npy_raw("{1: 2, 'descr': 3}"),
        npy_raw("__import__('os').getcwd()"),
    ],
    ids=lambda body: repr(body[:4] + body[10:50]),
)
def test_a_lying_header_and_a_broken_file_are_refused(body):
    with pytest.raises(MalformedBodyError, match=r"npy"):
        read_npy(body)


def test_a_header_that_promises_terabytes_allocates_nothing():
    with pytest.raises(MalformedBodyError, match="promises 8000000000000 bytes of data, but 8 follow"):
        read_npy(npy_header("'<f8'", "(1000000000000,)", b"\0" * 8))


def test_random_damage_never_escapes_as_another_exception():
    random = np.random.default_rng(0)
    whole = npy(np.arange(6.0).reshape(2, 3))
    survived = 0
    for _ in range(2000):
        body = bytearray(whole)
        for place in random.integers(0, 90, size=random.integers(1, 4)):
            body[place] = random.integers(256)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # NumPy warns of what Python 2 may have written
                read_npy(bytes(body))
            survived += 1
        except MalformedBodyError:
            pass
    assert 0 < survived < 2000
