"""Draws and sorting, against Python's integers and NumPy's sort."""

import numpy as np
import pytest

from pellucid.tree import _order_kernels as kernels
from pellucid.tree._compiled import opened
from pellucid.tree._order_kernels import FEW_ROWS, SMALL_ROWS, WIDE_ROWS

below, draw = opened(kernels.below), opened(kernels.draw)
drawn_word, child_seed = opened(kernels.drawn_word), opened(kernels.child_seed)
swap_drawn, put_back, share_of = (opened(k) for k in (kernels.swap_drawn, kernels.put_back, kernels.share_of))
sort_by, sort_packed = opened(kernels.sort_by), opened(kernels.sort_packed)


def splitmix(state: int) -> tuple[int, int]:
    """The next state and word, in Python's integers."""
    mask = 2**64 - 1
    state = (state + 0x9E3779B97F4A7C15) & mask
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return state, z ^ (z >> 31)


def test_draws_are_those_of_splitmix() -> None:
    state, own = np.array([2**63 - 3], np.uint64), 2**63 - 3
    for _ in range(100):
        own, word = splitmix(own)
        assert int(draw(state)) == word


def test_the_first_words_from_seed_1234567_are_the_published_ones() -> None:
    state = np.array([1234567], np.uint64)
    assert [int(draw(state)) for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_whole_numbers_and_fractions_cover_their_range_evenly() -> None:
    state = np.array([1], np.uint64)
    counts = np.bincount([below(state, 7) for _ in range(70_000)], minlength=7)
    assert len(counts) == 7 and np.abs(counts - 10_000).max() < 500  # five standard deviations are 463
    numbers = np.array([share_of(np.uint64(draw(state))) for _ in range(10_000)])
    assert 0 <= numbers.min() and numbers.max() < 1 and abs(numbers.mean() - 0.5) < 0.015


def test_draws_of_a_node_are_those_of_its_seed_and_its_children_have_others() -> None:
    seed, state = np.uint64(77), np.array([77], np.uint64)
    words = [drawn_word(seed, k) for k in range(5)]
    assert words == [draw(state) for _ in range(5)]
    seeds = [child_seed(seed, 0), child_seed(seed, 1)]
    assert len({*words, *seeds, drawn_word(np.uint64(seeds[0]), 0), drawn_word(np.uint64(seeds[1]), 0)}) == 9


def test_features_are_drawn_evenly_each_once_and_can_be_put_back() -> None:
    counts = np.zeros((3, 6))
    for seed in range(6000):
        pool = np.arange(6)
        words = [drawn_word(np.uint64(seed), k) for k in range(3)]
        for k, word in enumerate(words):
            swap_drawn(pool, k, word)
            counts[k, pool[k]] += 1
        assert len(set(pool.tolist())) == 6
        put_back(pool, 3)
        assert pool.tolist() == list(range(6))
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(1000 * 5 / 6)


@pytest.mark.parametrize("n", [0, 1, 2, FEW_ROWS - 1, FEW_ROWS, SMALL_ROWS - 1, SMALL_ROWS, WIDE_ROWS + 5])
@pytest.mark.parametrize("high", [0, 1, 255, 256, 2**24 + 1, 2**32 - 2])
def test_sorting_gives_the_order_of_a_stable_sort(n: int, high: int) -> None:
    codes = np.random.default_rng(n).integers(high + 1, size=n).astype(np.uint64)
    packed = codes << np.uint64(32) | np.arange(n, dtype=np.uint64)
    out = np.empty(n, np.uint64)
    sort_packed(packed.copy(), out, np.empty((2, SMALL_ROWS), np.uint32), np.empty(2048, np.int64), n, high)
    np.testing.assert_array_equal(out, packed[np.argsort(codes, kind="stable")])


def test_sorting_by_keys_orders_equal_keys_by_their_items() -> None:
    rng = np.random.default_rng(0)
    for n in (0, 1, 2, 50, 1000):
        key, item = rng.integers(20, size=n).astype(float), rng.permutation(n)
        order = np.lexsort((item, key))
        wanted = key[order], item[order]
        sort_by(key, item, n)
        np.testing.assert_array_equal(key, wanted[0])
        np.testing.assert_array_equal(item, wanted[1])
