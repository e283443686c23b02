"""traffic.json: what is accepted, and what is said of what is not."""

import pytest

from app.errors import SlipwayError
from app.repository.traffic import Traffic, parse_traffic, read_traffic, write_traffic

WHOLE = b"""{"labels": {"stable": 1, "canary": 2}, "traffic": {"1": 90, "2": 10}, "shadow": 3, "sticky": "X-User"}"""


def test_a_whole_file_is_read_and_written(tmp_path):
    (tmp_path / "churn").mkdir()
    write_traffic(tmp_path / "churn" / "traffic.json", WHOLE)
    traffic = read_traffic(tmp_path, "churn")
    assert traffic == Traffic(labels={"stable": 1, "canary": 2}, traffic={1: 90, 2: 10}, shadow=3, sticky="X-User")
    assert parse_traffic(traffic.text().encode(), "it") == traffic
    assert [path.name for path in (tmp_path / "churn").iterdir()] == ["traffic.json"]


def test_no_file_is_no_traffic(tmp_path):
    assert read_traffic(tmp_path, "churn") is None


def test_nothing_is_written_that_is_the_default():
    assert Traffic(traffic={1: 100}).text() == '{\n  "traffic": {\n    "1": 100.0\n  }\n}\n'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "Input should be"),
        (b'{"trafic": {}}', "trafic: Extra inputs"),
        (b'{"traffic": {"1": 90}}', "the percentages sum to 90, not to 100"),
        (b'{"traffic": {"1": 120, "2": -20}}', "traffic: 1: Input should be less than or equal to 100"),
        (b'{"traffic": {"canary": 100}}', "traffic: canary"),
        (b'{"traffic": {"0": 100}}', "traffic: 0"),
        (b'{"labels": {"1": 1}}', "labels: 1"),
        (b'{"labels": {"stable": "new"}}', "labels: stable"),
        (b'{"shadow": "three"}', "shadow: "),
        (b'{"sticky": "X User"}', "sticky: "),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(content, problem):
    with pytest.raises(SlipwayError) as caught:
        parse_traffic(content, "models/churn/traffic.json")
    assert str(caught.value).startswith("models/churn/traffic.json is not accepted: ")
    assert problem in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "churn" / "traffic.json").mkdir(parents=True)
    with pytest.raises(SlipwayError, match=r"traffic\.json cannot be read: Is a directory"):
        read_traffic(tmp_path, "churn")
