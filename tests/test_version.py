"""The version stands in one place, and what repeats it agrees."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import pellucid

_ROOT = Path(__file__).resolve().parents[1]


def test_root_metadata_and_citation_tell_one_version() -> None:
    assert re.search(r"^version: (.+)$", (_ROOT / "CITATION.cff").read_text(), re.M)[1] == pellucid.__version__  # type: ignore[index]
    try:
        assert version("pellucid") == pellucid.__version__
    except PackageNotFoundError:
        pytest.skip("pellucid is not installed here, only on the path")


def test_changelog_tells_of_this_version_or_of_changes_to_come() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (_ROOT / "CHANGELOG.md").read_text(), re.M)
    assert {"Unreleased", pellucid.__version__} & set(headings)
    assert headings == sorted(headings, reverse=True)  # newest first; "Unreleased" sorts before digits, reversed
