"""A real browser before the running stack, which stands behind a proxy that takes a prefix off the path.

Playwright is imported where it is used, so that every other test runs without it.
"""

import getpass
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.serve import find_nginx
from tests.container.conftest import MakeStack, make_stack
from tests.container.stack import Stack, ask, free_port, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["make_stack"]  # a fixture, which pytest finds here by its name

PREFIX = "/behind/a/prefix"
# It says nothing of the prefix to the service, and answers nothing without it.
PROXY = """
daemon off;
pid {folder}/pid;
user {user};
error_log stderr error;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    client_max_body_size 0;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            return 404;
        }}
        location {prefix}/ {{
            proxy_pass http://127.0.0.1:{stack}/;
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""
TIMEOUT_MS = 60_000  # of a machine whose processors others use as well


@pytest.fixture(scope="session")
def chromium() -> str:
    # The same engine without the windows around it, which take as much time as the pages.
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        absence = "there is no Chromium for the browser tests on the PATH; apt-get install chromium-headless-shell"
        if os.environ.get("SLIPWAY_REQUIRE_CHROMIUM"):
            pytest.fail(absence)
        pytest.skip(absence)
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # In a container its sandbox would need privileges that tests do not have.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def stack(make_stack: MakeStack) -> Stack:
    """With the example models, for all tests that only ask."""
    return make_stack("native")


@pytest.fixture(scope="session")
def service(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running stack behind the prefix."""
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        PROXY.format(folder=folder, user=getpass.getuser(), port=port, prefix=PREFIX, stack=stack.port)
    )
    with subprocess.Popen([find_nginx(), "-p", folder, "-e", "stderr", "-c", configuration]) as proxy:
        wait_for(lambda: _answers(port), "the proxy")
        yield f"http://127.0.0.1:{port}{PREFIX}/"
        proxy.terminate()


def _answers(port: int) -> bool:
    try:
        return ask(port, "GET", f"{PREFIX}/livez").status == HTTPStatus.OK
    except OSError:
        return False


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The address of an app with models of its own; they live in this process alone. Its proxy tells the prefix."""

    def behind_prefix(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert environ["PATH_INFO"].startswith(PREFIX), environ["PATH_INFO"]
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(PREFIX)
        environ["HTTP_X_FORWARDED_PREFIX"] = PREFIX
        return app.wsgi_app(environ, start_response)

    server = make_server("127.0.0.1", 0, behind_prefix, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def open_page(browser: "Browser", service: str) -> Iterator[Callable[..., "Page"]]:
    """Opens a page of the service. Any script's error, refused content or foreign request fails the test."""
    contexts, complaints = [], []

    def complain_of_request(address: str) -> None:
        if not address.startswith((service, "data:")):
            complaints.append(f"asked {address}")

    def open_page(address: str = "", **options: Any) -> "Page":
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        page.on("request", lambda request: complain_of_request(request.url))
        page.goto(service + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
