"""A real browser before the running app.

Playwright is imported where it is used, so that every other test runs without it.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from app.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PREFIX = "/behind/a/prefix"
TIMEOUT_MS = 60_000  # of a machine whose processors others use as well


@pytest.fixture(scope="session")
def chromium() -> str:
    path = shutil.which("chromium")
    if path is None:
        absence = "there is no `chromium` on the PATH, which the browser tests drive; apt-get install chromium"
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
def service(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running app with the example models."""
    with serve(create_app(Settings(models=str(models), run_dir=tmp_path_factory.mktemp("run")))) as address:
        yield address


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The address of an app that runs behind a proxy, which takes a prefix off the path and says nothing of it."""

    def behind_prefix(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(PREFIX)
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
