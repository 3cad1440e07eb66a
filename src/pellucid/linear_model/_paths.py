"""One line after the other, from a penalty that allows no weight down to a weak one.

Here: `enet_path`, `lasso_path`; `falling` penalties and `follow`, which estimators that choose among them use too.
Elsewhere: each line is found in _coordinate_descent.py; the choice is in _elastic_net_cv.py.
Imports: numpy, pellucid.base, pellucid.errors and this package.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.base import Real, Whole, check_limits, check_table, check_targets
from pellucid.base._tables import Array
from pellucid.errors import ParameterError
from pellucid.linear_model._coordinate_descent import Descent, Penalty, Squares, descend, squares_of
from pellucid.linear_model._elastic_net import SEARCH_LIMITS, Precompute
from pellucid.linear_model._rows import check_sparse, is_sparse

_LIMITS = {
    "l1_ratio": Real(0.0, 1.0, says="share of the penalty on |w|, the rest is on w^2"),
    "eps": Real(0.0, 1.0, open_low=True, says="the weakest penalty, as a share of the strongest"),
    **{name: SEARCH_LIMITS[name] for name in ("precompute", "positive", "max_iter", "tol")},
}
_DEFAULTS = {"l1_ratio": 0.5, "eps": 1e-3, "precompute": "auto", "positive": False, "max_iter": 1000, "tol": 1e-4}


def enet_path(
    X: Any,
    y: Any,
    *,
    l1_ratio: float = 0.5,
    eps: float = 1e-3,
    alphas: int | Sequence[float] | Array = 100,
    precompute: Precompute = "auto",
    positive: bool = False,
    max_iter: int = 1000,
    tol: float = 1e-4,
) -> tuple[Array, Array, Array]:
    """Elastic-net weights for each of A penalties, strongest first; each search begins where the one before ended.

        w(alpha) = argmin  1/(2 N) |y - X w|^2 + alpha (r |w|_1 + (1 - r)/2 |w|^2),    r = l1_ratio

    X (N, D) dense or sparse, y (N,) -> alphas (A,), weights (D, A), duality gaps (A,).  There is no intercept: centre X
    and y first.  `alphas` are given, or are this many at equal ratios from the one that leaves no weight to `eps` times
    that.  Raises ParameterError for arguments outside their limits, and where l1_ratio = 0 and no alphas are given,
    because then no penalty leaves no weight.  Source: Friedman, Hastie and Tibshirani, Journal of Statistical Software
    33, 2010.

    >>> alphas, weights, gaps = enet_path([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], [2.0, -2.0, 0.5], alphas=3, l1_ratio=1)
    >>> alphas.round(6).tolist(), weights.round(3).tolist()
    ([1.333333, 0.042164, 0.001333], [[0.0, 1.937, 1.998], [0.0, 0.374, 0.496]])
    """
    given = {"l1_ratio": l1_ratio, "eps": eps, "precompute": precompute, "positive": positive}
    check_limits("enet_path", {**given, "max_iter": max_iter, "tol": tol}, _LIMITS, _DEFAULTS)
    rows = check_sparse(X, where="enet_path") if is_sparse(X) else check_table(X, where="enet_path")[0]
    aims = check_targets(y, rows.shape[0], where="enet_path").astype(np.float64)[:, None]
    squares = squares_of(rows, aims, None, False, precompute).squares[0]
    penalties = falling(squares, l1_ratio, eps, alphas, "enet_path")
    found = follow(squares, penalties, l1_ratio, positive, tol, max_iter)
    gaps = np.array([one.gap for one in found]) / squares.total
    return penalties, np.column_stack([one.w for one in found]), gaps


def lasso_path(
    X: Any,
    y: Any,
    *,
    eps: float = 1e-3,
    alphas: int | Sequence[float] | Array = 100,
    precompute: Precompute = "auto",
    positive: bool = False,
    max_iter: int = 1000,
    tol: float = 1e-4,
) -> tuple[Array, Array, Array]:
    """Lasso weights for each of A penalties, strongest first: `enet_path` with l1_ratio = 1.

    X (N, D), y (N,) -> alphas (A,), weights (D, A), duality gaps (A,).  Raises what `enet_path` does.
    Source: Tibshirani, Journal of the Royal Statistical Society B 58, 1996.

    >>> lasso_path([[1.0], [-1.0]], [2.0, -2.0], alphas=[0.5, 1.0])[1].tolist()
    [[1.0, 1.5]]
    """
    return enet_path(
        X,
        y,
        l1_ratio=1.0,
        eps=eps,
        alphas=alphas,
        precompute=precompute,
        positive=positive,
        max_iter=max_iter,
        tol=tol,
    )


def falling(squares: Squares, ratio: float, eps: float, alphas: int | Sequence[float] | Array, where: str) -> Array:
    """The penalties (A,) to be followed, strongest first; `alphas` itself, or this many below the strongest of use."""
    if not isinstance(alphas, int | np.integer) or isinstance(alphas, bool):
        listed = np.sort(np.asarray(alphas, dtype=np.float64).ravel())[::-1]
        if not len(listed) or not (np.isfinite(listed) & (listed >= 0)).all():
            raise ParameterError(f"{where}: alphas are {alphas!r}; give numbers >= 0, or how many of them to try.")
        return listed
    if not Whole(low=1).admits(alphas):
        raise ParameterError(f"{where}: alphas is {alphas!r}; it must be a whole number >= 1, or numbers >= 0.")
    if ratio == 0.0:
        raise ParameterError(f"{where}: with l1_ratio=0 every penalty leaves some weight; give the alphas to try.")
    squares.place(np.zeros(len(squares.square)))
    strongest = float(np.abs(squares.slope()).max()) / (squares.total * ratio)
    strongest = max(strongest, float(np.finfo(np.float64).tiny))  # targets that no feature explains
    return np.geomspace(strongest, strongest * eps, alphas)


def follow(
    squares: Squares,
    alphas: Array,
    ratio: float,
    positive: bool,
    tol: float,
    max_iter: int,
    chance: np.random.Generator | None = None,
) -> list[Descent]:
    """Where coordinate descent ends for each of `alphas`, each from where the one before ended."""
    found: list[Descent] = []
    w = np.zeros(len(squares.square))
    for alpha in alphas:
        state = Descent(w.copy())
        strength = float(alpha) * squares.total
        descend(
            squares, Penalty(strength * ratio, strength * (1 - ratio), positive), state, tol, max_iter, chance=chance
        )
        found.append(state)
        w = state.w
    return found
