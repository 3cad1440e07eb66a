"""What each primitive that works entry by entry is on single entries, in machine code.

Here: `SCALAR`, the table of them, and `converted`, a value as another kind of number.
Elsewhere: loops around them are in _loops.py; their definitions, which a test compares, are in pellucid.ops.
Imports: numpy, llvmlite, pellucid.compiler.native.

exp, log and tanh of float32 are polynomials, because calls of the C library do not run several entries at a time; their
relative error is below 2e-7.  float64 goes to the C library.
"""

import math
from collections.abc import Callable
from typing import Any

import llvmlite.ir as ir
import numpy as np

from pellucid.compiler.native._machine import F32, F64, FLAGS, I8, I32, Code, type_for

Entry = Any


def constant(value: Any, dtype: np.dtype[Any]) -> Entry:
    """A number as a constant of this dtype."""
    kind = type_for(dtype)
    if dtype.kind == "f":
        with np.errstate(over="ignore"):  # too large a number is infinite
            return ir.Constant(kind, float(dtype.type(value)))
    return ir.Constant(kind, int(bool(value) if dtype.kind == "b" else value))


def converted(b: Code, x: Entry, old: np.dtype[Any], new: np.dtype[Any]) -> Entry:
    """x as another kind of number."""
    if old == new:
        return x
    kind = type_for(new)
    if new.kind == "b":
        zero = ir.Constant(x.type, 0.0 if old.kind == "f" else 0)
        truth = b.fcmp_unordered("!=", x, zero) if old.kind == "f" else b.icmp_unsigned("!=", x, zero)
        return b.zext(truth, I8)
    if old.kind == "f" and new.kind == "f":
        return b.fpext(x, kind) if new.itemsize > old.itemsize else b.fptrunc(x, kind)
    if old.kind == "f":
        return b.fptosi(x, kind) if new.kind == "i" else b.fptoui(x, kind)
    if new.kind == "f":
        return b.sitofp(x, kind) if old.kind == "i" else b.uitofp(x, kind)
    if new.itemsize == old.itemsize:
        return x
    if new.itemsize < old.itemsize:
        return b.trunc(x, kind)
    return b.sext(x, kind) if old.kind == "i" else b.zext(x, kind)


def _is_float(x: Entry) -> bool:
    return getattr(x.type, "element", x.type) in (F32, F64)  # of vectors, what they consist of


def _like(x: Entry, value: float) -> Entry:
    return ir.Constant(x.type, value if _is_float(x) else int(value))


def _truth(b: Code, bit: Entry) -> Entry:
    return b.zext(bit, I8)


def _bit(b: Code, x: Entry) -> Entry:
    if _is_float(x):
        return b.fcmp_unordered("!=", x, _like(x, 0.0))
    return b.icmp_unsigned("!=", x, ir.Constant(x.type, 0))


def _arithmetic(on_floats: str, on_whole: str) -> Callable[..., Entry]:
    def emit(b: Code, x: Entry, y: Entry, kind: str) -> Entry:
        return getattr(b, on_floats)(x, y, flags=FLAGS) if _is_float(x) else getattr(b, on_whole)(x, y)

    return emit


def _compare(sign: str) -> Callable[..., Entry]:
    def emit(b: Code, x: Entry, y: Entry, kind: str) -> Entry:
        if _is_float(x):
            return _truth(b, b.fcmp_ordered(sign, x, y))
        return _truth(b, (b.icmp_signed if kind == "i" else b.icmp_unsigned)(sign, x, y))

    return emit


def _maximum(b: Code, x: Entry, y: Entry, kind: str) -> Entry:
    if not _is_float(x):
        return b.select((b.icmp_signed if kind == "i" else b.icmp_unsigned)(">", x, y), x, y)
    larger = b.or_(b.fcmp_ordered(">=", x, y), b.fcmp_unordered("uno", x, x))
    return b.select(larger, x, y)  # a NaN in y makes the comparison fail


def _where(b: Code, c: Entry, x: Entry, y: Entry, kind: str) -> Entry:
    return b.select(_bit(b, c), x, y)


def _negative(b: Code, x: Entry, kind: str) -> Entry:
    return b.fneg(x) if _is_float(x) else b.sub(ir.Constant(x.type, 0), x)


def _call(b: Code, name: str, *x: Entry) -> Entry:
    """An LLVM intrinsic on entries of one type."""
    suffix = "f32" if x[0].type == F32 else "f64"
    return b.intrinsic(f"llvm.{name}.{suffix}", x[0].type, *x)


