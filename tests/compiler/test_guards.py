"""Guards hold as long as what they are about is the same, and say so together as each says it."""

import types
from array import array
from contextvars import ContextVar
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor, nn
from pellucid.compiler._guards import Guard, Guards, Missing
from pellucid.compiler._reach import guards_of


def hold(guards: Any) -> bool:
    return all(guard.holds() for guard in guards)


def test_equal_numbers_hold_and_numbers_of_another_kind_do_not() -> None:
    options: dict[str, Any] = {"k": 1}

    def fn() -> Any:
        return options

    guards = guards_of(fn, [])
    options["k"] = int("1")
    assert hold(guards)
    options["k"] = True
    assert not hold(guards)


def test_a_list_that_grows_and_an_entry_that_goes_are_noticed() -> None:
    layers, table = [1, 2], {"a": 1}

    def fn() -> Any:
        return layers, table

    guards = guards_of(fn, [])
    layers.append(3)
    assert not hold(guards)
    layers.pop()
    assert hold(guards)
    del table["a"]
    assert not hold(guards)


CHANGES: dict[str, Any] = {
    "nothing": lambda net, option: None,
    "an equal number": lambda net, option: option.update(k=float("1000.5")),
    "another number": lambda net, option: option.update(k=2.0),
    "an entry more": lambda net, option: option.update(m=1),
    "an entry less": lambda net, option: option.pop("k"),
    "a hook": lambda net, option: net.register_forward_hook(lambda *_: None),
    "a frozen parameter": lambda net, option: net[0].weight.requires_grad_(False),
    "a gradient": lambda net, option: setattr(net[0].bias, "grad", Tensor([1.0, 1.0])),
    "a gradient gone": lambda net, option: setattr(net[0].weight, "grad", None),
    "a parameter replaced by an equal one": lambda net, option: setattr(net[1], "bias", nn.Parameter([0.0])),
    "a mode": lambda net, option: net.train(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_guards_looked_at_together_say_what_each_says(change: str) -> None:
    net, option = nn.Sequential(nn.Linear(3, 2, seed=0), nn.Linear(2, 1, seed=1)).eval(), {"k": 1000.5}
    net[0].weight.grad = Tensor(np.ones((2, 3), np.float32))

    def fn() -> Any:
        return net, option

    guards = guards_of(fn, [])
    together = Guards(guards)
    assert together.hold()
    CHANGES[change](net, option)
    assert together.hold() is hold(guards) is (change in ("nothing", "an equal number"))


def test_a_set_that_was_empty_is_one_of_the_empty_ones_and_its_first_member_is_noticed() -> None:
    chosen: set[int] = set()
    guards = Guards(guards_of(lambda: chosen, []))
    assert guards.hold()
    chosen.add(3)
    assert not guards.hold()


def test_an_entry_that_is_found_twice_is_looked_at_once() -> None:
    table = {"scale": 2.0}

    def fn(x: Any, first: Any = table, second: Any = (table,)) -> Any:
        return x * first["scale"]

    found = [*guards_of(fn, []), *guards_of(fn, [])]
    guards = Guards(found)
    assert guards.hold()
    table["scale"] = 2.5
    assert not guards.hold()
    del table["scale"]
    assert not guards.hold()


def test_memory_that_is_no_array_of_numpy_is_looked_at() -> None:
    text, row = bytearray(b"abc"), array("d", [1.0, 2.0])
    view = memoryview(bytearray(4))
    for memory, new in ((text, 7), (row, 7.0), (view, 7)):
        guards = Guards(guards_of(lambda memory=memory: memory[0], []))
        assert guards.hold()
        memory[0] = new  # type: ignore[index]
        assert not guards.hold()


class Row(list[float]):
    """A list with something beside it."""


SETTING: ContextVar[float] = ContextVar("SETTING", default=2.0)


def test_changes_of_every_other_kind_are_noticed() -> None:
    table, row, boxed = {"a": 1.0, "b": 2.0}, Row([1.0]), np.array([1.0, "a"], dtype=object)
    row.scale = 1.0  # type: ignore[attr-defined]
    shown = types.MappingProxyType(table)
    zeros: dict[str, Any] = {"zero": 0.0, "pair": (1, 0.0)}

    def named(x: Any = 0.0) -> Any:
        return x * 2

    def order_of_a_dict() -> None:
        table["a"] = table.pop("a")

    changes: list[tuple[Any, Any]] = [
        (lambda: [*table.values()][0], order_of_a_dict),
        (lambda: shown["b"], lambda: table.update(b=5.0)),
        (lambda: row.scale, lambda: setattr(row, "scale", 2.0)),  # type: ignore[attr-defined]
        (lambda: boxed[0], lambda: boxed.__setitem__(0, 2.0)),
        (lambda: SETTING.get(), lambda: SETTING.set(3.0)),
        (lambda: zeros["zero"], lambda: zeros.update(zero=-0.0)),
        (lambda: zeros["pair"], lambda: zeros.update(pair=(True, 0.0))),
        (lambda: zeros["pair"], lambda: zeros.update(pair=(True, -0.0))),
        (named, lambda: setattr(named, "__code__", (lambda x=0.0: x * 5).__code__)),
    ]
    for fn, change in changes:
        guards = Guards(guards_of(fn, []))
        assert guards.hold()
        change()
        assert not guards.hold()


def test_a_number_that_is_none_is_the_same_as_another_such() -> None:
    best = {"loss": float("nan")}
    guards = Guards(guards_of(lambda: best, []))
    best["loss"] = float("nan")
    assert guards.hold()


def test_names_that_are_missing_in_one_dict_are_looked_at_together() -> None:
    table: dict[str, Any] = {"here": 1}
    each = [Guard(table, Missing(frozenset(names)), True, "names") for names in (("a", "b"), ("c",))]
    guards = Guards(each)
    table["here"], table["other"] = 2, 3
    assert guards.hold() and hold(each) and not any(guard.is_entry for guard in each)
    table["c"] = 4
    assert not guards.hold() and [guard.holds() for guard in each] == [True, False]
