"""Rows on both sides, and coincidences that only look like them."""

from collections import Counter
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.model_selection import find_leaks
from pellucid.model_selection._leak_rows import keys_of, near_rows_on_both_sides, same_rows_on_both_sides

Array = np.ndarray


def ids(train: Array, test: Array) -> list[str]:
    return [finding.id for finding in find_leaks(train, test, checks=["PEL-L001", "PEL-L002"])]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2), st.integers(0, 1)), min_size=2, max_size=30), st.data()
)
def test_twins_are_the_test_rows_that_a_set_of_the_training_rows_holds(
    rows: list[tuple[int, ...]], data: st.DataObject
) -> None:
    n_train = data.draw(st.integers(1, len(rows) - 1))
    seen = set(rows[:n_train])
    codes = [np.array(column) for column in zip(*rows, strict=True)]
    assert keys_of(codes, n_train).twins.tolist() == [row in seen for row in rows[n_train:]]


def test_a_column_that_renames_another_is_left_out_and_one_without_repeats_is_not() -> None:
    code = np.array([0, 1, 0, 2, 1])
    assert len(keys_of([code, 2 - code, code + 7], 2).parts) == 1
    assert len(keys_of([np.arange(5), np.arange(5)[::-1]], 2).parts) == 2


@pytest.mark.parametrize("copies", [1, 5, 40])
def test_copies_of_measured_rows_are_counted_and_many_are_an_error(copies: int) -> None:
    rng = np.random.default_rng(copies)
    train, test = rng.normal(size=(300, 4)), rng.normal(size=(100, 4))
    test[:copies] = train[:copies]
    (finding,) = find_leaks(train, test)
    assert (finding.id, finding.numbers["test_rows"]) == ("PEL-L001", copies)
    assert finding.severity == ("error" if copies > 5 else "warning")


def test_rows_that_repeat_since_columns_are_coarse_are_no_leak_until_the_split_repeats_them() -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(4, size=(2000, 6))
    train, test = rows[:1500], rows[1500:]
    assert max(Counter(map(tuple, rows.tolist())).values()) > 1
    assert ids(train, test) == []
    assert "PEL-L001" in ids(train, np.concatenate([test[:250], train[:250]]))


def test_a_table_that_was_doubled_before_splitting_is_found() -> None:
    rng = np.random.default_rng(0)
    rows = rng.permutation(np.tile(rng.normal(size=(400, 3)), (2, 1)))
    assert ids(rows[:600], rows[600:]) == ["PEL-L001"]


def test_rows_with_a_little_noise_are_found_and_dense_rows_by_themselves_are_not() -> None:
    rng = np.random.default_rng(0)
    for d in (1, 2, 10):
        train, test = rng.normal(size=(1500, d)), rng.normal(size=(500, d))
        assert ids(train, test) == []
        test[:50] = train[:50] + 1e-5 * rng.normal(size=(50, d))
        assert ids(train, test) == ([] if d == 1 else ["PEL-L002"])  # on a line so many are near by themselves


def test_rows_with_another_name_are_found() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(600, 6)).round(1), rng.normal(size=(200, 6)).round(1)
    assert ids(train, test) == []
    test[:10, 1:] = train[:10, 1:]
    (finding,) = find_leaks(train, test)
    assert (finding.id, finding.numbers["by_column"]) == ("PEL-L002", 10)


def test_missing_cells_are_equal_to_each_other_and_far_from_numbers() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(300, 3)), rng.normal(size=(100, 3))
    train[:, 1] = np.nan
    test[:, 1] = np.nan
    assert ids(train, test) == []
    test[:10] = train[:10]
    assert ids(train, test) == ["PEL-L001"]


def test_the_order_of_columns_does_not_count() -> None:
    rng = np.random.default_rng(0)
    codes = [rng.integers(3, size=50) for _ in range(4)]
    first, second = keys_of(codes, 30), keys_of(codes[::-1], 30)
    assert first.twins.tolist() == second.twins.tolist()
    assert same_rows_on_both_sides(first) == same_rows_on_both_sides(second)
    assert near_rows_on_both_sides(first, codes, [False] * 4) == []


@pytest.mark.slow
def test_a_hundred_thousand_rows_of_twenty_columns_take_seconds() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100_000, 20))
    y = (x[:, 0] + rng.normal(size=len(x)) > 0).astype(int)
    x[-50:], y[-50:] = x[:50], y[:50]
    start = process_time()
    found = find_leaks(x[:75_000], x[75_000:], y[:75_000], y[75_000:])
    assert [finding.id for finding in found] == ["PEL-L001"]
    assert process_time() - start < 20  # 1.6 s by itself on 2.5 GHz
