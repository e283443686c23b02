"""An S3 server that runs here, behind a proxy that can cut connections and truncate what passes."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.config import Config

BUCKET = "house"


def client_environment(port: int) -> dict[str, str]:
    """What a client of a server at this port finds in its environment. It tries once: we try again ourselves."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


class Bucket:
    """The owner's side."""

    def __init__(self, port: int) -> None:
        self._client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="owner",
            aws_secret_access_key="owner",
            config=Config(connect_timeout=5, read_timeout=5),
        )
        self._client.create_bucket(Bucket=BUCKET)

    def put(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def upload(self, root: Path, path: Path) -> None:
        for file in sorted(path.rglob("*")):
            if file.is_file():
                self.put(f"models/{file.relative_to(root)}", file.read_bytes())

    def delete(self, prefix: str) -> None:
        for key in self.keys(prefix):
            self._client.delete_object(Bucket=BUCKET, Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        return [each["Key"] for each in self._client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())]

    def close(self) -> None:
        self._client.close()


class Proxy:
    """Passes bytes between a client and a server. `limit`: bytes of a reply after which the connection is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.limit: int | None = None
        self.cut = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server, contextlib.suppress(OSError):
            up = threading.Thread(target=self._copy, args=(client, server, False), daemon=True)
            up.start()
            self._copy(server, client, True)

    def _copy(self, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if is_reply and self.limit is not None and passed + len(data) > self.limit:
                    sink.sendall(data[: self.limit - passed])
                    self.cut += 1
                    break
                passed += len(data)
                sink.sendall(data)
            for end in (source, sink):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[int]:
    """moto's S3 server in a process of its own; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with (folder / "moto.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
            env={**os.environ, "MOTO_S3_CUSTOM_ENDPOINTS": ""},
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < deadline, (folder / "moto.log").read_text()
            assert server.poll() is None, (folder / "moto.log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()
