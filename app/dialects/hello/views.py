"""POST /api/v1/hello."""

import random
import time

from flask import Blueprint, Response, request

from app.dialects.jsonbody import parse_json
from app.engine.registry import Registry
from app.inputs.base import describe, enumerate_names, refuse
from app.replies import json_reply

LOWEST, HIGHEST = 1_250_000_000_000, 2_500_000_000_000


def create_blueprint(registry: Registry) -> Blueprint:
    hello = Blueprint("hello", __name__)

    @hello.post("/api/v1/hello")
    def say_hello() -> Response:
        _check_empty(request.get_data(cache=False))
        number = random.randint(LOWEST, HIGHEST)
        began = time.perf_counter()
        factor = largest_prime_factor(number)
        seconds = time.perf_counter() - began
        found = f"The largest prime factor of {number} is {factor}. Calculation took {seconds:.3f} seconds."
        return json_reply(
            {
                "message1": "Hello, world!",
                "message2": found,
                "n": number,
                "largest_prime_factor": factor,
                "elapsed_time": seconds,
            }
        )

    return hello


def largest_prime_factor(number: int) -> int:
    """Of a number from 2 on, by trial division: up to its square root where the number is prime."""
    largest, divisor = 1, 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            largest, number = divisor, number // divisor
        divisor += 1 if divisor == 2 else 2
    return max(largest, number)


def _check_empty(body: bytes) -> None:
    value = parse_json(body) if body else {}
    if value != {} or not isinstance(value, dict):
        found = f"has the members {enumerate_names(value)}" if isinstance(value, dict) else f"is {describe(value)}"
        raise refuse(f"the body {found}", accepted="an empty object, or no body")
