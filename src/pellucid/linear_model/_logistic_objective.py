"""What logistic regression minimises: value, gradient and Hessian side by side.

    J(w) = sum_i s_i l(z_i, y_i) + a/2 |coef|^2,    z_i = coef x_i + intercept,    sum_i s_i = 1

w (R, D + 1) holds a row of coefficients for each score, its last column the intercepts (R, D without); R = 1 for two
classes and R = K for more.  The intercepts are not penalised.

Here: `Objective` and its kinds for codes of classes (N,), `TwoClasses` and `ManyClasses`.
Elsewhere: its kind for numbers is in _squared_objective.py; what minimises it is in _solvers.py, what a user sees in
_logistic_regression.py.
Imports: numpy, pellucid.base and this package.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._rows import Rows, is_sparse

FILLED_MAX = 0.35  # share of entries of dense rows; up to here the compiled pass over them beats two products by BLAS
BLOCK_BYTES = 8 * 2**20  # of scaled copies of rows at a time; a second X need not fit into memory
IDENTITY, SIGMOID, SOFTMAX = range(3)  # what makes predictions of scores: dl/dz = p - aim, p = z, sigmoid or softmax


class Objective(ABC):
    """J for rows X (N, D), shares s (N,) that sum to 1, and penalty a."""

    link: ClassVar[int]
    """Which of IDENTITY, SIGMOID and SOFTMAX makes predictions of scores."""
    bend: ClassVar[float]
    """The most that l bends along any direction of z: the largest eigenvalue of d2l/dz2."""

    def __init__(self, X: Rows, share: Array, penalty: float, n_scores: int, intercept: bool) -> None:
        self.X, self.share, self.penalty = X, share, penalty
        self.intercept = intercept
        self.lasso = 0.0  # of a penalty lasso |coef|_1 besides, which is not in J
        self.shape = (n_scores, X.shape[1] + intercept)

    @final
    def scores(self, w: Array) -> Array:
        """z.   w (R, D+1) -> (N, R)"""
        n_features = self.X.shape[1]
        z: Array = self.X @ w[:, :n_features].T
        if self.intercept:
            z += w[:, n_features]
        return z

    @final
    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        """J(w) and dJ/dw = sum_i dl/dz_i (x_i, 1)^T + a (coef, 0).   w (R, D+1) -> (), (R, D+1)"""
        n_features = self.X.shape[1]
        coef = w[:, :n_features]
        loss, gradient = self.in_one_pass(w)
        gradient[:, :n_features] += self.penalty * coef
        return loss + 0.5 * self.penalty * float(np.vdot(coef, coef)), gradient

    @final
    def hessian(self, w: Array) -> Array:
        """d2J/dw2 with w flattened.   w (R, D+1) -> (R(D+1), R(D+1)), symmetric"""
        n_scores, width = self.shape
        z = self.scores(w)
        total = np.zeros((w.size, w.size))
        for part in self.blocks(n_scores):
            rows = self.rows(part)
            if self.intercept:
                rows = np.column_stack([rows, np.ones(len(rows))])  # (n, D+1)
            self.add_curvature(total, rows, z[part], self.share[part])
        penalised = np.tile(np.arange(width) < self.X.shape[1], n_scores)
        total[penalised, penalised] += self.penalty
        return total

    @final
    def spread(self, centre: Array) -> Array:
        """sum_i s_i (x_i - centre)(x_i - centre)^T.   centre (D,) -> (D, D)"""
        total = np.zeros((self.X.shape[1], self.X.shape[1]))
        for part in self.blocks(1):
            rows = (self.rows(part) - centre) * np.sqrt(self.share[part])[:, None]
            total += rows.T @ rows
        return total

    @final
    def variance(self, centre: Array) -> Array:
        """The diagonal of `spread` (D,)."""
        return sum(
            (self.share[part] @ np.square(self.rows(part) - centre) for part in self.blocks(1)), np.zeros(len(centre))
        )

    @final
    def rows(self, part: slice) -> Array:
        """Some of the rows, dense."""
        rows = self.X[part]
        filled: Array = rows.toarray() if is_sparse(rows) else rows
        return filled

    @final
    def blocks(self, n_copies: int) -> Iterator[slice]:
        """All rows, in slices of which so many scaled copies fit in BLOCK_BYTES."""
        step = max(1, BLOCK_BYTES // (8 * n_copies * self.shape[1]))
        return (slice(start, start + step) for start in range(0, self.X.shape[0], step))

    @abstractmethod
    def aims(self) -> Array:
        """What p should be: dl/dz = p - aim.   (N, R)"""

    @abstractmethod
    def loss(self, z: Array) -> tuple[float, Array]:
        """sum_i s_i l(z_i, y_i) and its derivative by z.   z (N, R) -> (), (N, R)"""

    def in_one_pass(self, w: Array) -> tuple[float, Array]:
        """`loss` and its gradient by w, without the penalty.   w (R, D+1) -> (), (R, D+1)"""
        loss, slope = self.loss(self.scores(w))  # (), (N, R)
        gradient = np.empty(self.shape)
        gradient[:, : self.X.shape[1]] = (self.X.T @ slope).T if is_sparse(self.X) else slope.T @ self.X
        gradient[:, self.X.shape[1] :] = slope.sum(axis=0)[:, None]
        return loss, gradient

    @abstractmethod
    def add_curvature(self, total: Array, rows: Array, z: Array, share: Array) -> None:
        """total += sum_i s_i d2l/dz_i2 (x) x_i x_i^T.   rows (n, D+1), z (n, R), share (n,), total (R(D+1), R(D+1))"""


@final
class TwoClasses(Objective):
    """l = log(1 + e^z) - y z,   dl/dz = p - y,   d2l/dz2 = p (1 - p),   p = 1 / (1 + e^-z),   y in {0, 1}

    Only e^-|z| is ever computed: e^z itself overflows beyond z = 709.
    """

    link = SIGMOID
    bend = 0.25  # p (1 - p) at p = 1/2

    def __init__(self, X: Rows, codes: Array, share: Array, penalty: float, intercept: bool) -> None:
        super().__init__(X, share, penalty, 1, intercept)
        self.codes = codes

    def aims(self) -> Array:
        return self.codes[:, None].astype(np.float64)

    def loss(self, z: Array) -> tuple[float, Array]:
        z = z[:, 0]
        small = np.exp(-np.abs(z))
        loss = np.maximum(z, 0.0) - self.codes * z + np.log1p(small)
        p = np.where(z >= 0, 1.0, small) / (1.0 + small)
        return float(self.share @ loss), (self.share * (p - self.codes))[:, None]

    def in_one_pass(self, w: Array) -> tuple[float, Array]:
        """The same by compiled code, where the rows are dense."""
        if is_sparse(self.X):
            return super().in_one_pass(w)
        from pellucid.linear_model._logistic_kernels import two_classes

        n_features = self.X.shape[1]
        gradient = np.zeros((1, n_features + 1))
        intercept = float(w[0, n_features]) if self.intercept else 0.0
        coef = np.ascontiguousarray(w[0, :n_features])
        loss = two_classes(self.X, self.codes, self.share, coef, intercept, gradient[0])
        return loss, gradient[:, : self.shape[1]]

    def add_curvature(self, total: Array, rows: Array, z: Array, share: Array) -> None:
        small = np.exp(-np.abs(z[:, 0]))
        root = np.sqrt(share * small) / (1.0 + small)  # p (1 - p) = small / (1 + small)^2
        scaled = rows * root[:, None]
        total += scaled.T @ scaled


@final
class ManyClasses(Objective):
    """l = log sum_k e^z_k - z_y,   dl/dz_k = p_k - [k = y],   d2l/dz_k dz_j = p_k [k = j] - p_k p_j

    p = softmax(z), with the largest z of each row taken off first.  Adding one vector to every row of w changes no p,
    so that the Hessian is singular along those directions wherever the penalty does not bend them.
    """

    link = SOFTMAX
    bend = 0.5  # t (p [k = j] - p_k p_j) t is the variance of t under p, at most 1/2 for |t| = 1

    def __init__(self, X: Rows, codes: Array, share: Array, penalty: float, intercept: bool) -> None:
        super().__init__(X, share, penalty, int(codes.max()) + 1, intercept)
        self.codes = codes
        self._entries: tuple[Array, Array, Array] | None = None
        self._looked = False

    def aims(self) -> Array:
        filled = np.zeros((len(self.codes), self.shape[0]))
        filled[np.arange(len(self.codes)), self.codes] = 1.0
        return filled

    def in_one_pass(self, w: Array) -> tuple[float, Array]:
        """The same by compiled code, where most entries of the rows are 0; they are found once, and kept."""
        entries = self._stored()
        if entries is None:
            return super().in_one_pass(w)
        from pellucid.linear_model._logistic_kernels import many_classes

        n_scores, n_features = w.shape[0], self.X.shape[1]
        places = -(-n_scores // 4) * 4
        seen = np.zeros((n_features + 1, places))
        seen[: w.shape[1], :n_scores] = w.T
        gradient = np.zeros_like(seen)
        loss = many_classes(*entries, self.codes, self.share, seen, gradient, np.empty(places))
        return float(loss), np.ascontiguousarray(gradient[: w.shape[1], :n_scores].T)

    def _stored(self) -> tuple[Array, Array, Array] | None:
        """data, place and start of the entries that are not 0, or None where they are many."""
        if not self._looked:
            self._looked = True
            if is_sparse(self.X):
                self._entries = self.X.data, self.X.indices.astype(np.uint32), self.X.indptr.astype(np.int64)
            else:
                from pellucid.linear_model._logistic_kernels import compress

                data, place, start, few = compress(self.X, int(FILLED_MAX * self.X.size))
                self._entries = (data, place, start) if few else None
        return self._entries

    def loss(self, z: Array) -> tuple[float, Array]:
        own = np.arange(len(z)), self.codes
        z = z - z.max(axis=1, keepdims=True)
        loss = -z[own]
        p = np.exp(z, out=z)
        total = p.sum(axis=1, keepdims=True)
        loss += np.log(total[:, 0])
        p /= total
        p[own] -= 1.0
        p *= self.share[:, None]
        return float(self.share @ loss), p

    def add_curvature(self, total: Array, rows: Array, z: Array, share: Array) -> None:
        n_scores, width = self.shape
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        scaled = rows * np.sqrt(share)[:, None]  # (n, D+1)
        spread = (p[:, :, None] * scaled[:, None, :]).reshape(len(rows), -1)  # (n, K(D+1))
        total -= spread.T @ spread
        blocks = total.reshape(n_scores, width, n_scores, width)
        for k in range(n_scores):
            own = scaled * np.sqrt(p[:, k])[:, None]
            blocks[k, :, k, :] += own.T @ own
