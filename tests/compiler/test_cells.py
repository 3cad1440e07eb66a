"""Cells read what is there now and renew it in place."""

import numpy as np

from pellucid import Tensor
from pellucid.compiler._cells import ArrayOf, EntryOf, GradientOf, Reader, aval_of_cell
from pellucid.compiler._program import Input
from pellucid.ops._primitive import Aval


def test_an_array_is_renewed_in_place_and_the_change_is_noted() -> None:
    t = Tensor([1.0, 2.0])
    memory, before = t.data, t.changed
    ArrayOf(t).write(np.array([3.0, 4.0]))
    assert t.data is memory and memory.tolist() == [3.0, 4.0] and t.changed > before


def test_a_gradient_is_a_new_array_each_time() -> None:
    t = Tensor([1.0], requires_grad=True)
    new = np.array([5.0], np.float32)
    GradientOf(t).write(new)
    assert t.grad.tolist() == [5.0] and t.grad.data is not new
    assert GradientOf(t).read() is t.grad.data


def test_entries_keep_their_kind() -> None:
    state = {"step": 3, "mean": np.zeros(2, np.float32), "betas": (0.9, 0.99)}
    EntryOf(state, "step").write(4.0)
    EntryOf(state, "mean").write(np.ones(2))
    assert state["step"] == 4 and type(state["step"]) is int
    assert state["mean"].tolist() == [1.0, 1.0] and state["mean"].dtype == np.float32
    assert EntryOf(state, "betas", 1).read() == 0.99


def test_a_python_number_widens_nothing() -> None:
    assert aval_of_cell(0.1).weak and aval_of_cell(3).weak
    assert not aval_of_cell(np.zeros(2)).weak and aval_of_cell(np.zeros(2)).shape == (2,)


def test_a_reader_reads_arguments_and_cells_and_refuses_what_does_not_fit() -> None:
    w, rate = Input(Aval((2,), np.dtype(np.float64)), "w"), Input(aval_of_cell(0.1), "lr")
    x = Input(Aval((3,), np.dtype(np.float32)), "x")
    tensor, options = Tensor(np.ones(2)), {"lr": 0.1}
    read = Reader([x, w, rate], {w: ArrayOf(tensor), rate: EntryOf(options, "lr")}, [None, x])
    given = Tensor(np.zeros(3, np.float32))
    values = read(["text", given])
    assert values is not None and values[0] is given.data and values[1] is tensor.data and values[2] == 0.1
    options["lr"] = 0.5
    assert (read(["text", given]) or [])[2] == 0.5
    tensor.data = np.ones(2, np.float32)
    assert read(["text", given]) is None
