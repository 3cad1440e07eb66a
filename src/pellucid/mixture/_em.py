"""Expectation and maximisation for a mixture of Gaussians, one step at a time.

Here: `Mixture`, the numbers of a mixture; `expect`, `maximise`.
Elsewhere: covariances are in _covariance.py, the loop in _gaussian_mixture.py.
Imports: numpy, pellucid.base and this package.
"""

from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.mixture._covariance import Covariance

TILE_VALUES = 1 << 18  # numbers of a tile of rows: 2 MiB
TINY = 10 * np.finfo(np.float64).eps  # rows, added to each Gaussian's so that none has exactly none; scikit-learn's


class Mixture(NamedTuple):
    """weights (K,), means (K, D), covariances, and the Cholesky factor of their inverses."""

    weights: Array
    means: Array
    covariances: Array
    factor: Array


def log_joint(X: Array, mixture: Mixture, shape: Covariance) -> Array:
    """log w_k + log N(x_i; mean_k, covariance_k).   X (N, D) -> (N, K)"""
    out = np.empty((len(mixture.weights), len(X))).T  # sums over K then run along the rows
    with np.errstate(divide="ignore"):
        level = np.log(mixture.weights)
    step = max(1, TILE_VALUES // X.shape[1])
    for start in range(0, len(X), step):
        tile = X[start : start + step]
        out[start : start + step] = shape.log_density(tile, mixture.means, mixture.factor) + level
    return out


def expect(X: Array, mixture: Mixture, shape: Covariance) -> tuple[Array, Array]:
    """log p(x_i), and the share of each Gaussian in each row.   X (N, D) -> (N,), (N, K)

    share_ik = w_k N_ik / sum_j w_j N_ij
    """
    joint = log_joint(X, mixture, shape)
    top = joint.max(axis=1, keepdims=True)
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=1, keepdims=True)
    joint /= total
    return (top + np.log(total))[:, 0], joint


def maximise(X: Array, share: Array, shape: Covariance, ridge: float) -> Mixture:
    """The mixture under which rows with these shares are most likely.   X (N, D), share (N, K)

    w_k = n_k / N,    mean_k = sum_i share_ik x_i / n_k,    n_k = sum_i share_ik;    ridge is added to the variances
    """
    mass = share.sum(axis=0) + TINY
    means = share.T @ X / mass[:, None]
    covariances = shape.estimate(X, share, mass, means, ridge)
    return Mixture(mass / mass.sum(), means, covariances, shape.factor(covariances))
