"""Four shapes of a Gaussian's covariance.

Here: the abstract `Covariance`, and `Full`, `Tied`, `Diagonal`, `Spherical`; `SHAPES`, by name.
Elsewhere: what is done with them is in _gaussian_mixture.py.
Imports: numpy and pellucid.base.

Precisions are kept by their Cholesky factor, P = F F^T: the density of x then needs |F^T (x - mean)|^2 and log det F.
Rows are turned to columns (D, N) first: with few features, loops over the rows are the long ones.
"""

from abc import ABC, abstractmethod
from typing import final

import numpy as np

from pellucid.base._tables import Array


class Covariance(ABC):
    """What a shape of covariance has to answer, for K Gaussians in D dimensions.

    numpy.linalg.LinAlgError is raised where a covariance or precision is not positive definite.
    """

    @abstractmethod
    def shape(self, k: int, d: int) -> tuple[int, ...]:
        """Of the covariances, of the precisions and of their factors."""

    @abstractmethod
    def free(self, k: int, d: int) -> int:
        """How many numbers they have to be given."""

    @abstractmethod
    def estimate(self, X: Array, share: Array, mass: Array, means: Array, ridge: float) -> Array:
        """Covariances of rows X (N, D) that belong to the Gaussians by share (N, K), summing up to mass (K,)."""

    @abstractmethod
    def factor(self, covariances: Array) -> Array:
        """F, of the precisions."""

    @abstractmethod
    def factor_of(self, precisions: Array) -> Array:
        """F, from the precisions themselves."""

    @abstractmethod
    def precisions(self, factor: Array) -> Array:
        """P = F F^T."""

    @abstractmethod
    def covariances(self, factor: Array) -> Array:
        """The inverse of P."""

    @abstractmethod
    def whitened(self, apart: Array, factor: Array, k: int) -> Array:
        """F^T (x - mean) of Gaussian k.   apart (D, N) -> (D, N)"""

    @abstractmethod
    def log_det(self, factor: Array, k: int, d: int) -> Array:
        """log det F.   -> (K,)"""

    @abstractmethod
    def drawn(self, z: Array, covariances: Array, k: int) -> Array:
        """Standard normal draws z (N, D), given the covariance of Gaussian k."""

    @final
    def log_density(self, X: Array, means: Array, factor: Array) -> Array:
        """log N(x_i; mean_k, covariance_k).   X (N, D), means (K, D) -> (N, K)"""
        k, d = means.shape
        level = self.log_det(factor, k, d) - 0.5 * d * np.log(2.0 * np.pi)
        out = np.empty((k, len(X)))
        columns = np.ascontiguousarray(X.T)
        for j, mean in enumerate(means):
            z = self.whitened(columns - mean[:, None], factor, j)
            out[j] = level[j] - 0.5 * np.einsum("dn,dn->n", z, z)
        return out.T


@final
class Full(Covariance):
    """Each Gaussian has a covariance (D, D) of its own: any ellipsoid."""

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return k, d, d

    def free(self, k: int, d: int) -> int:
        return k * d * (d + 1) // 2

    def estimate(self, X: Array, share: Array, mass: Array, means: Array, ridge: float) -> Array:
        out = np.empty((*means.shape, means.shape[1]))
        columns = np.ascontiguousarray(X.T)
        for j, mean in enumerate(means):
            apart = (columns - mean[:, None]) * np.sqrt(share[:, j])
            out[j] = apart @ apart.T / mass[j]
            out[j].flat[:: len(mean) + 1] += ridge
        return out

    def factor(self, covariances: Array) -> Array:
        return np.triu(np.linalg.inv(np.linalg.cholesky(covariances)).swapaxes(-1, -2))

    def factor_of(self, precisions: Array) -> Array:
        turned = np.linalg.cholesky(precisions[..., ::-1, ::-1])  # upper triangular, as `factor` is
        upper: Array = turned[..., ::-1, ::-1]
        return upper

    def precisions(self, factor: Array) -> Array:
        product: Array = factor @ factor.swapaxes(-1, -2)
        return product

    def covariances(self, factor: Array) -> Array:
        back = np.linalg.inv(factor)
        product: Array = back.swapaxes(-1, -2) @ back
        return product

    def whitened(self, apart: Array, factor: Array, k: int) -> Array:
        z: Array = factor[k].T @ apart
        return z

    def log_det(self, factor: Array, k: int, d: int) -> Array:
        logs: Array = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
        return logs

    def drawn(self, z: Array, covariances: Array, k: int) -> Array:
        turned: Array = z @ np.linalg.cholesky(covariances[k]).T
        return turned


