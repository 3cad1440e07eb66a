"""The largest singular vectors of a table as it stands.

Here: `TruncatedSVD`.  Elsewhere: of a centred table, _pca.py; factorisations, _svd.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence, pellucid.preprocessing,
pellucid.random and this package; SciPy inside fit.
"""

from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Real, Traits, Whole, check_table
from pellucid.base._tables import Array
from pellucid.decomposition._axes import component_names
from pellucid.decomposition._svd import NORMALIZER, OVERSAMPLES, lanczos_svd, sketched_svd
from pellucid.errors import ModelFileError, ParameterError, ShapeError
from pellucid.linear_model._moments import centred_blocks
from pellucid.linear_model._rows import Rows, column_means, column_squares, is_sparse
from pellucid.persistence import register
from pellucid.preprocessing._sparse import SparseTransformer
from pellucid.random import Seed, generator


@register("decomposition.TruncatedSVD")
@final
class TruncatedSVD(SparseTransformer):
    """The K directions that keep most of the squares of a table that is not centred.

        minimise  |X - Z V|^2  over V (K, D) of rank K,    Z = X V^T

    X (N, D), dense or sparse, which stays so -> components_ V (K, D), singular_values_ (K,).  Found by
    "randomized", which sketches K + n_oversamples directions and takes `n_iter` powers of them, costs (stored numbers)
    K n_iter in all, and is nearly exact where singular values fall; "arpack" iterates to `tol` (0: to rounding).  On
    counts or tf-idf of words it is latent semantic analysis.

    It assumes that zero means nothing: without centring the first direction mostly points to the mean, and explained
    variances need not fall.  Scales decide as they do in PCA: a feature in smaller units takes the first component.
    Raises ParameterError for more components than min(N, D), or as many with "arpack".
    Source: Halko, Martinsson and Tropp, SIAM Review 53, 2011.

    >>> model = TruncatedSVD(n_components=1, random_state=0).fit([[3.0, 4.0], [6.0, 8.0]])
    >>> model.components_.round(3).tolist(), model.singular_values_.round(3).tolist()
    ([[0.6, 0.8]], [11.18])
    """

    limits = {
        "n_components": Whole(low=1),
        "algorithm": Choice("arpack", "randomized"),
        "n_iter": Whole(low=0, says="power iterations"),
        "n_oversamples": OVERSAMPLES,
        "power_iteration_normalizer": NORMALIZER,
        "random_state": SEED,
        "tol": Real(low=0.0, says="of arpack; 0: to rounding"),
    }

    components_: Array
    """V (K, D), unit vectors at right angles; the largest entry of each is positive."""
    explained_variance_: Array
    """(K,), variances of the columns of Z."""
    explained_variance_ratio_: Array
    """(K,), their shares of the variance of all features."""
    singular_values_: Array
    """(K,), falling."""

    def __init__(
        self,
        n_components: int = 2,
        *,
        algorithm: Literal["arpack", "randomized"] = "randomized",
        n_iter: int = 5,
        n_oversamples: int = 10,
        power_iteration_normalizer: Literal["auto", "QR", "LU", "none"] = "auto",
        random_state: Seed = None,
        tol: float = 0.0,
    ) -> None:
        self.n_components = n_components
        self.algorithm = algorithm
        self.n_iter = n_iter
        self.n_oversamples = n_oversamples
        self.power_iteration_normalizer = power_iteration_normalizer
        self.random_state = random_state
        self.tol = tol

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the directions of rows X (N, D)."""
        self._begin_fit()
        rows = self._fit_rows(X)
        self._check_enough(rows.shape)
        rng = generator(self.random_state)
        if self.algorithm == "arpack":
            values, axes = lanczos_svd(rows, self.n_components, mean=None, tol=self.tol, rng=rng)
        else:
            values, axes = sketched_svd(
                rows,
                self.n_components,
                n_oversamples=self.n_oversamples,
                n_iter=self.n_iter,
                normalizer=self.power_iteration_normalizer,
                rng=rng,
            )
        self.components_, self.singular_values_ = axes, values
        variances, total = _variances(rows, axes)
        self.explained_variance_ = variances.astype(axes.dtype)
        self.explained_variance_ratio_ = self.explained_variance_ / (total or 1.0)
        return self

    def transform(self, X: Any) -> Array:
        """Z = X V^T.   X (N, D) -> (N, K), dense"""
        axes = self.components_.T
        out: Array = np.asarray(self._rows(X) @ axes)
        return out

    def inverse_transform(self, X: Any) -> Array:
        """The rows nearest to those in the space of the features, Z V.   X (N, K) -> (N, D)"""
        z, _ = check_table(X, where="TruncatedSVD.inverse_transform")
        if z.shape[1] != len(self.components_):
            raise ShapeError(
                f"TruncatedSVD.inverse_transform: X has {z.shape[1]} columns, and there are {len(self.components_)} "
                "components; give what transform gave."
            )
        out: Array = z @ self.components_
        return out

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """truncatedsvd0, truncatedsvd1, ...: one name (K,) a component."""
        self._names_in(input_features)
        return component_names(self)

    def _check_enough(self, shape: tuple[int, int]) -> None:
        most = min(shape) - (self.algorithm == "arpack")
        if self.n_components > most:
            raise ParameterError(
                f"TruncatedSVD: n_components({self.n_components}) must be <= {most} for X of n_samples={shape[0]}, "
                f"n_features={shape[1]} with algorithm={self.algorithm!r}; ask for fewer."
            )

    def _traits(self) -> Traits:
        return Traits(sparse=True)

    def _check_learned(self) -> None:
        wanted = (self.n_components, self.n_features_in_), (self.n_components,)
        if (found := (np.shape(self.components_), np.shape(self.singular_values_))) != wanted:
            raise ModelFileError(f"TruncatedSVD: components and values in the record are {found}, not {wanted}.")


def _variances(rows: Rows, axes: Array) -> tuple[Array, float]:
    """Variances (K,) of Z = X V^T, and the sum of those of the features.   rows (N, D), axes (K, D)"""
    mean = column_means(rows, None)
    if is_sparse(rows):
        return np.asarray(rows @ axes.T).var(axis=0), float(column_squares(rows, mean, None).sum()) / rows.shape[0]
    squares, total = np.zeros(len(axes)), 0.0
    for _, part in centred_blocks(rows, mean, None):  # a block at a time, so that no second table is made
        z = part @ axes.T
        squares += np.einsum("nk,nk->k", z, z)
        total += float(np.vdot(part, part))
    return squares / len(rows), total / len(rows)
