"""What a warm start goes on from, and what it refuses."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pytest

from pellucid.base import Estimator, Flag, Limit, check_resumes, last_fit
from pellucid.errors import DataError


class Count(Estimator):
    """Counts the rows that it has seen in all its fits."""

    limits: ClassVar[Mapping[str, Limit]] = {"warm_start": Flag()}
    rows_: int

    def __init__(self, warm_start: bool = False) -> None:
        self.warm_start = warm_start

    def fit(self, X: Any, y: Any = None) -> Self:
        with last_fit(self, "rows_") as last:
            self._begin_fit()
            table = self._fit_table(X)
            if last:
                check_resumes("Count", "n_features_in_", last["n_features_in_"], self.n_features_in_)
            self.rows_ = last.get("rows_", 0) + len(table)
        return self


def test_there_is_something_to_go_on_from_only_where_it_is_asked_for_and_was_learned() -> None:
    model = Count(warm_start=True)
    with last_fit(model, "rows_") as last:
        assert last == {}
    with last_fit(model.fit([[1.0]]), "rows_") as last:
        assert last == {"rows_": 1, "n_features_in_": 1}
    assert model.fit([[1.0]]).rows_ == 2
    assert model.set_params(warm_start=False).fit([[1.0]]).rows_ == 1


@pytest.mark.parametrize("bad", [[[1.0, 2.0]], [[np.nan]], pd.DataFrame({"a": [1.0], "b": [2.0]})])
def test_a_warm_fit_that_fails_leaves_the_last_one_in_place_and_a_cold_one_leaves_none(bad: Any) -> None:
    model = Count(warm_start=True).fit([[1.0], [2.0]])
    before = vars(model).copy()
    with pytest.raises(DataError):
        model.fit(bad)
    assert vars(model) == before
    assert model.fit([[1.0]]).rows_ == 3
    model.set_params(warm_start=False)
    with pytest.raises(DataError):
        model.fit([[np.nan]])
    assert not hasattr(model, "rows_")


def test_after_a_fit_that_failed_half_way_there_is_nothing_to_go_on_from() -> None:
    model = Count(warm_start=True)
    model.n_features_in_ = 5
    assert model.fit([[1.0]]).rows_ == 1


def test_a_refusal_names_both_and_the_remedy() -> None:
    wanted = (
        "Count: warm_start goes on from the last fit, which had n_features_in_ 1, and this one has 2; "
        "give the same, or set warm_start=False to begin anew."
    )
    model = Count(warm_start=True).fit([[1.0], [2.0]])
    with pytest.raises(DataError) as seen:
        model.fit([[1.0, 2.0]])
    assert str(seen.value) == wanted
    assert model.set_params(warm_start=False).fit([[1.0, 2.0]]).rows_ == 1


def test_long_lists_are_cut_short_in_the_message() -> None:
    with pytest.raises(DataError, match=r"had the classes \[0, 1, .*, 19, \.\.\.\], and this one has \[0, 1\]; give"):
        check_resumes("Count", "the classes", list(range(1000)), [0, 1])
