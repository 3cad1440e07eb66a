"""The matrix product.

Here: matmul with BLAS's transpose flags, so that its two derivatives are again one matmul each.
Elsewhere: vectors are given an axis of length 1 in pellucid.tensor.matmul.
Imports: numpy, pellucid.errors, pellucid.ops.
"""

from typing import Any, final

import numpy as np

from pellucid.errors import ShapeError
from pellucid.ops._primitive import Array, Aval, Ops, Primitive, T, aval_of
from pellucid.ops._shapes import broadcast, result_dtype
from pellucid.ops._threads import MEDIUM, among_our_threads


@final
class Matmul(Primitive):
    """y = A B,  A = a or a^T by `flip_a`, B = b or b^T by `flip_b`, over the last two axes;  dA = dy B^T,  dB = A^T dy.

    a (*, n, k), b (*, k, m) -> y (*, n, m); leading axes broadcast.
    """

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        (a, b), flip_a, flip_b = x, attrs["flip_a"], attrs["flip_b"]
        if len(a.shape) < 2 or len(b.shape) < 2:
            raise ShapeError(f"{self.name}: a {a.shape} and b {b.shape} need two axes each; x[None] adds one.")
        (n, k), (p, m) = a.shape[-2:][:: -1 if flip_a else 1], b.shape[-2:][:: -1 if flip_b else 1]
        if k != p:
            shown_a, shown_b = "a" + ".mT" * flip_a, "b" + ".mT" * flip_b
            hint = f" Did you mean {'b' if flip_b else 'b.mT'}?" if k == m else ""
            raise ShapeError(
                f"{self.name}: {shown_a} {(*a.shape[:-2], n, k)} has {k} columns, {shown_b} {(*b.shape[:-2], p, m)} "
                f"has {p} rows; they must be equal.{hint}"
            )
        lead = broadcast(self.name, Aval(a.shape[:-2], a.dtype), Aval(b.shape[:-2], b.dtype))
        return Aval((*lead, n, m), result_dtype(a, b))

    def forward(self, a: Array, b: Array, *, flip_a: bool, flip_b: bool) -> Array:
        return np.matmul(a.swapaxes(-1, -2) if flip_a else a, b.swapaxes(-1, -2) if flip_b else b)

    def run(self, a: Array, b: Array, *, flip_a: bool, flip_b: bool) -> Array:
        """As `forward`; two matrices go to ndarray.dot, which takes half as long to reach BLAS."""
        if a.ndim == b.ndim == 2:
            a, b = a.T if flip_a else a, b.T if flip_b else b
            if a.size * b.shape[-1] not in MEDIUM:
                return a.dot(b)
            with among_our_threads():
                return a.dot(b)
        self.shape(aval_of(a), aval_of(b), flip_a=flip_a, flip_b=flip_b)
        return self.forward(a, b, flip_a=flip_a, flip_b=flip_b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, a: T, b: T, *, flip_a: bool, flip_b: bool) -> T:
        if i == 0:
            if flip_a:
                return o.matmul(b, dy, flip_a=flip_b, flip_b=True)
            return o.matmul(dy, b, flip_a=False, flip_b=not flip_b)
        if flip_b:
            return o.matmul(dy, a, flip_a=True, flip_b=flip_a)
        return o.matmul(a, dy, flip_a=not flip_a, flip_b=False)
