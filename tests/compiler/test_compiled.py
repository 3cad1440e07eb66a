"""A compiled function does what the function does, whatever changes between two calls, or says why it cannot."""

import copy
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Tensor, compile, nn, optim
from pellucid.errors import DataError, DtypeError, GraphError, ShapeError, TraceError
from pellucid.optim.lr_scheduler import StepLR


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def both(make: Any) -> tuple[Any, Any]:
    """The same things made twice: the step as it is, and compiled."""
    return make(), make()


# -- programs


def test_one_program_serves_all_calls_of_one_shape_and_a_last_partial_batch_gets_its_own() -> None:
    double = compile(lambda x: x * 2)
    for n in (4, 4, 3, 4, 3):
        np.testing.assert_array_equal(double(numbers(n)).numpy(), numbers(n) * 2)
    assert [program.inputs[0].aval.shape for program in double.programs] == [(4,), (3,)]
    assert "multiply(%x, 2)" in double.text()


def test_there_is_no_text_before_the_first_call() -> None:
    with pytest.raises(GraphError, match="call it first"):
        compile(lambda x: x).text()


def test_structures_of_tensors_and_plain_values_come_back_as_they_were() -> None:
    found = compile(lambda x, scale: {"y": [x * scale, 7], "z": (x, "text", None)})(numbers(2), scale=3)
    assert found["y"][1:] == [7] and found["z"][1:] == ("text", None)
    np.testing.assert_array_equal(found["y"][0].numpy(), numbers(2) * 3)
    np.testing.assert_array_equal(found["z"][0].numpy(), numbers(2))


def test_what_it_returns_is_memory_of_its_own() -> None:
    w = Tensor([1.0, 2.0])
    same = compile(lambda: w)
    first = same()
    w[...] = [5.0, 6.0]
    assert first.tolist() == [1.0, 2.0] and same().tolist() == [5.0, 6.0]


# -- state


def test_parameters_changed_from_outside_are_read_anew() -> None:
    net = nn.Linear(2, 1, seed=0)
    fast = compile(net)
    for seed in range(3):
        net.load_state_dict({"weight": numbers(1, 2, seed=seed), "bias": numbers(1, seed=seed)})
        np.testing.assert_allclose(fast(numbers(3, 2)).numpy(), net(numbers(3, 2)).numpy(), rtol=1e-6)
    assert len(fast.programs) == 1


def test_a_learning_rate_changed_from_outside_is_read_anew() -> None:
    def make() -> Any:
        w = Tensor([1.0, -2.0], requires_grad=True)
        optimizer = optim.Adam([w], lr=0.1)

        def step() -> Any:
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

        return w, optimizer, step

    (w, plain, step), (v, other, traced) = both(make)
    fast = compile(traced)
    for lr in (0.1, 0.01, 0.5):
        plain.param_groups[0]["lr"] = other.param_groups[0]["lr"] = lr
        step()
        fast()
        assert v.tolist() == w.tolist()
    assert len(fast.programs) == 1
    assert other.state[v]["step"] == 3 and type(other.state[v]["step"]) is int
    np.testing.assert_array_equal(other.state[v]["exp_avg"], plain.state[w]["exp_avg"])


def test_a_schedule_within_the_function_moves_on_once_a_call() -> None:
    def make() -> Any:
        w = Tensor([1.0], requires_grad=True)
        optimizer = optim.SGD([w], lr=0.5)
        schedule = StepLR(optimizer, step_size=2, gamma=0.1)

        def step() -> None:
            optimizer.zero_grad()
            (w * 3).sum().backward()
            optimizer.step()
            schedule.step()

        return w, schedule, step

    (w, a, step), (v, b, traced) = both(make)
    fast = compile(traced)
    for _ in range(6):
        step()
        fast()
        assert v.tolist() == w.tolist() and a.get_last_lr() == b.get_last_lr()
    assert len(fast.programs) == 1


@pytest.mark.parametrize("norm", [0.01, 1e6])
@pytest.mark.parametrize("kind", [2.0, 1.0, float("inf")])
def test_clipping_is_that_of_eager_mode(norm: float, kind: float) -> None:
    def make() -> Any:
        net = nn.Linear(3, 2, seed=0)
        optimizer = optim.SGD(net.parameters(), lr=0.1)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            (net(x) ** 2).sum().backward()
            found = optim.clip_grad_norm_(net.parameters(), norm, kind)
            optim.clip_grad_value_(net.parameters(), 0.3)
            optimizer.step()
            return found

        return net, step

    (net, step), (other, traced) = both(make)
    fast = compile(traced)
    for _ in range(3):
        assert fast(numbers(4, 3)).item() == pytest.approx(step(numbers(4, 3)).item(), rel=1e-5)
    for name, wanted in net.state_dict().items():
        np.testing.assert_allclose(other.state_dict()[name], wanted, rtol=1e-5)


