"""Which buffer lies where: new state in the memory of the old, the rest in one block, over what is no longer needed.

Here: `renew_in_place`, `Layout`.
Elsewhere: buffers are handed out in _lowering.py.
Imports: pellucid.ops, pellucid.compiler.native.
"""

from dataclasses import dataclass
from typing import Any, final

from pellucid.compiler.native._kernels import (
    Blocks,
    Contraction,
    FirstMaximum,
    Gathered,
    Interpreted,
    Load,
    Loops,
    RandomBits,
    Store,
)
from pellucid.compiler.native._storage import Storage
from pellucid.ops._memory import LINE


def renew_in_place(low: Any) -> None:
    """Let every new value of the state end in the memory of the old one.

    Loops that make it write there at once when nothing reads the old value later, nor they themselves elsewhere than at
    the entry they write; else it is copied there at the end.
    """
    copies: list[tuple[Storage, Storage]] = []
    touched = [(touched_by(kernel), written_by(kernel)) for kernel in low.kernels]
    for x, value in low.updates.items():
        if x not in low.inputs or not isinstance(value, Storage):
            continue
        old = low.inputs[x]
        target = Storage(old, value.shape, value.strides, value.dtype)
        if _may_replace(low, value, old, touched):
            low.same[value.buffer] = old
        else:
            copies.append((target, value))
    fixed = set(low.inputs.values())
    for i, (target, value) in enumerate(copies):
        if value.buffer in fixed:  # an old value that another copy may overwrite first
            copies[i] = target, _spare(low, value)
    renewed = {low.inputs[x] for x in low.updates if x in low.inputs}
    for i, x in enumerate(low.outputs):
        if isinstance(x, Storage) and x.buffer in renewed:  # what the state was before
            low.outputs[i] = _spare(low, x)
    for target, value in copies:
        low.kernels.append(_copy(target, value))


def _spare(low: Any, value: Storage) -> Storage:
    """A copy in memory of its own, made after all other kernels."""
    low.sizes.append(value.size * value.dtype.itemsize)
    spare = Storage(len(low.sizes) - 1, value.shape, value.strides, value.dtype)
    low.kernels.append(_copy(spare, value))
    return spare


def _copy(target: Storage, value: Storage) -> Loops:
    loops = Loops(value.shape, tuple(range(len(value.shape))))
    loops.stores.append(Store(target, Load(value), value.dtype))
    return loops


def _may_replace(low: Any, value: Storage, old: int, touched: list[tuple[set[int], set[int]]]) -> bool:
    """Whether the kernel that makes `value` may write it over the old one.

    touched: buffers, and those of them that are written, by kernel.
    """
    if value.buffer in low.inputs.values() or value.buffer in low.constants or value.buffer in low.same:
        return False
    writers = [i for i, (_, written) in enumerate(touched) if value.buffer in written]
    if len(writers) != 1 or writers[0] < low.checked or not isinstance(low.kernels[writers[0]], Loops):
        return False
    at, loops = writers[0], low.kernels[writers[0]]
    if any(old in buffers for buffers, _ in touched[at + 1 :]):
        return False
    answers = [*low.outputs, *low.holds, *low.updates.values()]
    if any(isinstance(s, Storage) and s.buffer == old for s in answers):
        return False
    from pellucid.compiler.native._loops import accesses_of, storages_of

    searched = any(isinstance(x, (Gathered, FirstMaximum)) and _read_by(x).buffer == old for x in accesses_of(loops))
    same_place = not searched and all(
        s.strides == value.strides and not s.offset for s in storages_of(loops) if s.buffer == old
    )
    stored = any(isinstance(s, Store) and s.storage == value for s in loops.stores)
    return stored and same_place and value.contiguous and not value.offset and loops.shape == value.shape


def _read_by(x: Gathered | FirstMaximum) -> Storage:
    return x.source if isinstance(x, Gathered) else x.windows


def touched_by(kernel: Any) -> set[int]:
    """The buffers a kernel reads or writes."""
    from pellucid.compiler.native._loops import storages_of

    if isinstance(kernel, Blocks):
        return set().union(*map(touched_by, kernel.kernels))
    if isinstance(kernel, Loops):
        return {s.buffer for s in storages_of(kernel)}
    if isinstance(kernel, Contraction):
        return {kernel.a.buffer, kernel.b.buffer, kernel.out.buffer}
    if isinstance(kernel, RandomBits):
        return {kernel.key.buffer, kernel.out.buffer}
    assert isinstance(kernel, Interpreted)
    return {x.buffer for x in (*kernel.operands, kernel.out) if isinstance(x, Storage)}


def written_by(kernel: Any) -> set[int]:
    """The buffers a kernel writes."""
    if isinstance(kernel, Blocks):
        return set().union(*map(written_by, kernel.kernels))
    if isinstance(kernel, Loops):
        return {store.storage.buffer for store in kernel.stores}
    return {kernel.out.buffer}


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """Where each buffer begins within one block; not inputs, constants and what lies in others."""

    starts: dict[int, int]
    total: int

    @classmethod
    def of(cls, low: Any, phases: list[int]) -> "Layout":
        """First fit, the largest first, over buffers that are alive in the same phase; phases: of the kernels."""
        fixed = {*low.inputs.values(), *low.constants, *low.same}
        spans: dict[int, tuple[int, int]] = {}
        for phase, kernel in zip(phases, low.kernels, strict=True):
            for buffer in touched_by(kernel) - fixed:
                spans[buffer] = (spans.get(buffer, (phase, phase))[0], phase)
        end = max(phases, default=0)
        for s in (*low.outputs, *low.holds, *low.updates.values()):
            if isinstance(s, Storage) and s.buffer in spans:
                spans[s.buffer] = (spans[s.buffer][0], end)
        starts: dict[int, int] = {}
        total = 0
        for buffer in sorted(spans, key=lambda x: -low.sizes[x]):
            size = -(-low.sizes[buffer] // LINE) * LINE
            first, last = spans[buffer]
            taken = sorted(
                (starts[o], starts[o] + -(-low.sizes[o] // LINE) * LINE)
                for o in starts
                if spans[o][0] <= last and spans[o][1] >= first
            )
            at = 0
            for begin, stop in taken:
                if at + size <= begin:
                    break
                at = max(at, stop)
            starts[buffer] = at
            total = max(total, at + size)
        return cls(starts, total)
