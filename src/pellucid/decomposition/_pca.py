"""Principal component analysis.

Here: `PCA`.  Elsewhere: what it is after fit is in _axes.py, factorisations in _svd.py, how many components in
_dimension.py; tables that do not fit in memory in _incremental_pca.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence, pellucid.random and this
package; SciPy inside fit.
"""

from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, OneOf, Real, Traits, Whole
from pellucid.base._tables import Array
from pellucid.decomposition._axes import PrincipalAxes
from pellucid.decomposition._dimension import minka_rank, rank_for_share
from pellucid.decomposition._svd import (
    NORMALIZER,
    OVERSAMPLES,
    POWERS,
    fixed_signs,
    gram,
    lanczos_svd,
    right_svd,
    sketched_svd,
    sparse_gram,
)
from pellucid.errors import DataError, ParameterError
from pellucid.linear_model._rows import Rows, column_means, column_squares, is_sparse
from pellucid.persistence import register
from pellucid.random import Seed, generator

Solver = Literal["auto", "full", "covariance_eigh", "arpack", "randomized"]
COVARIANCE_FEATURES_MAX = 1000  # scikit-learn's bound: beyond, the covariance costs more than a sketch
SMALL = 500  # rows and features up to which an exact decomposition is cheap; scikit-learn's
FEW = 0.25  # share of the axes below which finding them one by one beats finding all; measured at 200 to 800 features