def test_gradients_are_left_behind_and_added_to_where_no_optimizer_uses_them_up() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    fast = compile(lambda: (w * w).sum().backward())
    for times in (1, 2, 3):
        fast()
        assert w.grad.tolist() == [2.0 * times, 4.0 * times]


def test_gradients_used_up_by_an_optimizer_are_none_afterwards() -> None:
    w = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)

    def step() -> None:
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()

    compile(step)()
    assert w.grad is None and w.tolist() == [0.0]


def test_gradients_of_gradients_are_traced() -> None:
    from pellucid.tensor import grad

    third = compile(grad(grad(lambda x: x**3)))
    assert third(np.float64(2.0).reshape(())).item() == 12.0


# -- what changes between two calls is noticed


def test_a_number_a_flag_or_a_structure_that_changes_is_noticed() -> None:
    scale, net = 2.0, nn.Sequential(nn.Linear(2, 2, seed=0), nn.Dropout(0.5, seed=1))
    options = {"shift": 1.0}

    def predict(x: Any) -> Any:
        return net(x) * scale + options["shift"]

    fast, x = compile(predict), numbers(3, 2)

    def agree() -> None:
        key = net[1].key.data.copy() if isinstance(net[1], nn.Dropout) else None
        wanted = predict(x).numpy()
        if key is not None:
            net[1].key.data[...] = key
        np.testing.assert_allclose(fast(x).numpy(), wanted, rtol=1e-6)

    agree()
    net.eval()
    agree()
    scale = 3.0
    agree()
    options["shift"] = 5.0
    agree()
    net[0] = nn.Linear(2, 2, seed=7)
    agree()
    net.append(nn.ReLU())
    agree()
    net[0].weight.requires_grad_(False)
    agree()


def test_an_array_used_as_it_is_and_changed_is_noticed() -> None:
    shift = np.zeros(2, np.float32)
    fast = compile(lambda x: x + shift)
    assert fast(np.ones(2, np.float32)).tolist() == [1.0, 1.0]
    shift[:] = 4
    assert fast(np.ones(2, np.float32)).tolist() == [5.0, 5.0]


def test_an_option_that_is_switched_on_makes_another_program() -> None:
    w = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=1.0)

    def step() -> None:
        optimizer.zero_grad()
        (w * 0.0).sum().backward()
        optimizer.step()

    fast = compile(step)
    fast()
    assert w.tolist() == [1.0]
    optimizer.param_groups[0]["weight_decay"] = 0.5
    fast()
    assert w.tolist() == [0.5]


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_numbers_in_the_byte_order_of_another_machine_are_those_numbers(engine: str) -> None:
    x, table = numbers(3, 2).astype(">f4"), np.arange(6.0).astype(">f8").reshape(3, 2)
    w = Tensor(numbers(3, 2, seed=1).astype(">f4"))

    def step(x: Any) -> Any:
        w[...] = w * 2
        return x.max(), (x * w).sum(), x + table

    fast = compile(step, engine=engine)
    wanted = w.numpy().astype(np.float32)
    for _ in range(3):
        wanted = wanted * 2
        largest, total, shifted = fast(x)
        assert largest.item() == x.max() and total.item() == pytest.approx(float((x * wanted).sum()), rel=1e-6)
        np.testing.assert_allclose(shifted.numpy(), x + table, rtol=1e-6)
    assert len(fast.programs) == 1
    np.testing.assert_array_equal(w.numpy(), wanted)
    np.testing.assert_array_equal(fast.run_epoch(x, order=[[2, 1, 0]])[0].numpy(), [x.max()])


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("x", [np.ones(2, np.complex64), np.array([1, "a"], dtype=object), np.array(["a"])])
def test_an_argument_that_holds_no_real_numbers_is_refused_as_a_tensor_of_it_is(x: Any, engine: str) -> None:
    with pytest.raises(DtypeError, match="holds real numbers or truth values"):
        compile(lambda x: x * 2, engine=engine)(x)


