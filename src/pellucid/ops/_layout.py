"""Primitives that move entries without computing on them.

Here: reshape, transpose, broadcast_to, slice, pad, flip, concatenate.
Elsewhere: indexing by arrays is in _indexing.py; sliding windows are in _windows.py.
Imports: numpy, pellucid.errors, pellucid.ops.
"""

import math
from typing import Any, final

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._primitive import Array, Aval, Ops, Primitive, T
from pellucid.ops._shapes import axis_of, result_dtype

_COPY_BELOW = 1 << 15  # entries; under it filling a fresh array is faster than building NumPy's broadcast view (5 us)


@final
class Reshape(Primitive):
    """y = the entries of x, in order, in another shape;  dx = dy in the shape of x."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        shape: tuple[int, ...] = attrs["shape"]
        known = math.prod(n for n in shape if n != -1)
        if shape.count(-1) == 1 and known and x[0].size % known == 0:
            shape = tuple(x[0].size // known if n == -1 else n for n in shape)
        if min(shape, default=0) < 0 or math.prod(shape) != x[0].size:
            raise ShapeError(
                f"{self.name}: x {x[0].shape} has {x[0].size} entries, which do not fill the shape {attrs['shape']}; "
                f"the product of the lengths must be equal (one of them may be -1, to be worked out)."
            )
        return Aval(shape, x[0].dtype)

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        return np.asarray(x).reshape(shape)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, shape: tuple[int, ...]) -> T:
        return o.reshape(dy, shape=x.shape)


@final
class Transpose(Primitive):
    """y = x with its axes in the order `axes`;  dx = dy with the inverse order."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        axes, rank = attrs["axes"], len(x[0].shape)
        if sorted(axes) != list(range(rank)):
            raise ShapeError(f"{self.name}: axes {axes} are not an order of the {rank} axes of x {x[0].shape}.")
        return Aval(tuple(x[0].shape[a] for a in axes), x[0].dtype)

    def forward(self, x: Array, *, axes: tuple[int, ...]) -> Array:
        return np.asarray(x).transpose(axes)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, axes: tuple[int, ...]) -> T:
        back = [0] * len(axes)
        for new, old in enumerate(axes):
            back[old] = new
        return o.transpose(dy, axes=tuple(back))


