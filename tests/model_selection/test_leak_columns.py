"""Columns that name rows, predict alone, or are the target."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pellucid.errors import ParameterError
from pellucid.model_selection import Finding, find_leaks
from pellucid.model_selection._leak_columns import _auc, _auc_of_order

N, LEARNED = 400, 300
RNG = np.random.default_rng(0)
CLASS, NUMBER = RNG.integers(2, size=N), RNG.normal(size=N)


def found(column: Any, y: Any = CLASS, **options: Any) -> list[Finding]:
    """What is found in one column that is split after 300 rows."""
    column = np.asarray(column)
    options.setdefault("checks", ["PEL-L003", "PEL-L004", "PEL-L005"])
    left, right = {"c": column[:LEARNED]}, {"c": column[LEARNED:]}
    return find_leaks(left, right, y[:LEARNED], y[LEARNED:], **options)


def ids(column: Any, y: Any = CLASS, **options: Any) -> list[str]:
    return [finding.id for finding in found(column, y, **options)]


@pytest.mark.parametrize(
    "leak",
    [
        np.where(CLASS == 1, "yes", "no"),
        CLASS.astype(bool),
        7.0 - 3 * CLASS,
        np.where(CLASS == 1, np.where(np.arange(N) % 3 == 0, "aye", "yes"), "no"),
        np.where(CLASS == 1, 5.0, np.nan),
    ],
)
def test_the_target_in_other_words_is_named_once(leak: Any) -> None:
    (finding,) = found(leak, target="'survived'")
    assert (finding.id, finding.severity, finding.column) == ("PEL-L005", "error", "c")
    assert finding.message == "column 'c' alone tells 'survived' in every training row"


def test_a_few_errors_do_not_hide_it_and_many_make_it_another_column() -> None:
    for errors, wanted in ((3, ["PEL-L005"]), (60, [])):
        words = np.where(CLASS == 1, "yes", "no")
        words[:errors] = np.where(CLASS[:errors] == 1, "no", "yes")
        assert ids(words) == wanted
    assert found(np.where(np.arange(N) < 3, 1 - CLASS, CLASS))[0].numbers["errors"] == 3


def test_a_rare_class_that_is_never_told_is_not_told_by_a_constant_guess() -> None:
    rare = (np.arange(N) % 50 == 0).astype(int)
    assert ids(np.where(np.arange(N) % 7 == 0, "a", "b"), rare) == []


def test_names_of_rows_do_not_tell_the_target() -> None:
    assert ids([f"n{i}" for i in range(N)]) == ["PEL-L003"]


@pytest.mark.parametrize(
    ("leak", "wanted"),
    [
        (32 - 1.8 * NUMBER, ["PEL-L005"]),
        (np.exp(NUMBER), ["PEL-L005"]),
        (np.where(np.arange(N) % 50 == 0, 0.0, NUMBER), ["PEL-L005"]),
        (np.where(np.arange(N) % 7 == 0, np.nan, 2 * NUMBER), ["PEL-L005"]),
        (NUMBER + 0.1 * np.random.default_rng(1).normal(size=N), ["PEL-L004"]),
        (NUMBER + 0.3 * np.random.default_rng(1).normal(size=N), []),
        (np.random.default_rng(1).normal(size=N), []),
        (np.full(N, 3.0), []),
    ],
)
def test_a_number_is_another_unit_of_the_target_or_follows_it_or_neither(leak: Any, wanted: list[str]) -> None:
    assert ids(leak, NUMBER) == wanted


def test_a_group_whose_target_is_one_number_predicts_it() -> None:
    town = RNG.integers(8, size=N)
    assert ids([f"town {k}" for k in town], town * 10.0 + 0.01 * NUMBER) == ["PEL-L004"]
    assert ids([f"street {k}" for k in RNG.integers(100, size=N)], NUMBER) == []


def test_a_number_that_tells_two_classes_apart_is_named_in_either_direction() -> None:
    noise = np.random.default_rng(1).normal(size=N)
    assert ids(6 * CLASS + noise) == ids(noise - 6 * CLASS) == ["PEL-L004"]
    assert ids(np.abs(noise) * np.where(CLASS == 1, 1, 0) + 9 * (CLASS == 0) * np.sign(noise)) == ["PEL-L004"]
    assert ids(2.5 * CLASS + noise) == []


def test_one_class_of_three_that_stands_apart_is_no_leak() -> None:
    three = np.arange(N) % 3
    assert ids(np.where(three == 0, 100.0, 0.0) + NUMBER, three) == []
    assert ids(20.0 * three + NUMBER, three) == ["PEL-L004"]


def test_the_area_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        y, column = rng.permutation(np.arange(60) % 2), rng.integers(8, size=60)
        wanted = roc_auc_score(y, column)
        level = np.arange(8)
        counts = [np.bincount(column[y == k], minlength=8) for k in (1, 0)]
        np.testing.assert_allclose(_auc(level, *counts), wanted, rtol=1e-12)
        np.testing.assert_allclose(_auc_of_order(column, y), max(wanted, 1 - wanted), rtol=1e-12)


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (np.arange(N), ["PEL-L003"]),
        (RNG.permutation(N) + 5000.0, ["PEL-L003"]),
        (RNG.permutation(N) * 1000, []),
        (RNG.integers(N, size=N), []),
        (np.arange(N) + 0.5, []),
        ([f"name {i}" if i % 20 else "again" for i in range(N)], ["PEL-L003"]),
        ([f"name {i % 300}" for i in range(N)], []),
        ([None if i % 2 else f"name {i}" for i in range(N)], ["PEL-L003"]),
    ],
)
def test_columns_that_name_rows_are_named(column: Any, wanted: list[str]) -> None:
    assert ids(column, checks=["PEL-L003"]) == wanted


@pytest.mark.parametrize("name", ["id", "customer_id", "customerID", "userId", "Unnamed: 0", "uuid", "row_key"])
def test_a_name_that_says_so_is_evidence(name: str) -> None:
    numbers = np.random.default_rng(0).permutation(N) * 1000
    assert [f.column for f in find_leaks({name: numbers[:300]}, {name: numbers[300:]}, checks=["PEL-L003"])] == [name]


@pytest.mark.parametrize("name", ["paid", "humid", "valid", "grid", "index_of_refraction", "monkey"])
def test_a_name_that_only_ends_like_it_is_not(name: str) -> None:
    numbers = np.random.default_rng(0).permutation(N) * 1000
    assert find_leaks({name: numbers[:300]}, {name: numbers[300:]}, checks=["PEL-L003"]) == []


def test_rows_without_a_target_are_passed_over() -> None:
    y = np.where(np.arange(N) % 4 == 0, np.nan, CLASS)
    assert ids(np.where(CLASS == 1, "yes", "no"), y) == ["PEL-L005"]
    assert ids(np.where(CLASS == 1, "yes", "no"), np.full(N, np.nan)) == []


def test_a_target_that_is_all_the_same_is_told_by_nothing() -> None:
    assert ids(CLASS, np.ones(N)) == []
    assert ids(NUMBER, np.full(N, 0.5)) == []


def test_huge_and_infinite_numbers_are_taken() -> None:
    assert ids(np.where(CLASS == 1, 1e308, -1e308)) == ["PEL-L005"]
    assert ids(np.where(np.arange(N) % 9 == 0, np.inf, NUMBER), NUMBER * 1e300) == ["PEL-L005"]
    assert ids(NUMBER * 2, np.where(np.arange(N) % 9 == 0, -np.inf, NUMBER)) == ["PEL-L005"]


def test_only_the_checks_that_are_wanted_speak() -> None:
    assert ids(CLASS, checks=["PEL-L004"]) == []
    assert ids(CLASS, checks=[]) == []
    for wrong in (["PEL-L999"], "PEL-L004"):
        with pytest.raises(ParameterError, match="checks has 'PEL-L"):
            ids(CLASS, checks=wrong)
