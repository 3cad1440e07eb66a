"""An interior point method on the dual of a linear support vector machine whose loss is not squared.

    min_a  |v|^2 / 2 - sum_si p_si a_si,    v = sum_si e_si a_si x_i,    low_i <= a_si <= high_i

e_si = y_i for classes; 1 for numbers, or 1 and -1, one weight a_1i for either side of a tube, where epsilon > 0.

Here: `Interior`; `of_classes` and `of_numbers`, which build one; `first_inside`, which leaves the rest to coordinate
descent where rounding ends it; `MOST_FEATURES`, up to which it is the faster way.
Elsewhere: the loops are in _linear_svc.py and _linear_svr.py; coordinate descent, compiled, in _dual_kernels.py.
Imports: numpy, pellucid.base, pellucid.linear_model, and this package.
"""

from collections.abc import Callable
from typing import final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._rows import Rows, is_sparse
from pellucid.svm._primal import curvature, scores, solved

MOST_FEATURES = 300  # 20 steps then cost as much as 1000 epochs or so, after which the dual is often far from its end
TO_THE_BOUND = 0.995  # of the way to the nearest bound; reaching it would leave no interior
SHORTEST = 1e-6  # step that still moves on; rounding ends the search below
SETTLED = 1e-20  # of the first m; rounding is all that moves below


@final
class Interior:
    """Where the search stands: a between its bounds, multipliers of these, and the weights v they are to come to.

    rows (N, D) float64, square (N,) = |x_i|^2; sign, pay and low broadcast to (S, N), high (N,) > low.
    """

    net: Array
    """sum_s e_si a_si (N,) of the dual point of the last step."""
    weights: Array
    """Its weights (D + 1,)."""

    def __init__(
        self, rows: Rows, bias: float, square: Array, sign: Array, pay: Array, low: Array, high: Array
    ) -> None:
        self.rows, self.bias, self.square = rows, bias, square
        self.sign, self.pay, self.low, self.high = np.broadcast_arrays(sign, pay, low, high)
        self.v = np.zeros(rows.shape[1] + 1)
        self.under = 0.5 * (self.high - self.low)  # a - low, and high - a: kept apart, near 0 each has all its digits
        self.over = self.under.copy()
        more = float(np.abs(self.pay).mean()) or 1.0
        self.z, self.t = np.maximum(-self.pay, 0.0) + more, np.maximum(self.pay, 0.0) + more
        self.first = self._middle()
        self._ends = False

    def going(self) -> bool:
        """Whether rounding leaves a further step."""
        return not self._ends

    def step(self, w: Array) -> float:
        """One step; the largest entry of the projected gradient at a dual point nearby.

        Sets w (D + 1,) as the weights of that point, or as v where these leave the primal objective lower, as they do
        far from the end.

        Newton's method on slope - z + t = 0, (a - low) z = m, (high - a) t = m, with the m of Mehrotra's predictor;
        of a matrix of D + 1 columns, in which x_i weighs 1 / h_i, filled at a cost of N D^2.
        Source: Mehrotra, SIAM J. Optimization 2, 1992; Ferris and Munson, Interior-point methods for massive support
        vector machines, SIAM J. Optimization 13, 2002.
        """
        middle = self._middle()
        if middle <= SETTLED * self.first:
            return self._ended(w)
        under, over, z, t = self.under, self.over, self.z, self.t
        off = self._slope(self.v) - z + t
        with np.errstate(all="ignore"):  # what is not finite ends the search
            h = z / under + t / over
            square = curvature(self.rows, (1.0 / h).sum(axis=0), self.bias)
            if not np.isfinite(square).all():
                return self._ended(w)
            lag = self.v - self._sum(self.low + under)
            up, down = -z, -t
            for corrected in (False, True):
                right = up - down - off
                pull = self._sum(right / h) - lag
                if not np.isfinite(pull).all():
                    return self._ended(w)
                dv = solved(square, pull)
                da = (right - self.sign * scores(self.rows, dv, self.bias)) / h
                dz, dt = up - z / under * da, down + t / over * da
                length = min(_length(under, da), _length(over, -da), _length(z, dz), _length(t, dt))
                if not corrected:
                    left = ((under + length * da) * (z + length * dz)).sum()
                    left += ((over - length * da) * (t + length * dt)).sum()
                    aim = middle * (float(left) / (2 * h.size * middle)) ** 3
                    up, down = (aim - da * dz) / under - z, (aim + da * dt) / over - t
        if not (length > SHORTEST and np.isfinite(dv).all() and np.isfinite(da).all()):
            return self._ended(w)
        length = min(1.0, TO_THE_BOUND * length)
        self.v += length * dv
        self.under, self.over = under + length * da, over - length * da
        self.z, self.t = z + length * dz, t + length * dt
        return self._told(w)

    def _told(self, w: Array) -> float:
        """At a with each weight on a bound that its best single change would reach; or better, the others mended."""
        slope = self._slope(self.v)
        a = np.where(self.under < self.over, self.low + self.under, self.high - self.over)
        a = np.where(self.under * self.square <= slope, self.low, a)
        a = np.where(self.over * self.square <= -slope, self.high, a)
        found = [self._judged(a)]
        if found[0][0] > 0.0 and ((self.low < a) & (a < self.high)).sum() <= 2 * len(w):
            found.append(self._judged(self._mended(a, found[0][1])))
        worst, self.weights, a = min(found, key=lambda each: each[0])
        self.net = (self.sign * a).sum(axis=0)
        w[:] = min((self.weights, self.v), key=self._primal)
        return worst

    def _primal(self, v: Array) -> float:
        """|v|^2 / 2 + the loss: the most that a between the bounds makes of -a times the slope."""
        slope = self._slope(v)
        return float(0.5 * v @ v - (np.where(slope < 0.0, self.high, self.low) * slope).sum())

    def _middle(self) -> float:
        return float((self.under * self.z + self.over * self.t).mean()) / 2

    def _judged(self, a: Array) -> tuple[float, Array, Array]:
        """The largest entry of the projected gradient, the weights (D + 1,), and a (S, N) itself."""
        w = self._sum(a)
        slope = self._slope(w)
        slope = np.where(a <= self.low, np.minimum(slope, 0.0), slope)
        slope = np.where(a >= self.high, np.maximum(slope, 0.0), slope)
        return float(np.abs(slope).max(initial=0.0)), w, a

    def _mended(self, a: Array, w: Array) -> Array:
        """a with those between the bounds changed so that their slopes are 0, as far as the bounds let them."""
        side, row = np.nonzero((self.low < a) & (a < self.high))
        own = self.rows[row]
        own = np.column_stack([own.toarray() if is_sparse(own) else own, np.full(len(row), self.bias)])
        own *= self.sign[side, row][:, None]  # (F, D + 1)
        change = np.linalg.lstsq(own, -self._slope(w)[side, row])[0]  # of w
        out = a.copy()
        out[side, row] += np.linalg.lstsq(own.T, change)[0]
        return np.clip(out, self.low, self.high)

    def _ended(self, w: Array) -> float:
        self._ends = True
        return self._told(w)

    def _slope(self, v: Array) -> Array:
        slope: Array = self.sign * scores(self.rows, v, self.bias) - self.pay
        return slope

    def _sum(self, a: Array) -> Array:
        """sum_si e_si a_si x_i (D + 1,)."""
        net = (self.sign * a).sum(axis=0)
        return np.append(self.rows.T @ net, self.bias * net.sum())


