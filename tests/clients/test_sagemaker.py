"""What a SageMaker endpoint passes on from its clients: CSV without a header, NumPy's files, JSON, a picture."""

import io

import numpy as np
import pytest
import requests

from tests.container.stack import ROOT

ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]])
SPECIES = ["setosa", "virginica"]


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def csv(array: np.ndarray) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in array.tolist()).encode()


@pytest.mark.parametrize(("content_type", "write"), [("text/csv", csv), ("application/x-npy", npy)])
@pytest.mark.parametrize("accept", ["*/*", "text/csv", "application/x-npy"])
def test_rows_in_and_labels_out(url: str, content_type: str, write: object, accept: str) -> None:
    headers = {"Content-Type": content_type, "Accept": accept}
    reply = requests.post(f"{url}/invocations/iris", write(ROWS), headers=headers, timeout=30)  # type: ignore[operator]
    read = {
        "*/*": lambda: reply.json()["predictions"],
        "text/csv": lambda: reply.text.splitlines(),
        "application/x-npy": lambda: np.load(io.BytesIO(reply.content)).tolist(),
    }
    assert (reply.status_code, read[accept]()) == (200, SPECIES)


def test_a_regression_as_csv(url: str) -> None:
    row = b"59,2,32.1,101,157,93.2,38,4,4.8598,87"
    headers = {"Content-Type": "text/csv", "Accept": "text/csv"}
    reply = requests.post(f"{url}/invocations/diabetes", row, headers=headers, timeout=30)
    assert 25 < float(reply.text) < 346


def test_a_row_that_is_too_short_is_named(url: str) -> None:
    reply = requests.post(f"{url}/invocations/iris", b"1,2,3", headers={"Content-Type": "text/csv"}, timeout=30)
    assert reply.status_code == 400
    assert "the first line has 3 fields (accepted: 4 fields a line: sepal_length" in reply.json()["message"]


def test_a_picture_as_it_is(url: str) -> None:
    photo = (ROOT / "docs" / "numbers.jpg").read_bytes()
    reply = requests.post(f"{url}/invocations", photo, headers={"Content-Type": "application/x-image"}, timeout=60)
    assert len(reply.json()["predictions"][0]["boxes"]) > 10
