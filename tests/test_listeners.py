"""The listening sockets: who holds them, and how they are let go."""

import os
import re
import socket
import sys
import threading

import pytest

from app.listeners import FIRST_LISTENER, CannotListenError, Listeners

SO_LOCK_FILTER = 44  # asm-generic/socket.h: from then on nobody may attach a filter


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("variable", ["PORT", "SLIPWAY_METRICS_PORT"])
def test_a_taken_port_is_named_with_its_variable(variable: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        reason = f"Cannot listen on 127.0.0.1, port {port}: Address already in use. Set {variable} to another port."
        with pytest.raises(CannotListenError, match=re.escape(reason)):
            Listeners("127.0.0.1", {variable: port})
    Listeners("127.0.0.1", {variable: port}).close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters before a connection is made")
@pytest.mark.parametrize("may_filter", [True, False])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_listeners_close_when_what_waited_is_accepted_and_take_nothing_new(
    host: str, may_filter: bool, free_port: int
) -> None:
    listeners = Listeners(host, {"PORT": free_port})
    descriptor = int(listeners.variable().removesuffix(";"))
    assert descriptor >= FIRST_LISTENER
    with socket.socket(fileno=os.dup(descriptor)) as nginx, socket.create_connection((host, free_port)):
        if not may_filter:
            nginx.setsockopt(socket.SOL_SOCKET, SO_LOCK_FILTER, 1)
        closing = threading.Thread(target=listeners.close)
        closing.start()
        closing.join(0.5)
        assert closing.is_alive()
        with socket.socket(nginx.family) as late:
            late.settimeout(0.2)
            with pytest.raises(TimeoutError):
                late.connect((host, free_port))
        accepted, _ = nginx.accept()
        accepted.close()
        closing.join(1)
        assert not closing.is_alive()


@pytest.mark.parametrize("program", ["nginx", "gunicorn"])
def test_only_nginx_inherits_the_listeners(program: str, free_port: int) -> None:
    listeners = Listeners("127.0.0.1", {"PORT": free_port})
    listeners.before(program)
    assert os.get_inheritable(int(listeners.variable().removesuffix(";"))) == (program == "nginx")
    listeners.close()


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(CannotListenError, match=r"Cannot listen on nowhere\.invalid, port 8080"):
        Listeners("nowhere.invalid", {"PORT": 8080})
