"""The kinds of work that a lowered program consists of, as data.

Here: what a loop computes (`Load`, `Number`, `Literal`, `Apply`, `Member`, `Gathered`, `FirstMaximum`, `Here`), where
it puts it (`Store`, `Accumulate`, `Scatter`), and the kernels: `Loops`, `Contraction`, `RandomBits`, `Interpreted`,
`Blocks` of them.
Elsewhere: _lowering.py makes them of a program; _loops.py and _contraction.py make machine code of them.
Imports: the standard library, numpy, pellucid.compiler.
"""

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from pellucid.compiler._program import Result, Value
from pellucid.compiler.native._storage import Lengths, Storage

# -- what a loop computes ----------------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class Load:
    """The entry of a storage that has the shape of the loop, after broadcasting."""

    storage: Storage


@final
@dataclass(frozen=True, slots=True)
class Number:
    """A number handed in at every run, such as lr: entry `place` of the numbers, 64 bits."""

    place: int


@final
@dataclass(frozen=True, slots=True)
class Literal:
    """A number that is the same at every run."""

    value: Any


@final
@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """The result of another expression of the same loop."""

    node: Result


@final
@dataclass(frozen=True, eq=False, slots=True)
class Apply:
    """A primitive of single entries; `kinds` are the dtypes of the operands, `common` the one they are brought to."""

    name: str
    operands: tuple[Any, ...]
    kinds: tuple[np.dtype[Any] | None, ...]  # None: a number that takes the common dtype
    common: np.dtype[Any]
    dtype: np.dtype[Any]


@final
@dataclass(frozen=True, eq=False, slots=True)
class Gathered:
    """The entry of `source` (A.., n, B..) at (a.., index, b..); loops over (A.., I.., B..)."""

    source: Storage
    index: Any
    kind: np.dtype[Any]  # of the index
    axis: int
    taken: int  # axes of the index


@final
@dataclass(frozen=True, eq=False, slots=True)
class FirstMaximum:
    """The first maximum of each window: its position in the flattened x; loops over (A.., P..).

    gives: "position"; "offset", which entry of its window it is, 32 bits; or "value", the maximum itself.
    """

    windows: Storage  # of x: (A.., P.., K..)
    rank: int
    flat: Lengths  # by axis of the loop: how far one step goes in the flattened x
    shifts: tuple[tuple[Lengths, int], ...]  # each offset k.., and how far it goes in the flattened x
    gives: str = "position"


@final
@dataclass(frozen=True, slots=True)
class Here:
    """The position of this point of the loops in something flattened: sum of index times step."""

    steps: Lengths


# -- where it is put ---------------------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class Store:
    """The entry becomes that of a storage of the loop's shape."""

    storage: Storage
    value: Any
    kind: np.dtype[Any]


@final
@dataclass(frozen=True, eq=False, slots=True)
class Accumulate:
    """It is added to (or, for "max", compared with) the entry of a storage that is repeated along some axes."""

    storage: Storage
    value: Any
    kind: np.dtype[Any]
    how: str = "sum"
    first: Any = 0  # what the storage is filled with before; None: it is filled already


@final
@dataclass(frozen=True, eq=False, slots=True)
class Scatter:
    """It is added to the entry of a storage (A.., n, B..) at (a.., index, b..); see Gathered."""

    storage: Storage
    value: Any
    kind: np.dtype[Any]
    index: Any
    index_kind: np.dtype[Any]
    axis: int
    taken: int


# -- kernels -----------------------------------------------------------------------------------------------------------


@final
@dataclass(eq=False, slots=True)
class Loops:
    """A nest of loops over `shape`, its axes in `order`: expressions of single entries, and what becomes of them."""

    shape: Lengths
    order: Lengths
    members: dict[Value, Any] = field(default_factory=dict)  # a node, or a name -> its expression, operands first
    stores: list[Any] = field(default_factory=list)
    kept: dict[Value, Storage] = field(default_factory=dict)  # members that other kernels read
    touches: tuple[int, list[Any], list[Storage]] | None = field(default=None, repr=False)  # kept by _loops.py


@final
@dataclass(frozen=True, eq=False, slots=True)
class Contraction:
    """out[r.., n] += sum over k.. of a[r.., k..] b[r.., k.., n].

    Each axis is (length, step in a, step in b, step in out); `rows` and `sums` run from the outermost to the innermost.
    passes: sums whose parts are added to what out holds, one after another; then out is filled with 0 before.
    """

    a: Storage
    b: Storage
    out: Storage
    rows: tuple[tuple[int, int, int, int], ...]
    sums: tuple[tuple[int, int, int, int], ...]
    column: tuple[int, int, int, int]
    passes: tuple[tuple[int, int, int, int], ...] = ()


@final
@dataclass(frozen=True, eq=False, slots=True)
class RandomBits:
    """The first words of the Threefry stream of a key."""

    key: Storage
    out: Storage


@final
@dataclass(frozen=True, eq=False, slots=True)
class Interpreted:
    """A node that NumPy computes: native code stops before it and goes on after it."""

    node: Result
    operands: tuple[Any, ...]  # Storages and numbers
    out: Storage


@final
@dataclass(frozen=True, eq=False, slots=True)
class Blocks:
    """Kernels that are done one after another for each of `count` equal parts; a part is the work of one thread.

    parts: buffers that hold one part for each thread, not the whole: the bytes of a part, and of the room for one.
    """

    kernels: tuple[Any, ...]
    count: int
    parts: dict[int, tuple[int, int]] = field(default_factory=dict)
