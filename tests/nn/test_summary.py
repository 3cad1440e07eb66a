"""Laws of the summary: data first, exact counts, no trace."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import ShapeError
from pellucid.nn import BatchNorm2d, Conv2d, Dropout, Embedding, Flatten, Linear, MaxPool2d, Module, Sequential
from pellucid.nn._summary import summary


def convnet() -> Sequential:
    return Sequential(
        Conv2d(1, 8, 3, padding=1), BatchNorm2d(8), MaxPool2d(2), Dropout(), Flatten(), Linear(8 * 49, 10)
    ).reset_parameters(0)


def test_rows_have_paths_shapes_parameters_and_operations() -> None:
    rows = summary(convnet(), (5, 1, 14, 14)).rows
    told = [(row.path, row.type, row.output, row.parameters, row.buffers, row.flops, row.bytes) for row in rows]
    pixels = 5 * 8 * 14 * 14
    assert told == [
        ("net", "Sequential", ((5, 10),), 0, 0, 0, 0),
        ("net.0", "Conv2d", ((5, 8, 14, 14),), 80, 0, pixels * (2 * 9 + 1), 320),
        ("net.1", "BatchNorm2d", ((5, 8, 14, 14),), 16, 17, pixels * 3, 16 * 4 + 16 * 4 + 8),
        ("net.2", "MaxPool2d", ((5, 8, 7, 7),), 0, 0, 5 * 8 * 49 * 3, 0),
        ("net.3", "Dropout", ((5, 8, 7, 7),), 0, 2, 0, 8),
        ("net.4", "Flatten", ((5, 392),), 0, 0, 0, 0),
        ("net.5", "Linear", ((5, 10),), 3930, 0, 5 * 10 * (2 * 392 + 1), 3930 * 4),
    ]


def test_totals_are_sums_and_the_table_shows_them() -> None:
    net = convnet()
    net[0].requires_grad_(False)
    whole = summary(net, (1, 1, 14, 14))
    assert whole.parameters == sum(p.size for p in net.parameters()) == 4026
    assert whole.trainable == 4026 - 80
    assert whole.buffers == 19 and whole.bytes == sum(t.data.nbytes for t in (*net.parameters(), *net.buffers()))
    assert whole.flops == sum(row.flops or 0 for row in whole.rows)
    lines = str(whole).splitlines()
    assert lines[0].split() == ["path", "type", "output", "parameters", "buffers", "FLOPs", "bytes"]
    assert lines[-2].split() == ["total", "4,026", "19", f"{whole.flops:,}", f"{whole.bytes:,}"]
    assert lines[-1].startswith("FLOPs: one forward pass in use; a multiplication and an addition are two.")


def test_it_leaves_no_trace() -> None:
    class Counter(Module):
        def __init__(self) -> None:
            self.register_buffer("calls", np.zeros((), np.int64))
            self.register_buffer("last", None)

        def forward(self, x: Any) -> Any:
            self.calls.data[...] += 1
            self.calls.touch()
            self.last = x.detach()
            return x

    net = Sequential(convnet(), Counter())
    net[0][3].eval()
    told: list[Any] = []
    handle = net[0].register_forward_hook(lambda *_: told.append(1))
    before = net.state_dict(), [m.training for m in net.modules()], [(b.data, b.changed) for b in net.buffers()]
    for fails in (False, True):
        if fails:
            with pytest.raises(ShapeError):
                summary(net, (5, 1, 17, 17))
        else:
            summary(net, (5, 1, 14, 14))
        assert told == [] and net[1].last is None
        assert [m.training for m in net.modules()] == before[1]
        for (array, changed), buffer in zip(before[2], net.buffers(), strict=True):
            assert buffer.data is array and buffer.changed == changed
        for name, array in net.state_dict().items():
            np.testing.assert_array_equal(array, before[0][name])
        assert all(p.grad is None for p in net.parameters())
        assert [len(m._hooks) for m in net.modules()].count(0) == len(list(net.modules())) - 1
    net(np.ones((5, 1, 14, 14), np.float32))
    assert told == [1]
    handle.remove()


def test_nothing_is_recorded() -> None:
    seen: list[bool] = []

    class Look(Module):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(x.requires_grad)
            return x

    summary(Sequential(Linear(2, 2), Look()), (1, 2))
    assert seen == [False]


def test_what_is_shared_counts_once_and_every_call_costs() -> None:
    layer = Linear(4, 4)
    once, twice = summary(Sequential(layer), (3, 4)), summary(Sequential(layer, layer), (3, 4))
    assert twice.parameters == once.parameters == 20
    assert twice.flops == 2 * once.flops
    assert [row.path for row in twice.rows] == ["net", "net.0"]


def test_an_example_takes_the_place_of_a_shape() -> None:
    rows = summary(Sequential(Embedding(10, 4), Flatten()), np.array([[1, 2, 3]])).rows
    assert [row.output for row in rows] == [((1, 12),), ((1, 3, 4),), ((1, 12),)]


def test_several_inputs_and_results_are_told() -> None:
    class Both(Module):
        def __init__(self) -> None:
            self.unused = Linear(1, 1)

        def forward(self, a: Tensor, b: Tensor) -> Any:
            return {"sum": a + b, "parts": (a, b)}

    both, unused = summary(Both(), (2, 3), np.zeros((1, 3))).rows
    assert both.output == ((2, 3), (2, 3), (1, 3)) and both.flops is None
    assert unused.output == () and unused.flops == 0 and unused.parameters == 2
    assert "Not counted (-): Both." in str(summary(Both(), (2, 3), np.zeros((1, 3))))


def test_the_precision_of_the_network_is_that_of_its_zeros() -> None:
    kinds: list[Any] = []

    class Look(Module):
        def forward(self, x: Tensor) -> Tensor:
            kinds.append(x.dtype)
            return x

    summary(Sequential(Look(), Linear(2, 2).double()), (1, 2))
    assert kinds == [np.dtype(np.float64)]


def test_a_mistake_in_the_shape_is_told_with_the_layer() -> None:
    with pytest.raises(ShapeError, match=r"^net.5 \(Linear\): expected an input of shape \(\*, 392\), got \(2, 512\)"):
        summary(convnet(), (2, 1, 16, 16))
