"""Batches: every row once an epoch, in an order that depends on seed and epoch alone, resumable anywhere."""

import json
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import (
    ArrayDataset,
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    WeightedRandomSampler,
)
from pellucid.errors import DataError, ParameterError


def numbers(n: int) -> ArrayDataset:
    return ArrayDataset(np.arange(n))


def epoch(loader: DataLoader) -> list[list[int]]:
    return [batch.tolist() for (batch,) in loader]


sizes = st.tuples(st.integers(0, 40), st.integers(1, 12), st.booleans(), st.booleans(), st.integers(0, 3))


@settings(deadline=None)
@given(sizes)
def test_every_row_comes_once_an_epoch_except_a_dropped_remainder(case):
    n, size, shuffle, drop_last, seed = case
    loader = DataLoader(numbers(n), size, shuffle, drop_last, seed)
    batches = epoch(loader)
    assert len(batches) == len(loader)
    rows = [row for batch in batches for row in batch]
    assert len(rows) == (n - n % size if drop_last else n)
    assert len(set(rows)) == len(rows)
    assert all(len(batch) == size for batch in batches[:-1])


@settings(deadline=None)
@given(sizes, st.data())
def test_restoring_anywhere_gives_exactly_the_rest(case, data):
    n, size, shuffle, drop_last, seed = case
    first = DataLoader(numbers(n), size, shuffle, drop_last, seed)
    walked, states = [], [first.state()]
    for _ in range(3):
        for (batch,) in first:
            walked.append(batch.tolist())
            states.append(first.state())
    cut = data.draw(st.integers(0, len(walked)))
    second = DataLoader(numbers(n), size, shuffle, drop_last, seed=99)
    second.restore(json.loads(json.dumps(states[cut])))
    rest = []
    while second.state()["epoch"] < 3:
        rest += epoch(second)
    assert walked[:cut] + rest == walked


def test_batches_are_tuples_of_arrays_side_by_side():
    x, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    for a, b in DataLoader(ArrayDataset(x, y), batch_size=2, shuffle=True, seed=0):
        np.testing.assert_array_equal(a, x[b])


def test_the_order_of_an_epoch_depends_on_seed_and_epoch_alone():
    n = 50
    whole = [
        np.concatenate([batch for (batch,) in loader]) for loader in (DataLoader(numbers(n), 7, True, seed=4),) * 3
    ]
    other = DataLoader(numbers(n), 16, True, seed=4)
    next(iter(other))  # an epoch broken off takes nothing from the next
    np.testing.assert_array_equal(np.concatenate([batch for (batch,) in other]), whole[1])
    for number, rows in enumerate(whole):
        np.testing.assert_array_equal(rows, other.order(number))
    assert len({tuple(rows) for rows in whole}) == 3
    assert not np.array_equal(DataLoader(numbers(n), 7, True, seed=5).order(0), whole[0])


def test_without_shuffle_rows_come_in_order_every_epoch():
    loader = DataLoader(numbers(5), 2)
    assert epoch(loader) == epoch(loader) == [[0, 1], [2, 3], [4]]


