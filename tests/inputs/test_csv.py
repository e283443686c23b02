"""CSV as spreadsheets, pandas and people write it."""

import pytest

from app.errors import MalformedBodyError
from app.signature import Column
from tests.inputs.helpers import places, problems_of, table

READER = table(Column(name="length"), Column(name="label", dtype="string"))


def read(body):
    arrays = READER.csv(body if isinstance(body, bytes) else body.encode())
    return list(zip(arrays["length"].tolist(), arrays["label"].tolist(), strict=True))


@pytest.mark.parametrize(
    "body",
    [
        "length,label\n1.5,a\n2,b\n",
        "length,label\n1.5,a\n2,b",
        "length,label\r\n1.5,a\r\n2,b\r\n",
        "length,label\n1.5,a\n2,b\n\n\r\n",
        "\ufefflength,label\n1.5,a\n2,b\n",
        '"length","label"\n"1.5","a"\n"2","b"\n',
        "label,length\na,1.5\nb,2\n",
    ],
    ids=["plain", "no newline at the end", "CRLF", "blank lines at the end", "BOM", "quoted", "another order"],
)
def test_rows_are_read(body):
    assert read(body) == [(1.5, "a"), (2.0, "b")]


@pytest.mark.parametrize(
    ("field", "expected"),
    [('"a,b"', "a,b"), ('"say ""hi"""', 'say "hi"'), ('"two\nlines"', "two\nlines"), ("ä€", "ä€"), ('""', "")],
)
def test_quoted_and_foreign_texts_arrive_whole(field, expected):
    assert read(f"length,label\n1,{field}\n") == [(1.0, expected)]


@pytest.mark.parametrize("body", ["length,label", "length,label\n"])
def test_a_header_alone_is_no_rows(body):
    assert read(body) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"length,label\n1,\xff\n", "not UTF-8"),
        ("length,label\n1,a".encode("utf-16"), "not UTF-8"),
        (b'length,label\n1,"a', "cannot be read"),
        (b'length,label\n1,"a"b\n', "cannot be read"),
        (b"length,label\n1," + b"x" * 200_000, "cannot be read"),
    ],
)
def test_what_is_no_csv_is_refused_with_the_reason(body, reason):
    with pytest.raises(MalformedBodyError, match=reason):
        READER.csv(body)


def test_ragged_rows_are_all_named():
    problems = problems_of(READER.csv, b"length,label\n1\n1,a\n\n1,a,b\n")
    assert [(p.row, p.detail) for p in problems] == [
        (0, "the row has 1 fields"),
        (2, "the row has 0 fields"),
        (3, "the row has 3 fields"),
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("length,label,label", [(None, "label")]),
        ("length", [(None, "label")]),
        ("length,label,extra", [(None, "extra")]),
        ("length,labels", [(None, "labels")]),
        ("length, label", [(None, " label")]),
        ("Length,label", [(None, "Length")]),
        ("1.5,a", [(None, "1.5"), (None, "a"), (None, "length"), (None, "label")]),
    ],
)
def test_a_header_that_does_not_match_is_refused(header, expected):
    assert places(problems_of(READER.csv, f"{header}\n1,a,b\n".encode())) == expected


@pytest.mark.parametrize(("header", "guess"), [("length,labels", "label"), ("lenght,label", "length")])
def test_a_misspelt_header_is_guessed(header, guess):
    (problem,) = problems_of(READER.csv, f"{header}\n1,a\n".encode())
    assert problem.did_you_mean == guess


def test_misfits_are_named_by_data_row_in_order():
    reader = table(Column(name="a"), Column(name="b", dtype="int64"))
    problems = problems_of(reader.csv, b"b,a\n1.5,1\n2,x\nz,\n")
    assert places(problems) == [(0, "b"), (1, "a"), (2, "b"), (2, "a")]


def test_an_empty_field_is_missing_not_zero():
    (problem,) = problems_of(READER.csv, b"length,label\n,a\n")
    assert problem.detail == "the value is missing"