def _length(room: Array, change: Array) -> float:
    """The largest t <= 1 / TO_THE_BOUND with room + t change >= 0."""
    falling = change < 0.0
    return float(np.min(-room[falling] / change[falling], initial=1.0 / TO_THE_BOUND))


def of_classes(rows: Rows, bias: float, square: Array, y: Array, upper: Array) -> Interior:
    """The hinge: y (N,) of -1 and 1, 0 <= a_i <= upper_i, all of them > 0."""
    return Interior(rows, bias, square, y[None], np.ones(1), np.zeros(1), upper)


def of_numbers(rows: Rows, bias: float, square: Array, y: Array, epsilon: float, upper: Array) -> Interior:
    """max(|r| - epsilon, 0): y (N,), the weight of either side between 0 and upper_i, all of them > 0."""
    if epsilon == 0.0:
        return Interior(rows, bias, square, np.ones(1), y[None], -upper, upper)
    side = np.array([[1.0], [-1.0]])
    return Interior(rows, bias, square, side, side * y - epsilon, np.zeros(1), upper)


def first_inside(
    search: Interior, kept: Array, side: Array, dual: Array, w: Array, epoch: Callable[[], float]
) -> Callable[[], float]:
    """What does a step of `search`, or an epoch once that has ended; moves w, and where it ends dual (N,), too.

    kept (N,): which rows `search` has; side (N,): the sign of dual_i x_i in w.
    """

    def go_on() -> float:
        if not search.going():
            return epoch()
        worst = search.step(w)
        if not search.going():
            dual[kept], w[:] = search.net * side[kept], search.weights
        return worst

    return go_on
