"""Grids and draws: scikit-learn's order, no repetition among lists, seeds obeyed."""

import numpy as np
import pytest
import sklearn.model_selection
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import loguniform, randint

from pellucid.errors import DataWarning, ParameterError
from pellucid.model_selection import ParameterGrid, ParameterSampler

VALUES = st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)
GRIDS = st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=3), min_size=1, max_size=3)


@given(GRIDS)
def test_a_grid_has_the_settings_of_scikit_learn_in_its_order_and_by_number(grids: list[dict[str, list[int]]]) -> None:
    ours, theirs = ParameterGrid(grids), sklearn.model_selection.ParameterGrid(grids)
    assert list(ours) == list(theirs) == [ours[k] for k in range(len(ours))]
    for beyond in (len(ours), -1):
        with pytest.raises(IndexError, match="they count from 0"):
            ours[beyond]


@given(GRIDS, st.integers(1, 9), st.integers(0, 5))
def test_lists_are_drawn_without_repetition_and_by_the_seed(
    grids: list[dict[str, list[int]]], n: int, seed: int
) -> None:
    size = len(ParameterGrid(grids))
    sampler = ParameterSampler(grids, min(n, size), random_state=seed)
    drawn = list(sampler)
    assert drawn == list(sampler) and len(drawn) == len(sampler) == min(n, size)
    numbers = [[k for k in range(size) if ParameterGrid(grids)[k] == setting] for setting in drawn]
    assert all(numbers)
    if len({repr(setting) for setting in ParameterGrid(grids)}) == size:
        assert len({repr(setting) for setting in drawn}) == len(drawn)


def test_distributions_are_drawn_from_and_mixed_with_lists() -> None:
    sampler = ParameterSampler(
        [{"C": loguniform(1e-3, 1e3), "n": randint(1, 5)}, {"kind": ["a", "b"]}], 400, random_state=0
    )
    drawn = list(sampler)
    assert drawn == list(sampler) and len(sampler) == 400
    first = [setting for setting in drawn if "C" in setting]
    assert 150 < len(first) < 250  # half of them, within five standard deviations
    assert all(1e-3 <= setting["C"] <= 1e3 and setting["n"] in (1, 2, 3, 4) for setting in first)
    assert (
        abs(np.mean([np.log10(setting["C"]) for setting in first])) < 0.7
    )  # 5 standard errors of a mean of 150 in [-3, 3]
    assert {setting["kind"] for setting in drawn if "kind" in setting} == {"a", "b"}


def test_fewer_settings_than_draws_are_each_tried_once_with_a_warning() -> None:
    with pytest.warns(DataWarning, match="there are 2 settings, fewer than n_iter=5"):
        assert sorted(setting["a"] for setting in ParameterSampler({"a": [1, 2]}, 5)) == [1, 2]


def test_a_grid_too_large_to_number_is_still_drawn_from() -> None:
    grid = {f"p{k}": list(range(100)) for k in range(20)}
    drawn = list(ParameterSampler(grid, 3, random_state=0))
    assert len(drawn) == 3 and len(drawn[0]) == 20
    assert ParameterGrid(grid)[7]["p9"] == 7  # the last name in sorted order


def test_what_is_no_grid_is_refused_in_words() -> None:
    for wrong, message in (
        ("C", "must be a mapping"),
        ([], "must be a mapping"),
        ([3], "must be a mapping"),
        ({"C": 3}, "'C' is 3; give a list"),
        ({"C": "abc"}, "'C' is 'abc'; give a list"),
        ({"C": []}, "'C' has no values"),
        ({"C": np.ones((2, 2))}, "one-dimensional"),
    ):
        for make in (ParameterGrid, lambda given: ParameterSampler(given, 2)):
            with pytest.raises(ParameterError, match=message):
                make(wrong)
    with pytest.raises(ParameterError, match="n_iter is 0"):
        ParameterSampler({"C": [1]}, 0)
