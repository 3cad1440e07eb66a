"""Symbols: shape and dtype without entries; what asks for an entry is told the line."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.errors import DtypeError, TraceError
from pellucid.ops._primitive import Aval, Primitive
from pellucid.tensor._symbol import SYMBOLS, Symbol, Tracer, is_symbol, require_all, set_tracer, tracer, where


class Noting(Tracer):
    """Notes the primitives in order; values are their numbers."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.checks: list[Callable[[], Exception]] = []

    def emit(self, op: Primitive, operands: tuple[Any, ...], attrs: dict[str, Any]) -> Symbol:
        avals = [x.aval if isinstance(x, Symbol) else Aval(np.shape(x), np.asarray(x).dtype, True) for x in operands]
        self.calls.append(op.name)
        return Symbol(self, op.shape(*avals, **attrs), len(self.calls))

    def capture(self, tensor: Any) -> Symbol:
        raise NotImplementedError

    def require(self, holds: Symbol, error: Callable[[], Exception]) -> None:
        self.checks.append(error)

    def entry(self, name: str, mapping: dict[Any, Any], key: Any, place: int | None = None) -> Symbol:
        raise NotImplementedError

    def use_up(self, tensor: Any) -> None:
        raise NotImplementedError

    def afterwards(self, act: Callable[[], Any]) -> None:
        raise NotImplementedError


@pytest.fixture
def noting() -> Noting:
    return Noting()


@pytest.fixture
def x(noting: Noting) -> Symbol:
    return Symbol(noting, Aval((2, 3), np.dtype(np.float32)), "x")


def test_operators_are_primitives_also_with_numbers_and_arrays_on_the_left(noting: Noting, x: Symbol) -> None:
    y = np.ones((2, 3), np.float32) + 2.0 * x - np.float32(1) / (x**2) + (-x)
    assert isinstance(y, Symbol) and (y.shape, y.dtype) == ((2, 3), np.float32)
    assert noting.calls == ["multiply", "add", "power", "divide", "subtract", "negative", "add"]
    assert (x > 1).dtype == bool and noting.calls[-1] == "less"
    assert SYMBOLS.sum(x, axis=(0,), keepdims=False).shape == (3,)


@pytest.mark.parametrize(
    "ask", [bool, float, int, list, np.asarray, lambda x: x.item(), lambda x: x.mean(), lambda x: range(x)]
)
def test_what_needs_an_entry_is_refused_with_the_line(ask: Callable[[Any], Any], x: Symbol) -> None:
    with pytest.raises(TraceError, match=rf"needs the entries of a value \(2, 3\) float32.*{__file__}:\d+"):
        ask(x)


def test_all_entries_can_be_assigned_cast_and_repeated(noting: Noting, x: Symbol) -> None:
    x[...] = Symbol(noting, Aval((3,), np.dtype(np.float64)), "y")
    assert noting.calls == ["broadcast_to", "cast"] and x.value == 2
    x[...] = 1.0
    assert noting.calls[2:] == ["cast", "broadcast_to"]


def test_a_part_a_view_and_another_kind_of_number_are_refused(noting: Noting, x: Symbol) -> None:
    view = Symbol(noting, x.aval, "view", own=False)
    for target, key in ((x, 0), (x, slice(None)), (view, ...)):
        with pytest.raises(TraceError, match="no part of it and no view"):
            target[key] = 1.0
    counts = Symbol(noting, Aval((2, 3), np.dtype(np.int64)), "n")
    with pytest.raises(DtypeError, match="use astype first"):
        counts[...] = x


def test_a_copy_is_memory_of_its_own(x: Symbol) -> None:
    y = x.copy()
    x[...] = 1.0
    assert y.value == "x" and x.value != "x"


def test_a_check_of_all_entries_is_one_truth_value(noting: Noting, x: Symbol) -> None:
    require_all(x > 0, lambda: ValueError("not positive"))
    assert noting.calls == ["less", "equal", "cast", "sum", "equal"]
    assert [str(error()) for error in noting.checks] == ["not positive"]


def test_the_tracer_at_work_is_that_of_the_thread(noting: Noting) -> None:
    from threading import Thread

    before = set_tracer(noting)
    seen: list[Any] = []
    thread = Thread(target=lambda: seen.append(tracer()))
    thread.start()
    thread.join()
    assert tracer() is noting and seen == [None]
    assert set_tracer(before) is noting


def test_where_is_the_line_of_the_caller() -> None:
    assert where().startswith(f"{__file__}:")
    assert not is_symbol(np.ones(2))
