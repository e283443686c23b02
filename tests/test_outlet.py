"""What is written leaves whole and in order, and a reader that does not read holds up nobody."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from app.outlet import Outlet

LINE = b"x" * 999 + b"\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)  # the outlet's thread ends its write here; it keeps the other end


def read(reader: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        data += os.read(reader, size - len(data))
    return bytes(data)


@pytest.mark.parametrize("blocking", [True, False])
def test_all_is_written_also_where_the_reader_is_slow(pipe: tuple[int, int], blocking: bool) -> None:
    reader, writer = pipe
    os.set_blocking(writer, blocking)
    data = os.urandom(1_000_000) + b"\n"
    outlet = Outlet(writer, pytest.fail)
    outlet.write(data[:700_000])
    outlet.write(data[700_000:])
    time.sleep(0.2)
    assert read(reader, len(data)) == data


def test_a_reader_that_does_not_read_holds_up_nobody(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    losses: list[int] = []
    told = threading.Event()
    outlet = Outlet(writer, lambda lost: (losses.append(lost), told.set()), limit=500_000)
    began = time.monotonic()
    for _ in range(1000):
        outlet.write(LINE)
    outlet.flush()
    assert time.monotonic() - began < 4
    outlet.write(LINE)
    kept = read(reader, 400 * len(LINE))
    assert told.wait(10)
    (lost,) = losses
    assert 400 < lost < 601
    kept += read(reader, (1001 - lost) * len(LINE) - len(kept))
    assert kept == LINE * (1001 - lost)
    outlet.write(b"it flows again\n")
    assert read(reader, 15) == b"it flows again\n"


def test_what_waits_is_written_before_the_end(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    outlet = Outlet(writer, pytest.fail)
    for _ in range(1000):
        outlet.write(LINE)
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(read(reader, 1000 * len(LINE))))
    thread.start()
    outlet.flush()
    thread.join(10)
    assert found == [LINE * 1000]


def test_a_reader_that_has_gone_stops_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    outlet = Outlet(writer, pytest.fail)
    outlet.write(b"nobody reads this\n")
    outlet.flush()
