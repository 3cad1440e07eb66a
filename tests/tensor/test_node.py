"""What can be asked of any value, how others read it, and when it is recorded."""

import threading

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ShapeError
from pellucid.tensor import enable_grad, no_grad

W = Tensor([1.0, 2.0], requires_grad=True)


def recorded() -> bool:
    return (W * 3).requires_grad


# -- recording


def test_nested_contexts_record_as_the_innermost_says_and_restore_what_was() -> None:
    assert recorded()
    with no_grad():
        assert not recorded()
        with enable_grad():
            assert recorded()
            with no_grad():
                assert not recorded()
            assert recorded()
        assert not recorded()
    assert recorded()


def test_an_error_inside_restores_recording() -> None:
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert recorded()


def test_as_a_decorator_it_holds_for_each_call_also_of_itself() -> None:
    @no_grad()
    def depth(n: int) -> list[bool]:
        return [recorded()] + (depth(n - 1) if n else [])

    assert depth(2) == depth(2) == [False] * 3
    assert recorded()


def test_enabling_is_a_decorator_too_and_what_was_computed_unrecorded_has_no_history() -> None:
    with no_grad():
        assert enable_grad()(recorded)()
        y = W * 3
    assert y.is_leaf and y.operands is None and not y.requires_grad


def test_each_thread_has_its_own() -> None:
    seen: list[bool] = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(recorded()))
        thread.start()
        thread.join()
        assert seen == [True]
        assert not recorded()


# -- reading


def test_numpy_gives_the_same_memory_read_only_where_it_is_recorded() -> None:
    plain = Tensor(np.zeros(2))
    assert plain.numpy() is plain.data
    view = W.numpy()
    assert np.shares_memory(view, W.data)
    assert not view.flags.writeable
    assert W.data.flags.writeable


def test_numpy_functions_read_a_tensor_as_an_array() -> None:
    t = Tensor([[1.0, 2.0]])
    assert np.asarray(t) is t.data
    assert np.asarray(t, np.float64).dtype == np.float64
    assert not np.shares_memory(np.array(t), t.data)
    assert np.concatenate([t, t]).tolist() == [[1.0, 2.0], [1.0, 2.0]]
    with pytest.raises(ValueError, match="copy"):
        np.asarray(t, np.float64, copy=False)


def test_other_libraries_take_the_memory_through_dlpack() -> None:
    t = Tensor([1.0, 2.0])
    assert np.shares_memory(np.from_dlpack(t), t.data)
    torch = pytest.importorskip("torch")
    theirs = torch.from_dlpack(t)
    theirs[0] = 7.0
    assert t.tolist() == [7.0, 2.0]
    assert Tensor(torch.ones(2)).tolist() == [1.0, 1.0]


def test_what_is_recorded_leaves_through_dlpack_read_only() -> None:
    assert not np.from_dlpack(W).flags.writeable


def test_a_value_of_one_entry_is_a_number() -> None:
    t = Tensor([[2.5]])
    assert (float(t), int(t), bool(t), t.item(), f"{t:.2f}") == (2.5, 2, True, 2.5, "2.50")
    assert [10, 20, 30][Tensor(2)] == 30
    with pytest.raises(TypeError, match="integer"):
        [10, 20, 30][Tensor(2.0)]
    for ask in (float, int, bool, Tensor.item):
        with pytest.raises(ShapeError, match=r"a value of shape \(2,\) has 2 entries; only one .* tolist\(\)"):
            ask(W)


def test_its_lengths_are_those_of_the_array() -> None:
    t = Tensor(np.zeros((2, 3, 4)))
    assert (t.shape, t.ndim, t.size, len(t), t.dtype) == ((2, 3, 4), 3, 24, 2, np.float64)
    assert [row.shape for row in t] == [(3, 4), (3, 4)]
    with pytest.raises(ShapeError, match="without axes"):
        len(Tensor(1.0))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (Tensor(1), "Tensor(1)"),
        (Tensor(np.float64(0.5)), "Tensor(0.5, dtype=float64)"),
        (Tensor([True]), "Tensor([ True])"),
        (Tensor([1.0], requires_grad=True, name="w"), "Tensor([1.], requires_grad=True, name='w')"),
        (Tensor([1.0], requires_grad=True) * 2, "Tensor([2.], op=multiply)"),
        (Tensor(np.zeros((0, 3), np.float32)), "Tensor([], shape=(0, 3))"),
    ],
)
def test_its_repr_shows_entries_and_what_is_unusual(value: Tensor, shown: str) -> None:
    assert repr(value) == shown


def test_the_repr_of_a_large_value_is_short_and_says_its_shape() -> None:
    shown = repr(Tensor(np.zeros((1000, 1000), np.float32)))
    assert "..." in shown and "shape=(1000, 1000)" in shown
    assert len(shown) < 600


def test_a_number_of_each_kind_comes_out_as_pythons() -> None:
    assert [type(Tensor(v).item()) for v in (1.5, 2, True)] == [float, int, bool]
    assert not Tensor(0.0) and not Tensor([[False]]) and Tensor(np.full((1, 1), -1))
    with pytest.raises(ShapeError, match=r"shape \(0,\) has 0 entries"):
        bool(Tensor([]))
    with pytest.raises(ShapeError, match="has 2 entries; only one can be a number"):
        f"{W:.2f}"


def test_going_through_a_value_gives_its_rows_with_their_history() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    (second * 5.0).sum().backward()
    assert first.tolist() == [1.0, 2.0] and x.grad.tolist() == [[0.0, 0.0], [5.0, 5.0]]
    for ask in (iter, list):
        with pytest.raises(ShapeError, match="without axes"):
            ask(Tensor(1.0))


def test_a_title_names_the_value_or_its_primitive_and_its_shape() -> None:
    assert [t.title for t in (Tensor([1.0]), Tensor(1.0, name="w"), W * 2)] == ["leaf (1,)", "w ()", "multiply (2,)"]
