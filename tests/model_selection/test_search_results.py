"""The table of a search: ranks, masked parameters, spreads."""

import numpy as np
import pytest
from scipy.stats import rankdata

from pellucid.errors import ModelFileError
from pellucid.model_selection import SearchResults
from pellucid.model_selection._evaluation import Outcome
from pellucid.model_selection._search_results import Trial, param_columns, ranks, results_of


def test_ranks_are_those_of_the_falling_means_ties_sharing_the_better() -> None:
    for seed in range(20):
        means = np.random.default_rng(seed).integers(0, 5, size=12) / 4
        assert ranks(means).tolist() == rankdata(-means, method="min").tolist()
    assert ranks(np.array([np.nan, np.nan])).tolist() == [1, 1]


def test_columns_of_parameters_have_the_narrowest_kind_that_holds_them() -> None:
    values = {
        "flag": [True, False],
        "whole": [1, np.int64(2)],
        "real": [1, 2.5],
        "mixed": [1, None],
        "both": [True, 2],
        "list": [[1, 2], [3, 4]],
        "big": [2**70, 1],
    }
    columns = param_columns([{name: pair[k] for name, pair in values.items()} for k in (0, 1)])
    assert {name: column.dtype.kind for name, column in columns.items()} == {
        **{"param_flag": "b", "param_whole": "i", "param_real": "f", "param_mixed": "O"},
        **{"param_both": "O", "param_list": "O", "param_big": "O"},
    }
    assert columns["param_list"].tolist() == [[1, 2], [3, 4]]


def test_a_split_that_was_not_reached_is_nan_and_its_setting_comes_last() -> None:
    done = Trial({"C": 1}, [Outcome({"score": 0.5}, {}, 1.0, 2.0), Outcome({"score": 0.7}, {}, 3.0, 2.0)])
    begun = Trial({"C": 2}, [Outcome({"score": 0.9}, {}, 1.0, 2.0), None])
    failed = Trial({"C": 3}, [Outcome({}, {}, 1.0, 0.0, ("ValueError: no",))] * 2)
    table = results_of([done, begun, failed], ["score"], -1.0, with_train=False)
    np.testing.assert_allclose(table["mean_test_score"], [0.6, np.nan, -1.0])
    np.testing.assert_allclose(table["std_test_score"], [0.1, np.nan, 0.0])
    assert table["rank_test_score"].tolist() == [1, 3, 2] and table["mean_fit_time"][0] == 2.0
    assert (begun.begun, begun.done, done.done) == (True, False, True)


def test_a_record_gives_the_table_again_and_a_damaged_one_is_refused() -> None:
    table = SearchResults({"params": [{"a": 1}, {"b": "x"}], "mean_test_score": np.array([0.1, 0.2])})
    table.update(param_columns(table["params"]))
    again = SearchResults.from_record(table.to_record())
    assert again["param_b"].mask.tolist() == [True, False] and again["param_a"].tolist() == [1, None]
    for wrong in ({}, {"params": 3}, {"params": [3]}):
        with pytest.raises(ModelFileError, match="no list of settings"):
            SearchResults.from_record(wrong)