def test_all_orders_are_about_equally_likely():
    counts: dict[tuple[int, ...], int] = {}
    loader = DataLoader(numbers(3), shuffle=True, seed=0)
    for number in range(6000):
        order = tuple(loader.order(number).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(abs(count - 1000) < 5 * np.sqrt(6000 / 6 * 5 / 6) for count in counts.values())


def test_numpys_global_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - that is what must stay untouched
    epoch(DataLoader(numbers(9), shuffle=True))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_without_a_seed_one_is_drawn_and_shown_and_repeats_the_order():
    first, second = DataLoader(numbers(99), 9, True), DataLoader(numbers(99), 9, True)
    assert first.seed != second.seed
    assert epoch(DataLoader(numbers(99), 9, True, seed=first.state()["seed"])) == epoch(first)


def test_an_epoch_broken_off_is_over():
    loader = DataLoader(numbers(6), 2)
    next(iter(loader))
    assert loader.state()["epoch"] == 0
    assert loader.state()["batch"] == 1
    assert epoch(loader) == [[0, 1], [2, 3], [4, 5]]
    assert (loader.state()["epoch"], loader.state()["batch"]) == (2, 0)


def test_a_state_after_the_last_batch_resumes_at_the_end_of_its_epoch():
    loader = DataLoader(numbers(4), 2)
    for _ in loader:
        last = loader.state()
    loader.restore(last)
    assert epoch(loader) == []
    assert epoch(loader) == [[0, 1], [2, 3]]


def test_two_walks_at_once_do_not_disturb_each_other():
    loader = DataLoader(numbers(8), 2, shuffle=True, seed=1)
    one, two = iter(loader), iter(loader)
    mixed = [(next(one)[0].tolist(), next(two)[0].tolist()) for _ in range(4)]
    assert [row for a, _ in mixed for row in a] == loader.order(0).tolist()
    assert [row for _, b in mixed for row in b] == loader.order(1).tolist()
    one, two = iter(loader), iter(loader)
    next(two)
    next(one), next(one)
    assert (loader.state()["epoch"], loader.state()["batch"]) == (3, 1)  # of the walk begun last


def test_any_dataset_can_be_loaded():
    class Squares(Dataset):
        def __len__(self) -> int:
            return 5

        def __getitem__(self, row: int) -> tuple[int, int]:
            return row, row**2

    a, b = next(iter(DataLoader(Squares(), batch_size=4)))
    assert (a.tolist(), b.tolist()) == ([0, 1, 2, 3], [0, 1, 4, 9])
    subset = Subset(Squares(), [4, 2])
    assert [batch[1].tolist() for batch in DataLoader(subset)] == [[16], [4]]


def test_pytorch_cuts_the_same_batches():
    torch = pytest.importorskip("torch")
    x = np.arange(22.0).reshape(11, 2)
    for drop_last in (False, True):
        theirs = torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(torch.from_numpy(x)), batch_size=4, drop_last=drop_last
        )
        ours = DataLoader(ArrayDataset(x), batch_size=4, drop_last=drop_last)
        assert len(ours) == len(theirs)
        for (a,), (b,) in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b.numpy())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, r"DataLoader: batch_size is 0; it must be a whole number >= 1"),
        ({"batch_size": 2.0}, "batch_size is 2.0"),
        ({"shuffle": 1}, "shuffle is 1; it must be True or False"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": np.random.default_rng(0)}, "seed is Generator"),
    ],
)
def test_options_outside_their_limits_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        DataLoader(numbers(3), **options)


def test_arrays_must_be_put_into_a_dataset():
    with pytest.raises(ParameterError, match="dataset is a ndarray; .* Put arrays into an ArrayDataset"):
        DataLoader(np.zeros(3))


def test_a_state_of_another_loader_is_refused_by_what_differs():
    state = DataLoader(numbers(10), 2).state()
    with pytest.raises(DataError, match=r"rows 10 \(here 12\), samples 10 \(here 12\), batch_size 2"):
        DataLoader(numbers(12), 3).restore(state)
    with pytest.raises(DataError, match=r"the state has \['epoch'\]"):
        DataLoader(numbers(10), 2).restore({"epoch": 1})
    with pytest.raises(DataError, match="epoch 0, batch 6 is no position in epochs of 5 batches"):
        DataLoader(numbers(10), 2).restore({**state, "batch": 6})


