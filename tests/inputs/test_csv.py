"""CSV as spreadsheets, pandas and people write it."""

import pytest

from app.errors import MOST_PROBLEMS, InvalidInputError, MalformedBodyError, TooLargeError
from app.inputs import lines, tabular
from app.inputs.tabular import TableReader
from app.signature import Column, TableSignature
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


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column(name="a", nullable=True, dtype="int64"), [1, None, 2, None, None]),
        (Column(name="a", dtype="string"), ["1", "", "2", "", ""]),
    ],
)
def test_a_blank_line_is_a_row_where_rows_have_one_field(column, expected):
    assert table(column).csv(b"a\n1\n\n2\n\n\n")["a"].tolist() == expected


def test_a_blank_line_is_a_missing_value_where_none_may_miss():
    assert places(problems_of(table(Column(name="a")).csv, b"a\n1\n\n")) == [(1, "a")]


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(tabular, "BATCH", 2)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("rows", range(6))
def test_rows_are_the_same_in_any_batch(rows):
    expected = [(float(row), f"t{row}") for row in range(rows)]
    assert read("length,label\n" + "".join(f"{row},t{row}\n" for row in range(rows))) == expected


@pytest.mark.usefixtures("small_batches")
def test_misfits_of_all_batches_are_named_by_their_own_row():
    assert places(problems_of(READER.csv, b"length,label\n1,a\n2,b\nx,c\n4\n5,e\n,f")) == [(3, None), (5, "length")]


@pytest.mark.usefixtures("small_batches")
def test_no_more_rows_are_read_when_enough_is_wrong(monkeypatch):
    seen = []

    def watched(body):
        header, rows = lines.read_lines(body)
        return header, (seen.append(row) or row for row in rows)

    monkeypatch.setattr(tabular, "read_lines", watched)
    with pytest.raises(InvalidInputError) as caught:
        READER.csv(b"length,label\n" + b"1\n" * 5 * MOST_PROBLEMS)
    assert caught.value.more
    assert len(seen) <= MOST_PROBLEMS + 2


def test_too_many_values_are_refused_before_a_row_is_read():
    reader = TableReader(TableSignature(columns=(Column(name="a"), Column(name="b"))), 6)
    assert len(reader.csv(b"a,b\n1,2\n3,4\n")["a"]) == 2
    for body in (b"a,b\n1,2\n3,4\n5,6", b"\n" * 7, b"\r" * 7, b"," * 7):
        with pytest.raises(TooLargeError, match="the body has about 7 values; at most 6 are accepted"):
            reader.csv(body)
