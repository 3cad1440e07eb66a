"""Row numbers dealt into parts: disjoint, complete, fair to classes, fixed by the seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection._split import _validate_shuffle_split

from pellucid.errors import DataError, ParameterError
from pellucid.model_selection import split_rows
from pellucid.model_selection._rows import share_out, three_sizes, two_sizes

CLASS_SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=9)


@st.composite
def strata_and_sizes(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    counts = draw(CLASS_SIZES)
    strata = np.random.default_rng(draw(st.integers(0, 99))).permutation(np.repeat(np.arange(len(counts)), counts))
    cuts = draw(st.lists(st.integers(0, len(strata)), min_size=1, max_size=4))
    return strata, np.diff([0, *sorted(cuts)]).tolist()


@given(strata_and_sizes(), st.booleans(), st.integers(0, 9))
def test_parts_are_disjoint_rows_of_the_sizes_asked_for(
    case: tuple[np.ndarray, list[int]], shuffle: bool, seed: int
) -> None:
    strata, sizes = case
    for given_strata in (None, strata) if shuffle else (None,):
        parts = split_rows(len(strata), sizes, seed=seed, shuffle=shuffle, strata=given_strata)
        assert [len(part) for part in parts] == sizes
        together = np.concatenate(parts)
        assert len(np.unique(together)) == len(together)
        assert all(0 <= row < len(strata) for row in together)
        again = split_rows(len(strata), sizes, seed=seed, shuffle=shuffle, strata=given_strata)
        assert all((one == other).all() for one, other in zip(parts, again, strict=True))


@given(strata_and_sizes(), st.integers(0, 9))
def test_every_class_has_within_one_row_of_its_share_in_every_part(
    case: tuple[np.ndarray, list[int]], seed: int
) -> None:
    strata, sizes = case
    n = len(strata)
    for part, size in zip(split_rows(n, sizes, seed=seed, strata=strata), sizes, strict=True):
        share = np.bincount(strata) * size / n
        assert (np.abs(np.bincount(strata[part], minlength=len(share)) - share) < 1).all()


@settings(deadline=None)
@given(CLASS_SIZES.filter(lambda sizes: sum(sizes) > 3), st.data())
def test_shares_are_whole_numbers_with_both_totals_kept(class_sizes: list[int], data: st.DataObject) -> None:
    n = sum(class_sizes)
    cuts = data.draw(st.lists(st.integers(1, n - 1), min_size=1, max_size=4, unique=True))
    parts = np.diff([0, *sorted(cuts), n])
    counts = share_out(np.array(class_sizes), parts)
    assert counts.sum(axis=1).tolist() == class_sizes
    assert counts.sum(axis=0).tolist() == parts.tolist()
    assert (np.abs(counts - np.outer(class_sizes, parts) / n) < 1).all()


def test_of_two_parts_the_largest_remainders_are_raised() -> None:
    # shares of the second part: 2.5, 1.0, 0.75, 0.75 of 5 rows
    assert share_out(np.array([10, 4, 3, 3]), np.array([15, 5]))[:, 1].tolist() == [2, 1, 1, 1]


def test_two_thousand_classes_are_shared_out_without_delay() -> None:
    class_sizes = np.random.default_rng(0).integers(3, 9, size=2000)
    n = class_sizes.sum()
    parts = np.array([n - 2 * (n // 5), n // 5, n // 5])
    assert (np.abs(share_out(class_sizes, parts) - np.outer(class_sizes, parts) / n) < 1).all()


def test_every_row_is_equally_likely_to_be_in_the_test_part() -> None:
    strata = np.repeat([0, 1], [12, 8])
    times = np.zeros(20)
    for seed in range(2000):
        times[split_rows(20, [15, 5], seed=seed, strata=strata)[1]] += 1
    assert np.abs(times / 2000 - 0.25).max() < 0.04  # 4 standard errors: 4 sqrt(0.25 * 0.75 / 2000)


def test_so_it_is_where_classes_have_an_equal_right_to_the_last_place() -> None:
    strata, rng, draws = np.arange(22) % 2, np.random.default_rng(0), 2000  # 2.5 of each class into 5 rows
    tested = np.bincount(
        np.concatenate([split_rows(22, [17, 5], seed=rng, strata=strata)[1] for _ in range(draws)]), minlength=22
    )
    share = 5 / 22
    assert (np.abs(tested - draws * share) < 4 * np.sqrt(draws * share * (1 - share))).all()


def test_another_seed_gives_other_rows_and_a_generator_goes_on() -> None:
    assert not np.array_equal(split_rows(50, [25], seed=0)[0], split_rows(50, [25], seed=1)[0])
    rng = np.random.default_rng(0)
    assert not np.array_equal(split_rows(50, [25], seed=rng)[0], split_rows(50, [25], seed=rng)[0])


def test_what_can_not_be_dealt_is_refused() -> None:
    with pytest.raises(DataError, match="parts of 3, 2 rows can not be made of 4 rows"):
        split_rows(4, [3, 2])
    with pytest.raises(ParameterError, match="strata need shuffle=True"):
        split_rows(4, [2, 2], shuffle=False, strata=np.array([0, 0, 1, 1]))


SIZES = st.one_of(st.none(), st.integers(-1, 40), st.floats(0, 1).map(lambda share: round(share, 3)))


@settings(max_examples=300)
@given(st.integers(2, 40), SIZES, SIZES)
def test_sizes_are_those_of_scikit_learn(n: int, test_size: float | None, train_size: float | None) -> None:
    for share in (test_size, train_size):
        if isinstance(share, float) and abs(share * n - round(share * n)) < 1e-6:
            return  # there scikit-learn rounds the rounding error: of 100 rows it makes 8 the 7 percent
    try:
        expected = _validate_shuffle_split(n, test_size, train_size, default_test_size=0.25)
    except ValueError:
        with pytest.raises(ParameterError):
            two_sizes(n, test_size, train_size)
    else:
        if expected[1] > 0:
            assert two_sizes(n, test_size, train_size) == expected


def test_a_share_that_is_a_whole_number_of_rows_is_that_number() -> None:
    assert two_sizes(100, 0.07, None) == (93, 7)
    assert three_sizes(100, None, 0.07, 0.29) == (64, 7, 29)


def test_sizes_that_leave_nothing_or_ask_for_too_much_are_refused() -> None:
    for wrong, message in (
        (lambda: two_sizes(3, 0.9, None), "of 3 rows the parts would get: train 0, test 3; every part needs a row"),
        (lambda: two_sizes(10, 6, 6), "train 6, test 6, which is 12; ask for less"),
        (lambda: two_sizes(10, 1.5, None), "test_size=1.5; give a share between 0 and 1"),
        (lambda: two_sizes(10, True, None), "test_size=True"),
        (lambda: three_sizes(10, None, None, 0.2), "val_size and test_size: give both"),
        (lambda: three_sizes(10, None, 0.5, 0.5), "train 0, validation 5, test 5"),
    ):
        with pytest.raises(ParameterError, match=message):
            wrong()
