"""Rows by number: one at a time and many at once are the same rows."""

import numpy as np
import pytest

from pellucid.data import ArrayDataset, ConcatDataset, Dataset, Subset
from pellucid.errors import DataError, ShapeError


class Pictures(Dataset):
    """Row i is a picture full of i and the number i."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, row: int) -> tuple[np.ndarray, int]:
        return np.full((2, 2), row, dtype=np.float32), row


@pytest.fixture(params=["arrays", "subset", "own", "concat"])
def dataset(request) -> Dataset:
    arrays = ArrayDataset(np.arange(24.0).reshape(6, 2, 2), np.arange(6))
    datasets = {"arrays": arrays, "subset": Subset(arrays, [5, 0, 0, 3]), "own": Pictures()} | {
        "concat": ConcatDataset([Subset(arrays, [4]), Subset(arrays, []), arrays])
    }
    return datasets[request.param]


def test_a_batch_is_its_rows_stacked(dataset):
    rows = np.array([3, 0, 3, 1])
    batch = dataset.batch(rows)
    assert isinstance(batch, tuple)
    for part, array in enumerate(batch):
        np.testing.assert_array_equal(array, np.stack([dataset[int(row)][part] for row in rows]))


def test_a_batch_keeps_dtypes():
    batch = Pictures().batch(np.array([1, 2]))
    assert [array.dtype for array in batch] == [np.float32, np.int64]
    assert batch[0].shape == (2, 2, 2)


def test_a_row_of_one_part_gives_a_tuple_of_one():
    (numbers,) = ArrayDataset([10, 20, 30]).batch(np.array([2, 0]))
    assert numbers.tolist() == [30, 10]


def test_arrays_are_not_copied_and_batches_are():
    x = np.zeros((3, 2))
    dataset = ArrayDataset(x)
    assert dataset.arrays[0] is x
    dataset.batch(np.array([0, 1, 2]))[0][:] = 1.0
    assert not x.any()


def test_a_subset_of_a_subset_reaches_the_right_rows():
    inner = Subset(ArrayDataset(np.arange(10)), [9, 7, 5])
    assert [row for (row,) in (Subset(inner, [2, 0])[i] for i in range(2))] == [5, 9]
    assert len(Subset(inner, [])) == 0


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ((), DataError, "no arrays were given"),
        ((np.zeros(3), np.float64(1.0)), ShapeError, "array 1 is a single number"),
        ((np.zeros((3, 2)), np.zeros(4)), ShapeError, r"shapes \[\(3, 2\), \(4,\)\] have \[3, 4\] rows"),
    ],
)
def test_arrays_that_do_not_stand_side_by_side_are_refused(arrays, error, message):
    with pytest.raises(error, match=message):
        ArrayDataset(*arrays)


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([3], "index 3 is outside a dataset of 3 rows"),
        ([-1], "index -1"),
        ([0.5], "indices is float64"),
        ([[0]], "int64"),
    ],
)
def test_indices_outside_the_dataset_are_refused(indices, message):
    with pytest.raises(DataError, match=message):
        Subset(ArrayDataset(np.zeros(3)), indices)


def test_rows_that_cannot_be_stacked_are_refused_with_their_shapes():
    class Ragged(Dataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, row: int) -> object:
            return np.zeros(row) if row < 2 else (1, 2)

    with pytest.raises(
        ShapeError, match=r"Ragged: rows of one batch have shapes \(0,\) and \(1,\); they must be equal"
    ):
        Ragged().batch(np.array([0, 1]))
    with pytest.raises(DataError, match=r"Ragged: rows of one batch have \[1, 2\] parts"):
        Ragged().batch(np.array([0, 2]))


def test_a_dataset_without_answers_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Dataset()


def test_datasets_one_after_the_other_are_numbered_on():
    both = ConcatDataset([ArrayDataset([1, 2]), ArrayDataset(np.empty(0, int)), ArrayDataset([3])])
    assert [both[row] for row in range(len(both))] == [(1,), (2,), (3,)]
    for row in (-1, 3):
        with pytest.raises(IndexError, match=f"row {row} is outside 3 rows"):
            both[row]


def test_datasets_that_do_not_fit_together_are_refused():
    with pytest.raises(DataError, match="no datasets were given"):
        ConcatDataset([])
    both = ConcatDataset([ArrayDataset(np.zeros((2, 3))), ArrayDataset(np.zeros((2, 4)))])
    with pytest.raises(ShapeError, match=r"parts of shapes \[\(3,\)\] and \[\(4,\)\]; they must be equal"):
        both.batch(np.array([0, 3]))


def test_an_error_in_a_row_is_noted_with_its_number():
    class Broken(Pictures):
        def __getitem__(self, row: int) -> tuple[np.ndarray, int]:
            return super().__getitem__(row) if row != 4 else 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        Broken().batch(np.array([1, 4]))
    assert caught.value.__notes__ == ["This was row 4 of Broken."]
