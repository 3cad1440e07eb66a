"""The arrays of an eager step: small parameters together, large ones in blocks that stay in cache, all in place.

Here: `Walk`, the parameters of one group divided into packs; `Pack`, parameters whose entries make a step in a row.
Elsewhere: what happens to the entries is in _rules.py and _tape.py; groups and state belong to _optimizer.py.
Imports: numpy, pellucid.errors, pellucid.tensor.

A walk is prepared once and used as long as what it saw still holds: the same parameters with the same arrays, the same
ones with a gradient, the same arrays and numbers in the state.  Otherwise it is prepared anew, so that users may
replace any of them.
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from operator import is_
from typing import Any, final

import numpy as np

from pellucid.errors import DtypeError, ParameterError, ShapeError
from pellucid.ops._primitive import Array
from pellucid.optim._rules import Rule, begin
from pellucid.optim._tape import Tape
from pellucid.tensor._tensor import Tensor

BLOCK_BYTES = 200 * 1024  # of one array; Adam's four and one of scratch are then 1000 KiB, within a cache of 1 MiB
SMALL_BYTES = 32 * 1024  # up to here the calls of NumPy cost more than their work, so parameters are gathered

Entries = dict[str, Any]
States = MutableMapping[Tensor, Entries]


@final
class Walk:
    """The parameters of one group, divided into packs by what can be done to them together.

    Parameters without a gradient are left out.  State that a rule keeps and that is not there yet is begun.
    """

    def __init__(
        self, rules: Sequence[Rule], parameters: Sequence[Tensor], states: States, options: Mapping[str, Any]
    ) -> None:
        counts, fills = begin(rules, options)
        self._rules = rules
        self._tape = Tape(rules, list(fills), list(counts), options)
        self._parameters = list(parameters)
        self._resting = [p for p in parameters if p.grad is None]
        active = [p for p in parameters if p.grad is not None]
        for p in active:
            _check(p)
            for name, value in counts.items():
                states.setdefault(p, {}).setdefault(name, value)
        self._packs = [
            Pack(members, [states[p] for p in members], fills, list(counts), self._tape.n_scratch)
            for members in _divided(active, states, list(counts))
        ]

    def holds(self, rules: Sequence[Rule], parameters: Sequence[Tensor], states: States) -> bool:
        """Whether everything is still as it was when the walk was prepared, or last made."""
        if rules != self._rules or len(parameters) != len(self._parameters):
            return False
        if not all(map(is_, parameters, self._parameters)):  # == would compare their entries
            return False
        for p in self._resting:
            if p.grad is not None:
                return False
        return all([pack.holds(states) for pack in self._packs])

    def step(self, options: Mapping[str, Any]) -> None:
        """One update of every parameter that has a gradient."""
        for pack in self._packs:
            pack.step(self._tape, options)


@final
class Pack:
    """Parameters of one dtype whose numbers of state agree; their entries, and their state, lie in a row.

    A single parameter with contiguous memory is worked on where it lies.  Otherwise entries and gradients are gathered
    before a step, and scattered after it into the parameters' own memory.  The arrays in `entries` are views.
    """

    def __init__(
        self,
        members: Sequence[Tensor],
        entries: Sequence[Entries],
        fills: Mapping[str, float],
        counts: Sequence[str],
        n_scratch: int,
    ) -> None:
        dtype, size = members[0].dtype, sum(p.size for p in members)
        ends = np.cumsum([p.size for p in members]).tolist()
        spans = [slice(end - p.size, end) for p, end in zip(members, ends, strict=True)]
        self._members, self._state, self._data = members, entries, [p.data for p in members]
        self._kept = [_laid_out(members, entries, spans, name, fill) for name, fill in fills.items()]
        self._shapes = [p.shape for p in members]
        self._flats = [p.data.reshape(-1) for p in members if p.data.flags.c_contiguous]
        self._seen = list(zip(self._members, self._data, entries, strict=True))
        self._arrays = [(e, name, e[name]) for e in entries for name in fills]
        self._counts = {name: entries[0][name] for name in counts}
        self._scratch = list(np.empty((n_scratch, _block(size, BLOCK_BYTES // dtype.itemsize)), dtype))
        self._in_place = len(members) == len(self._flats) == 1
        if not self._in_place:
            self._row, self._gradient = np.empty(size, dtype), np.empty(size, dtype)
            self._parts = [self._row[span].reshape(p.shape) for p, span in zip(members, spans, strict=True)]

    def holds(self, states: States) -> bool:
        """Whether parameters and state are the arrays that were packed, with the numbers of the last step."""
        for p, data, entries in self._seen:
            if p.grad is None or p.data is not data or states.get(p) is not entries:
                return False
        for entries, name, array in self._arrays:
            if entries.get(name) is not array:
                return False
        for name, number in self._counts.items():
            for entries in self._state:
                if entries.get(name) != number:
                    return False
        return True

    def step(self, tape: Tape, options: Mapping[str, Any]) -> None:
        """One update, block by block."""
        gradients = self._gradients()
        numbers = tape.numbers(self._counts, options)
        if self._in_place:
            (w,), (g,) = self._flats, gradients
            tape.run([w, g.astype(w.dtype, copy=False), *self._kept], self._scratch, numbers)
        else:
            np.concatenate(self._flats or [self._data[0].ravel()], out=self._row)
            np.concatenate(gradients, out=self._gradient, casting="same_kind")
            tape.run([self._row, self._gradient, *self._kept], self._scratch, numbers)
            for data, part in zip(self._data, self._parts, strict=True):
                data[...] = part
        self._counts = tape.counts(numbers)
        for p, entries in zip(self._members, self._state, strict=True):
            entries.update(self._counts)
            p.touch()

    def _gradients(self) -> list[Array]:
        """The gradients of all members, flat.  Raises ShapeError for one that has not its parameter's shape."""
        gradients = [p.grad.data for p in self._members]
        if [g.shape for g in gradients] != self._shapes:
            raise wrong_gradient(self._members)
        return [g.ravel() for g in gradients]