def loaded(optimizer: Any, saved: Any) -> None:
    optimizer.load_state_dict(saved)


OPTIMIZER_CHANGES: dict[str, Any] = {
    "nothing": lambda optimizer, saved: None,
    "an earlier state": loaded,
    "no state": lambda optimizer, saved: optimizer.state.clear(),
    "no moment": lambda optimizer, saved: [kept.pop("exp_avg") for kept in optimizer.state.values()],
    "no group": lambda optimizer, saved: optimizer.param_groups.pop(),
    "other groups": lambda optimizer, saved: setattr(optimizer, "param_groups", optimizer.param_groups[:1]),
    "another count": lambda optimizer, saved: [kept.update(step=50) for kept in optimizer.state.values()],
}


@pytest.mark.parametrize("change", OPTIMIZER_CHANGES)
def test_what_an_optimizer_keeps_may_be_changed_between_two_calls(change: str) -> None:
    def make() -> Any:
        net = nn.Linear(3, 2, seed=0, dtype=np.float64)
        groups = [{"params": [net.weight]}, {"params": [net.bias], "lr": 0.3}]
        optimizer = optim.Adam(groups, lr=0.1, amsgrad=False)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = (net(x) ** 2).sum()
            loss.backward()
            optimizer.step()
            return loss

        return net, optimizer, step

    (net, plain, step), (other, theirs, traced) = both(make)
    fast, saved = compile(traced), []
    for i in range(6):
        if i == 2:
            saved = [copy.deepcopy(o.state_dict()) for o in (plain, theirs)]
        if i == 4:
            for o, was in zip((plain, theirs), saved, strict=True):
                OPTIMIZER_CHANGES[change](o, was)
        x = numbers(4, 3, seed=i).astype(np.float64)
        assert fast(x).item() == pytest.approx(step(Tensor(x)).item(), rel=1e-9)
    for name, wanted in net.state_dict().items():
        np.testing.assert_allclose(other.state_dict()[name], wanted, rtol=1e-9)
    assert len(fast.programs) == 1 if change == "nothing" else len(fast.programs) <= 3
    for p, q in zip(net.parameters(), other.parameters(), strict=True):  # and it is kept where it belongs
        assert plain.state[p]["step"] == theirs.state[q]["step"]


def test_a_hook_on_the_gradient_of_a_parameter_that_comes_or_goes_is_noticed() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)

    def slope() -> Any:
        w.grad = None
        (w * w).sum().backward()
        return w.grad

    fast = compile(slope, engine="numpy")
    assert fast().tolist() == [2.0, 4.0]
    remove = w.register_hook(lambda g: g * 10)
    assert fast().tolist() == [20.0, 40.0]
    remove()
    assert fast().tolist() == [2.0, 4.0]
    w.register_hook(lambda g: g * 3)
    assert fast().tolist() == [6.0, 12.0]


# -- what cannot be compiled


def refusal(fn: Any, *args: Any) -> str:
    with pytest.raises(TraceError) as caught:
        compile(fn)(*args)
    return str(caught.value)


@pytest.mark.parametrize(
    ("fn", "what"),
    [
        (lambda x: x if x.sum() > 0 else -x, "branch"),
        (lambda x: x * float(x.sum()), "float()"),
        (lambda x: x.numpy(), "NumPy, print or repr"),
        (lambda x: print(x), "NumPy, print or repr"),
        (lambda x: np.linalg.norm(x), "NumPy"),
        (lambda x: [i for i in range(x.sum().astype("int64"))], "index"),
        (lambda x: x.sum().item(), "item"),
        (lambda x: x.tolist(), "tolist"),
    ],
)
def test_what_needs_entries_is_refused_with_the_line_and_the_remedy(fn: Any, what: str) -> None:
    message = refusal(fn, numbers(3))
    assert what.split("(")[0] in message or ".item()" in message
    assert f"{__file__}:" in message and "pellucid.tensor.where" in message


def test_a_value_recorded_outside_is_refused() -> None:
    w = Tensor([1.0], requires_grad=True)
    y = w * 2
    assert "recorded outside" in refusal(lambda: (y * 3).sum())


def test_an_optimizer_that_decides_by_values_is_refused() -> None:
    w = Tensor([1.0], requires_grad=True)
    optimizer = optim.LBFGS([w])
    assert "LBFGS" in refusal(lambda: optimizer.step(lambda: (w * w).sum()))


