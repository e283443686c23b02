"""The listening sockets: opened before anything starts, handed to each NGINX, closed without losing a client."""

import ctypes
import errno
import fcntl
import socket
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

# supervisord.conf's minfds: supervisord closes what lies below in its children.
FIRST_LISTENER = 64
SO_ATTACH_FILTER = 26  # asm-generic/socket.h; Python has no name for it
# linux/in.h and linux/in6.h: packets of a smaller remaining lifetime are dropped.
IP_MINTTL, IPV6_MINHOPCOUNT = 21, 73


class CannotListenError(Exception):
    """A port cannot be had; the message says why, and what to do."""


class Listeners:
    """The listening sockets. NGINX inherits them, as it does from an older NGINX that it replaces.

    So a port that is taken is noticed before anything starts, clients wait in the queue while NGINX is restarted, and
    at the end the queue can be emptied: a connection in the queue of a socket that closes is reset.
    """

    def __init__(self, host: str, ports: Mapping[str, int]) -> None:
        """`ports` by the variables that set them."""
        self._sockets = [listener for variable, port in ports.items() for listener in _listen(host, variable, port)]

    def variable(self) -> str:
        """The value of NGINX's variable NGINX: the descriptors that it shall take over."""
        return "".join(f"{listener.fileno()};" for listener in self._sockets)

    def before(self, program: str) -> None:
        """Only NGINX may hold them: a socket is closed when the last process closes it."""
        for listener in self._sockets:
            listener.set_inheritable(program == "nginx")

    def close(self) -> None:
        """Refuse new connections, wait until NGINX has accepted those in the queue, and let go."""
        for listener in self._sockets:
            with suppress(OSError):  # not on macOS
                _drop_new_connections(listener)
        deadline = time.monotonic() + 2
        time.sleep(0.1)  # handshakes that have begun
        while any(map(_queue_length, self._sockets)) and time.monotonic() < deadline:
            time.sleep(0.01)
        for listener in self._sockets:
            listener.close()


def _listen(host: str, variable: str, port: int) -> Iterator[socket.socket]:
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in addresses:
            with socket.socket(family, kind, protocol) as listener:
                listener.setblocking(False)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind(address)
                listener.listen(2048)
                yield socket.socket(fileno=fcntl.fcntl(listener, fcntl.F_DUPFD_CLOEXEC, FIRST_LISTENER))
    except OSError as error:
        remedy = f" Set {variable} to another port." if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise CannotListenError(f"Cannot listen on {host}, port {port}: {error.strerror}.{remedy}") from error


def _drop_new_connections(listener: socket.socket) -> None:
    """Clients that come now try again in a second, and are refused by then.

    Where a kernel lets only the privileged filter, by a lifetime that no packet has: it also drops the last step of
    a handshake that has begun, which is why it comes second.
    """
    try:
        _drop_syn(listener)
    except PermissionError:
        if listener.family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT, 255)
        else:
            listener.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 255)


def _drop_syn(listener: socket.socket) -> None:
    """A classic BPF program on the socket (the kernel's filter.rst): it drops SYN, and nothing else."""
    instructions = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (0x30, 0, 0, 13),  # load the byte of TCP's flags
            (0x45, 0, 1, 0x02),  # is SYN set?
            (0x06, 0, 0, 0),  # yes: drop
            (0x06, 0, 0, 0xFFFFFFFF),  # no: keep the whole packet
        )
    )
    program = ctypes.create_string_buffer(instructions, len(instructions))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", 4, ctypes.addressof(program)))


def _queue_length(listener: socket.socket) -> int:
    """Connections that wait to be accepted: tcpi_unacked of a listening socket (tcp(7)); 0 where it is not known."""
    if not hasattr(socket, "TCP_INFO") or sys.platform != "linux":
        return 0
    length: int = struct.unpack_from("I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28), 24)[0]
    return length
