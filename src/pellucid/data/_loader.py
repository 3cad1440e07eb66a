"""Walking over a dataset in batches, in an order that can be repeated and resumed.

Here: `DataLoader`.
Elsewhere: what a row is, and how many are taken at once, is answered by the dataset (`_dataset.py`).
Imports: numpy, pellucid.errors, pellucid.random and pellucid.base (limits).
"""

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import Choice, Flag, Limit, OneOf, Whole, check_limits
from pellucid.data._dataset import Dataset
from pellucid.errors import DataError, ParameterError
from pellucid.random import integer_seed

__all__ = ["DataLoader"]

Batch = tuple[NDArray[Any], ...]

LIMITS: dict[str, Limit] = {
    "batch_size": Whole(low=1, says="rows"),
    "shuffle": Flag(),
    "drop_last": Flag(),
    "seed": OneOf(Whole(low=0), Choice(None)),
}
DEFAULTS = {"batch_size": 1, "shuffle": False, "drop_last": False, "seed": None}


@final
class DataLoader:
    """Batches of a dataset; each `iter` is one epoch, as in PyTorch.

        order of epoch e:  0, 1, ..., N-1,  or with `shuffle` a permutation drawn from the child stream e of `seed`

    So the order of an epoch depends on (seed, e) alone: not on the batch size, nor on what was read before.  A batch is
    a tuple of arrays (B, ...); the last one is smaller, or left out with `drop_last`, when B does not divide N.
    `seed` None draws one, which `state()` shows.

    `state()` is the position after the batches handed out so far; `restore(state)` makes the next `iter` go on from
    there, in the middle of an epoch too.  An epoch that is broken off and not restored is over: the next `iter` starts
    the next one.  Where two walks run at once, the state is that of the one begun last.
    Raises ParameterError for a batch size below 1 or a dataset that is no `Dataset`.

    >>> from pellucid.data import ArrayDataset
    >>> loader = DataLoader(ArrayDataset(np.arange(5)), batch_size=2)
    >>> [batch.tolist() for (batch,) in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int | None = None,
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise ParameterError(
                f"DataLoader: dataset is a {type(dataset).__name__}; it must be a pellucid.data.Dataset. "
                "Put arrays into an ArrayDataset."
            )
        options = {"batch_size": batch_size, "shuffle": shuffle, "drop_last": drop_last, "seed": seed}
        check_limits("DataLoader", options, LIMITS, DEFAULTS)
        self.dataset, self.batch_size = dataset, int(batch_size)
        self.shuffle, self.drop_last = shuffle, drop_last
        self.seed = integer_seed(seed)
        self._epoch, self._batch = 0, 0  # the epoch being walked or to be walked, and its batches handed out
        self._begun = False  # the next `iter` starts a new epoch
        self._walker = object()  # stands for the walk begun last

    def __len__(self) -> int:
        """Batches in an epoch."""
        n = len(self.dataset)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        if self._begun:
            self._epoch, self._batch = self._epoch + 1, 0
        self._begun, self._walker = True, object()
        return self._walk(self._epoch, self._batch, self._walker)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Row numbers (N,) in the order in which epoch `epoch` visits them."""
        n = len(self.dataset)
        if not self.shuffle:
            return np.arange(n)
        stream = np.random.SeedSequence(self.seed, spawn_key=(epoch,))
        return np.random.default_rng(stream).permutation(n)

    def state(self) -> dict[str, int]:
        """The exact position, as plain numbers: epoch, batches handed out in it, and what the order depends on."""
        return {
            "epoch": self._epoch,
            "batch": self._batch,
            "seed": self.seed,
            "rows": len(self.dataset),
            "batch_size": self.batch_size,
            "shuffle": int(self.shuffle),
            "drop_last": int(self.drop_last),
        }

    def restore(self, state: Mapping[str, int]) -> None:
        """Go on from `state`: the next `iter` gives the rest of that epoch (nothing, if it was handed out to the end).

        Takes over the seed.  Raises DataError when rows, batch size, shuffle or drop_last differ from those of the
        state, for then the position means something else.
        """
        own = self.state()
        if own.keys() != state.keys():
            raise DataError(f"DataLoader.restore: the state has {sorted(state)}; it must have {sorted(own)}.")
        differ = [key for key in ("rows", "batch_size", "shuffle", "drop_last") if own[key] != state[key]]
        if differ:
            found = ", ".join(f"{key} {state[key]} (here {own[key]})" for key in differ)
            raise DataError(f"DataLoader.restore: the state is of a loader with {found}. Build the same loader first.")
        if state["epoch"] < 0 or not 0 <= state["batch"] <= len(self):
            raise DataError(
                f"DataLoader.restore: epoch {state['epoch']}, batch {state['batch']} is no position in epochs of "
                f"{len(self)} batches."
            )
        self.seed, self._epoch, self._batch = int(state["seed"]), int(state["epoch"]), int(state["batch"])
        self._begun, self._walker = False, object()

    def _walk(self, epoch: int, first: int, walker: object) -> Iterator[Batch]:
        order, size = self.order(epoch), self.batch_size
        for number in range(first, len(self)):
            batch = self.dataset.batch(order[number * size : (number + 1) * size])
            if self._walker is walker:
                self._batch = number + 1
            yield batch
        if self._walker is walker:
            self._epoch, self._batch, self._begun = epoch + 1, 0, False