def test_assigning_a_part_is_refused_and_nothing_is_changed() -> None:
    w = Tensor([1.0, 2.0])

    def change() -> None:
        w[0] = 5.0

    assert "no part of it" in refusal(change)
    assert w.tolist() == [1.0, 2.0]


def test_a_mistake_in_the_function_leaves_everything_as_it_was() -> None:
    net = nn.Linear(2, 1, seed=0)
    before = net.state_dict()
    with pytest.raises(ShapeError, match="features"):
        compile(lambda x: net(x))(numbers(3, 5))
    assert type(net.weight.data) is np.ndarray
    np.testing.assert_array_equal(net.weight.numpy(), before["weight"])
    assert net(numbers(3, 2)).shape == (3, 1)


def test_a_wrong_target_is_an_error_at_run_time_and_leaves_the_state() -> None:
    net = nn.Linear(2, 3, seed=0)
    optimizer = optim.SGD(net.parameters(), lr=0.1)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    fast = compile(step)
    fast(numbers(4, 2), np.array([0, 1, 2, 0]))
    before = net.state_dict()
    with pytest.raises(DataError, match="3 classes"):
        fast(numbers(4, 2), np.array([0, 1, 3, 0]))
    np.testing.assert_array_equal(net.weight.numpy(), before["weight"])


def test_two_tensors_in_one_memory_one_of_them_changed_are_refused() -> None:
    memory = np.zeros(4, np.float32)
    whole, part = Tensor(memory), Tensor(memory[:2])

    def change() -> Any:
        whole[...] = whole + 1.0
        return part * 2

    assert "same memory" in refusal(change)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_an_old_value_that_is_returned_is_the_old_one(engine: str) -> None:
    w, v = Tensor([1.0, 2.0]), Tensor([5.0, 6.0])

    def step() -> Any:
        before, turned = w * 1, w.reshape(2, 1)
        w[...] = v
        v[...] = before + 10.0
        return turned, w

    turned, after = compile(step, engine=engine)()
    assert (turned.tolist(), after.tolist()) == ([[1.0], [2.0]], [5.0, 6.0])
    assert (w.tolist(), v.tolist()) == ([5.0, 6.0], [11.0, 12.0])


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_an_array_and_a_list_of_it_are_two_programs(engine: str) -> None:
    first = compile(lambda x: x[0], engine=engine)
    a = np.arange(3.0)
    assert first(a).tolist() == 0.0 and first([a]).tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_state_of_another_shape_or_dtype_makes_another_program(engine: str) -> None:
    w = Tensor(np.ones(4))
    double = compile(lambda: w * 2, engine=engine)
    double()
    for data in (np.arange(8.0), np.arange(2.0), np.arange(4)):
        w.data = data
        found = double()
        assert found.tolist() == (data * 2).tolist() and found.dtype == data.dtype


def test_tensors_that_stop_sharing_their_array_make_another_program() -> None:
    v = Tensor(np.ones(2))
    w = Tensor(v.data)
    total = compile(lambda: v + w, engine="numpy")
    assert total().tolist() == [2.0, 2.0]
    w.data = np.full(2, 5.0)
    assert total().tolist() == [6.0, 6.0]


def test_plain_arguments_that_are_equal_but_not_alike_make_programs_of_their_own() -> None:
    times = compile(lambda x, n: x * n, engine="numpy")
    x = np.arange(3)
    for n in (1, 1.0, np.float32(2.0), np.float32(3.0), 1):
        found, wanted = times(x, n), Tensor(x) * n
        assert found.tolist() == wanted.tolist() and found.dtype == wanted.dtype


def test_an_argument_kept_from_the_last_call_is_copied_once_the_state_lies_there() -> None:
    x, w = np.arange(4.0), Tensor(np.zeros(4))

    def step(x: Any) -> Any:
        w[...] = w * 2
        return (x.reshape(2, 2) @ np.ones((2, 1))).sum()

    fast = compile(step, engine="native")
    assert fast(x).item() == 6.0
    w.data = x
    assert fast(x).item() == 6.0 and x.tolist() == [0.0, 2.0, 4.0, 6.0]


