"""Findings and the table of checks."""

from pellucid.model_selection._leak_finding import LEAK_CHECKS, Finding


def test_ids_are_numbered_without_gaps_and_each_says_what_to_do() -> None:
    assert list(LEAK_CHECKS) == [f"PEL-L{number:03}" for number in range(1, len(LEAK_CHECKS) + 1)]
    assert all(check.title and check.remedy for check in LEAK_CHECKS.values())


def test_a_finding_prints_what_was_found_what_to_do_and_its_id() -> None:
    finding = Finding("PEL-L003", "warning", "row", "column 'row' numbers the rows", {"distinct": 9.0})
    assert str(finding) == f"column 'row' numbers the rows; {LEAK_CHECKS['PEL-L003'].remedy} (PEL-L003)"