def _block(size: int, most: int) -> int:
    """The length of blocks of at most `most` entries that divide `size` evenly: a short last one costs as much."""
    return -(-size // max(-(-size // most), 1))


def _check(p: Tensor) -> None:
    """Raise the error that says why no step can be made on p, if none can."""
    if not isinstance(p.grad, Tensor):
        raise DtypeError(f"optimizer: the gradient of {p.title} is a {type(p.grad).__name__}; make it a Tensor of it.")
    if p.dtype.kind != "f":
        raise DtypeError(f"optimizer: {p.title} holds {p.dtype}; only floating-point numbers can follow a gradient.")
    if not p.data.flags.writeable:
        raise ParameterError(
            f"optimizer: the memory of {p.title} is read-only, so no step can be made in it; p.data = p.data.copy()"
        )


def wrong_gradient(members: Iterable[Tensor]) -> ShapeError:
    """The error that names the first parameter whose gradient has another shape than itself."""
    p = next(p for p in members if p.grad is not None and p.grad.shape != p.shape)
    return ShapeError(
        f"optimizer: the gradient of {p.title} has shape {p.grad.shape}; it must have the parameter's. zero_grad() "
        f"drops it."
    )


def _divided(active: Sequence[Tensor], states: States, counts: Sequence[str]) -> list[list[Tensor]]:
    """The parameters in packs, in order: small contiguous ones together when dtype and numbers agree, others alone."""
    shared = _overlapping(active)
    packs: list[list[Tensor]] = []
    open_packs: dict[Any, list[Tensor]] = {}
    for p in active:
        if p.data.nbytes > SMALL_BYTES or not p.data.flags.c_contiguous or id(p) in shared:
            packs.append([p])
            continue
        key = (p.dtype, *(states[p][name] for name in counts))
        if sum(q.data.nbytes for q in open_packs.get(key, ())) + p.data.nbytes > BLOCK_BYTES:
            del open_packs[key]
        if key not in open_packs:
            packs.append(open_packs.setdefault(key, []))
        open_packs[key].append(p)
    return packs


def _overlapping(tensors: Iterable[Tensor]) -> set[int]:
    """The ids of those that may share memory with another; gathered together, one would undo the other's step."""
    found: set[int] = set()
    reach, owner = 0, 0  # the furthest end so far, and whose it is
    for low, high, p in sorted((*np.lib.array_utils.byte_bounds(p.data), id(p)) for p in tensors if p.size):
        if low < reach:
            found |= {owner, p}
        if high > reach:
            reach, owner = high, p
    return found


def _laid_out(
    members: Sequence[Tensor], entries: Sequence[Entries], spans: Sequence[slice], name: str, fill: float
) -> Array:
    """The kept array `name` of all members in a row; their entries become views of it, with the values they had."""
    for p, e in zip(members, entries, strict=True):
        if name in e and np.shape(e[name]) != p.shape:
            raise ShapeError(
                f"optimizer: {name} of {p.title} has shape {np.shape(e[name])}; it must have the parameter's. To begin "
                f"its state anew: del optimizer.state[p]"
            )
    if len(members) == 1 and _is_usable(entries[0].get(name), members[0].dtype):
        return entries[0][name].reshape(-1)
    row = np.full(spans[-1].stop, fill, members[0].dtype)
    for p, e, span in zip(members, entries, spans, strict=True):
        view = row[span].reshape(p.shape)
        if name in e:
            view[...] = e[name]
        e[name] = view
    return row


def _is_usable(array: Any, dtype: np.dtype[Any]) -> bool:
    return isinstance(array, np.ndarray) and array.dtype == dtype and array.flags.c_contiguous and array.flags.writeable
