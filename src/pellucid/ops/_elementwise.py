"""Primitives that act on each entry by itself, with broadcasting.

Here: arithmetic, comparisons, selection, casts, and the functions of one number.
Elsewhere: sums and maxima over axes are in _reductions.py; softmax and the like are composed of these in
pellucid.tensor and pellucid.nn.
Imports: numpy, pellucid.errors, pellucid.ops; SciPy's erf when it is called.
"""

import math
from abc import ABC
from typing import Any, final

import numpy as np

from pellucid.ops._primitive import Array, Aval, Ops, Primitive, T, aval_of
from pellucid.ops._shapes import broadcast, floating, not_truth, result_dtype


class Arithmetic(Primitive, ABC):
    """y = a (op) b, entry by entry; shapes broadcast, dtypes promote as in NumPy."""

    of_truth: bool = True  # whether truth values are operands too

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        dtype = result_dtype(*x)
        return Aval(broadcast(self.name, *x), dtype if self.of_truth else not_truth(self.name, dtype))


class Comparison(Primitive, ABC):
    """y = a (op) b as a truth value; constant almost everywhere, so no derivative."""

    differentiable = False

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        return Aval(broadcast(self.name, *x), np.dtype(bool))


class Function(Primitive, ABC):
    """y = f(x), entry by entry, for floating-point x."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        return Aval(x[0].shape, floating(self.name, x[0]))

    def run(self, x: Any) -> Array:
        """As `forward`, which NumPy would compute for whole numbers in float64."""
        if type(x) is not float and x.dtype.kind != "f":
            self.shape(aval_of(x))
        return self.forward(x)


@final
class Add(Arithmetic):
    """y = a + b;  da = dy,  db = dy."""

    def forward(self, a: Array, b: Array) -> Array:
        return np.add(a, b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, *x: T) -> T:
        return dy


@final
class Subtract(Arithmetic):
    """y = a - b;  da = dy,  db = -dy."""

    of_truth = False

    def forward(self, a: Array, b: Array) -> Array:
        return np.subtract(a, b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, *x: T) -> T:
        return dy if i == 0 else -dy


@final
class Multiply(Arithmetic):
    """y = a b;  da = dy b,  db = dy a."""

    def forward(self, a: Array, b: Array) -> Array:
        return np.multiply(a, b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, a: T, b: T) -> T:
        return dy * (b if i == 0 else a)


@final
class Divide(Arithmetic):
    """y = a / b;  da = dy / b,  db = -dy y / b."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        dtype = result_dtype(*x)
        return Aval(broadcast(self.name, *x), dtype if dtype.kind == "f" else np.dtype(np.float64))

    def forward(self, a: Array, b: Array) -> Array:
        return np.divide(a, b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, a: T, b: T) -> T:
        return dy / b if i == 0 else -dy * y / b


@final
class Power(Arithmetic):
    """y = a^b;  da = dy b a^(b-1),  db = dy y log a.

    Where b = 0, da = 0 even at a = 0; where a = 0, db = 0 (there y is 0 or 1 for every b near it on the domain).
    """

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        not_truth(self.name, x[0].dtype)
        return super().shape(*x)

    def forward(self, a: Array, b: Array) -> Array:
        return np.asarray(a) ** b if not isinstance(b, np.ndarray) else np.power(a, b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, a: T, b: T) -> T:
        if i == 1:
            return dy * y * o.log(o.where(o.equal(a, 0.0), 1.0, a))
        lower = b - 1 if isinstance(b, (int, float)) and b != 0 else b - o.where(o.equal(b, 0), 0.0, 1.0)
        return dy * (b * a**lower)


@final
class Maximum(Arithmetic):
    """y = max(a, b);  da = dy where a > b, dy / 2 where a = b, else 0;  db likewise."""

    def forward(self, a: Array, b: Array) -> Array:
        return np.maximum(a, b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, a: T, b: T) -> T:
        mine, other = (a, b) if i == 0 else (b, a)
        return o.where(o.less(mine, other), 0.0, o.where(o.equal(mine, other), 0.5 * dy, dy))


@final
class Equal(Comparison):
    """y = (a == b)."""

    def forward(self, a: Array, b: Array) -> Array:
        return np.equal(a, b)


@final
class Less(Comparison):
    """y = (a < b)."""

    def forward(self, a: Array, b: Array) -> Array:
        return np.less(a, b)


@final
class LessEqual(Comparison):
    """y = (a <= b)."""

    def forward(self, a: Array, b: Array) -> Array:
        return np.less_equal(a, b)


