"""L-BFGS: a quasi-Newton method for losses over all rows.

Here: `LBFGS`, and the two-loop recursion by which it finds its direction.
Elsewhere: the line search is in _line_search.py; methods for mini-batches are in _sgd.py, _adaptive.py, _adam.py.
Imports: numpy, pellucid.base, pellucid.errors.

Its step asks for the loss again and again and branches on what it gets, so it is no chain of rules.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np

from pellucid.base._limits import Choice, Limit, Real, Whole
from pellucid.errors import ParameterError, ShapeError, TraceError
from pellucid.ops._primitive import Array
from pellucid.optim._groups import Group, Parameters
from pellucid.optim._line_search import Point, strong_wolfe
from pellucid.optim._optimizer import Closure, Optimizer
from pellucid.optim._walk import wrong_gradient
from pellucid.persistence import register
from pellucid.tensor._symbol import tracer, where
from pellucid.tensor._tensor import Tensor

CURVATURE_MIN = 1e-10  # s . y; below, the pair says nothing certain about the curvature, and is left out


@final
@register("optim.LBFGS")
class LBFGS(Optimizer):
    """L-BFGS: steps along -H g, H an estimate of the inverse Hessian from the last changes of parameters and gradient.

        w <- w + t d,    d = -H g,    H from the pairs s = t d (change of w), y (change of g), newest first

    lr: t, or the first trial of the line search; the very first step is shorter, t = min(1, 1 / |g|_1) lr.
    max_iter: iterations a call of step.  max_eval: evaluations of the closure a call, 5/4 max_iter when None.
    tolerance_grad: stop when no |g_i| is greater.  tolerance_change: stop when no entry, or the loss, changes more.
    history_size: pairs remembered, each as large as two copies of the parameters.
    line_search_fn: None, or "strong_wolfe", with which lr=1 is a good first trial.
    `step` needs a closure, and all parameters form one group; one without gradient counts as having gradient 0.
    State, under the first parameter: n_iter, func_evals; d, t; old_stps (s), old_dirs (y), ro (1 / s . y), H_diag;
    prev_flat_grad, prev_loss.
    Raises ParameterError for a hyperparameter outside its limit, a second group, or a step without closure.
    Source: Liu and Nocedal, On the limited memory BFGS method, Mathematical programming 45, 1989.

    One call of step finds the minimum of Rosenbrock's valley:

    >>> import numpy as np
    >>> from pellucid import Tensor
    >>> w = Tensor(np.array([-1.5, 2.0]), requires_grad=True)
    >>> optimizer = LBFGS([w], max_iter=60, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> start = optimizer.step(closure)
    >>> start.item(), np.round(w.tolist(), 4).tolist()
    (12.5, [1.0, 1.0])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "lr": Real(low=0.0),
        "max_iter": Whole(low=1),
        "max_eval": Whole(low=1),
        "tolerance_grad": Real(low=0.0),
        "tolerance_change": Real(low=0.0),
        "history_size": Whole(low=1),
        "line_search_fn": Choice("strong_wolfe", None),
    }

    def __init__(
        self,
        params: Parameters,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        options = {"lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval}
        tolerances = {"tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change}
        super().__init__(
            params, {**options, **tolerances, "history_size": history_size, "line_search_fn": line_search_fn}
        )

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Take the only group; raises ParameterError for another."""
        if self.param_groups:
            raise ParameterError(
                "LBFGS: its direction mixes all parameters, so they form one group with the same hyperparameters; give "
                "them in one list."
            )
        super().add_param_group(param_group)

    def step(self, closure: Closure | None = None) -> Any:
        """Go up to max_iter iterations; returns the loss that closure gave first, before any change."""
        if tracer() is not None:
            raise TraceError(
                f"LBFGS.step, {where()}: how many evaluations it makes depends on the losses it meets, which a "
                f"program cannot do. Compile the closure alone, or use another optimizer."
            )
        if closure is None:
            raise ParameterError(
                "LBFGS.step: it needs a closure that calls zero_grad(), computes the loss, calls its backward() and "
                "returns it: step(closure)."
            )
        group, first = self.param_groups[0], self._loss(closure)
        state = self.state.setdefault(self._parameters[0], {"func_evals": 0, "n_iter": 0})
        state["func_evals"] += 1
        loss, g, evaluations = float(first), self._gradient(), 1
        for iteration in range(1, group["max_iter"] + 1):
            if _largest(g) <= group["tolerance_grad"]:
                break
            _find_direction(state, g, group["history_size"])
            d, before = state["d"], loss
            state["prev_flat_grad"], state["prev_loss"] = g, loss
            state["t"] = group["lr"] * (min(1.0, 1.0 / float(np.abs(g).sum())) if state["n_iter"] == 1 else 1.0)
            slope = float(g @ d)
            if slope > -group["tolerance_change"]:
                break
            if group["line_search_fn"] is None:
                self._move(state["t"], d)
                if iteration == group["max_iter"]:
                    break  # nothing will look at the loss there
                loss, g, calls = float(self._loss(closure)), self._gradient(), 1
            else:
                start = Point(0.0, loss, g, slope)
                point, calls = self._search(closure, start, state["t"], d, group["max_eval"] - evaluations)
                state["t"], loss, g = point.t, point.value, point.gradient
                self._move(point.t, d)
            evaluations += calls
            state["func_evals"] += calls
            least = group["tolerance_change"]
            if evaluations >= group["max_eval"] or _largest(state["t"] * d) <= least or abs(loss - before) < least:
                break
        return first

    def _search(self, closure: Closure, start: Point, t: float, d: Array, most: int) -> tuple[Point, int]:
        """The point found by the line search; the parameters are left where they were."""
        origin = [p.data.copy() for p in self._parameters]

        def probe(t: float) -> Point:
            self._move(t, d)
            loss, g = float(self._loss(closure)), self._gradient()
            for p, data in zip(self._parameters, origin, strict=True):
                p.data[...] = data
                p.touch()
            return Point(t, loss, g, float(g @ d))

        tolerance = self.param_groups[0]["tolerance_change"]
        return strong_wolfe(probe, start, t, reach=_largest(d), tolerance=tolerance, most=most)

    def _gradient(self) -> Array:
        """The gradient of all parameters in a row; 0 for those that have none."""
        if any(p.grad is not None and p.grad.shape != p.shape for p in self._parameters):
            raise wrong_gradient(self._parameters)
        rows = [np.zeros(p.size, p.dtype) if p.grad is None else p.grad.data.ravel() for p in self._parameters]
        return np.concatenate(rows)

    def _move(self, t: float, d: Array) -> None:
        """w <- w + t d."""
        at = 0
        for p in self._parameters:
            np.add(p.data, t * d[at : at + p.size].reshape(p.shape), out=p.data, casting="same_kind")
            p.touch()
            at += p.size

    def _adopted(self, p: Tensor, group: Group, entries: Mapping[str, Any]) -> dict[str, Any]:
        size = sum(q.size for q in group["params"])
        own: dict[str, Any] = {}
        for name, value in entries.items():
            if name in _COUNTS:
                own[name] = int(value)
            elif name in _NUMBERS:
                own[name] = float(value)
            elif name in _ROWS:
                own[name] = _row(name, value, size, p.dtype)
            elif name in ("old_dirs", "old_stps"):
                own[name] = [_row(name, row, size, p.dtype) for row in value]
            elif name == "ro":
                own[name] = [float(x) for x in value]
        return own


_COUNTS = ("func_evals", "n_iter")
_NUMBERS = ("t", "H_diag", "prev_loss")
_ROWS = ("d", "prev_flat_grad")


def _find_direction(state: dict[str, Any], g: Array, history_size: int) -> None:
    """Count an iteration, remember the last pair of changes, and renew the direction d."""
    state["n_iter"] += 1
    if state["n_iter"] == 1:
        state |= {"d": -g, "old_dirs": [], "old_stps": [], "ro": [], "H_diag": 1.0}
        return
    y, s = g - state["prev_flat_grad"], state["t"] * state["d"]
    curvature = float(y @ s)
    if curvature > CURVATURE_MIN:
        for name, new in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / curvature)):
            state[name] = [*state[name], new][-history_size:]
        state["H_diag"] = curvature / float(y @ y)
    state["d"] = two_loops(g, state["old_stps"], state["old_dirs"], state["ro"], state["H_diag"])


def two_loops(g: Array, s: Sequence[Array], y: Sequence[Array], ro: Sequence[float], scale: float) -> Array:
    """-H g, where H is `scale` times the identity, updated by the pairs (s, y) from the oldest to the newest.

        H <- (I - ro s y^T) H (I - ro y s^T) + ro s s^T,    ro = 1 / s . y

    g (n,), s and y m rows of (n,), ro m numbers -> (n,); H (n, n) itself is never formed.

    >>> two_loops(np.array([2.0, 4.0]), [np.array([1.0, 0.0])], [np.array([2.0, 0.0])], [0.5], 1.0).tolist()
    [-1.0, -4.0]
    """
    q, shares = -g, []
    for i in reversed(range(len(ro))):
        shares.append(ro[i] * float(s[i] @ q))
        q -= shares[-1] * y[i]
    q *= scale
    for i, share in enumerate(reversed(shares)):
        q += (share - ro[i] * float(y[i] @ q)) * s[i]
    return q


def _largest(x: Array) -> float:
    return float(np.abs(x).max(initial=0.0))


def _row(name: str, value: Any, size: int, dtype: Any) -> Array:
    """A copy of value (size,).  Raises ShapeError when it has another shape."""
    row = np.array(np.asarray(value), dtype=dtype)
    if row.shape != (size,):
        raise ShapeError(
            f"LBFGS.load_state_dict: {name} has shape {row.shape}; the parameters have {size} entries in all."
        )
    return row
