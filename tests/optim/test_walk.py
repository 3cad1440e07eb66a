"""However the arrays lie, and however they are walked, a step gives the same bits."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from optimizer_cases import CASES, DISTINCT

from pellucid import Tensor, optim
from pellucid.errors import DtypeError, ParameterError, ShapeError
from pellucid.optim import _walk

Array = np.ndarray[Any, Any]

SHAPES: tuple[tuple[int, ...], ...] = ((3, 2), (5,), (), (0, 4), (2, 1, 3), (1,), (40,))
RULED = [name for name in DISTINCT if CASES[name].optimizer != "LBFGS"]
DTYPES = [np.float32, np.float64]


def starts(dtype: type, shapes: Sequence[tuple[int, ...]] = SHAPES) -> list[Tensor]:
    rng = np.random.default_rng(1)
    return [Tensor(rng.normal(size=shape).astype(dtype), requires_grad=True) for shape in shapes]


def make(name: str, ws: Any) -> optim.RuleOptimizer:
    return getattr(optim, CASES[name].optimizer)(ws, **CASES[name].options)  # type: ignore[no-any-return]


def descend(optimizer: optim.Optimizer, ws: Sequence[Tensor], steps: int, first: int = 0) -> None:
    """Steps along gradients that depend on the parameter, its place in the list and the step."""
    for t in range(first, first + steps):
        for i, w in enumerate(ws):
            noise = np.random.default_rng([t, i]).normal(size=w.shape)
            w.grad = Tensor(np.asarray(w.data + noise).astype(w.dtype))
        optimizer.step()


def everything(optimizer: optim.Optimizer, ws: Sequence[Tensor]) -> list[Any]:
    return [(w.tolist(), {k: np.asarray(x).tolist() for k, x in optimizer.state[w].items()}) for w in ws]


@pytest.fixture(params=RULED)
def name(request: pytest.FixtureRequest) -> str:
    """One row of the table of optimizers."""
    return str(request.param)


@pytest.mark.parametrize("dtype", DTYPES)
def test_blocks_give_the_same_bits_as_whole_arrays(name: str, dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for block in (_walk.BLOCK_BYTES, 7 * 8, 8):
        monkeypatch.setattr(_walk, "BLOCK_BYTES", block)
        monkeypatch.setattr(_walk, "SMALL_BYTES", 0)
        ws = starts(dtype)
        optimizer = make(name, ws)
        descend(optimizer, ws, 4)
        found.append(everything(optimizer, ws))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("dtype", DTYPES)
def test_parameters_together_take_the_same_steps_as_each_alone(name: str, dtype: type) -> None:
    together, alone = starts(dtype), starts(dtype)
    one = make(name, together)
    several = [make(name, [w]) for w in alone]
    descend(one, together, 4)
    for t in range(4):
        for i, (w, optimizer) in enumerate(zip(alone, several, strict=True)):
            noise = np.random.default_rng([t, i]).normal(size=w.shape)
            w.grad = Tensor(np.asarray(w.data + noise).astype(dtype))
            optimizer.step()
    apart = [everything(optimizer, [w])[0] for w, optimizer in zip(alone, several, strict=True)]
    assert everything(one, together) == apart


@pytest.mark.parametrize("small", [0, _walk.SMALL_BYTES])
def test_a_view_that_is_not_contiguous_is_changed_in_place(
    name: str, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_walk, "SMALL_BYTES", small)
    plain, base = starts(np.float64, [(3, 4), (6,)]), np.zeros((4, 3, 2))
    views = [Tensor(base[:, :, 0].T, requires_grad=True), Tensor(base[:2, :, 1].reshape(6)[::-1], requires_grad=True)]
    for w, view in zip(plain, views, strict=True):
        view.data[...] = w.data
    pair = make(name, plain), make(name, views)
    descend(pair[0], plain, 4)
    descend(pair[1], views, 4)
    assert everything(pair[0], plain) == everything(pair[1], views)
    assert np.array_equal(base[:, :, 0].T, plain[0].data)


def test_a_step_keeps_the_memory_and_tells_the_graph(name: str) -> None:
    ws = starts(np.float32)
    optimizer, arrays, before = make(name, ws), [w.data for w in ws], [w.changed for w in ws]
    descend(optimizer, ws, 2)
    assert all(w.data is array for w, array in zip(ws, arrays, strict=True))
    assert all(w.changed > moment for w, moment in zip(ws, before, strict=True))


def test_data_that_was_replaced_is_followed_and_state_stays(name: str) -> None:
    followed, plain = starts(np.float32), starts(np.float32)
    pair = make(name, followed), make(name, plain)
    descend(pair[0], followed, 2)
    descend(pair[1], plain, 2)
    old = [w.data for w in followed]
    frozen = [array.copy() for array in old]
    for w in followed:
        w.data = w.data.copy(order="F")
    descend(pair[0], followed, 2, first=2)
    descend(pair[1], plain, 2, first=2)
    assert everything(pair[0], followed) == everything(pair[1], plain)
    assert all(np.array_equal(array, copy) for array, copy in zip(old, frozen, strict=True))


def test_a_change_of_dtype_takes_the_state_along() -> None:
    (w,) = starts(np.float32, [(3,)])
    optimizer = optim.Adam([w], lr=0.5)
    descend(optimizer, [w], 2)
    mean = optimizer.state[w]["exp_avg"].tolist()
    w.data = w.data.astype(np.float64)
    w.grad = Tensor(np.zeros(3))
    optimizer.step()
    assert optimizer.state[w]["exp_avg"].dtype == np.float64
    np.testing.assert_allclose(optimizer.state[w]["exp_avg"], 0.9 * np.array(mean), rtol=1e-15)


def test_a_parameter_frozen_midway_rests_and_goes_on_from_its_own_state(name: str) -> None:
    together, alone = starts(np.float64), starts(np.float64)
    one, several = make(name, together), [make(name, [w]) for w in alone]
    for t in range(8):
        resting = {1, 2} if t in (2, 3) else {0} if t == 5 else set()
        for i, (w, single) in enumerate(zip(alone, several, strict=True)):
            noise = np.random.default_rng([t, i]).normal(size=w.shape)
            g = None if i in resting else Tensor(np.asarray(w.data + noise))
            together[i].grad, w.grad = g, g
            single.step()
        one.step()
    assert everything(one, together) == [everything(o, [w])[0] for w, o in zip(alone, several, strict=True)]
    assert one.state[together[1]]["step"] == 6


def test_parameters_over_the_same_memory_each_take_their_step(name: str) -> None:
    memory = {kind: np.linspace(-1.0, 1.0, 6) for kind in ("together", "alone")}
    tied = {
        kind: [Tensor(x, requires_grad=True), Tensor(x.reshape(2, 3), requires_grad=True), Tensor(x[2:4])]
        for kind, x in memory.items()
    }
    one, several = make(name, tied["together"]), [make(name, [w]) for w in tied["alone"]]
    for _ in range(3):
        for kind, ws in tied.items():
            for w in ws:
                w.grad = Tensor(np.full(w.shape, 0.5))
            for optimizer in [one] if kind == "together" else several:
                optimizer.step()
    assert memory["together"].tolist() == memory["alone"].tolist()


def test_state_that_was_replaced_or_cleared_is_followed() -> None:
    ws = starts(np.float32)
    optimizer = optim.Adam(ws, lr=0.5)
    descend(optimizer, ws, 2)
    optimizer.state[ws[0]]["exp_avg"] = np.ones((3, 2))  # float64, and no view of what the optimizer keeps
    optimizer.state[ws[1]]["step"] = 0
    del optimizer.state[ws[4]]
    for w in ws:
        w.grad = Tensor(np.zeros(w.shape, np.float32))
    optimizer.step()
    np.testing.assert_allclose(optimizer.state[ws[0]]["exp_avg"], 0.9, rtol=1e-6)
    assert [optimizer.state[w]["step"] for w in ws] == [3, 1, 3, 3, 1, 3, 3]
    assert optimizer.state[ws[4]]["exp_avg"].tolist() == np.zeros((2, 1, 3)).tolist()
    optimizer.state.clear()
    optimizer.step()
    assert {optimizer.state[w]["step"] for w in ws} == {1}


def test_state_can_be_changed_in_place() -> None:
    ws = starts(np.float64)
    optimizer = optim.SGD(ws, lr=1.0, momentum=0.5)
    descend(optimizer, ws, 1)
    buffer, before = optimizer.state[ws[0]]["momentum_buffer"], ws[0].data.copy()
    buffer[...] = 4.0
    for w in ws:
        w.grad = Tensor(np.zeros(w.shape))
    optimizer.step()
    assert np.array_equal(ws[0].data, before - 2.0)
    assert optimizer.state[ws[0]]["momentum_buffer"] is buffer


def test_an_option_that_is_switched_on_midway_begins_its_state() -> None:
    ws = starts(np.float64)
    optimizer = optim.Adam(ws, lr=0.1)
    descend(optimizer, ws, 2)
    optimizer.param_groups[0]["amsgrad"] = True
    descend(optimizer, ws, 1, first=2)
    assert np.array_equal(optimizer.state[ws[0]]["max_exp_avg_sq"], optimizer.state[ws[0]]["exp_avg_sq"])


def test_parameters_may_be_added_to_a_group_and_taken_out() -> None:
    ws = starts(np.float64)
    optimizer = optim.SGD(ws[:1], lr=0.5)
    optimizer.param_groups[0]["params"].append(ws[1])
    for w in ws:
        w.grad = Tensor(np.ones(w.shape))
    before = [w.data.copy() for w in ws]
    optimizer.step()
    del optimizer.param_groups[0]["params"][0]
    optimizer.step()
    moved = [(old - w.data).max(initial=0.0) for old, w in zip(before, ws, strict=True)]
    assert moved == [0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_gradients_of_another_precision_or_layout_are_taken_as_they_are(name: str) -> None:
    odd, plain = starts(np.float32, [(40, 30), (3, 2)]), starts(np.float32, [(40, 30), (3, 2)])
    pair = make(name, odd), make(name, plain)
    for t in range(3):
        for i, (w, v) in enumerate(zip(odd, plain, strict=True)):
            g = np.random.default_rng([t, i]).normal(size=w.shape).astype(np.float32)
            w.grad, v.grad = Tensor(np.asfortranarray(g.astype(np.float64))), Tensor(g)
        pair[0].step()
        pair[1].step()
    assert everything(pair[0], odd) == everything(pair[1], plain)


@pytest.mark.parametrize("first_step", [True, False])
@pytest.mark.parametrize("shapes", [[(3, 2), (2,)], [(200, 100)]])
def test_a_gradient_of_another_shape_is_refused(shapes: list[tuple[int, ...]], first_step: bool) -> None:
    ws = starts(np.float32, shapes)
    optimizer = optim.SGD(ws, lr=0.1)
    if not first_step:
        descend(optimizer, ws, 1)
    for w in ws:
        w.grad = Tensor(np.zeros(w.shape[::-1] if w.ndim > 1 else w.shape, np.float32))
    with pytest.raises(ShapeError, match=r"the gradient of leaf .* has shape .*; it must have the parameter's\."):
        optimizer.step()


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda w: w.data.setflags(write=False), ParameterError, r"leaf \(2,\) is read-only.*p\.data = p\.data\.copy"),
        (lambda w: setattr(w, "data", np.arange(2)), DtypeError, "only floating-point numbers can follow a gradient"),
        (
            lambda w: setattr(w, "grad", np.ones(2)),
            DtypeError,
            "the gradient of leaf .* is a ndarray; make it a Tensor",
        ),
    ],
)
def test_what_cannot_be_changed_is_refused_with_the_remedy(
    spoil: Callable[[Tensor], None], error: type[Exception], message: str
) -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    w.grad = Tensor([1.0, 1.0])
    spoil(w)
    with pytest.raises(error, match=message):
        optim.SGD([w], lr=0.1).step()


def test_state_of_another_shape_is_refused_with_the_remedy() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    optimizer.state[w] = {"momentum_buffer": np.zeros(3)}
    w.grad = Tensor([1.0, 1.0])
    with pytest.raises(ShapeError, match=r"momentum_buffer of leaf \(2,\) has shape \(3,\).*del optimizer\.state\[p\]"):
        optimizer.step()


def test_packs_stay_within_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_walk, "BLOCK_BYTES", 64)
    ws = [Tensor(np.ones(3, np.float32), requires_grad=True) for _ in range(10)]
    optimizer = optim.SGD(ws, lr=0.5)
    for w in ws:
        w.grad = Tensor(np.ones(3, np.float32))
    optimizer.step()
    assert [w.tolist() for w in ws] == [[0.5] * 3] * 10
    assert [len(members) for members in _walk._divided(ws, optimizer.state, ["step"])] == [5, 5]


@pytest.mark.parametrize(("size", "most", "block"), [(0, 8, 0), (7, 8, 7), (8, 8, 8), (9, 8, 5), (25, 8, 7), (3, 1, 1)])
def test_blocks_are_about_equally_long(size: int, most: int, block: int) -> None:
    assert _walk._block(size, most) == block
