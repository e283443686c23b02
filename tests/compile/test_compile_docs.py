"""docs/compile.md promises what the cases hold, no more and no less."""

from pathlib import Path

from tests.compile.compile_cases import ADOPTED, CANNOT, GROUPS, Case

DOCS = Path(__file__).parents[2] / "docs" / "compile.md"


def row(case: Case) -> str:
    verdict = {ADOPTED: "exact", CANNOT: f"not converted: {case.why}"}.get(case.status, f"disagrees: {case.why}")
    return f"| {case.what} | {case.sample} | {verdict} |"


def tables() -> str:
    head = "| estimator | fitted on | compiled |\n|---|---|---|\n"
    return "\n\n".join(f"### {group}\n\n{head}" + "\n".join(map(row, cases)) for group, cases in GROUPS.items())


def test_the_tables_in_the_docs_are_those_of_the_cases() -> None:
    expected = tables()
    assert expected in DOCS.read_text(), f"docs/compile.md should hold:\n\n{expected}\n"
