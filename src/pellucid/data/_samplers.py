"""Which rows an epoch visits, and in what order.

Here: `Sampler`, the question; `SequentialSampler`, `RandomSampler` and `WeightedRandomSampler`, three answers;
`BatchSampler`, which cuts an order into batches.
Elsewhere: walking over them is in `_loader.py`.
Imports: numpy, pellucid.errors, pellucid.random and pellucid.base (limits).

PyTorch's names; but where a sampler there goes on drawing from where it was left, here the order is a function of the
epoch, so that an epoch can be repeated and resumed anywhere.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sized
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.base import Choice, Flag, Limit, OneOf, Whole, check_limits
from pellucid.errors import DataError, ParameterError
from pellucid.random import integer_seed

__all__ = ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "WeightedRandomSampler"]

LIMITS: dict[str, Limit] = {
    "replacement": Flag(),
    "num_samples": OneOf(Whole(low=0), Choice(None)),
    "seed": OneOf(Whole(low=0), Choice(None)),
}
BATCH_LIMITS: dict[str, Limit] = {"batch_size": Whole(low=1, says="rows"), "drop_last": Flag()}


class Sampler(ABC):
    """M rows an epoch; `seed`, a whole number, is all that the order of an epoch may depend on besides its number.

    >>> class Backwards(Sampler):
    ...     def __len__(self):
    ...         return 3
    ...
    ...     def order(self, epoch):
    ...         return np.array([2, 1, 0])
    >>> list(BatchSampler(Backwards(), batch_size=2))
    [array([2, 1]), array([0])]
    """

    seed: int = 0

    @abstractmethod
    def __len__(self) -> int:
        """Rows M that an epoch visits."""

    @abstractmethod
    def order(self, epoch: int) -> NDArray[np.int64]:
        """Row numbers (M,) in the order in which epoch `epoch` visits them."""

    @final
    def __iter__(self) -> Iterator[int]:
        """The rows of the first epoch."""
        return iter(self.order(0).tolist())

    @final
    def stream(self, epoch: int) -> np.random.Generator:
        """The generator of an epoch: child `epoch` of the seed."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(epoch,)))


@final
class SequentialSampler(Sampler):
    """0, 1, ..., N-1 in every epoch.

    >>> list(SequentialSampler(range(3)))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __len__(self) -> int:
        return len(self.data_source)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """0, 1, ..., N-1."""
        return np.arange(len(self))


@final
class RandomSampler(Sampler):
    """A permutation of the rows, or `num_samples` draws from them.

    With `replacement` each draw is from all rows; without, every row comes once before any comes again.  `num_samples`
    None is N.  `seed` None draws one.
    Raises ParameterError for values outside these, DataError where there are no rows to draw from.

    >>> sorted(RandomSampler(range(4), seed=0))
    [0, 1, 2, 3]
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, seed: int | None = None
    ) -> None:
        options = {"replacement": replacement, "num_samples": num_samples, "seed": seed}
        check_limits("RandomSampler", options, LIMITS, {"replacement": False, "num_samples": None, "seed": None})
        self.data_source, self.replacement = data_source, replacement
        self.num_samples, self.seed = num_samples, integer_seed(seed)

    def __len__(self) -> int:
        return len(self.data_source) if self.num_samples is None else int(self.num_samples)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The draws of epoch `epoch`."""
        n, m, stream = len(self.data_source), len(self), self.stream(epoch)
        if n == 0 and m > 0:
            raise DataError(f"RandomSampler: {m} samples were asked for, but there are no rows to draw from.")
        if self.replacement:
            return stream.integers(n, size=m) if m else np.empty(0, np.int64)
        rounds = [stream.permutation(n) for _ in range(-(-m // n) if n else 0)]
        return np.concatenate(rounds)[:m] if rounds else np.empty(0, np.int64)


@final
class WeightedRandomSampler(Sampler):
    """`num_samples` draws, row i with a chance in proportion to weights[i].

    weights (N,), finite, >= 0, not all 0.  Without `replacement` no row comes twice, so that there must be
    `num_samples` rows of weight above 0.
    Raises DataError for other weights, ParameterError for options outside their limits.

    >>> set(WeightedRandomSampler([0.0, 1.0, 0.0], num_samples=5, seed=0))
    {1}
    """

    def __init__(self, weights: ArrayLike, num_samples: int, replacement: bool = True, seed: int | None = None) -> None:
        options = {"replacement": replacement, "num_samples": num_samples, "seed": seed}
        check_limits("WeightedRandomSampler", options, LIMITS | {"num_samples": Whole(low=0)}, {"replacement": True})
        self.weights = np.array(weights, dtype=np.float64)
        if self.weights.ndim != 1 or not np.isfinite(self.weights).all() or (self.weights < 0).any():
            bad = "" if self.weights.ndim != 1 else f", row {_first_bad(self.weights)} {_bad(self.weights)}"
            raise DataError(
                f"WeightedRandomSampler: weights is {self.weights.shape}{bad}; give finite weights >= 0, one a row."
            )
        possible = int(np.count_nonzero(self.weights))
        if possible < (num_samples if not replacement else min(num_samples, 1)):
            raise DataError(
                f"WeightedRandomSampler: {num_samples} samples were asked for, but only {possible} rows have a weight "
                "above 0. Draw fewer, or with replacement."
            )
        self.num_samples, self.replacement, self.seed = int(num_samples), replacement, integer_seed(seed)

    def __len__(self) -> int:
        return self.num_samples

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The draws of epoch `epoch`."""
        if self.num_samples == 0:
            return np.empty(0, np.int64)
        share = self.weights / self.weights.max()  # first, so that the sum of large weights is finite
        return self.stream(epoch).choice(
            len(share), size=self.num_samples, replace=bool(self.replacement), p=share / share.sum()
        )


@final
class BatchSampler:
    """The order of a sampler in batches of `batch_size` rows; the last is smaller, or left out with `drop_last`.

    Raises ParameterError for a batch size below 1 and for what is no `Sampler`.

    >>> [batch.tolist() for batch in BatchSampler(SequentialSampler(range(5)), batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Sampler, batch_size: int, drop_last: bool = False) -> None:
        if not isinstance(sampler, Sampler):
            raise ParameterError(
                f"BatchSampler: sampler is a {type(sampler).__name__}; it must be a pellucid.data.Sampler."
            )
        options = {"batch_size": batch_size, "drop_last": drop_last}
        check_limits("BatchSampler", options, BATCH_LIMITS, {"drop_last": False})
        self.sampler, self.batch_size, self.drop_last = sampler, int(batch_size), drop_last

    def __len__(self) -> int:
        n = len(self.sampler)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        """The batches of the first epoch."""
        return iter(self.batches(0))

    def batches(self, epoch: int) -> list[NDArray[np.int64]]:
        """The rows of each batch of epoch `epoch`."""
        order, size = self.sampler.order(epoch), self.batch_size
        return [order[number * size : (number + 1) * size] for number in range(len(self))]


def _first_bad(weights: NDArray[np.float64]) -> int:
    return int(np.flatnonzero(~np.isfinite(weights) | (weights < 0))[0])


def _bad(weights: NDArray[np.float64]) -> str:
    return f"{weights[_first_bad(weights)]}"
