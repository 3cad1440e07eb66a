"""Data sets drawn from a formula.

Here: blobs, moons, circles, spirals, a linear regression and a classification, under scikit-learn's parameter names.
Elsewhere: real data are in `_bundled.py` (in the package) and `_fetched.py` (downloaded).
Imports: numpy, pellucid.errors, pellucid.random and pellucid.base (limits).

`random_state` is a seed, a Generator (which moves on) or None (fresh each time).  Each function draws from that one
generator only, so the same seed gives the same data; the numbers are not scikit-learn's, which draws differently.
"""

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.base import Limit, Real, Whole, check_limits
from pellucid.errors import ParameterError
from pellucid.random import Seed, generator

__all__ = ["make_blobs", "make_circles", "make_classification", "make_moons", "make_regression", "make_spirals"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

COEF_HIGH = 100.0  # coefficients of make_regression are uniform in [0, 100), as scikit-learn's are
FEW_CORNERS = 20  # up to 2^20 corners are drawn by number; beyond, two equal draws of bits are rare and drawn again

REGRESSION_LIMITS: dict[str, Limit] = {
    "n_samples": Whole(low=1),
    "n_features": Whole(low=1),
    "n_informative": Whole(low=0),
    "n_targets": Whole(low=1),
    "bias": Real(),
    "noise": Real(low=0.0, says="a standard deviation"),
}
CLASSIFICATION_LIMITS: dict[str, Limit] = {
    "n_samples": Whole(low=1),
    "n_features": Whole(low=1),
    "n_informative": Whole(low=1),
    "n_redundant": Whole(low=0),
    "n_repeated": Whole(low=0),
    "n_classes": Whole(low=1),
    "n_clusters_per_class": Whole(low=1),
    "flip_y": Real(0.0, 1.0, says="a share of the rows"),
    "class_sep": Real(low=0.0),
    "shift": Real(),
    "scale": Real(),
}


def make_blobs(
    n_samples: int | Sequence[int] = 100,
    n_features: int = 2,
    *,
    centers: int | ArrayLike | None = None,
    cluster_std: float | Sequence[float] = 1.0,
    center_box: tuple[float, float] = (-10.0, 10.0),
    shuffle: bool = True,
    random_state: Seed = None,
) -> tuple[Floats, Labels]:
    """Round Gaussian clouds, one a class.

        x = c_y + std_y z,    z ~ N(0, I),    c_k uniform in the box unless `centers` gives them

    -> x (N, D), y (N,) in 0..K-1.  `n_samples` is the total, shared out evenly (the first clouds take the rest), or
    one number a cloud.  `centers` is K (None: 3, or as many as `n_samples` has) or an array (K, D).
    Raises ParameterError when counts, centres and deviations do not fit together.

    >>> x, y = make_blobs(7, centers=3, random_state=0)
    >>> x.shape, np.bincount(y).tolist()
    ((7, 2), [3, 2, 2])
    """
    rng = generator(random_state)
    if centers is None:
        centers = 3 if isinstance(n_samples, int | np.integer) else len(n_samples)
    if isinstance(centers, int | np.integer):
        _require(int(centers) >= 1, "make_blobs", "centers", centers, "at least 1")
        _require(n_features >= 1, "make_blobs", "n_features", n_features, "at least 1")
        centre = rng.uniform(*center_box, size=(int(centers), n_features))
    else:
        centre = np.asarray(centers, dtype=np.float64)
        _require(centre.ndim == 2, "make_blobs", "centers", centre.shape, "an array of shape (K, D)")
    counts = _shares("make_blobs", n_samples, len(centre))
    std = np.asarray(cluster_std, dtype=np.float64)
    fits = std.ndim == 0 or std.shape == (len(centre),)
    _require(fits, "make_blobs", "cluster_std", cluster_std, f"one number, or one for each of {len(centre)} centres")
    _require(bool((std >= 0).all()), "make_blobs", "cluster_std", cluster_std, ">= 0")
    y = np.repeat(np.arange(len(centre)), counts)
    z = rng.standard_normal((len(y), centre.shape[1]))
    return _finish("make_blobs", centre[y] + np.broadcast_to(std, len(centre))[y, None] * z, y, None, shuffle, rng)


def make_moons(
    n_samples: int | tuple[int, int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: Seed = None,
) -> tuple[Floats, Labels]:
    """Two half circles that reach into each other.

        class 0: (cos t, sin t)        class 1: (1 - cos t, 1/2 - sin t)        t evenly spaced in [0, pi]

    -> x (N, 2), y (N,) in {0, 1}; `noise` is the standard deviation of what is added to each coordinate.
    Raises ParameterError for a negative count or noise.

    >>> x, y = make_moons(4, shuffle=False)
    >>> np.round(x, 1).tolist(), y.tolist()
    ([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [0, 0, 1, 1])
    """
    rng = generator(random_state)
    upper, lower = (np.linspace(0.0, np.pi, n) for n in _shares("make_moons", n_samples, 2))
    x = np.concatenate([_ring(upper), [1.0, 0.5] - _ring(lower)])
    return _finish("make_moons", x, np.repeat([0, 1], [len(upper), len(lower)]), noise, shuffle, rng)


def make_circles(
    n_samples: int | tuple[int, int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: Seed = None,
    factor: float = 0.8,
) -> tuple[Floats, Labels]:
    """A circle inside a circle.

        class 0: (cos t, sin t)        class 1: factor (cos t, sin t)        t evenly spaced in [0, 2 pi)

    -> x (N, 2), y (N,) in {0, 1}; `noise` is the standard deviation of what is added to each coordinate.
    Raises ParameterError for a negative count or noise, or a factor outside [0, 1).

    >>> x, y = make_circles(8, shuffle=False, factor=0.5)
    >>> np.hypot(*x.T).tolist()
    [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5]
    """
    _require(0.0 <= factor < 1.0, "make_circles", "factor", factor, "in [0, 1)")
    rng = generator(random_state)
    outer, inner = (np.linspace(0.0, 2 * np.pi, n, endpoint=False) for n in _shares("make_circles", n_samples, 2))
    x = np.concatenate([_ring(outer), factor * _ring(inner)])
    return _finish("make_circles", x, np.repeat([0, 1], [len(outer), len(inner)]), noise, shuffle, rng)


def make_spirals(
    n_samples: int | Sequence[int] = 100,
    *,
    n_classes: int = 2,
    turns: float = 1.5,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: Seed = None,
) -> tuple[Floats, Labels]:
    """Spirals wound round each other, one a class; no straight line and no single hidden unit tells them apart.

        class k: u (cos a, sin a),    a = 2 pi (turns u + k / K),    u evenly spaced in (0, 1]

    -> x (N, 2), y (N,) in 0..K-1; `noise` is the standard deviation of what is added to each coordinate.
    Raises ParameterError for a negative count or noise, or fewer than one class.

    >>> x, y = make_spirals(4, turns=1.0, shuffle=False)
    >>> np.round(x, 1).tolist(), y.tolist()
    ([[-0.5, 0.0], [1.0, -0.0], [0.5, -0.0], [-1.0, 0.0]], [0, 0, 1, 1])
    """
    _require(n_classes >= 1, "make_spirals", "n_classes", n_classes, "at least 1")
    rng = generator(random_state)
    counts = _shares("make_spirals", n_samples, n_classes)
    arms = [np.arange(1, n + 1) / max(n, 1) for n in counts]
    x = [u[:, None] * _ring(2 * np.pi * (turns * u + k / n_classes)) for k, u in enumerate(arms)]
    return _finish("make_spirals", np.concatenate(x), np.repeat(np.arange(n_classes), counts), noise, shuffle, rng)


@overload
def make_regression(
    n_samples: int = 100,
    n_features: int = 100,
    *,
    n_informative: int = 10,
    n_targets: int = 1,
    bias: float = 0.0,
    noise: float = 0.0,
    shuffle: bool = True,
    coef: Literal[False] = False,
    random_state: Seed = None,
) -> tuple[Floats, Floats]: ...
@overload
def make_regression(
    n_samples: int = 100,
    n_features: int = 100,
    *,
    n_informative: int = 10,
    n_targets: int = 1,
    bias: float = 0.0,
    noise: float = 0.0,
    shuffle: bool = True,
    coef: Literal[True],
    random_state: Seed = None,
) -> tuple[Floats, Floats, Floats]: ...
def make_regression(
    n_samples: int = 100,
    n_features: int = 100,
    *,
    n_informative: int = 10,
    n_targets: int = 1,
    bias: float = 0.0,
    noise: float = 0.0,
    shuffle: bool = True,
    coef: bool = False,
    random_state: Seed = None,
) -> tuple[Floats, Floats] | tuple[Floats, Floats, Floats]:
    """A linear relation of which only some features are part.

        y = x w + bias + noise e,    x, e ~ N(0, 1),    w uniform in [0, 100) for n_informative features, else 0

    -> x (N, D), y (N,), and with `coef` w (D,); y (N, T) and w (D, T) for T = `n_targets` > 1.  `shuffle` puts the
    informative features anywhere instead of first.  At most all features are informative.
    Raises ParameterError for a count below 1 or a negative noise.

    >>> x, y, w = make_regression(50, 4, n_informative=2, bias=3.0, coef=True, random_state=0)
    >>> bool(np.allclose(y, x @ w + 3.0)), int((w > 0).sum())
    (True, 2)
    """
    check_limits("make_regression", locals(), REGRESSION_LIMITS, {})
    rng = generator(random_state)
    w = np.zeros((n_features, n_targets))
    informative = min(n_informative, n_features)
    w[:informative] = COEF_HIGH * rng.random((informative, n_targets))
    if shuffle:
        w = rng.permutation(w)
    x = rng.standard_normal((n_samples, n_features))
    y = x @ w + bias + noise * rng.standard_normal((n_samples, n_targets))  # (N, T)
    if n_targets == 1:
        y, w = y[:, 0], w[:, 0]
    return (x, y, w) if coef else (x, y)


def make_classification(
    n_samples: int = 100,
    n_features: int = 20,
    *,
    n_informative: int = 2,
    n_redundant: int = 2,
    n_repeated: int = 0,
    n_classes: int = 2,
    n_clusters_per_class: int = 2,
    weights: Sequence[float] | None = None,
    flip_y: float = 0.01,
    class_sep: float = 1.0,
    shift: float = 0.0,
    scale: float = 1.0,
    shuffle: bool = True,
    random_state: Seed = None,
) -> tuple[Floats, Labels]:
    """Clusters on the corners of a cube, with redundant, repeated and useless features beside the informative ones.

        informative: z A_q + class_sep corner_q,    z ~ N(0, I),  A_q uniform in [-1, 1), one a cluster q
        redundant:   informative B,                 B uniform in [-1, 1)
        repeated:    copies of those two kinds;     the rest ~ N(0, 1)
        x <- scale (x + shift);                     a share `flip_y` of y is drawn again at random

    -> x (N, D), y (N,) in 0..K-1.  `weights` are the shares of the classes (K of them, or K - 1 and the last takes the
    rest).  `shuffle` permutes rows and columns; without it the columns stand in the order above, the rows by cluster.
    Raises ParameterError when the features do not fit in D or the clusters outnumber the 2^n_informative corners.
    Source: Guyon, Design of experiments for the NIPS 2003 variable selection benchmark, 2003.

    >>> x, y = make_classification(100, 6, weights=[0.8], flip_y=0.0, random_state=0)
    >>> x.shape, np.bincount(y).tolist()
    ((100, 6), [80, 20])
    """
    name = "make_classification"
    check_limits(name, locals(), CLASSIFICATION_LIMITS, {})
    n_told, n_clusters = n_informative + n_redundant, n_classes * n_clusters_per_class
    parts = f"n_informative {n_informative} + n_redundant {n_redundant} + n_repeated {n_repeated}"
    least, corners = n_told + n_repeated, (n_clusters - 1).bit_length()
    _require(n_features >= least, name, "n_features", n_features, f"at least {least}: {parts}")
    wanted = f"at least {corners}: {n_clusters} clusters need as many corners of the cube"
    _require(n_informative >= corners, name, "n_informative", n_informative, wanted)

    rng = generator(random_state)
    rows_of_class = _weighted_shares(n_samples, n_classes, weights)
    rows = [n for total in rows_of_class for n in _shares(name, total, n_clusters_per_class)]
    informative = _clusters(class_sep * _corners(n_clusters, n_informative, rng), rows, rng)
    y = np.repeat(np.arange(n_classes), rows_of_class)
    both = np.hstack([informative, informative @ rng.uniform(-1, 1, (n_informative, n_redundant))])
    repeated = both[:, rng.integers(n_told, size=n_repeated)]
    rest = rng.standard_normal((n_samples, n_features - n_told - n_repeated))
    x = scale * (np.hstack([both, repeated, rest]) + shift)  # (N, D)
    flipped = rng.random(n_samples) < flip_y
    y[flipped] = rng.integers(n_classes, size=int(flipped.sum()))
    if shuffle:
        x = x[:, rng.permutation(n_features)]
    return _finish("make_classification", x, y, None, shuffle, rng)


def _ring(t: Floats) -> Floats:
    """(cos t, sin t).   t (N,) -> (N, 2)"""
    return np.column_stack([np.cos(t), np.sin(t)])


def _clusters(centre: Floats, rows: Sequence[int], rng: np.random.Generator) -> Floats:
    """z A_q + c_q for each cluster q of `rows[q]` rows, z ~ N(0, I).   centre (Q, D) -> (N, D)"""
    d = centre.shape[1]
    parts = [rng.standard_normal((n, d)) @ rng.uniform(-1, 1, (d, d)) + c for n, c in zip(rows, centre, strict=True)]
    return np.concatenate(parts)


def _corners(count: int, dimensions: int, rng: np.random.Generator) -> Floats:
    """`count` different corners of the cube {-1, 1}^dimensions -> (count, dimensions)."""
    if dimensions <= FEW_CORNERS:
        numbers = rng.choice(2**dimensions, size=count, replace=False)
        bits = numbers[:, None] >> np.arange(dimensions) & 1
    else:
        bits = rng.integers(2, size=(count, dimensions))
        while len(np.unique(bits, axis=0)) < count:
            bits = rng.integers(2, size=(count, dimensions))
    return np.where(bits == 1, 1.0, -1.0)


def _shares(function: str, n_samples: int | Sequence[int], parts: int) -> list[int]:
    """Rows of each part: the given ones, or the total shared out with the rest going to the first parts."""
    if isinstance(n_samples, int | np.integer):
        _require(n_samples >= 0, function, "n_samples", n_samples, ">= 0")
        return [int(n_samples) // parts + (k < int(n_samples) % parts) for k in range(parts)]
    shares = [int(n) for n in n_samples]
    fits = len(shares) == parts and min(shares) >= 0
    _require(fits, function, "n_samples", n_samples, f"one total, or {parts} numbers >= 0")
    return shares


def _weighted_shares(n_samples: int, parts: int, weights: Sequence[float] | None) -> list[int]:
    """Rows of each class by weight; rounded so that they add up to `n_samples`."""
    if weights is None:
        return _shares("make_classification", n_samples, parts)
    share = np.asarray(weights, dtype=np.float64)
    if len(share) == parts - 1:
        share = np.append(share, 1.0 - share.sum())
    fits = len(share) == parts and bool((share >= 0).all()) and share.sum() > 0
    _require(fits, "make_classification", "weights", weights, f"{parts} or {parts - 1} shares >= 0 of at most 1 in all")
    edges = np.rint(np.cumsum(share) / share.sum() * n_samples).astype(int)
    return [int(n) for n in np.diff(edges, prepend=0)]


def _finish(
    function: str, x: Floats, y: NDArray[Any], noise: float | None, shuffle: bool, rng: np.random.Generator
) -> tuple[Floats, Labels]:
    """Add the noise, then put rows in random order."""
    if noise is not None:
        _require(noise >= 0, function, "noise", noise, ">= 0")
        x = x + noise * rng.standard_normal(x.shape)
    order = rng.permutation(len(x)) if shuffle else slice(None)
    return x[order], y[order].astype(np.int64)


def _require(holds: bool, function: str, parameter: str, value: object, wanted: str) -> None:
    if not holds:
        raise ParameterError(f"{function}: {parameter} is {value!r}; it must be {wanted}.")
