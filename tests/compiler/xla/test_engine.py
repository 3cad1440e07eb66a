"""The XLA engine leaves what it is given alone, tells what fails, and makes many steps as it makes one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor, compile, nn, optim
from pellucid.compiler import Traced, trace
from pellucid.errors import DataError
from pellucid.ops import OPS
from pellucid.tensor._tensor import apply

pytest.importorskip("jax", reason="the engine xla needs JAX")

import jax

from pellucid.compiler.xla._engine import Xla, XlaEngine


def ready(fn: Callable[..., Any], *args: Any) -> tuple[Xla, Traced, list[Any]]:
    """A traced function, and what its first run is given."""
    traced = trace(fn, *args)
    at = dict(zip(traced.arguments, args, strict=True))
    given = [traced.cells[x].read() if x in traced.cells else at[x] for x in traced.program.inputs]
    return Xla(traced.program), traced, given


def aligned(n: int) -> Any:
    """Ones that begin where a cache line does, as JAX likes them."""
    memory = np.empty(4 * n + 64, np.uint8)
    start = -memory.ctypes.data % 64
    array = memory[start : start + 4 * n].view(np.float32)
    array[:] = 1
    return array


def test_the_arrays_of_the_state_are_not_the_memory_it_is_renewed_in() -> None:
    w = Tensor.wrap(aligned(1 << 18))

    def double(x: Any) -> Any:
        w[...] = w * 2 + x
        return w[0]

    run, _, given = ready(double, np.ones(1, np.float32))
    for _ in range(2):
        answers = run(given)
        assert answers.updates[0][0] == 3 and w.numpy()[0] == 1


def test_two_arrays_change_places() -> None:
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])

    def swap() -> None:
        x = a + 0.0
        a[...] = b
        b[...] = x

    fast = compile(swap, engine="xla")
    for _ in range(3):
        fast()
    assert (a.tolist(), b.tolist()) == ([3.0, 4.0], [1.0, 2.0])


def test_a_gradient_is_left_behind_and_added_to() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    back = compile(lambda x: (w * x).sum().backward(), engine="xla")
    for n in (1, 2, 3):
        back(np.array([1.0, 3.0], np.float32))
        assert w.grad is not None and w.grad.tolist() == [n, 3.0 * n]


def test_numbers_widen_nothing() -> None:
    run, _, given = ready(lambda x, n: (x * 3 + 0.1, n * 2, n + 0.5), np.ones(2, np.float32), np.arange(2, dtype="i1"))
    assert [str(y.dtype) for y in run(given).outputs] == ["float32", "int8", "float64"]


def test_a_position_that_does_not_exist_is_told() -> None:
    take = compile(lambda x, at: apply(OPS["gather"], (x, at), {"axis": 0}), engine="xla")
    assert take(np.arange(3.0), np.array([-1, 0])).tolist() == [2.0, 0.0]
    for wrong in (3, -4):
        with pytest.raises(IndexError, match="a position is outside"):
            take(np.arange(3.0), np.array([0, wrong]))


def test_a_check_that_fails_leaves_parameters_and_count_as_they_were() -> None:
    net = nn.Linear(2, 3, seed=0)
    optimizer = optim.Adam(net.parameters())

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    fast, x = compile(step, engine="xla"), np.ones((2, 2), np.float32)
    fast(x, np.array([0, 1]))
    before = net.weight.numpy().copy()
    with pytest.raises(DataError, match="3 classes"):
        fast(x, np.array([0, 3]))
    np.testing.assert_array_equal(net.weight.numpy(), before)
    assert all(state["step"] == 1 for state in optimizer.state_dict()["state"].values())


def training(model: str) -> tuple[Xla, list[Any], dict[int, Any]]:
    """A program of a training step, what it is given, and rows for many steps."""
    rng = np.random.default_rng(0)
    layers: list[Any] = [nn.Flatten(), nn.Linear(36, 5, seed=1), nn.Dropout(0.3, seed=2), nn.Linear(5, 3, seed=3)]
    if model == "convolution":
        layers = [nn.Conv2d(1, 2, 3, seed=0), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3, seed=1)]
    net = nn.Sequential(*layers)
    optimizer = optim.Adam(net.parameters(), lr=0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    x, y = rng.normal(size=(300, 1, 6, 6)).astype(np.float32), rng.integers(0, 3, 300)
    run, traced, given = ready(step, x[:2], y[:2])
    at = {place: i for i, place in enumerate(traced.program.inputs)}
    rows = {at[p]: a for p, a in zip(traced.arguments, (x, y), strict=True) if p is not None}
    return run, given, rows


@pytest.mark.parametrize("model", ["dense", "convolution"])
def test_a_loop_gives_what_single_calls_give(model: str) -> None:
    order = np.arange(300).reshape(150, 2)  # more than one call of the loop takes
    run, given, rows = training(model)
    assert run.loops is (model == "dense")
    found = []
    for run.loops in (True, False):
        made, outputs, updates = run.steps(given, rows, order)
        assert made == 150 and outputs[0].shape == (150,)
        found.append((outputs, updates))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-4)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("loops", [True, False])
def test_steps_end_before_the_row_that_fails(loops: bool) -> None:
    run, given, rows = training("dense")
    run.loops = loops
    order = np.arange(300).reshape(150, 2)
    labels = next(a for a in rows.values() if a.dtype.kind == "i")
    wanted = run.steps(given, rows, order[:140])
    labels[281] = 7
    made, outputs, updates = run.steps(given, rows, order)
    assert made == 140
    for a, b in zip([*outputs, *updates], [*wanted[1], *wanted[2]], strict=True):
        np.testing.assert_array_equal(a, b)
    labels[0] = 7
    assert run.steps(given, rows, order) == (0, [], [])


def test_the_users_jax_keeps_its_32_bits() -> None:
    run, _, given = ready(lambda x: x + 1, np.ones(2))
    assert run(given).outputs[0].dtype == np.float64
    assert jax.numpy.ones(2).dtype == np.float32 and jax.numpy.arange(2).dtype == np.int32


def test_a_device_can_be_named() -> None:
    program = trace(lambda x: x.sum(), np.ones(3)).program
    assert XlaEngine(jax.devices()[-1:]).build(program)([np.ones(3)]).outputs[0] == 3.0


def test_an_engine_of_chosen_devices_is_public() -> None:
    from pellucid.compiler import xla

    found = compile(lambda x: (x * x).sum(), engine=xla.XlaEngine(jax.devices()))(np.arange(8.0))
    assert found.item() == 140.0 and xla.XlaEngine is XlaEngine
    assert not hasattr(xla, "Engine")
