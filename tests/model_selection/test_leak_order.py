"""Time and groups that a split should keep apart."""

import polars as pl
import pytest

from pellucid.errors import DataError
from pellucid.model_selection._leak_order import broken_order, shared_groups


def test_a_split_at_one_moment_is_in_order_also_where_the_moment_is_shared() -> None:
    assert broken_order(pl.Series([1.0, 2.0, 5.0]), pl.Series([5.0, 6.0])) == []
    assert broken_order(pl.Series([1.0, None]), pl.Series([None, 2.0])) == []


def test_rows_on_the_wrong_side_of_the_moment_are_counted() -> None:
    (finding,) = broken_order(pl.Series([1.0, 2.0, 9.0, 8.0]), pl.Series([5.0, 6.0, 10.0]))
    assert (finding.id, finding.severity) == ("PEL-L006", "error")
    assert finding.numbers == {"train_rows": 2, "test_rows": 2}
    assert finding.message.startswith("2 of 4 training rows are later than the first test row, and 2 of 3 test rows")


@pytest.mark.parametrize("side", [pl.Series(["monday"]), pl.Series([None], dtype=pl.Float64)])
def test_times_that_have_no_order_are_refused(side: pl.Series) -> None:
    with pytest.raises(DataError, match="find_leaks: time"):
        broken_order(side, pl.Series([1.0]))


def test_groups_apart_are_not_named_and_shared_ones_are() -> None:
    assert shared_groups(pl.Series(["a", "b", None]), pl.Series(["c", None])) == []
    (finding,) = shared_groups(pl.Series([1.0, 2.0, 3.0]), pl.Series([3.0, 3.0, 2.0, 4.0]))
    assert finding.numbers == {"groups": 2, "test_rows": 3}
    assert "2 of 3 groups of the test rows also have training rows (2.0, 3.0), with 3 of 4 test rows" in str(finding)
