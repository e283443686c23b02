"""kubernetes-fastapi's load test: many clients that each ask for one calculation."""

from concurrent.futures import ThreadPoolExecutor

import requests


def test_hello_under_load(url: str) -> None:
    def ask(_: int) -> requests.Response:
        return requests.post(f"{url}/api/v1/hello", json={}, timeout=60)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(ask, range(40)))
    assert {reply.status_code for reply in replies} == {200}
    assert all(reply.json()["n"] % reply.json()["largest_prime_factor"] == 0 for reply in replies)
    assert len({reply.json()["n"] for reply in replies}) == 40


def test_ping(url: str) -> None:
    assert requests.get(f"{url}/ping", timeout=30).json() == {"ping": "pong!"}
