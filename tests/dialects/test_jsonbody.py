"""JSON is parsed once, and a key that stands twice is never lost."""

import pytest

from app.dialects.jsonbody import _unique, parse_json
from app.errors import MalformedBodyError


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


@pytest.mark.parametrize("depth", [1000, 1020, 100_000])
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
