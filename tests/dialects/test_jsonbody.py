"""JSON is parsed once, and a key that stands twice is never lost."""

import gc
from contextlib import suppress

import orjson
import pytest
from flask import Flask

from app.dialects.jsonbody import _unique, parse_json
from app.errors import MalformedBodyError, TooLargeError

MAX_VALUES = 5000


@pytest.fixture(autouse=True)
def app():
    app = Flask(__name__)
    app.config["MAX_VALUES"] = MAX_VALUES
    with app.app_context():
        yield


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'  [1, 2.5, null, true, "x"]\n', [1, 2.5, None, True, "x"]),
        ('{"ä": "€"}'.encode(), {"ä": "€"}),
        (b'{"a": {"a": {"a": 1}}}', {"a": {"a": {"a": 1}}}),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b'[1, {"a": 1}, [{"a": 2}]]', [1, {"a": 1}, [{"a": 2}]]),
        (b'{"a": "\\": 1, \\"a\\": 2"}', {"a": '": 1, "a": 2'}),
        (b'{"a": ":", "b": "\\":"}', {"a": ":", "b": '":'}),
        (b'{"\\":": 1}', {'":': 1}),
        (b'["\\" :", "\\":", 1]', ['" :', '":', 1]),
        (b'{"a" \n\t: 1}', {"a": 1}),
        (b"9007199254740993", 9007199254740993),
        (b'"x"', "x"),
        (b"null", None),
    ],
)
def test_values_arrive_whole(body, value):
    assert parse_json(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "b": 2, "a": 3}',
        b'[{"a": 1}, {"a": 1, "a": 2}]',
        b'[1, {"a": 1, "a": 2}]',
        b'{"x": [[{"y": {"a": 1, "a" : 2}}]]}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": "\\":", "a": 1}',
        b'["\\":", 5, {"a": 1, "a": 2}]',
    ],
)
def test_a_key_that_stands_twice_is_refused_by_name(body):
    with pytest.raises(MalformedBodyError, match="the key 'a' more than once"):
        parse_json(body)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"{'a': 1}", b'{"a": NaN}', b"[1,]", b"\xff", b"// x\n1", b'"\xed\xa0\x80"', b"01", b"1 2"],
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(MalformedBodyError, match="the body is not JSON"):
        parse_json(body)


@pytest.mark.parametrize("body", [b"[1" + b",1" * 4999 + b"]", b"[" + b"{}," * 2499 + b"0,0]"])
def test_values_are_counted_up_to_the_limit(body):
    assert parse_json(body)
    with pytest.raises(TooLargeError, match="the body has about 5001 values; at most 5000 are accepted"):
        parse_json(body[:-1] + b",1]")


@pytest.mark.parametrize("part", [b"1,", b"[],", b"{},", b'{"a":1},', b"["])
def test_a_text_of_too_many_values_is_refused_before_it_is_parsed(part):
    with pytest.raises(TooLargeError):
        parse_json(b"[" + part * 5000 + b"not JSON")


@pytest.mark.parametrize("body", [b"[1]", b'{"a": 1, "a": 1}', b"[18446744073709551617]", b"[not JSON"])
def test_the_collector_waits_until_a_text_is_parsed(monkeypatch, body):
    collecting = []
    loads = orjson.loads

    def watched(body):
        collecting.append(gc.isenabled())
        return loads(body)

    monkeypatch.setattr(orjson, "loads", watched)
    with suppress(MalformedBodyError):
        parse_json(body)
    assert collecting == [False]
    assert gc.isenabled()


@pytest.mark.parametrize("depth", [1000, 1020, 4000])
@pytest.mark.parametrize("inner", [b"", b'"\\":"', b'{"a": 1}'])
def test_json_nested_too_deeply_is_refused(depth, inner):
    with pytest.raises(MalformedBodyError):
        parse_json(b"[" * depth + inner + b"]" * depth)


def test_many_keys_are_looked_at_once_each():
    looked = 0

    class Name(str):
        __slots__ = ()

        def __eq__(self, other):
            nonlocal looked
            looked += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    names = [Name(index) for index in range(2000)]
    with pytest.raises(MalformedBodyError, match="'0' more than once"):
        _unique([(name, 0) for name in [*names, Name("0")]])
    assert looked < 2 * len(names)
