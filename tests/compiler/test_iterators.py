"""A function that takes from an iterator of outside is refused: every call would use what the first one took."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import compile
from pellucid.compiler._iterators import is_iterator, iterators_refused
from pellucid.errors import TraceError

COUNT = itertools.count()
X = np.ones(3)


def of_global(x: Any) -> Any:
    return x + next(COUNT)


def naturals() -> Iterator[int]:
    yield from itertools.count()


def once() -> Iterator[int]:
    while True:
        yield 1


MADE: dict[str, Callable[[], Any]] = {
    "a list's": lambda: iter([1, 2, 3]),
    "a generator": naturals,
    "a generator that always stops at the same place": once,
    "a cycle": lambda: itertools.cycle([1, 2]),
    "a zip": lambda: zip([1], [2], strict=True),
    "a map": lambda: map(abs, [1, -2]),
    "an enumeration": lambda: enumerate("ab"),
    "a range's": lambda: iter(range(3)),
    "a dict's": lambda: iter({1: 2}),
    "reversed": lambda: reversed([1, 2]),
}


@pytest.mark.parametrize("kind", MADE)
def test_whatever_it_is_it_is_refused_by_name_and_line_and_stays_where_it_was(kind: str) -> None:
    source, same = MADE[kind](), MADE[kind]()

    def loop(x: Any) -> Any:
        for _ in source:
            return x * 2

    for fn in (lambda x: (next(source), x)[1], loop):
        with pytest.raises(TraceError, match=f"asks source, a .*{__file__}.*Take it before the call"):
            compile(fn)(X)
    assert next(source) == next(same)


def test_globals_attributes_and_entries_are_looked_at() -> None:
    class Loader:
        def __init__(self) -> None:
            self.batches, self.table, self.row = iter([X]), {"k": iter([X])}, [iter([X])]

    loader = Loader()
    for fn, path in (
        (of_global, "COUNT"),
        (lambda x: x + next(loader.batches), "loader.batches"),
        (lambda x: x + next(loader.table["k"]), "loader.table.k"),
        (lambda x: x + next(loader.row[0]), "loader.row.0"),
    ):
        with pytest.raises(TraceError, match=f"asks {path}, a"):
            compile(fn)(X)
    assert next(COUNT) == 0 and is_iterator(loader.batches)


def test_an_argument_is_looked_at() -> None:
    source = iter([1, 2])
    with pytest.raises(TraceError, match="asks argument 1"):
        compile(lambda x, it: x + next(it))(X, source)
    assert next(source) == 1


def test_a_value_sent_to_a_generator_is_refused_too() -> None:
    source = naturals()
    next(source)
    with pytest.raises(TraceError, match="asks source, a generator"):
        compile(lambda x: x + source.send(None))(X)


def test_an_iterator_that_is_not_asked_and_those_made_inside_are_no_matter() -> None:
    source = iter([1, 2])
    fast = compile(lambda x: x + (source is not None) + sum(a * b for a, b in zip([1, 2], [3, 4], strict=True)))
    assert fast(X).tolist() == [13.0] * 3 and fast(X).tolist() == [13.0] * 3 and next(source) == 1


def test_an_iterator_of_the_users_own_is_seen_by_what_it_keeps() -> None:
    class Count:
        def __init__(self) -> None:
            self.n = 0

        def __iter__(self) -> "Count":
            return self

        def __next__(self) -> int:
            self.n += 1
            return self.n

    source = Count()
    fast = compile(lambda x: x * next(source), engine="numpy")
    assert [fast(np.ones(())).item() for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]


def test_everything_is_back_in_its_place_when_the_function_fails() -> None:
    source = iter([1])

    def fn() -> Any:
        return source

    with pytest.raises(ZeroDivisionError), iterators_refused(fn):
        assert not is_iterator(fn())
        raise ZeroDivisionError
    assert is_iterator(fn())