class Slow(Dataset):
    """Rows that take the longer the earlier they come, so that threads finish them out of order; row 17 may fail."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def __len__(self) -> int:
        return 24

    def __getitem__(self, row: int) -> tuple[int, float]:
        time.sleep((24 - row) * 1e-4)
        if self.fails and row == 17:
            raise OSError("no such picture")
        return row, row / 2


def working() -> int:
    return sum(thread.name.startswith("pellucid-ahead") for thread in threading.enumerate())


def test_batches_and_states_are_the_same_for_any_number_of_workers():
    def walk(workers: int, ahead: int = 2) -> list[object]:
        loader = DataLoader(Slow(), 5, True, seed=3, num_workers=workers, prefetch_factor=ahead)
        return [([part.tolist() for part in batch], loader.state()) for _ in range(2) for batch in loader]

    alone = walk(0)
    assert walk(1) == walk(2) == walk(4) == walk(3, ahead=9) == alone
    assert working() == 0


def test_a_position_saved_with_workers_ahead_is_that_of_the_batches_handed_out():
    whole = epoch_of(DataLoader(Slow(), 4, True, seed=1))
    for workers in (0, 2):
        loader = DataLoader(Slow(), 4, True, seed=1, num_workers=workers, prefetch_factor=3)
        walk = iter(loader)
        head = [next(walk)[0].tolist() for _ in range(2)]
        state = loader.state()
        walk.close()
        assert state["batch"] == 2
        other = DataLoader(Slow(), 4, True, seed=9, num_workers=2 - workers)
        other.restore(state)
        assert head + epoch_of(other) == whole


def epoch_of(loader: DataLoader) -> list[list[int]]:
    return [batch[0].tolist() for batch in loader]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_an_error_in_a_row_comes_after_the_batches_before_it_and_names_the_row(workers):
    loader, seen = DataLoader(Slow(fails=True), 4, num_workers=workers), []
    with pytest.raises(OSError, match="no such picture") as caught:
        for batch in loader:
            seen += batch[0].tolist()
    assert seen == list(range(16))
    assert caught.value.__notes__ == ["This was row 17 of Slow."]
    assert working() == 0


def test_breaking_off_early_leaves_no_thread_behind():
    for _ in DataLoader(Slow(), 2, num_workers=3):
        assert working() > 0
        break
    assert working() == 0


def test_a_loader_walks_in_the_order_of_its_sampler():
    rows = numbers(10)
    sampler = WeightedRandomSampler(np.arange(10.0), 7, seed=5)
    loader = DataLoader(rows, 3, sampler=sampler)
    for number in range(2):
        assert [row for batch in epoch(loader) for row in batch] == sampler.order(number).tolist()
    batches = BatchSampler(RandomSampler(rows, seed=5), 4, drop_last=True)
    loader = DataLoader(rows, batch_sampler=batches)
    assert (len(loader), loader.batch_size, loader.drop_last, loader.seed) == (2, 4, True, 5)
    assert epoch(loader) == [batch.tolist() for batch in batches.batches(0)]


def test_a_walk_with_a_sampler_is_resumed_with_its_seed():
    first = DataLoader(numbers(10), 3, sampler=RandomSampler(range(10), True, 20, seed=5))
    walk = iter(first)
    next(walk)
    second = DataLoader(numbers(10), 3, sampler=RandomSampler(range(10), True, 20, seed=6))
    second.restore(first.state())
    assert epoch(second) == [batch.tolist() for (batch,) in walk]
    with pytest.raises(DataError, match=r"samples 20 \(here 21\)"):
        DataLoader(numbers(10), 3, sampler=RandomSampler(range(10), True, 21)).restore(first.state())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampler": SequentialSampler(range(3)), "shuffle": True}, "shuffle cannot be given together with a Sampler"),
        ({"sampler": SequentialSampler(range(3)), "seed": 1}, "seed cannot be given together with a Sampler"),
        (
            {"batch_sampler": BatchSampler(SequentialSampler(range(3)), 2), "batch_size": 3, "drop_last": True},
            "batch_size, drop_last cannot be given together with a BatchSampler",
        ),
        (
            {
                "sampler": SequentialSampler(range(3)),
                "batch_sampler": BatchSampler(SequentialSampler(range(3)), 2),
            },
            "sampler and batch_sampler exclude each other",
        ),
        ({"sampler": [2, 1, 0]}, "list is no pellucid.data.Sampler"),
        ({"num_workers": -1}, "num_workers is -1"),
        ({"prefetch_factor": 0}, "prefetch_factor is 0"),
    ],
)
def test_options_of_order_and_workers_that_do_not_go_together_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        DataLoader(numbers(3), **options)