@final
class Where(Primitive):
    """y = a where c holds, else b;  da = dy where c, else 0;  db = 0 where c, else dy."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        return Aval(broadcast(self.name, *x), result_dtype(*x[1:]))

    def forward(self, c: Array, a: Array, b: Array) -> Array:
        return np.where(c, a, b)

    def vjp(self, o: Ops, i: int, dy: T, y: T, c: T, a: T, b: T) -> T:
        return o.where(c, dy, 0.0) if i == 1 else o.where(c, 0.0, dy)


@final
class Cast(Primitive):
    """y = x in another dtype;  dx = dy, cast back."""

    def shape(self, *x: Aval, **attrs: Any) -> Aval:
        return Aval(x[0].shape, np.dtype(attrs["dtype"]))

    def forward(self, x: Array, *, dtype: np.dtype[Any]) -> Array:
        return np.asarray(x).astype(dtype)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T, *, dtype: np.dtype[Any]) -> T:
        return o.cast(dy, dtype=x.dtype)


@final
class Negative(Arithmetic):
    """y = -x;  dx = -dy."""

    of_truth = False

    def forward(self, x: Array) -> Array:
        return np.negative(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return -dy


@final
class Absolute(Arithmetic):
    """y = |x|;  dx = dy sign(x), 0 at x = 0."""

    def forward(self, x: Array) -> Array:
        return np.absolute(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * o.sign(x)


@final
class Sign(Arithmetic):
    """y = -1, 0 or 1;  constant almost everywhere."""

    of_truth = False
    differentiable = False

    def forward(self, x: Array) -> Array:
        return np.sign(x)


@final
class Floor(Function):
    """y = the largest whole number <= x;  constant almost everywhere."""

    differentiable = False

    def forward(self, x: Array) -> Array:
        return np.floor(x)


@final
class Exp(Function):
    """y = e^x;  dx = dy y."""

    def forward(self, x: Array) -> Array:
        return np.exp(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * y


@final
class Expm1(Function):
    """y = e^x - 1, exact also near 0;  dx = dy (y + 1)."""

    def forward(self, x: Array) -> Array:
        return np.expm1(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * (y + 1.0)


@final
class Log(Function):
    """y = log x;  dx = dy / x."""

    def forward(self, x: Array) -> Array:
        return np.log(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy / x


@final
class Log1p(Function):
    """y = log(1 + x), exact also near 0;  dx = dy / (1 + x)."""

    def forward(self, x: Array) -> Array:
        return np.log1p(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy / (x + 1.0)


@final
class Sqrt(Function):
    """y = sqrt x;  dx = dy / (2 y)."""

    def forward(self, x: Array) -> Array:
        return np.sqrt(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * 0.5 / y


@final
class Sin(Function):
    """y = sin x;  dx = dy cos x."""

    def forward(self, x: Array) -> Array:
        return np.sin(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * o.cos(x)


@final
class Cos(Function):
    """y = cos x;  dx = -dy sin x."""

    def forward(self, x: Array) -> Array:
        return np.cos(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return -dy * o.sin(x)


@final
class Tanh(Function):
    """y = tanh x;  dx = dy (1 - y^2)."""

    def forward(self, x: Array) -> Array:
        return np.tanh(x)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * (1.0 - y * y)


@final
class Erf(Function):
    """y = 2 / sqrt(pi) int_0^x e^(-t^2) dt;  dx = dy 2 / sqrt(pi) e^(-x^2).

    SciPy's vectorised erf where SciPy is installed; without it the C library's, one entry at a time.
    """

    def forward(self, x: Array) -> Array:
        try:
            from scipy.special import erf
        except ImportError:
            return np.vectorize(math.erf, otypes=[np.float64])(x).astype(x.dtype)
        return np.asarray(erf(x)).astype(x.dtype, copy=False)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * (2.0 / math.sqrt(math.pi)) * o.exp(-x * x)


@final
class Sigmoid(Function):
    """y = 1 / (1 + e^-x);  dx = dy y (1 - y).

    Evaluated with e = e^-|x|, which cannot overflow: y = 1 / (1 + e) for x >= 0, e / (1 + e) below.
    """

    def forward(self, x: Array) -> Array:
        e = np.exp(-np.absolute(x))
        return np.where(np.greater_equal(x, 0), 1.0, e) / (1.0 + e)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * (y * (1.0 - y))


@final
class Softplus(Function):
    """y = log(1 + e^x);  dx = dy sigmoid(x).

    Evaluated as max(x, 0) + log1p(e^-|x|): e^x itself overflows float64 beyond x = 709.
    """

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0.0) + np.log1p(np.exp(-np.absolute(x)))

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * o.sigmoid(x)


@final
class Relu(Function):
    """y = max(x, 0);  dx = dy sign(y): dy where x > 0, else 0 (also at x = 0)."""

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def vjp(self, o: Ops, i: int, dy: T, y: T, x: T) -> T:
        return dy * o.sign(y)
