"""The native engine renews state in place, takes arrays as they come, and gives the same bits for the same threads."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, native, node
from whole_models import MODELS

from pellucid import compile, nn, optim
from pellucid.compiler import Program
from pellucid.compiler._compiled import Compiled
from pellucid.compiler._program import Input
from pellucid.compiler.native._engine import NativeEngine, address_of, processors
from pellucid.ops import OPS
from pellucid.ops._primitive import Aval


def training(model: str, threads: int, dtype: Any) -> tuple[list[float], dict[str, Any]]:
    """The losses and parameters of ten steps."""
    net, x, y, loss = MODELS[model]()
    net.to(dtype)
    x, y = (a.astype(dtype) if a.dtype.kind == "f" else a for a in (x, y))
    optimizer = optim.Adam(net.parameters(), lr=0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        value = loss(net(x), y)
        value.backward()
        optimizer.step()
        return value

    fast = Compiled(step, "native")
    fast._engine = NativeEngine(threads)
    return [fast(x, y).item() for _ in range(10)], net.state_dict()


@pytest.mark.parametrize("model", ["relu", "residual", "overlapping pooling"])
def test_threads_change_no_more_than_roundings_and_nothing_from_run_to_run(model: str) -> None:
    alone, parameters = training(model, 1, np.float64)
    for threads in (2, 3):
        losses, found = training(model, threads, np.float64)
        np.testing.assert_allclose(losses, alone, rtol=1e-9)
        again, same = training(model, threads, np.float64)
        assert losses == again
        for name, wanted in parameters.items():
            np.testing.assert_allclose(found[name], wanted, rtol=1e-7, atol=1e-9)
            np.testing.assert_array_equal(found[name], same[name])


def halved(w: Any) -> Any:
    x = input_of(w, "w")
    return Program((x,), (node("sum", x, axis=(0, 1), keepdims=False),), {x: node("multiply", x, 0.5)})


def test_state_is_renewed_where_it_lies_when_it_lies_in_rows() -> None:
    w = np.arange(6.0).reshape(2, 3)
    found = answers(halved(w), w)
    assert found.updates == [None] and found.outputs[0] == 15.0
    np.testing.assert_array_equal(w, np.arange(6.0).reshape(2, 3) / 2)


def read_only(x: Any) -> Any:
    x.flags.writeable = False
    return x


def misaligned(x: Any) -> Any:
    raw = np.zeros(x.nbytes + 1, np.uint8)
    y = raw[1:].view(x.dtype).reshape(x.shape)
    y[...] = x
    return y


@pytest.mark.parametrize(
    "way", [lambda x: x.T.copy().T, lambda x: x.repeat(2, 1)[:, ::2], lambda x: x[::-1], read_only, misaligned]
)
def test_state_that_lies_otherwise_is_given_back_and_left_as_it_was(way: Any) -> None:
    w = way(np.arange(6.0).reshape(2, 3))
    before = w.copy()
    found = answers(halved(before), w)
    np.testing.assert_array_equal(found.updates[0], before / 2)
    np.testing.assert_array_equal(w, before)


def test_arguments_with_gaps_are_taken() -> None:
    x = np.arange(24.0).reshape(4, 6)
    for view in (x[::2, ::-1], x.T, x[:, 1:3], np.broadcast_to(x[0], (3, 6))):
        np.testing.assert_array_equal(native("add", view, 1.0), view + 1)


def test_each_run_gives_memory_of_its_own() -> None:
    x = np.ones(3)
    v = input_of(x)
    run = NativeEngine(1).build(Program((v,), (node("add", v, 1.0), v)))
    first = run([x])
    x += 5
    assert run([x]).outputs[0].tolist() == [7.0] * 3 and [y.tolist() for y in first.outputs] == [[2.0] * 3, [1.0] * 3]


def test_numpy_computes_in_between_what_has_no_code() -> None:
    x, w = np.random.default_rng(0).normal(size=(2, 4, 5, 5)), np.random.default_rng(1).normal(size=(6, 2, 3, 3))
    attrs = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 2}
    a, b = input_of(x, "x"), input_of(w, "w")
    y = node("conv", node("add", a, 1.0), b, **attrs)
    order = node("argsort", node("reshape", y, shape=(300,)), axis=0)
    total = node("cumsum", node("gather", node("reshape", y, shape=(300,)), order, axis=0), axis=0)
    found = answers(Program((a, b), (node("multiply", total, 2.0),), {b: node("multiply", b, 0.5)}), x, w.copy())
    flat = OPS["conv"].forward(x + 1, w, **attrs).reshape(-1)
    np.testing.assert_allclose(found.outputs[0], np.cumsum(np.sort(flat)) * 2, rtol=1e-9, atol=1e-9)


def test_many_steps_in_one_call_are_the_steps_one_by_one() -> None:
    w, x = np.zeros(3), np.random.default_rng(0).normal(size=(10, 3))
    state, rows = input_of(w, "w"), input_of(x[:2], "x")
    t = Input(Aval((), np.dtype(np.float64), weak=True), "t")
    new = node("add", node("multiply", state, 0.5), node("multiply", node("sum", rows, axis=(0,), keepdims=False), t))
    program = Program(
        (state, rows, t), (node("sum", state, axis=(0,), keepdims=False), new), {state: new, t: node("add", t, 1.0)}
    )
    order = np.array([[0, 1], [9, 2], [5, 5], [3, 4]])
    run = NativeEngine(1).build(program)
    made, outputs, updates = run.steps([w, None, 1.0], {1: x}, order)
    state_by_hand, sums, states = np.zeros(3), [], []
    for i, pair in enumerate(order):
        sums.append(state_by_hand.sum())
        state_by_hand = state_by_hand * 0.5 + x[pair].sum(axis=0) * (1.0 + i)
        states.append(state_by_hand)
    assert made == 4 and updates == [None, 5.0]
    np.testing.assert_allclose(outputs[0], sums, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(outputs[1], states, rtol=1e-14)
    np.testing.assert_allclose(w, state_by_hand, rtol=1e-14)


def test_programs_that_give_back_numbers_make_their_steps_one_by_one() -> None:
    x, t = input_of(np.ones(2)), Input(Aval((), np.dtype(np.float64), weak=True), "t")
    assert NativeEngine(1).build(Program((x, t), (x, t))).many is None


def test_a_whole_net_on_odd_sizes_agrees_with_itself_in_eager_mode() -> None:
    net = nn.Sequential(
        nn.Conv2d(3, 5, 3, stride=2, padding=1, seed=0), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
    ).eval()
    x = np.random.default_rng(0).normal(size=(3, 3, 13, 11)).astype(np.float32)
    np.testing.assert_allclose(compile(net, engine="native")(x).numpy(), net(x).numpy(), rtol=1e-5, atol=1e-6)


def test_an_address_is_where_the_entries_begin() -> None:
    x = np.arange(12.0).reshape(3, 4)
    for view in (x, x[1:], x[:, 1:], x.T, x[:0], read_only(x.copy()), misaligned(x)):
        assert address_of(view, view.flags) == view.ctypes.data


def test_as_many_processors_are_used_as_the_environment_allows() -> None:
    assert processors() >= 1
