"""Which version answers a request."""

from collections import Counter

import pytest

from app.engine.routing import choose, share
from app.repository.traffic import Traffic

HALVES = Traffic(traffic={1: 50, 2: 50})
NINE_TO_ONE = Traffic(traffic={1: 90, 2: 10})


def asking(**headers):
    return {name.replace("_", "-"): value for name, value in headers.items()}.get


@pytest.mark.parametrize(
    ("traffic", "ready", "shares"),
    [
        (None, [1, 3, 2], {3: 100}),
        (Traffic(), [1, 2], {2: 100}),
        (Traffic(labels={"stable": 1}, shadow=1), [1, 2], {2: 100}),
        (NINE_TO_ONE, [1, 2, 3], {1: 90, 2: 10}),
        (NINE_TO_ONE, [1, 3], {1: 100}),
        (NINE_TO_ONE, [2], {2: 100}),
        (NINE_TO_ONE, [3], {3: 100}),
        (Traffic(traffic={1: 50, 2: 25, 3: 25}), [2, 3], {2: 50, 3: 50}),
        (Traffic(traffic={1: 100, 2: 0}), [1, 2], {1: 100}),
        (Traffic(traffic={1: 100, 2: 0}), [2], {2: 100}),
    ],
)
def test_the_share_of_a_version_that_is_not_ready_goes_to_the_others(traffic, ready, shares):
    assert share(traffic, ready) == shares


def test_the_newest_answers_where_nothing_is_said():
    assert choose("m", None, {1, 3, 2}, asking()) == 3


def test_requests_are_shared_as_the_percentages_say():
    counts = Counter(choose("m", NINE_TO_ONE, {1, 2}, asking(X_Request_ID=str(number))) for number in range(10_000))
    assert 8_800 < counts[1] < 9_200
    assert counts[1] + counts[2] == 10_000


def test_a_request_that_says_nothing_is_shared_at_random():
    assert {choose("m", HALVES, {1, 2}, asking()) for _ in range(100)} == {1, 2}


def test_the_sticky_header_decides_and_without_it_the_request_id():
    sticky = HALVES.model_copy(update={"sticky": "X-User"})
    for user in map(str, range(50)):
        chosen = {choose("m", sticky, {1, 2}, asking(X_User=user, X_Request_ID=str(request))) for request in range(20)}
        assert len(chosen) == 1
    assert {choose("m", sticky, {1, 2}, asking(X_Request_ID=str(request))) for request in range(50)} == {1, 2}
    assert {choose("m", sticky, {1, 2}, asking(X_User="", X_Request_ID=str(n))) for n in range(50)} == {1, 2}


def test_the_choice_is_the_same_in_every_process_and_release():
    chosen = [choose("m", HALVES, {1, 2}, asking(X_Request_ID=str(number))) for number in range(16)]
    assert chosen == [1, 2, 2, 2, 1, 1, 2, 1, 1, 1, 2, 1, 1, 2, 1, 2]


def test_nobody_is_the_canary_of_every_model():
    users = [str(number) for number in range(400)]
    canaries = [
        {user for user in users if choose(model, NINE_TO_ONE, {1, 2}, asking(X_Request_ID=user)) == 2}
        for model in ("churn", "fraud")
    ]
    assert canaries[0] - canaries[1]
    assert canaries[1] - canaries[0]


def test_a_canary_that_grows_keeps_those_that_it_had():
    before = {key for key in map(str, range(500)) if choose("m", NINE_TO_ONE, {1, 2}, asking(X_Request_ID=key)) == 2}
    wider = Traffic(traffic={1: 60, 2: 40})
    after = {key for key in map(str, range(500)) if choose("m", wider, {1, 2}, asking(X_Request_ID=key)) == 2}
    assert before < after
