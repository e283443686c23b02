"""kubernetes-fastapi's work for a processor."""

import random

import pytest

from app.dialects.hello.views import HIGHEST, LOWEST, largest_prime_factor

PATH = "/api/v1/hello"


def factors(number):
    """The prime factors, found from below one by one."""
    found = []
    divisor = 2
    while number > 1:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return found


def test_the_factor_is_the_largest_prime_one():
    for number in (*range(2, 300), 2**20, 3 * 2**30, 7919**2, 104729 * 2):
        assert largest_prime_factor(number) == factors(number)[-1], number


@pytest.mark.parametrize("number", [1_249_999_999_993, 1_249_999_999_943])
def test_of_two_large_primes_the_larger(number):
    factor = largest_prime_factor(number)
    assert number % factor == 0
    assert largest_prime_factor(factor) == factor


@pytest.mark.parametrize("body", [{"json": {}}, {}, {"data": b" {} ", "content_type": "text/plain"}])
def test_hello(client, body):
    reply = client.post(PATH, **body)
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    n, factor, seconds = (reply.json[name] for name in ("n", "largest_prime_factor", "elapsed_time"))
    assert LOWEST <= n <= HIGHEST
    assert factor == largest_prime_factor(n)
    assert seconds > 0
    assert reply.json == {
        "message1": "Hello, world!",
        "message2": f"The largest prime factor of {n} is {factor}. Calculation took {seconds:.3f} seconds.",
        "n": n,
        "largest_prime_factor": factor,
        "elapsed_time": seconds,
    }


def test_each_number_is_another(client):
    random.seed(1)
    assert len({client.post(PATH).json["n"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"name": "x"}', 422, "the body has the members 'name'"),
        (b"[]", 422, "the body is a list"),
        (b"null", 422, "the body is null"),
        (b"0", 422, "the body is 0"),
        (b"{", 400, "the body is not JSON"),
    ],
)
def test_another_body_is_refused(client, body, status, said):
    reply = client.post(PATH, data=body, content_type="application/json")
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    assert said in reply.text