def _absolute(b: Code, x: Entry, kind: str) -> Entry:
    if _is_float(x):
        return _call(b, "fabs", x)
    return x if kind == "u" else b.select(b.icmp_signed("<", x, _like(x, 0)), _negative(b, x, kind), x)


def _sign(b: Code, x: Entry, kind: str) -> Entry:
    zero, one = _like(x, 0), _like(x, 1)
    if not _is_float(x):
        above = b.select((b.icmp_signed if kind == "i" else b.icmp_unsigned)(">", x, zero), one, zero)
        return above if kind == "u" else b.select(b.icmp_signed("<", x, zero), _like(x, -1), above)
    above = b.select(b.fcmp_ordered(">", x, zero), one, b.select(b.fcmp_ordered("==", x, zero), zero, x))  # NaN stays
    return b.select(b.fcmp_ordered("<", x, zero), _like(x, -1.0), above)


def _relu(b: Code, x: Entry, kind: str) -> Entry:
    return _maximum(b, _like(x, 0), x, kind)  # in this order -0 becomes 0


def _c_library(name: str) -> Callable[..., Entry]:
    def emit(b: Code, x: Entry, kind: str) -> Entry:
        return b.intrinsic(name + ("f" if x.type == F32 else ""), x.type, x)

    return emit


# -- polynomials for float32 -------------------------------------------------------------------------------------------


def _polynomial(b: Code, x: Entry, coefficients: tuple[float, ...]) -> Entry:
    """Horner's scheme, the highest power first."""
    y = ir.Constant(F32, coefficients[0])
    for c in coefficients[1:]:
        y = _call(b, "fmuladd", y, x, ir.Constant(F32, c))
    return y


def _exp(b: Code, x: Entry, kind: str) -> Entry:
    """2^n e^r, n = round(x / log 2), |r| <= log 2 / 2; r from two parts of log 2, so that little is lost (Cephes)."""
    if x.type == F64:
        return b.intrinsic("exp", F64, x)
    low, high = ir.Constant(F32, -103.97208404541016), ir.Constant(F32, 88.72283935546875)
    kept = b.select(b.fcmp_ordered("<", x, low), low, x)
    kept = b.select(b.fcmp_ordered(">", kept, high), high, kept)
    n = _call(b, "rint", b.fmul(kept, ir.Constant(F32, 1.4426950216293335)))
    r = _call(b, "fmuladd", n, ir.Constant(F32, -0.693359375), kept)
    r = _call(b, "fmuladd", n, ir.Constant(F32, 2.1219444170128554e-4), r)
    p = _polynomial(b, r, (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 0.16666665459, 0.5))
    p = _call(b, "fmuladd", b.fmul(p, r), r, b.fadd(r, ir.Constant(F32, 1.0)))
    k = b.fptosi(b.select(b.fcmp_unordered("uno", x, x), ir.Constant(F32, 0.0), n), I32)
    half = b.ashr(k, I32(1))  # 2^n in two factors: n may be as low as -150, where results are subnormal
    scaled = b.fmul(b.fmul(p, _power_of_two(b, half)), _power_of_two(b, b.sub(k, half)))
    infinite = b.fcmp_ordered(">", x, high)
    scaled = b.select(infinite, ir.Constant(F32, math.inf), scaled)
    return b.select(b.fcmp_ordered("<", x, low), ir.Constant(F32, 0.0), scaled)


def _power_of_two(b: Code, k: Entry) -> Entry:
    return b.bitcast(b.shl(b.add(k, I32(127)), I32(23)), F32)


def _log(b: Code, x: Entry, kind: str) -> Entry:
    """k log 2 + log m, m in [sqrt 1/2, sqrt 2)  (Cephes)."""
    if x.type == F64:
        return b.intrinsic("log", F64, x)
    tiny = b.fcmp_ordered("<", x, ir.Constant(F32, 1.1754943508222875e-38))
    grown = b.select(tiny, b.fmul(x, ir.Constant(F32, 8388608.0)), x)  # 2^23 makes a subnormal number normal
    bits = b.bitcast(grown, I32)
    k = b.sub(b.lshr(bits, I32(23)), I32(126))
    m = b.bitcast(b.or_(b.and_(bits, I32(0x7FFFFF)), I32(0x3F000000)), F32)  # in [1/2, 1)
    small = b.fcmp_ordered("<", m, ir.Constant(F32, 0.7071067690849304))
    k = b.select(small, b.sub(k, I32(1)), k)
    m = b.fsub(b.select(small, b.fadd(m, m), m), ir.Constant(F32, 1.0))
    k = b.select(tiny, b.sub(k, I32(23)), k)
    e, z = b.sitofp(k, F32), b.fmul(m, m)
    p = _polynomial(
        b,
        m,
        (
            *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
            *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
        ),
    )
    y = b.fmul(b.fmul(p, m), z)
    y = _call(b, "fmuladd", e, ir.Constant(F32, -2.12194440e-4), y)
    y = _call(b, "fmuladd", z, ir.Constant(F32, -0.5), y)
    y = _call(b, "fmuladd", e, ir.Constant(F32, 0.693359375), b.fadd(m, y))
    zero = ir.Constant(F32, 0.0)
    y = b.select(b.fcmp_ordered("==", x, zero), ir.Constant(F32, -math.inf), y)
    y = b.select(b.fcmp_ordered("==", x, ir.Constant(F32, math.inf)), x, y)
    return b.select(b.fcmp_unordered("<", x, zero), ir.Constant(F32, math.nan), y)


