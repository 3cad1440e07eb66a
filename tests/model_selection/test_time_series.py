"""Splits in time: never learn from what comes after; scikit-learn's own stretches."""

from typing import Any

import pytest
import sklearn.model_selection
from hypothesis import assume, given
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.model_selection import TimeSeriesSplit

MAYBE = st.one_of(st.none(), st.integers(1, 9))


@given(st.integers(3, 60), st.integers(2, 6), MAYBE, MAYBE, st.integers(0, 5))
def test_the_stretches_are_those_of_scikit_learn_and_training_ends_before_the_gap(
    n: int, n_splits: int, most: int | None, size: int | None, gap: int
) -> None:
    given_: dict[str, Any] = {"max_train_size": most, "test_size": size, "gap": gap}
    ours = TimeSeriesSplit(n_splits, **given_)
    theirs = sklearn.model_selection.TimeSeriesSplit(n_splits, **given_)
    try:
        wanted = list(theirs.split(range(n)))
    except ValueError:
        with pytest.raises(DataError):
            ours.split(range(n))
        return
    for (train, test), pair in zip(ours.split(range(n)), wanted, strict=True):
        assert (train.tolist(), test.tolist()) == (pair[0].tolist(), pair[1].tolist())
        assume(len(train))
        assert train.max() + gap < test.min()


def test_rows_that_do_not_suffice_are_refused_with_the_reason() -> None:
    with pytest.raises(DataError, match="3 rows can not be cut into 5 stretches .* use at most n_splits=2"):
        TimeSeriesSplit(5).split(range(3))
    with pytest.raises(DataError, match="of 12 rows, 5 test stretches of 2 and a gap of 2 leave nothing to learn from"):
        TimeSeriesSplit(5, gap=2).split(range(12))
