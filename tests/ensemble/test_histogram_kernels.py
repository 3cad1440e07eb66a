"""Growth by sums, against a search written out in NumPy."""

import numpy as np
import pytest

from pellucid.ensemble._histogram_kernels import (
    MIN_HESSIAN,
    MISSING,
    NODE,
    Limits,
    add_to_rows,
    add_up,
    grow_by_histogram,
    join,
    pool,
    to_words,
)

BITS = 10
FREE = np.zeros(3, np.int8)  # no feature has a sign


def problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    bins = rng.integers(12, size=(400, 3)).astype(np.uint8)
    bins[rng.random(bins.shape) < 0.1] = MISSING
    return bins, rng.normal(size=400) + (bins[:, 0] % 5 > 2), rng.uniform(0.2, 1.0, 400)


def grown(
    bins: np.ndarray, g: np.ndarray, h: np.ndarray, limits: Limits, category: list[bool], most_rows: int = 10**9
) -> tuple:
    words, rows, n_bins = np.empty((len(g), 2), np.int64), np.arange(len(g), dtype=np.int32), np.full(3, 12)
    to_words(g, h, limits.g_unit, limits.h_unit, limits.count_bits, words)
    nodes, sets = np.empty(2 * limits.max_leaves + 1, NODE), np.zeros((2 * limits.max_leaves + 1, 256), np.bool_)
    columns, room = np.ascontiguousarray(bins.T), pool(3, limits.max_leaves)
    room[:] = -1  # what a tree before has left there
    rest = words, rows, limits, room, nodes, sets, np.empty_like(rows), np.zeros(3, np.int64), most_rows
    while (m := grow_by_histogram(bins, columns, n_bins, np.array(category), *rest)) < 0:
        node = nodes[-1 - m]
        assert node["end"] - node["begin"] > most_rows
        middle = (node["begin"] + node["end"]) // 2
        other = np.empty_like(room[0])
        add_up(bins, n_bins, words, rows, node["begin"], middle, room[node["slot"]])
        add_up(bins, n_bins, words, rows, middle, node["end"], other)
        join(room[node["slot"]], other, n_bins, 1)
    return nodes[:m], rows, sets


def best_gain(bins: np.ndarray, g: np.ndarray, h: np.ndarray, least: int, l2: float) -> float:
    best = 0.0
    for f in range(bins.shape[1]):
        for cut in range(12):
            for missing_left in (False, True):
                left = np.where(bins[:, f] == MISSING, missing_left, bins[:, f] <= cut)
                if min(left.sum(), (~left).sum()) >= least and min(h[left].sum(), h[~left].sum()) >= MIN_HESSIAN:
                    parts = [(g[side].sum(), h[side].sum()) for side in (left, ~left)]
                    best = max(best, sum(a * a / (b + l2) for a, b in parts) - g.sum() ** 2 / (h.sum() + l2))
    return best


@pytest.mark.parametrize("seed", range(5))
def test_every_split_gains_as_much_as_the_best_of_all_cuts(seed: int) -> None:
    bins, g, h = problem(seed)
    limits = Limits(12, 100, 15, 0.7, 2.0**-45, 2.0**-35, BITS, FREE, False)
    nodes, rows, _ = grown(bins, g, h, limits, [False] * 3)
    inner = nodes[nodes["feature"] >= 0]
    assert len(inner) == 11
    for node in nodes:
        own = rows[node["begin"] : node["end"]]
        np.testing.assert_allclose(node["value"], -g[own].sum() / (h[own].sum() + 0.7), atol=1e-6)
        assert node["hn"] & (2**BITS - 1) == len(own) >= 15
        if node["feature"] >= 0:
            np.testing.assert_allclose(node["gain"], best_gain(bins[own], g[own], h[own], 15, 0.7), rtol=1e-6)
            left = nodes[node["left"]]
            goes = np.where(bins[own, node["feature"]] == MISSING, node["missing_left"], 0).astype(bool)
            known = bins[own, node["feature"]] != MISSING
            goes[known] = bins[own, node["feature"]][known] <= node["cut"]
            assert sorted(own[goes]) == sorted(rows[left["begin"] : left["end"]])


def test_the_order_of_the_rows_changes_not_one_bit() -> None:
    bins, g, h = problem(0)
    limits = Limits(12, 100, 5, 0.0, 2.0**-45, 2.0**-35, BITS, FREE, False)
    order = np.random.default_rng(1).permutation(400)
    one, two = (grown(bins[o], g[o], h[o], limits, [True, False, False])[0] for o in (np.arange(400), order))
    for name in ("feature", "cut", "value", "gain", "left"):
        np.testing.assert_array_equal(one[name], two[name])


def test_a_set_of_categories_gains_at_least_as_much_as_any_cut_of_their_numbers() -> None:
    bins, g, h = problem(2)
    limits = Limits(2, 100, 5, 0.0, 2.0**-45, 2.0**-35, BITS, FREE, False)
    by_number, by_set = (grown(bins[:, :1].repeat(3, axis=1), g, h, limits, [kind] * 3)[0] for kind in (False, True))
    assert by_set["gain"][0] > by_number["gain"][0]


def test_no_node_is_deeper_than_it_may_be() -> None:
    bins, g, h = problem(3)
    nodes, _, _ = grown(bins, g, h, Limits(31, 2, 1, 0.0, 2.0**-45, 2.0**-35, BITS, FREE, False), [False] * 3)
    assert nodes["depth"].max() == 2


def test_each_row_moves_by_the_value_of_its_leaf() -> None:
    bins, g, h = problem(4)
    nodes, rows, _ = grown(bins, g, h, Limits(6, 100, 15, 0.0, 2.0**-45, 2.0**-35, BITS, FREE, False), [False] * 3)
    F = np.full(400, 3.0)
    add_to_rows(nodes, rows, F)
    for leaf in nodes[nodes["feature"] < 0]:
        assert (F[rows[leaf["begin"] : leaf["end"]]] == 3.0 + leaf["value"]).all()


def test_children_that_may_not_split_have_sums_as_exact_as_others() -> None:
    bins, g, h = problem(1)
    bins[bins == MISSING] = 3
    free = Limits(12, 100, 20, 0.0, 2.0**-45, 2.0**-35, BITS, FREE, False)
    for limits in (free, free._replace(max_leaves=2), free._replace(max_depth=1), free._replace(min_rows=150)):
        nodes, rows, _ = grown(bins, g, h, limits, [False] * 3)
        assert len(nodes) >= 3
        for node in nodes:
            own = rows[node["begin"] : node["end"]]
            assert node["g"] == np.rint(g[own] / limits.g_unit).astype(np.int64).sum()
            assert node["hn"] & (2**BITS - 1) == len(own)


@pytest.mark.parametrize("most_rows", [0, 30, 120, 399])
def test_sums_left_to_the_caller_give_the_same_tree(most_rows: int) -> None:
    bins, g, h = problem(2)
    limits = Limits(12, 100, 5, 0.0, 2.0**-45, 2.0**-35, BITS, FREE, False)
    kinds = [True, False, False]
    (one, rows, _), (two, others, _) = grown(bins, g, h, limits, kinds), grown(bins, g, h, limits, kinds, most_rows)
    np.testing.assert_array_equal(rows, others)
    for name in ("begin", "end", "feature", "cut", "value", "gain", "left", "g", "hn"):
        np.testing.assert_array_equal(one[name], two[name])