def _tanh(b: Code, x: Entry, kind: str) -> Entry:
    """x + x^3 p(x^2) for |x| < 0.625, else 1 - 2 / (e^2|x| + 1) with the sign of x  (Cephes)."""
    if x.type == F64:
        return b.intrinsic("tanh", F64, x)
    size, z = _absolute(b, x, "f"), b.fmul(x, x)
    p = _polynomial(b, z, (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1))
    near = _call(b, "fmuladd", b.fmul(p, z), x, x)
    e = _exp(b, b.fadd(size, size), "f")
    far = b.fsub(ir.Constant(F32, 1.0), b.fdiv(ir.Constant(F32, 2.0), b.fadd(e, ir.Constant(F32, 1.0))))
    y = b.select(b.fcmp_unordered("<", size, ir.Constant(F32, 0.625)), near, far)  # NaN goes through near
    return _call(b, "copysign", y, x)


def _log1p(b: Code, x: Entry, kind: str) -> Entry:
    """log(u) x / (u - 1), u = 1 + x, which makes up for what rounding u lost; x where u = 1  (Kahan)."""
    if x.type == F64:
        return b.intrinsic("log1p", F64, x)
    one = ir.Constant(F32, 1.0)
    u = b.fadd(one, x)
    gap = b.fsub(u, one)
    exact = b.fcmp_ordered("==", gap, ir.Constant(F32, 0.0))
    corrected = b.fmul(_log(b, u, kind), b.fdiv(x, b.select(exact, one, gap)))
    corrected = b.select(b.fcmp_ordered("==", u, ir.Constant(F32, math.inf)), u, corrected)
    return b.select(exact, x, corrected)


def _sigmoid(b: Code, x: Entry, kind: str) -> Entry:
    one = _like(x, 1.0)
    e = _exp(b, b.fneg(_absolute(b, x, "f")), "f")
    top = b.select(b.fcmp_ordered(">=", x, _like(x, 0.0)), one, e)
    return b.fdiv(top, b.fadd(one, e))


def _softplus(b: Code, x: Entry, kind: str) -> Entry:
    e = _exp(b, b.fneg(_absolute(b, x, "f")), "f")
    return b.fadd(_maximum(b, x, _like(x, 0.0), "f"), _log1p(b, e, "f"))


def _power(b: Code, x: Entry, y: Entry, kind: str) -> Entry:
    return b.intrinsic("powf" if x.type == F32 else "pow", x.type, x, y)


SCALAR: dict[str, Callable[..., Entry]] = {
    "add": _arithmetic("fadd", "add"),
    "subtract": _arithmetic("fsub", "sub"),
    "multiply": _arithmetic("fmul", "mul"),
    "divide": lambda b, x, y, kind: b.fdiv(x, y),
    "power": _power,
    "maximum": _maximum,
    "negative": _negative,
    "absolute": _absolute,
    "sign": _sign,
    "floor": lambda b, x, kind: _call(b, "floor", x),
    "exp": _exp,
    "expm1": _c_library("expm1"),
    "log": _log,
    "log1p": _log1p,
    "sqrt": lambda b, x, kind: _call(b, "sqrt", x),
    "sin": _c_library("sin"),
    "cos": _c_library("cos"),
    "tanh": _tanh,
    "erf": _c_library("erf"),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "relu": _relu,
    "equal": _compare("=="),
    "less": _compare("<"),
    "less_equal": _compare("<="),
    "where": _where,
}
"""name -> function (builder, operands of one dtype, its kind of "f", "i", "u", "b") -> entry."""