@final
class Tied(Covariance):
    """All Gaussians share one covariance (D, D): the same ellipsoid in several places."""

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return d, d

    def free(self, k: int, d: int) -> int:
        return d * (d + 1) // 2

    def estimate(self, X: Array, share: Array, mass: Array, means: Array, ridge: float) -> Array:
        middle = X.mean(axis=0)
        apart, off = X - middle, means - middle
        out: Array = (apart.T @ apart - (mass * off.T) @ off) / mass.sum()
        out.flat[:: len(middle) + 1] += ridge
        return out

    def factor(self, covariances: Array) -> Array:
        return Full().factor(covariances)

    def factor_of(self, precisions: Array) -> Array:
        return Full().factor_of(precisions)

    def precisions(self, factor: Array) -> Array:
        return Full().precisions(factor)

    def covariances(self, factor: Array) -> Array:
        return Full().covariances(factor)

    def whitened(self, apart: Array, factor: Array, k: int) -> Array:
        z: Array = factor.T @ apart
        return z

    def log_det(self, factor: Array, k: int, d: int) -> Array:
        return np.full(k, np.log(np.diagonal(factor)).sum())

    def drawn(self, z: Array, covariances: Array, k: int) -> Array:
        turned: Array = z @ np.linalg.cholesky(covariances).T
        return turned


class _AlongAxes(Covariance):
    """Variances along the features, so that factors are square roots; abstract."""

    @final
    def factor(self, covariances: Array) -> Array:
        return self.factor_of(1.0 / _positive(covariances))

    @final
    def factor_of(self, precisions: Array) -> Array:
        return np.sqrt(_positive(precisions))

    @final
    def precisions(self, factor: Array) -> Array:
        return np.square(factor)

    @final
    def covariances(self, factor: Array) -> Array:
        return 1.0 / np.square(factor)

    @final
    def whitened(self, apart: Array, factor: Array, k: int) -> Array:
        z: Array = apart * np.atleast_1d(factor[k])[:, None]
        return z

    @final
    def drawn(self, z: Array, covariances: Array, k: int) -> Array:
        stretched: Array = z * np.sqrt(covariances[k])
        return stretched


@final
class Diagonal(_AlongAxes):
    """Each Gaussian has a variance (D,) for each feature: ellipsoids along the axes."""

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return k, d

    def free(self, k: int, d: int) -> int:
        return k * d

    def estimate(self, X: Array, share: Array, mass: Array, means: Array, ridge: float) -> Array:
        columns = np.ascontiguousarray(X.T)
        squares = [np.square(columns - mean[:, None]) @ share[:, j] for j, mean in enumerate(means)]
        out: Array = np.array(squares) / mass[:, None] + ridge
        return out

    def log_det(self, factor: Array, k: int, d: int) -> Array:
        logs: Array = np.log(factor).sum(axis=1)
        return logs


@final
class Spherical(_AlongAxes):
    """Each Gaussian has one variance for all features: balls."""

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (k,)

    def free(self, k: int, d: int) -> int:
        return k

    def estimate(self, X: Array, share: Array, mass: Array, means: Array, ridge: float) -> Array:
        out: Array = Diagonal().estimate(X, share, mass, means, ridge).mean(axis=1)
        return out

    def log_det(self, factor: Array, k: int, d: int) -> Array:
        logs: Array = d * np.log(factor)
        return logs


SHAPES: dict[str, Covariance] = {"full": Full(), "tied": Tied(), "diag": Diagonal(), "spherical": Spherical()}


def _positive(numbers: Array) -> Array:
    if not (numbers > 0).all():
        raise np.linalg.LinAlgError("a variance is not positive")
    return numbers
