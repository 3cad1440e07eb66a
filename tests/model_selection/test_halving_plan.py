"""Rounds of successive halving: scikit-learn's numbers, and beginnings that hold every class."""

import numpy as np
import pytest
import sklearn.model_selection
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # what scikit-learn asks for

from pellucid.model_selection._halving_plan import plan_rounds, spread_rows


@pytest.mark.parametrize("n", [1, 10, 26])
@pytest.mark.parametrize("factor", [2, 3.7])
@pytest.mark.parametrize("exhaust", [True, False])
@pytest.mark.parametrize("aggressive", [True, False])
def test_rounds_are_those_of_scikit_learn(n: int, factor: float, exhaust: bool, aggressive: bool) -> None:
    theirs = sklearn.model_selection.HalvingGridSearchCV(
        DummyRegressor(strategy="constant"),
        {"constant": list(range(n))},
        factor=factor,
        min_resources="exhaust" if exhaust else 7,
        aggressive_elimination=aggressive,
        cv=2,
        refit=False,
    ).fit(np.zeros((100, 1)), np.arange(100.0))
    ours = plan_rounds(n, factor, 4 if exhaust else 7, 100, exhaust=exhaust, aggressive=aggressive)
    assert (ours.candidates, ours.resources) == (theirs.n_candidates_, theirs.n_resources_)
    assert ours.n_remaining == theirs.n_remaining_candidates_ and ours.least == theirs.min_resources_
    assert (ours.n_required, ours.n_possible) == (theirs.n_required_iterations_, theirs.n_possible_iterations_)


def test_exact_powers_are_counted_not_rounded() -> None:
    assert plan_rounds(243, 3, 1, 243).candidates == [243, 81, 27, 9, 3, 1]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 9))
def test_every_beginning_holds_each_class_within_one_row_of_its_share(codes: list[int], seed: int) -> None:
    code = np.array(codes)
    rows = spread_rows(np.arange(len(code)), code, np.random.default_rng(seed))
    assert sorted(rows.tolist()) == list(range(len(code)))
    place = {k: np.flatnonzero(code[rows] == k) for k in set(codes)}
    for k, own in place.items():  # between two rows of a class stands about one share of every other class
        for other, theirs in place.items():
            if other != k and len(own) > 1:
                between = np.diff(np.searchsorted(theirs, own))
                assert np.abs(between - len(theirs) / len(own)).max() <= 1


def test_without_classes_the_order_is_random_and_fixed_by_its_generator() -> None:
    one, same, other = (spread_rows(np.arange(30), None, np.random.default_rng(seed)).tolist() for seed in (0, 0, 1))
    assert one == same != other and sorted(one) == list(range(30))
