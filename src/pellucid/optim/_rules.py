"""The small rules that famous optimizers are made of, each written once, with its one equation.

Here: `Rule`; the rules; `update`, one step of a chain of them as a pure function; `begin`, the state before the first.
Elsewhere: which rules make up Adam is said in _adam.py, and so on; _tape.py runs a chain in memory given in advance.
Imports: numpy and pellucid.ops, for types.

In the equations d is the direction so far (at first the gradient), w the parameter, t the number of the step, from 1;
an arrow renews an entry of the state, and "gives" is what the rule passes on.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from typing import Any, ClassVar, final

from pellucid.ops._primitive import Ops, T

State = MutableMapping[str, Any]
Options = Mapping[str, Any]


class Rule(ABC):
    """One equation on the way from a gradient to a step.

    A rule is called with the operations `o`, the direction d so far, the parameter w, the state s and the
    hyperparameters h of the group; it renews its own entries of s and returns the direction to pass on.  It is written
    entry by entry, with operators and functions of `o`, and without a branch: then the one line serves plain arrays,
    the tape of _tape.py, and the traced values of a compiler.  Numbers (s["step"], h["lr"]) are operands like arrays;
    on them only operators are used, since a NumPy scalar would widen float32 arrays.

    A rule of one's own joins a chain like those here:

    >>> import numpy as np
    >>> from pellucid.ops import ARRAYS
    >>> class Sign(Rule):
    ...     '''gives sign(d).'''
    ...     def __call__(self, o, d, w, s, h):
    ...         return o.sign(d)
    >>> w, g = np.array([1.0, 1.0]), np.array([7.0, -0.2])
    >>> update([Sign(), Rate()], ARRAYS, w, g, {"step": 0}, {"lr": 0.5})
    (array([0.5, 1.5]), {'step': 1})
    """

    keeps: ClassVar[tuple[str, ...]] = ()
    """Arrays of the parameter's shape that the rule keeps in the state, by PyTorch's names."""

    counts: ClassVar[Mapping[str, float]] = {}
    """Numbers that it keeps, and what they begin with; `step` is kept for every chain."""

    def first(self, name: str, h: Options) -> float:
        """What the entries of the array `name` begin with."""
        return 0.0

    @abstractmethod
    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        """The direction to pass on."""

    @final
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # equal by content, which may change

    @final
    def __repr__(self) -> str:
        """The name and the equation."""
        return f"{type(self).__name__}: " + " ".join((type(self).__doc__ or "").split("\n\n")[0].split())


@cache
def chain(*kinds: type[Rule] | None) -> tuple[Rule, ...]:
    """A rule of each kind, in order, and the very same ones each time; None stands for a rule that is not needed.

    >>> chain(Ascend, None, Rate)
    (Ascend: gives -d: up the gradient, for what is to be maximised., Rate: gives lr d.)
    """
    return tuple(kind() for kind in kinds if kind is not None)


def update(rules: Sequence[Rule], o: Ops, w: T, g: T, state: Mapping[str, Any], h: Options) -> tuple[T, dict[str, Any]]:
    """One step down the gradient g: the new parameter and the new state.

        t <- t + 1,    w <- w - d,    d = g after all rules, in order

    w, g and the kept arrays of the state have one shape; nothing that is given is changed.
    """
    s = {**state, "step": state["step"] + 1}
    d = g
    for rule in rules:
        d = rule(o, d, w, s, h)
    return w - d, s


def begin(rules: Sequence[Rule], h: Options) -> tuple[dict[str, float], dict[str, float]]:
    """The state before the first step: numbers by name, and what each kept array is filled with."""
    numbers = {"step": 0} | {name: value for rule in rules for name, value in rule.counts.items()}
    return numbers, {name: rule.first(name, h) for rule in rules for name in rule.keeps}


# -- before and after the memory of a method -----------------------------------------------------------------------


@final
class Ascend(Rule):
    """gives -d: up the gradient, for what is to be maximised."""

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        return -d


@final
class Decay(Rule):
    """gives d + lambda w.

    Before the averages of a method it is the gradient of the penalty lambda |w|^2 / 2; after them it shrinks the
    parameter alone, w <- (1 - lr lambda) w, which is AdamW's decoupled decay.
    """

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        return d + h["weight_decay"] * w


@final
class Rate(Rule):
    """gives lr d."""

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        return h["lr"] * d


@final
class DecayingRate(Rule):
    """gives lr / (1 + (t - 1) eta) d,  eta = lr_decay."""

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        return h["lr"] / (1 + (s["step"] - 1) * h["lr_decay"]) * d


# -- momentum ------------------------------------------------------------------------------------------------------


@final
class Momentum(Rule):
    """b <- mu b + d;  gives b."""

    keeps = ("momentum_buffer",)

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        b = s["momentum_buffer"] = h["momentum"] * s["momentum_buffer"] + d
        return b


@final
class DampedMomentum(Rule):
    """b <- mu b + (1 - tau) d, at the first step b <- d;  gives b,  tau = dampening."""

    keeps = ("momentum_buffer",)

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        share = 1 - h["dampening"] * (s["step"] > 1)
        b = s["momentum_buffer"] = h["momentum"] * s["momentum_buffer"] + share * d
        return b


@final
class Nesterov(Rule):
    """b <- mu b + d;  gives d + mu b."""

    keeps = ("momentum_buffer",)

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        b = s["momentum_buffer"] = h["momentum"] * s["momentum_buffer"] + d
        return d + h["momentum"] * b


# -- a step length for each entry ----------------------------------------------------------------------------------


@final
class SquareSum(Rule):
    """v <- v + d^2;  gives d / (sqrt v + eps)."""

    keeps = ("sum",)

    def first(self, name: str, h: Options) -> float:
        """Adagrad's initial_accumulator_value."""
        return float(h["initial_accumulator_value"])

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        v = s["sum"] = s["sum"] + d * d
        return d / (o.sqrt(v) + h["eps"])


