"""Walking over a dataset in batches, in an order that can be repeated and resumed.

Here: `DataLoader`.
Elsewhere: what a row is is answered by the dataset (`_dataset.py`), which rows come when by a sampler (`_samplers.py`);
threads that work ahead are in `_ahead.py`.
Imports: numpy, pellucid.errors, pellucid.random and pellucid.base (limits).
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import Choice, Flag, Limit, OneOf, Whole, check_limits
from pellucid.data._ahead import read_ahead
from pellucid.data._dataset import Dataset
from pellucid.data._samplers import BatchSampler, RandomSampler, Sampler, SequentialSampler
from pellucid.errors import DataError, ParameterError
from pellucid.random import integer_seed

__all__ = ["DataLoader"]

Batch = tuple[NDArray[Any], ...]

LIMITS: dict[str, Limit] = {
    "batch_size": Whole(low=1, says="rows"),
    "shuffle": Flag(),
    "drop_last": Flag(),
    "seed": OneOf(Whole(low=0), Choice(None)),
    "num_workers": Whole(low=0, says="threads"),
    "prefetch_factor": Whole(low=1, says="batches a worker"),
}
DEFAULTS = {"batch_size": 1, "shuffle": False, "drop_last": False, "seed": None, "num_workers": 0, "prefetch_factor": 2}


@final
class DataLoader:
    """Batches of a dataset; each `iter` is one epoch, as in PyTorch.

        order of epoch e:  0, 1, ..., N-1,  or with `shuffle` a permutation drawn from the child stream e of `seed`

    So the order of an epoch depends on (seed, e) alone: not on the batch size, nor on what was read before.  A batch is
    a tuple of arrays (B, ...); the last one is smaller, or left out with `drop_last`, when B does not divide N.
    `seed` None draws one, which `state()` shows.  A `sampler` gives another order, and takes the place of `shuffle` and
    `seed`; a `batch_sampler` also takes that of `batch_size` and `drop_last`.

    num_workers: threads that take batches from the dataset ahead of use, up to `prefetch_factor` batches each; 0 takes
    each when it is asked for.  Batches, their order, the state and errors are the same for any number.  Threads help
    where a row waits for a disk or is made by NumPy, Pillow or the like, which leave Python's lock; the dataset must
    then bear being asked from several at once.  They end with the epoch, and when the walk is broken off.

    `state()` is the position after the batches handed out so far; `restore(state)` makes the next `iter` go on from
    there, in the middle of an epoch too.  An epoch that is broken off and not restored is over: the next `iter` starts
    the next one.  Where two walks run at once, the state is that of the one begun last.
    Raises ParameterError for options outside their limits or that exclude each other, and for a dataset that is no
    `Dataset`.

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
        *,
        sampler: Sampler | None = None,
        batch_sampler: BatchSampler | None = None,
        num_workers: int = 0,
        prefetch_factor: int = 2,
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise ParameterError(
                f"DataLoader: dataset is a {type(dataset).__name__}; it must be a pellucid.data.Dataset. "
                "Put arrays into an ArrayDataset."
            )
        options = {"batch_size": batch_size, "shuffle": shuffle, "drop_last": drop_last, "seed": seed}
        workers = {"num_workers": num_workers, "prefetch_factor": prefetch_factor}
        check_limits("DataLoader", options | workers, LIMITS, DEFAULTS)
        _check_exclusive(options, sampler, batch_sampler)
        self.dataset, self.num_workers, self.prefetch_factor = dataset, int(num_workers), int(prefetch_factor)
        if batch_sampler is None:
            own = RandomSampler(dataset, seed=seed) if shuffle else SequentialSampler(dataset)
            own.seed = integer_seed(seed)
            batch_sampler = BatchSampler(own if sampler is None else sampler, batch_size, drop_last)
        self.batch_sampler, self.shuffle = batch_sampler, shuffle
        self._epoch, self._batch = 0, 0  # the epoch being walked or to be walked, and its batches handed out
        self._begun = False  # the next `iter` starts a new epoch
        self._walker = object()  # stands for the walk begun last

    @property
    def batch_size(self) -> int:
        """Rows in a batch, the last one perhaps apart."""
        return self.batch_sampler.batch_size

    @property
    def drop_last(self) -> bool:
        """Whether a last batch of fewer rows is left out."""
        return self.batch_sampler.drop_last

    @property
    def seed(self) -> int:
        """What the order of each epoch is drawn from."""
        return self.batch_sampler.sampler.seed

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[Batch]:
        if self._begun:
            self._epoch, self._batch = self._epoch + 1, 0
        self._begun, self._walker = True, object()
        return self._walk(self._epoch, self._batch, self._walker)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Row numbers (N,) in the order in which epoch `epoch` visits them."""
        return self.batch_sampler.sampler.order(epoch)

    def state(self) -> dict[str, int]:
        """The exact position, as plain numbers: epoch, batches handed out in it, and what the order depends on."""
        return {
            "epoch": self._epoch,
            "batch": self._batch,
            "seed": self.seed,
            "rows": len(self.dataset),
            "samples": len(self.batch_sampler.sampler),
            "batch_size": self.batch_size,
            "shuffle": int(self.shuffle),
            "drop_last": int(self.drop_last),
        }

    def restore(self, state: Mapping[str, int]) -> None:
        """Go on from `state`: the next `iter` gives the rest of that epoch (nothing, if it was handed out to the end).

        Takes over the seed.  Raises DataError when rows, samples, batch size, shuffle or drop_last differ from those of
        the state, for then the position means something else.  The rule of a sampler is the caller's to keep.
        """
        own = self.state()
        if own.keys() != state.keys():
            raise DataError(f"DataLoader.restore: the state has {sorted(state)}; it must have {sorted(own)}.")
        differ = [key for key in ("rows", "samples", "batch_size", "shuffle", "drop_last") if own[key] != state[key]]
        if differ:
            found = ", ".join(f"{key} {state[key]} (here {own[key]})" for key in differ)
            raise DataError(f"DataLoader.restore: the state is of a loader with {found}. Build the same loader first.")
        if state["epoch"] < 0 or not 0 <= state["batch"] <= len(self):
            raise DataError(
                f"DataLoader.restore: epoch {state['epoch']}, batch {state['batch']} is no position in epochs of "
                f"{len(self)} batches."
            )
        self.batch_sampler.sampler.seed = int(state["seed"])
        self._epoch, self._batch = int(state["epoch"]), int(state["batch"])
        self._begun, self._walker = False, object()

    def _walk(self, epoch: int, first: int, walker: object) -> Iterator[Batch]:
        rows = self.batch_sampler.batches(epoch)[first:]
        ahead = self.num_workers * self.prefetch_factor
        with closing(read_ahead(self.dataset.at(epoch).batch, rows, self.num_workers, ahead)) as batches:
            for number, batch in enumerate(batches, start=first + 1):
                if self._walker is walker:
                    self._batch = number
                yield batch
        if self._walker is walker:
            self._epoch, self._batch, self._begun = epoch + 1, 0, False


def _check_exclusive(options: Mapping[str, Any], sampler: object, batch_sampler: object) -> None:
    """ParameterError for options whose place a sampler takes, and for samplers that are none."""
    for given, kind, place in (
        (sampler, Sampler, ("shuffle", "seed")),
        (batch_sampler, BatchSampler, ("shuffle", "seed", "batch_size", "drop_last")),
    ):
        if given is None:
            continue
        if not isinstance(given, kind):
            raise ParameterError(f"DataLoader: {type(given).__name__} is no pellucid.data.{kind.__name__}; give one.")
        taken = [name for name in place if options[name] != DEFAULTS[name]]
        if taken:
            raise ParameterError(
                f"DataLoader: {', '.join(taken)} cannot be given together with a {kind.__name__}, which takes their "
                "place. Give them to the sampler."
            )
    if sampler is not None and batch_sampler is not None:
        raise ParameterError("DataLoader: sampler and batch_sampler exclude each other; put one into the other.")
