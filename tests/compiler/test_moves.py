"""What a function changes of itself is so after every call as it would be without compiling."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor, compile, nn
from pellucid.compiler._moves import begins, moves_of
from pellucid.compiler._reach import guards_of
from pellucid.errors import TraceError

CALLS = 0
X = np.ones(2)


def count_in_a_global(x: Any) -> Any:
    global CALLS
    CALLS += 1
    return x * CALLS


def counters() -> dict[str, Any]:
    n, table, row, array, w = 0, {"n": 0}, [0], np.zeros((1, 2), np.int32), Tensor([1.0])

    class Model:
        def __init__(self) -> None:
            self.n = 0

        def step(self, x: Any) -> Any:
            self.n += 1
            return x * self.n

    class Slots:
        __slots__ = ("n",)

        def __init__(self) -> None:
            self.n = 0

        def step(self, x: Any) -> Any:
            self.n += 1
            return x * self.n

    def in_a_closure(x: Any) -> Any:
        nonlocal n
        n += 1
        return x * n

    def in_a_dict(x: Any) -> Any:
        table["n"] += 1
        return x * table["n"]

    def in_a_list(x: Any) -> Any:
        row[0] += 1
        return x * row[0]

    def in_an_array(x: Any) -> Any:
        array[0, 1] += 1
        return x * int(array[0, 1])

    def in_a_flag(x: Any) -> Any:
        w.requires_grad = not w.requires_grad
        return x * (2 if w.requires_grad else 1) * w

    return {
        "object": Model().step,
        "slots": Slots().step,
        "closure": in_a_closure,
        "dict": in_a_dict,
        "list": in_a_list,
        "array": in_an_array,
        "flag of a Tensor": in_a_flag,
        "global": count_in_a_global,
    }


@pytest.mark.parametrize("where", counters())
def test_a_count_of_calls_counts_on(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "CALLS", 0)
    plain = [counters()[where](X) for _ in (1,)]
    monkeypatch.setitem(globals(), "CALLS", 0)
    eager, traced = counters()[where], counters()[where]
    wanted = [eager(X).tolist() for _ in range(6)]
    monkeypatch.setitem(globals(), "CALLS", 0)
    fast = compile(traced, engine="numpy")
    assert [fast(X).tolist() for _ in range(6)] == wanted and wanted[0] == plain[0].tolist()


def test_a_count_without_end_is_refused_by_name_with_the_remedy() -> None:
    model = Keeps(0, lambda x, kept: kept + 1)
    fast = compile(model.step, engine="numpy")
    with pytest.raises(TraceError, match=r"changes kept, from 8 to 9 just now.*keep it in a Tensor"):
        for _ in range(20):
            fast(X)
    assert model.kept == 8


def test_values_that_go_round_make_a_program_each_and_no_more() -> None:
    state = {"turn": 0}

    def step(x: Any) -> Any:
        state["turn"] = (state["turn"] + 1) % 3
        return x * state["turn"]

    fast = compile(step, engine="numpy")
    assert [fast(X)[0].item() for _ in range(30)] == [1.0, 2.0, 0.0] * 10
    assert len(fast.programs) == 3 and state["turn"] == 0


def test_what_is_done_once_is_done_once() -> None:
    bias, state = Tensor(np.zeros(2)), {"ready": False}

    def step(x: Any) -> Any:
        if not state["ready"]:
            bias[...] = -x.mean()
            state["ready"] = True
        return x + bias

    fast = compile(step, engine="numpy")
    assert [fast(X * k).tolist() for k in (1, 2, 3)] == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]
    state["ready"] = False
    assert fast(X * 3).tolist() == [0.0, 0.0] and state["ready"] and fast(X).tolist() == [-2.0, -2.0]


def test_training_and_evaluation_may_switch_the_mode_in_turns() -> None:
    net = nn.Sequential(nn.BatchNorm1d(2))

    def learn(x: Any) -> Any:
        net.train()
        return net(x)

    def judge(x: Any) -> Any:
        net.eval()
        return net(x)

    x = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    fast = compile(learn, engine="numpy"), compile(judge, engine="numpy")
    for _ in range(10):
        fast[0](x)
        assert net.training
        fast[1](x)
        assert not net[0].training
    assert [len(f.programs) for f in fast] == [2, 1]
    np.testing.assert_allclose(fast[1](x).numpy(), net(x).numpy(), rtol=1e-6)


def test_an_epoch_in_one_go_counts_on_too() -> None:
    state = {"turn": 0}

    def step(x: Any) -> Any:
        state["turn"] = 1 - state["turn"]
        return (x * state["turn"]).sum()

    assert compile(step, engine="native").run_epoch(np.ones(5), batch_size=1).tolist() == [1.0, 0.0, 1.0, 0.0, 1.0]


def test_a_value_of_a_class_is_refused() -> None:
    class Model:
        n = 0

        def step(self, x: Any) -> Any:
            type(self).n += 1
            return x * self.n

    with pytest.raises(TraceError, match="changes an attribute of a class, __class__.n"):
        compile(Model().step)(X)


def test_the_guards_of_a_trace_begin_where_it_began() -> None:
    state = {"n": 1, "name": "a"}

    def fn() -> Any:
        return state

    before = guards_of(fn, [])
    state["n"] = 2
    moves = moves_of(before)
    assert [(move.guard.path, move.guard.was, move.becomes) for move in moves] == [("state.n", 1, 2)]
    assert not all(guard.holds() for guard in begins(moves, guards_of(fn, [])))
    state["n"] = 1
    assert all(guard.holds() for guard in before)
    moves[0].repeat()
    assert state["n"] == 2


class Keeps:
    """Puts something into an attribute of its own."""

    def __init__(self, kept: Any, made: Any) -> None:
        self.kept, self.made = kept, made

    def step(self, x: Any) -> Any:
        self.kept = self.made(x, self.kept)
        return x * 2


@pytest.mark.parametrize(
    ("kept", "made", "says"),
    [
        (Tensor(np.zeros(2)), lambda x, kept: kept + x, "puts a value of its program in kept"),
        (None, lambda x, kept: x if kept is None else kept + x, "puts a value of its program in kept"),
        ({"n": 0}, lambda x, kept: {"n": kept["n"] + 1}, "puts something else in the place of kept"),
        ([1.0], lambda x, kept: [*kept, 1.0], "puts something else in the place of kept"),
        (np.zeros(2), lambda x, kept: kept + 1, "puts something else in the place of kept"),
    ],
)
def test_what_the_next_call_would_not_find_is_refused_with_the_remedy(kept: Any, made: Any, says: str) -> None:
    one = Keeps(kept, made)
    with pytest.raises(TraceError, match=rf"{says}.*x\[\.\.\.\] = y"):
        compile(one.step)(X)
    assert one.kept is kept


@pytest.mark.parametrize(
    ("kept", "made"),
    [
        ((2,), lambda x, kept: x.shape),
        ([1, (2.0, None)], lambda x, kept: [1, (2.0, None)]),
        ({"a": np.ones(3)}, lambda x, kept: {"a": np.ones(3)}),
        (None, lambda x, kept: kept or {"made": "once"}),
        (nn.MSELoss(), lambda x, kept: nn.MSELoss()),
    ],
)
def test_what_is_made_anew_as_it_was_is_no_matter(kept: Any, made: Any) -> None:
    fast = compile(Keeps(kept, made).step, engine="numpy")
    for x in (X, np.ones(3), X, np.ones(3)):
        assert fast(x).tolist() == (x * 2).tolist()


def test_what_an_earlier_trace_has_left_behind_is_no_matter() -> None:
    kept: dict[str, Any] = {}

    def step(x: Any) -> Any:
        kept["last"] = x * 3
        return x * 2

    fast = compile(step, engine="numpy")
    for x in (X, np.ones(3), X):
        assert fast(x).tolist() == (x * 2).tolist()


def test_a_large_array_that_the_function_changes_is_refused() -> None:
    table = np.zeros(5000)

    def step(x: Any) -> Any:
        table[...] += 1
        return x * table[0]

    with pytest.raises(TraceError, match="changes a large array, table.entries"):
        compile(step, engine="numpy")(X)