@final
class SquareAverage(Rule):
    """v <- alpha v + (1 - alpha) d^2;  gives d / (sqrt v + eps)."""

    keeps = ("square_avg",)

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        v = s["square_avg"] = _average(s["square_avg"], d * d, h["alpha"])
        return d / (o.sqrt(v) + h["eps"])


@final
class Variance(Rule):
    """v <- alpha v + (1 - alpha) d^2,  a <- alpha a + (1 - alpha) d;  gives d / (sqrt(v - a^2) + eps)."""

    keeps = ("square_avg", "grad_avg")

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        v = s["square_avg"] = _average(s["square_avg"], d * d, h["alpha"])
        a = s["grad_avg"] = _average(s["grad_avg"], d, h["alpha"])
        return d / (o.sqrt(v - a * a) + h["eps"])


# -- Adam and its kin: m and v are running averages of d and d^2 ---------------------------------------------------


@final
class AdamRatio(Rule):
    """m <- b1 m + (1 - b1) d,  v <- b2 v + (1 - b2) d^2;  gives m' / (sqrt v' + eps).

    m' = m / c1,  v' = v / c2^2,  c1 = 1 - b1^t,  c2 = sqrt(1 - b2^t).  Only numbers are divided by these:
    m' / (sqrt v' + eps) = c2 / c1 m / (sqrt v + c2 eps), the order of section 2 of Kingma and Ba.
    """

    keeps = ("exp_avg", "exp_avg_sq")

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        m, v = _moments(d, s, h)
        c1, c2 = _corrections(s, h)
        return c2 / c1 * (m / (o.sqrt(v) + c2 * h["eps"]))


@final
class GreatestRatio(Rule):
    """m and v as Adam's,  u <- max(u, v);  gives m' / (sqrt u' + eps): AMSGrad, whose step lengths never grow."""

    keeps = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        m, v = _moments(d, s, h)
        u = s["max_exp_avg_sq"] = o.maximum(s["max_exp_avg_sq"], v)
        c1, c2 = _corrections(s, h)
        return c2 / c1 * (m / (o.sqrt(u) + c2 * h["eps"]))


@final
class NesterovRatio(Rule):
    """m and v as Adam's;  gives ((1 - mu_t) / (1 - p_t) d + mu_t+1 / (1 - p_t+1) m) / (sqrt v' + eps).

    mu_t = b1 (1 - 0.96^(t psi) / 2),  p_t = mu_1 mu_2 .. mu_t,  psi = momentum_decay
    """

    keeps = ("exp_avg", "exp_avg_sq")
    counts: ClassVar[Mapping[str, float]] = {"mu_product": 1.0}

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        m, v = _moments(d, s, h)
        _, c2 = _corrections(s, h)
        mu, after = (h["betas"][0] * (1 - 0.5 * 0.96 ** (t * h["momentum_decay"])) for t in (s["step"], s["step"] + 1))
        p = s["mu_product"] = s["mu_product"] * mu
        return ((1 - mu) / (1 - p) * c2 * d + after / (1 - p * after) * c2 * m) / (o.sqrt(v) + c2 * h["eps"])


@final
class RectifiedRatio(Rule):
    """m and v as Adam's;  gives r m' / (sqrt v' + eps') once rho_t > 5, and m' before: v is too young to divide by.

    rho = 2 / (1 - b2) - 1,  rho_t = rho - 2 t b2^t / (1 - b2^t),  eps' = eps / sqrt(1 - b2^t)
    r^2 = (rho_t - 4) (rho_t - 2) rho / ((rho - 4) (rho - 2) rho_t)
    """

    keeps = ("exp_avg", "exp_avg_sq")

    def __call__(self, o: Ops, d: T, w: T, s: State, h: Options) -> T:
        m, v = _moments(d, s, h)
        c1, c2 = _corrections(s, h)
        t, b2 = s["step"], h["betas"][1]
        rho = 2 / (1 - b2) - 1
        rho_t = rho - 2 * t * b2**t / (1 - b2**t)
        old = (rho_t > 5) * 1.0  # 1 or 0; where it is 0 the root is that of 0, and nothing is divided by rho - 4
        r = (old * (rho_t - 4) * (rho_t - 2) * rho / (old * (rho - 4) * (rho - 2) * rho_t + (1 - old))) ** 0.5
        return (r * c2 / (o.sqrt(v) + h["eps"]) + (1 - old)) * (1 / c1 * m)


def _average(old: T, new: T, keep: T) -> T:
    """keep * old + (1 - keep) * new."""
    return keep * old + (1 - keep) * new


def _moments(d: T, s: State, h: Options) -> tuple[T, T]:
    """The renewed averages m of d and v of d^2."""
    b1, b2 = h["betas"]
    s["exp_avg"] = _average(s["exp_avg"], d, b1)
    s["exp_avg_sq"] = _average(s["exp_avg_sq"], d * d, b2)
    return s["exp_avg"], s["exp_avg_sq"]


def _corrections(s: State, h: Options) -> tuple[T, T]:
    """1 - b1^t and sqrt(1 - b2^t): how much of the averages, which began at 0, is filled after t steps."""
    b1, b2 = h["betas"]
    return 1 - b1 ** s["step"], (1 - b2 ** s["step"]) ** 0.5
