"""An order is a function of seed and epoch, and visits what it says it visits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import BatchSampler, RandomSampler, Sampler, SequentialSampler, WeightedRandomSampler
from pellucid.errors import DataError, ParameterError

MAKERS = {
    "sequential": lambda seed: SequentialSampler(range(30)),
    "random": lambda seed: RandomSampler(range(30), seed=seed),
    "replacement": lambda seed: RandomSampler(range(30), True, 50, seed),
    "rounds": lambda seed: RandomSampler(range(30), num_samples=70, seed=seed),
    "weighted": lambda seed: WeightedRandomSampler(np.arange(30.0), 40, seed=seed),
    "drawn once": lambda seed: WeightedRandomSampler(np.arange(30.0), 20, False, seed),
}


@pytest.mark.parametrize("name", MAKERS)
def test_an_order_depends_on_seed_and_epoch_alone_and_has_its_length(name):
    sampler, same, other = MAKERS[name](1), MAKERS[name](1), MAKERS[name](2)
    orders = [sampler.order(epoch) for epoch in (2, 0, 1)]
    for epoch, order in zip((2, 0, 1), orders, strict=True):
        assert order.tolist() == same.order(epoch).tolist()
        assert len(order) == len(sampler)
        assert order.dtype == np.int64
        assert 0 <= order.min() <= order.max() < 30
    assert list(sampler) == orders[1].tolist()
    if name != "sequential":
        assert len({tuple(order) for order in orders}) == 3
        assert other.order(0).tolist() != orders[1].tolist()


@given(st.integers(1, 20), st.integers(0, 60), st.integers(0, 5))
def test_without_replacement_every_row_comes_before_any_comes_again(n, m, seed):
    order = RandomSampler(range(n), num_samples=m, seed=seed).order(0)
    counts = np.bincount(order, minlength=n)
    assert counts.max() - counts.min() <= 1
    assert len(order) == m


def test_weights_are_the_chances_of_rows():
    weights = np.array([1.0, 0.0, 3.0, 4.0]) * 4e307
    counts = np.bincount(WeightedRandomSampler(weights, 80_000, seed=0).order(0), minlength=4)
    share = np.array([1, 0, 3, 4]) / 8
    assert counts[1] == 0
    np.testing.assert_allclose(counts / 80_000, share, atol=4 * np.sqrt(0.25 / 80_000))


def test_a_weighted_draw_without_replacement_repeats_no_row():
    order = WeightedRandomSampler(np.ones(10), 10, replacement=False, seed=0).order(3)
    assert sorted(order) == list(range(10))


@given(st.integers(0, 30), st.integers(1, 12), st.booleans())
def test_batches_are_the_order_cut_into_pieces(n, size, drop_last):
    batches = BatchSampler(RandomSampler(range(n), seed=0), size, drop_last)
    order = RandomSampler(range(n), seed=0).order(5)
    found = batches.batches(5)
    assert len(found) == len(batches)
    assert all(len(batch) == size for batch in found[: None if drop_last else -1])
    joined = np.concatenate([*found, np.empty(0, np.int64)])
    assert joined.tolist() == order[: n - n % size if drop_last else n].tolist()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RandomSampler(range(3), num_samples=-1), ParameterError, "num_samples is -1"),
        (lambda: RandomSampler([], num_samples=2).order(0), DataError, "no rows to draw from"),
        (lambda: WeightedRandomSampler([1.0, -1.0], 1), DataError, r"weights is \(2,\), row 1 -1.0; give finite"),
        (lambda: WeightedRandomSampler([np.nan], 1), DataError, "row 0 nan"),
        (lambda: WeightedRandomSampler([[1.0]], 1), DataError, r"weights is \(1, 1\); give"),
        (lambda: WeightedRandomSampler([0.0, 0.0], 1), DataError, "only 0 rows have a weight above 0"),
        (lambda: WeightedRandomSampler([0.0, 1.0], 2, False), DataError, "only 1 rows have a weight above 0"),
        (lambda: BatchSampler(range(3), 2), ParameterError, "sampler is a range; it must be a pellucid.data.Sampler"),
        (lambda: BatchSampler(SequentialSampler(range(3)), 0), ParameterError, "batch_size is 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_sampler_without_answers_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Sampler()