def test_an_interrupt_between_chunks_keeps_the_steps_that_were_made() -> None:
    net = nn.Linear(3, 1, seed=0, dtype=np.float64)
    optimizer = optim.SGD(net.parameters(), lr=0.1)

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (net(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    x = np.random.default_rng(0).normal(size=(64, 3))
    seen: list[int] = []

    def interrupt(done: int, _: Any) -> None:
        seen.append(done)
        if done > 8:
            raise KeyboardInterrupt

    before = net.weight.numpy().copy()
    fast = compile(step, engine="native")
    with pytest.raises(KeyboardInterrupt):
        fast.run_epoch(x, order=np.tile(np.arange(64), 200), batch_size=4, progress=interrupt)
    weight = net.weight.numpy().copy()
    assert seen[-1] < 3200 and not np.array_equal(weight, before)
    eager = nn.Linear(3, 1, seed=0, dtype=np.float64)
    theirs = optim.SGD(eager.parameters(), lr=0.1)
    for i in range(seen[-1]):  # what was reported is what was made
        theirs.zero_grad()
        loss = (eager(x[4 * i % 64 : 4 * i % 64 + 4]) ** 2).mean()
        loss.backward()
        theirs.step()
    np.testing.assert_allclose(weight, eager.weight.numpy(), rtol=1e-9)


LONG_EPOCH = """
import numpy as np
from pellucid import compile, nn, optim

def trained(order, progress=None):
    net = nn.Sequential(nn.Linear(3, 4, seed=0), nn.Tanh(), nn.Linear(4, 1, seed=1))
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    def step(x):
        optimizer.zero_grad()
        loss = (net(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss
    try:
        compile(step, engine="native").run_epoch(x, order=order, progress=progress)
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    counts = {state["step"] for state in optimizer.state.values()}
    return interrupted, counts, [p.numpy() for p in net.parameters()]

x = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
order = np.tile(np.arange(64).reshape(16, 4), (100_000, 1))
interrupted, (made,), weights = trained(order, lambda done, _: print(done, flush=True))
_, _, wanted = trained(order[:made])
print("kept", interrupted, 0 < made < len(order), all(map(np.array_equal, weights, wanted)))
"""


def test_ctrl_c_in_the_midst_of_machine_code_leaves_the_state_of_the_steps_made(own_code_cache: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(pellucid.__file__).parents[1])}
    command = [sys.executable, "-c", LONG_EPOCH]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) > 1000:  # chunks are long by now
                child.send_signal(signal.SIGINT)
                break
        rest = child.stdout.read()
        assert child.wait(timeout=60) == 0
    assert "kept True True True" in rest


# -- threads and copies


class Learner:
    """Keeps its step compiled."""

    def __init__(self) -> None:
        self.net = nn.Linear(3, 1, seed=0)
        self.optimizer = optim.SGD(self.net.parameters(), lr=0.1)
        self.fast = compile(self.step, engine="numpy")

    def step(self, x: Any) -> Any:
        self.optimizer.zero_grad()
        loss = (self.net(x) ** 2).mean()
        loss.backward()
        self.optimizer.step()
        return loss


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_threads_that_call_one_function_at_once_get_each_their_own_answer(engine: str) -> None:
    net = nn.Sequential(nn.Linear(64, 256, seed=0), nn.Tanh(), nn.Linear(256, 8, seed=1)).eval()
    fast, at_once = compile(net, engine=engine), Barrier(16)  # of a program that is large enough for several threads
    wanted = [net(numbers(64, 64, seed=i)).numpy() for i in range(16)]
    right: list[int] = []

    def ask(i: int) -> None:
        at_once.wait(timeout=60)
        found = [fast(numbers(64, 64, seed=i)).numpy() for _ in range(5)]
        right.extend(i for y in found if np.allclose(y, wanted[i], rtol=1e-4, atol=1e-5))

    threads = [Thread(target=ask, args=(i,), daemon=True) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(right) == sorted([*range(16)] * 5) and len(fast.programs) == 1


@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])  # noqa: S301  # made here
def test_a_copy_of_an_object_that_keeps_its_step_compiled_learns_by_itself(how: Any) -> None:
    x, one = numbers(4, 3), Learner()
    one.fast(x)
    other = how(one)
    before = one.net.weight.numpy().copy()
    found = [other.fast(x).item() for _ in range(3)]
    np.testing.assert_array_equal(one.net.weight.numpy(), before)
    assert found == [one.fast(x).item() for _ in range(3)]
    assert copy.copy(one.fast).programs == [] and len(one.fast.programs) == 1