@register("decomposition.PCA")
@final
class PCA(PrincipalAxes):
    """The K directions along which centred rows vary most.

        maximise  sum_k v_k^T C v_k  over orthonormal v_1 ... v_K,    C = (X - mean)^T (X - mean) / (N - 1)

    which the eigenvectors of C solve; also the plane with the least squared distance from the rows.
    X (N, D) -> components_ (K, D), explained_variance_ (K,).  `n_components`: K itself; a share of the variance, of
    which the fewest components are taken that explain more; "mle", by Minka's likelihood; None, all min(N, D).

        "full"             QR of the rows, SVD of its triangle: exact, N D^2
        "covariance_eigh"  eigenvectors of C: N D^2 in one pass and D^3; half the digits for directions of tiny variance
        "randomized"       a random sketch of K + n_oversamples directions, N D K: nearly exact where variances fall
        "arpack"           Lanczos iterations to `tol`: few components of large tables, sparse too
        "auto"             covariance_eigh for D <= 1000 and N >= 10 D, else full where small or most are asked for,
                           else randomized; for sparse rows covariance_eigh for D <= 1000, else arpack

    It assumes that variance is what matters, so scales decide: a feature in grams instead of kilograms has 10^6 times
    the variance and is the first component (pellucid.preprocessing.StandardScaler before it).  Axes are straight, a
    curved sheet needs many; outliers draw them; axes of nearly equal variance turn freely.  X is never written into.
    Raises DataError for one row, ParameterError for more components than min(N, D).
    Sources: Jolliffe, Principal Component Analysis, 2002; those named at the parts.

    >>> model = PCA(n_components=1).fit([[-1.0, -2.0], [0.0, 0.0], [1.0, 2.0]])
    >>> model.components_.round(3).tolist(), model.transform([[2.0, 4.0]]).round(3).tolist()
    ([[0.447, 0.894]], [[4.472]])
    """

    limits = {
        "n_components": OneOf(
            Whole(low=0),
            Real(0.0, 1.0, open_low=True, open_high=True),
            Choice("mle", None),
            says="how many, or their share of the variance",
        ),
        "copy": Flag(says="not looked at: X is never written into"),
        "whiten": Flag(says="each component is given variance 1"),
        "svd_solver": Choice("auto", "full", "covariance_eigh", "arpack", "randomized"),
        "tol": Real(low=0.0, says="of arpack; 0: to rounding"),
        "iterated_power": POWERS,
        "n_oversamples": OVERSAMPLES,
        "power_iteration_normalizer": NORMALIZER,
        "random_state": SEED,
    }

    n_samples_: int
    """Rows fit saw."""

    def __init__(
        self,
        n_components: int | float | Literal["mle"] | None = None,
        *,
        copy: bool = True,
        whiten: bool = False,
        svd_solver: Solver = "auto",
        tol: float = 0.0,
        iterated_power: int | Literal["auto"] = "auto",
        n_oversamples: int = 10,
        power_iteration_normalizer: Literal["auto", "QR", "LU", "none"] = "auto",
        random_state: Seed = None,
    ) -> None:
        self.n_components = n_components
        self.copy = copy
        self.whiten = whiten
        self.svd_solver = svd_solver
        self.tol = tol
        self.iterated_power = iterated_power
        self.n_oversamples = n_oversamples
        self.power_iteration_normalizer = power_iteration_normalizer
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the axes of rows X (N, D)."""
        self._begin_fit()
        rows = self._fit_rows(X)
        if rows.shape[0] < 2:
            raise DataError("PCA: X has n_samples=1 row, which varies in no direction; give two rows or more.")
        solver = self._solver(rows)
        wanted = self._wanted(rows.shape, solver)
        ones = np.ones(rows.shape[0]) if rows.dtype == np.float64 else None
        mean = column_means(rows, ones)  # as a product: two thirds of the time of a mean along an axis
        total, values, axes = self._decomposed(rows, mean, wanted, solver)
        self._take(rows, mean, total, values, axes, wanted)
        return self

    def _solver(self, rows: Rows) -> str:
        n, d = rows.shape
        if is_sparse(rows) and self.svd_solver not in ("auto", "arpack", "covariance_eigh"):
            raise ParameterError(
                f"PCA: svd_solver={self.svd_solver!r} takes no sparse rows; use 'covariance_eigh' or 'arpack', or "
                "TruncatedSVD, which does not centre."
            )
        if self.svd_solver != "auto":
            return self.svd_solver
        k = self.n_components
        if d <= COVARIANCE_FEATURES_MAX and (n >= 10 * d or is_sparse(rows)):
            return "covariance_eigh"
        if is_sparse(rows):
            return "arpack"
        if max(n, d) <= SMALL or k is None or isinstance(k, str) or not 1 <= k < 0.8 * min(n, d):
            return "full"
        return "randomized"

    def _wanted(self, shape: tuple[int, int], solver: str) -> int | float | str:
        """n_components, checked against the table."""
        most, k = min(shape), self.n_components
        exact = solver in ("full", "covariance_eigh")
        if k is None:
            return most - (solver == "arpack")
        if k == "mle" and exact:
            if shape[0] < shape[1]:
                raise ParameterError(
                    f"PCA: n_components='mle' is only supported if n_samples >= n_features; X is {shape}. "
                    "Give a number, or a share such as 0.95."
                )
            return k
        low, high = (0, most) if exact else (1, most - (solver == "arpack"))
        if isinstance(k, str) or not low <= k <= high:
            raise ParameterError(
                f"PCA: n_components={k!r} must be between {low} and min(n_samples, n_features)={most} with "
                f"svd_solver={solver!r}; X is {shape}" + ("." if high == most else ", and arpack finds one less.")
            )
        return k

    def _decomposed(
        self, rows: Rows, mean: Array, wanted: int | float | str, solver: str
    ) -> tuple[float, Array, Array]:
        """Variance of all features, singular values (K,), axes (K, D); K may be more than wanted."""
        n, dtype = rows.shape[0], rows.dtype
        if solver == "covariance_eigh":
            whole = sparse_gram(rows, mean) if is_sparse(rows) else gram(rows, mean.astype(dtype))
            squares, axes = _largest_eigen(whole, wanted)
            return float(np.trace(whole)) / (n - 1), np.sqrt(np.maximum(squares, 0.0)), fixed_signs(axes)
        if solver == "arpack":
            total = float(column_squares(rows, mean, None).sum()) / (n - 1)
            found = lanczos_svd(
                rows, int(wanted), mean=mean.astype(dtype), tol=self.tol, rng=generator(self.random_state)
            )
            return total, *found
        apart = rows - mean.astype(dtype)
        total = float(np.einsum("nd,nd->d", apart, apart).sum(dtype=np.float64)) / (n - 1)
        if solver == "full":
            values, axes = right_svd(apart)
            return total, values, fixed_signs(axes)
        values, axes = sketched_svd(
            apart,
            int(wanted),
            n_oversamples=self.n_oversamples,
            n_iter=self.iterated_power,
            normalizer=self.power_iteration_normalizer,
            rng=generator(self.random_state),
        )
        return total, values, axes

    def _take(
        self, rows: Rows, mean: Array, total: float, values: Array, axes: Array, wanted: int | float | str
    ) -> None:
        n, d = rows.shape
        variance = values.astype(np.float64) ** 2 / (n - 1)
        share = variance / total if total > 0 else np.zeros(len(variance))
        if wanted == "mle":
            wanted = minka_rank(variance, n)
        elif isinstance(wanted, float):
            wanted = min(rank_for_share(share, wanted), len(share))
        k, most = int(wanted), min(n, d)
        left = max(total - float(variance[:k].sum()), 0.0) if len(variance) < most else float(variance[k:most].sum())
        self.n_components_, self.n_samples_ = k, n
        self.noise_variance_ = left / (most - k) if k < most else 0.0
        self.mean_, self.components_ = mean.astype(rows.dtype), np.ascontiguousarray(axes[:k]).astype(rows.dtype)
        self.singular_values_ = values[:k].astype(rows.dtype)
        self.explained_variance_ = variance[:k].astype(rows.dtype)
        self.explained_variance_ratio_ = share[:k].astype(rows.dtype)

    def _traits(self) -> Traits:
        return Traits(sparse=self.svd_solver in ("auto", "arpack", "covariance_eigh"))


def _largest_eigen(whole: Array, wanted: int | float | str) -> tuple[Array, Array]:
    """Eigenvalues, falling, and eigenvectors (K, D): the `wanted` largest where those are few, otherwise all."""
    d = len(whole)
    if isinstance(wanted, int | np.integer) and 0 < wanted <= FEW * d:
        from scipy.linalg import eigh

        squares, vectors = eigh(whole, subset_by_index=(d - int(wanted), d - 1), check_finite=False)
    else:
        squares, vectors = np.linalg.eigh(whole)
    return squares[::-1], vectors[:, ::-1].T
