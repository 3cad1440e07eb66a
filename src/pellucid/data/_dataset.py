"""Rows that can be asked for by number.

Here: `Dataset`, the question; `ArrayDataset`, `Subset` and `ConcatDataset`, three answers.
Elsewhere: walking over rows in batches is in `_loader.py`; tables are in `_table.py`.
Imports: numpy and pellucid.errors.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError, ShapeError

__all__ = ["ArrayDataset", "ConcatDataset", "Dataset", "Subset"]


class Dataset(ABC):
    """N rows; row i is one array (or number), or a tuple of them.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 5
    ...
    ...     def __getitem__(self, row):
    ...         return float(row), float(row**2)
    >>> Squares().batch(np.array([1, 3]))
    (array([1., 3.]), array([1., 9.]))
    """

    @abstractmethod
    def __len__(self) -> int:
        """Number of rows N."""

    @abstractmethod
    def __getitem__(self, row: int) -> Any:
        """Row `row`, 0 <= row < N."""

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Rows `rows` (B,) stacked, one array (B, ...) for each part of a row; a row of one part gives a tuple of one.

        A dataset that can take many rows at once overrides this.
        Raises ShapeError when rows differ in shape, DataError when they differ in their number of parts.
        """
        samples = [self._sample(int(row)) for row in rows]
        parts = [sample if isinstance(sample, tuple | list) else (sample,) for sample in samples]
        if len({len(part) for part in parts}) > 1:
            counts = sorted({len(part) for part in parts})
            raise DataError(f"{type(self).__name__}: rows of one batch have {counts} parts; give each the same number.")
        return tuple(self._stack(part) for part in zip(*parts, strict=True))

    def at(self, epoch: int) -> "Dataset":
        """The dataset as epoch `epoch` sees it; a loader asks for it once an epoch.

        Only a dataset whose rows are drawn anew in every epoch, such as `Augmented`, answers with another one.
        """
        return self

    @final
    def _sample(self, row: int) -> Any:
        """Row `row`; what it raises is noted with the number of the row."""
        try:
            return self[row]
        except Exception as error:
            error.add_note(f"This was row {row} of {type(self).__name__}.")
            raise

    @final
    def _stack(self, values: tuple[Any, ...]) -> NDArray[Any]:
        arrays = [np.asarray(value) for value in values]
        shapes = sorted({array.shape for array in arrays})
        if len(shapes) > 1:
            raise ShapeError(
                f"{type(self).__name__}: rows of one batch have shapes {shapes[0]} and {shapes[-1]}; they must be "
                "equal. Crop or pad them in __getitem__, or use batch_size=1."
            )
        return np.stack(arrays)


@final
class ArrayDataset(Dataset):
    """Arrays side by side: row i is the tuple of their rows i.

    arrays: each (N, ...), the same N.  They are not copied; a batch is one fancy index into each.
    Raises DataError without arrays, ShapeError for one without rows or for unequal N.

    >>> rows = ArrayDataset(np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 0]))
    >>> len(rows), rows[1]
    (3, (array([2.]), np.int64(1)))
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        self.arrays = tuple(np.asarray(array) for array in arrays)
        if not self.arrays:
            raise DataError("ArrayDataset: no arrays were given; give at least one.")
        shapes = [array.shape for array in self.arrays]
        if () in shapes:
            raise ShapeError(
                f"ArrayDataset: array {shapes.index(())} is a single number; each must have rows, (N, ...)."
            )
        if len({shape[0] for shape in shapes}) > 1:
            rows = [shape[0] for shape in shapes]
            raise ShapeError(f"ArrayDataset: arrays of shapes {shapes} have {rows} rows; give each the same number.")

    def __len__(self) -> int:
        return int(self.arrays[0].shape[0])

    def __getitem__(self, row: int) -> tuple[Any, ...]:
        return tuple(array[row] for array in self.arrays)

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Rows `rows` (B,) of every array, each (B, ...)."""
        return tuple(array[rows] for array in self.arrays)


@final
class Subset(Dataset):
    """The rows `indices` (M,) of another dataset, in that order; repeats are allowed.

    Raises DataError unless every index is a whole number in [0, N).

    >>> Subset(ArrayDataset(np.array([10, 20, 30])), [2, 0])[0]
    (np.int64(30),)
    """

    def __init__(self, dataset: Dataset, indices: ArrayLike) -> None:
        given = np.asarray(indices)
        if given.ndim != 1 or not (given.size == 0 or np.issubdtype(given.dtype, np.integer)):
            raise DataError(f"Subset: indices is {given.dtype} {given.shape}; give whole numbers (M,).")
        self.dataset, self.indices = dataset, given.astype(np.int64)
        outside = self.indices[(self.indices < 0) | (self.indices >= len(dataset))]
        if len(outside):
            raise DataError(f"Subset: index {outside[0]} is outside a dataset of {len(dataset)} rows.")

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, row: int) -> Any:
        return self.dataset[int(self.indices[row])]

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Rows `rows` (B,) of the subset, taken from the dataset in one go."""
        return self.dataset.batch(self.indices[rows])

    def at(self, epoch: int) -> Dataset:
        """The same rows of the dataset as epoch `epoch` sees it."""
        inner = self.dataset.at(epoch)
        return self if inner is self.dataset else Subset(inner, self.indices)


@final
class ConcatDataset(Dataset):
    """The rows of several datasets, one after the other.

    Raises DataError without datasets, ShapeError for a batch whose rows differ in shape or in their number of parts.

    >>> both = ConcatDataset([ArrayDataset(np.array([1, 2])), ArrayDataset(np.array([3]))])
    >>> len(both), both.batch(np.array([2, 0]))
    (3, (array([3, 1]),))
    """

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        self.datasets = tuple(datasets)
        if not self.datasets:
            raise DataError("ConcatDataset: no datasets were given; give at least one.")
        self._ends = np.cumsum([len(dataset) for dataset in self.datasets])  # row r is in the first that ends behind it

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, row: int) -> Any:
        if not 0 <= row < len(self):
            raise IndexError(f"ConcatDataset: row {row} is outside {len(self)} rows.")
        which = int(np.searchsorted(self._ends, row, side="right"))
        return self.datasets[which][int(row - self._starts[which])]

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Rows `rows` (B,), taken from each dataset in one go and put into the order asked for."""
        which = np.searchsorted(self._ends, rows, side="right")
        asked = [int(number) for number in np.unique(which)]
        parts = [self.datasets[number].batch(rows[which == number] - self._starts[number]) for number in asked]
        if len(parts) == 1:
            return parts[0]
        self._check_alike(parts)
        back = np.argsort(np.concatenate([np.flatnonzero(which == number) for number in asked]))
        return tuple(np.concatenate(arrays)[back] for arrays in zip(*parts, strict=True))

    def at(self, epoch: int) -> Dataset:
        """The datasets as epoch `epoch` sees them."""
        return ConcatDataset([dataset.at(epoch) for dataset in self.datasets])

    @property
    def _starts(self) -> NDArray[np.int64]:
        return np.concatenate([[0], self._ends[:-1]])

    def _check_alike(self, parts: list[tuple[NDArray[Any], ...]]) -> None:
        shapes = [tuple(array.shape[1:] for array in part) for part in parts]
        if len(set(shapes)) > 1:
            other = next(shape for shape in shapes if shape != shapes[0])
            raise ShapeError(
                f"ConcatDataset: rows of one batch have parts of shapes {list(shapes[0])} and {list(other)}; they must "
                "be equal. Make them so in each dataset, or use batch_size=1."
            )
