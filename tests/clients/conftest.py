"""What real clients ask: one stack with the example models, for every test of this folder."""

import pytest

from tests.container.conftest import MakeStack, make_stack
from tests.container.stack import Stack

__all__ = ["make_stack"]  # a fixture, which pytest finds here by its name


@pytest.fixture(scope="session")
def service(make_stack: MakeStack) -> Stack:
    """NGINX, Gunicorn and the example models, started as `make run` starts them."""
    return make_stack("native")


@pytest.fixture(scope="session")
def url(service: Stack) -> str:
    return f"http://127.0.0.1:{service.port}"
