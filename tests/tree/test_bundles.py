"""A bundle at an address tells compiled code what the tuple tells Python."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit

from pellucid.tree._bundles import Held, answer
from pellucid.tree._compiled import inner


class Mixed(NamedTuple):
    number: float
    flags: np.ndarray
    count: int
    table: np.ndarray
    yes: bool
    cube: np.ndarray
    no: bool
    word: np.uint32


class Other(NamedTuple):
    number: float


def mixed() -> Mixed:
    rng = np.random.default_rng(0)
    table, cube = rng.normal(size=(3, 4)), rng.integers(9, size=(2, 3, 5)).astype(np.uint16)
    return Mixed(-2.5, np.array([True, False]), -(2**40), table, True, cube, False, np.uint32(0xFFFFFFFF))


def test_every_field_is_read_as_python_reads_it() -> None:
    @njit
    def told(held: Any) -> Any:
        table, cube = held.table, held.cube
        shapes = table.shape, cube.shape, held.flags.shape, table.size, cube.size, table.strides, cube.strides
        return (
            (held.number, held.count, held.yes, held.no, held.word),
            shapes,
            (table[2, 1], table[1:, 2].sum(), cube[1, 2, 4], cube[0].sum(), held.flags[0], held.flags[1]),
        )

    bundle = mixed()
    assert told(Held(bundle)) == told.py_func(bundle)


def test_what_compiled_code_writes_into_an_array_is_in_the_array() -> None:
    @njit
    def write(held: Any) -> None:
        for i in range(len(held.table)):
            held.table[i, 0] = i + held.number

    bundle = mixed()
    write(Held(bundle))
    assert bundle.table[:, 0].tolist() == [-2.5, -1.5, -0.5]


def test_bundles_with_fields_of_other_types_are_other_types() -> None:
    one, same = Held(mixed()), Held(mixed())
    other = Held(mixed()._replace(table=np.zeros((3, 4), np.float32)))
    assert one.kind == same.kind and one.kind.name != other.kind.name


def test_an_array_that_is_not_in_c_order_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="the field table is an array that is not in C order; copy it"):
        Held(mixed()._replace(table=np.zeros((4, 3)).T))


def test_the_kind_of_a_bundle_picks_the_kernel_held_or_not() -> None:
    def ask(bundle: Any, x: float) -> float:
        raise NotImplementedError

    @inner
    def of_mixed(bundle: Mixed, x: float) -> float:
        return bundle.count * x

    @inner
    def of_other(bundle: Other, x: float) -> float:
        return bundle.number + x

    answer(ask, {Mixed: of_mixed, Other: of_other})
    call: Any = njit(lambda bundle, x: ask(bundle, x))
    assert call(Held(mixed()), 2.0) == -(2.0**41)
    assert call(Held(Other(0.5)), 2.0) == call(Other(0.5), 2.0) == 2.5