@final
class BroadcastTo(Primitive):
    """y = x repeated to fill `shape`;  dx = dy summed over the repeats (the caller does that for every primitive)."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        have, want = x[0].shape, attrs["shape"]
        fits = len(have) <= len(want) and all(
            h in (1, w) for h, w in zip(have, want[len(want) - len(have) :], strict=True)
        )
        if not fits:
            raise ShapeError(f"{self.name}: x {have} does not stretch to {want}; only axes of length 1 do.")
        return Aval(tuple(want), x[0].dtype)

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        if math.prod(shape) >= _COPY_BELOW:
            return np.broadcast_to(x, shape)
        y = np.empty(shape, np.asarray(x).dtype)
        y[...] = x
        return y

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, shape: tuple[int, ...]) -> T:
        return dy


@final
class Slice(Primitive):
    """y = x[start:stop:step] on every axis, steps > 0;  dx = dy in its place, 0 elsewhere."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        bounds = zip(attrs["start"], attrs["stop"], attrs["step"], strict=True)
        lengths = tuple(max(0, -(-(b - a) // s)) for a, b, s in bounds)
        if len(lengths) != len(x[0].shape):
            raise ShapeError(f"{self.name}: {len(lengths)} bounds were given for x {x[0].shape}; one for every axis.")
        return Aval(lengths, x[0].dtype)

    def forward(self, x: Array, *, start: tuple[int, ...], stop: tuple[int, ...], step: tuple[int, ...]) -> Array:
        return np.asarray(x)[tuple(map(slice, start, stop, step))]

    def vjp(
        self, o: Ops, i: int, dy: T, y: T, x: T, *, start: tuple[int, ...], stop: tuple[int, ...], step: tuple[int, ...]
    ) -> T:
        covered = [a + (max(m - 1, 0) * s + 1) * (m > 0) for a, m, s in zip(start, y.shape, step, strict=True)]
        after = tuple(n - end for n, end in zip(x.shape, covered, strict=True))
        return o.pad(dy, before=start, after=after, between=tuple(s - 1 for s in step), value=0.0)


@final
class Pad(Primitive):
    """y = x with `before`, `after` and, between neighbours, `between` entries of `value` added on every axis;
    dx = the entries of dy that stand where those of x went."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        added = zip(x[0].shape, attrs["before"], attrs["after"], attrs["between"], strict=True)
        if len(attrs["before"]) != len(x[0].shape) or any(min(b, a, m) < 0 for _, b, a, m in added):
            raise ShapeError(f"{self.name}: widths {attrs} do not fit x {x[0].shape}; one >= 0 for every axis.")
        return Aval(tuple(e for _, e in self._spans(x[0].shape, **attrs)), x[0].dtype)

    @staticmethod
    def _spans(
        lengths: tuple[int, ...],
        before: tuple[int, ...],
        after: tuple[int, ...],
        between: tuple[int, ...],
        value: float = 0.0,
    ) -> list[tuple[int, int]]:
        """For every axis: where the entries of x end, and the whole length."""
        ends = [b + (n + (n - 1) * m if n else 0) for n, b, m in zip(lengths, before, between, strict=True)]
        return [(end, end + a) for end, a in zip(ends, after, strict=True)]

    def forward(
        self, x: Array, *, before: tuple[int, ...], after: tuple[int, ...], between: tuple[int, ...], value: float
    ) -> Array:
        x = np.asarray(x)
        spans = self._spans(x.shape, before, after, between)
        y = np.full([whole for _, whole in spans], value, x.dtype)
        y[tuple(slice(b, end, m + 1) for b, (end, _), m in zip(before, spans, between, strict=True))] = x
        return y

    def vjp(
        self,
        o: Ops,
        i: int,
        dy: T,
        y: T,
        x: T,
        *,
        before: tuple[int, ...],
        after: tuple[int, ...],
        between: tuple[int, ...],
        value: float,
    ) -> T:
        stop = tuple(end for end, _ in self._spans(x.shape, before, after, between))
        return o.slice(dy, start=before, stop=stop, step=tuple(m + 1 for m in between))


@final
class Flip(Primitive):
    """y = x with the order along `axis` (a tuple) reversed;  dx = dy, reversed likewise."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        for a in attrs["axis"]:
            axis_of(self.name, a, len(x[0].shape))
        return x[0]

    def forward(self, x: Array, *, axis: tuple[int, ...]) -> Array:
        return np.flip(x, axis)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, axis: tuple[int, ...]) -> T:
        return o.flip(dy, axis=axis)


@final
class Concatenate(Primitive):
    """y = the operands one after another along `axis`;  dx_i = the part of dy that x_i filled."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        axis = axis_of(self.name, attrs["axis"], len(x[0].shape))
        rests = {a.shape[:axis] + a.shape[axis + 1 :] for a in x}
        if len(rests) > 1 or len({len(a.shape) for a in x}) > 1:
            raise ShapeError(
                f"{self.name}: shapes {[a.shape for a in x]} differ on an axis other than {axis}; only that one may."
            )
        total = sum(a.shape[axis] for a in x)
        return Aval(x[0].shape[:axis] + (total,) + x[0].shape[axis + 1 :], result_dtype(*x))

    def forward(self, *x: Array, axis: int) -> Array:
        return np.concatenate(x, axis=axis)

    def vjp(self, o: Ops, i: int, dy: T, y: T, *x: T, axis: int) -> T:
        first = sum(a.shape[axis] for a in x[:i])
        start = tuple(first if a == axis else 0 for a in range(y.ndim))
        stop = tuple(first + x[i].shape[axis] if a == axis else n for a, n in enumerate(y.shape))
        return o.slice(dy, start=start, stop=stop, step=(1,) * y.ndim)
