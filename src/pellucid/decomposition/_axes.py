"""What models of principal axes share after fit: there and back, and the Gaussian they stand for.

Here: the abstract `PrincipalAxes`; `component_names`.
Elsewhere: the axes are found in _pca.py and _incremental_pca.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model and pellucid.preprocessing.
"""

from typing import Any, final

import numpy as np

from pellucid.base import check_table
from pellucid.base._tables import Array
from pellucid.decomposition._svd import LEVEL_MAX, TILE_VALUES
from pellucid.errors import DataError, ModelFileError, ParameterError, ShapeError
from pellucid.linear_model._rows import is_sparse
from pellucid.preprocessing._sparse import SparseTransformer


class PrincipalAxes(SparseTransformer):
    """Rows seen along the K directions in which they vary most; abstract.

        z = V (x - mean),    or z / sqrt(variance) with `whiten`

    It is also a Gaussian, of covariance V^T (L - s I) V + s I: L the variances along the axes, s that of all others.
    """

    whiten: bool

    components_: Array
    """V (K, D), unit vectors at right angles; the largest entry of each is positive."""
    mean_: Array
    """(D,)"""
    explained_variance_: Array
    """(K,), variances along the axes, falling, with N - 1 in the denominator."""
    explained_variance_ratio_: Array
    """(K,), their shares of the variance of all features."""
    singular_values_: Array
    """(K,), of the centred table."""
    noise_variance_: float
    """Mean variance along the axes left out."""
    n_components_: int
    """K."""

    @final
    def transform(self, X: Any) -> Array:
        """The rows along the axes.   X (N, D) -> (N, K)"""
        rows = self._rows(X)
        axes = self.components_.T
        near = self.mean_ @ self.mean_ <= LEVEL_MAX**2 * self.explained_variance_.min(initial=np.inf)
        if near or is_sparse(rows):
            out: Array = np.asarray(rows @ axes)
            out -= self.mean_ @ axes
        else:  # the difference of two large products would lose more than two digits
            out = np.empty((len(rows), axes.shape[1]), np.result_type(rows, axes))
            step = max(1, TILE_VALUES // rows.shape[1])
            for start in range(0, len(rows), step):
                np.matmul(rows[start : start + step] - self.mean_, axes, out=out[start : start + step])
        if self.whiten:
            out /= self._widths()
        return out

    @final
    def inverse_transform(self, X: Any) -> Array:
        """The rows nearest to those in the space of the features, x = V^T z + mean.   X (N, K) -> (N, D)"""
        z, _ = check_table(X, where=f"{type(self).__name__}.inverse_transform")
        if z.shape[1] != self.n_components_:
            raise ShapeError(
                f"{type(self).__name__}.inverse_transform: X has {z.shape[1]} columns, and there are "
                f"{self.n_components_} components; give what transform gave."
            )
        out: Array = (z * self._widths() if self.whiten else z) @ self.components_ + self.mean_
        return out

    @final
    def get_covariance(self) -> Array:
        """Covariance of the features under the model.   -> (D, D)"""
        axes, extra = self.components_, self._model_variances() - self.noise_variance_
        covariance: Array = (axes.T * extra) @ axes
        covariance.flat[:: covariance.shape[0] + 1] += self.noise_variance_
        return covariance

    @final
    def get_precision(self) -> Array:
        """Inverse of `get_covariance`, from the axes.   -> (D, D)

        Raises ParameterError where the model gives some direction no variance at all.
        """
        axes, rest = self.components_, self._rest_precision()
        precision: Array = (axes.T * (1.0 / self._model_variances() - rest)) @ axes
        precision.flat[:: precision.shape[0] + 1] += rest
        return precision

    @final
    def score_samples(self, X: Any) -> Array:
        """Log-likelihood of each row.   X (N, D) -> (N,)

            log p(x) = -1/2 [D log 2 pi + sum_k log L_k + (D - K) log s + sum_k z_k^2 / L_k + |x - mean - V^T z|^2 / s]

        Raises ParameterError as `get_precision` does.  Source: Tipping and Bishop, J. Royal Stat. Soc. B 61, 1999.
        """
        rows = self._rows(X)
        if is_sparse(rows):
            raise DataError(f"{type(self).__name__}.score_samples: X is sparse; give a dense array, X.toarray().")
        variance, rest = self._model_variances(), self._rest_precision()
        apart = rows - self.mean_
        z = apart @ self.components_.T
        off = apart - z @ self.components_
        level = rows.shape[1] * np.log(2.0 * np.pi) + np.log(variance).sum()
        if (others := rows.shape[1] - len(variance)) > 0:
            level += others * np.log(self.noise_variance_)
        logs: Array = -0.5 * (level + (z * z / variance).sum(axis=1) + rest * np.einsum("nd,nd->n", off, off))
        return logs

    @final
    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood of the rows.   X (N, D)"""
        return float(self.score_samples(X).mean())

    @final
    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """pca0, pca1, ...: one name (K,) a component."""
        self._names_in(input_features)
        return component_names(self)

    @final
    def _widths(self) -> Array:
        """Deviations along the axes, none zero.   -> (K,)"""
        widths = np.sqrt(self.explained_variance_)
        return np.maximum(widths, np.finfo(widths.dtype).eps)  # scikit-learn's floor

    @final
    def _model_variances(self) -> Array:
        """Variances along the axes, none below that of the others.   -> (K,)"""
        return np.maximum(self.explained_variance_, self.noise_variance_)

    @final
    def _rest_precision(self) -> float:
        """1 / s, or 0 where there is no other direction."""
        all_directions = self.n_components_ == self.n_features_in_
        flat = self.noise_variance_ <= 0 if not all_directions else (self.explained_variance_ <= 0).any()
        if flat:
            raise ParameterError(
                f"{type(self).__name__}: with {self.n_components_} components of {self.n_features_in_} features, some "
                "directions have no variance, and the density is infinite; fit with a smaller n_components."
            )
        return 0.0 if all_directions else 1.0 / float(self.noise_variance_)

    def _check_learned(self) -> None:
        k, d = self.n_components_, self.n_features_in_
        wanted = (k, d), (d,), (k,)
        found = np.shape(self.components_), np.shape(self.mean_), np.shape(self.explained_variance_)
        if found != wanted:
            name = type(self).__name__
            raise ModelFileError(f"{name}: components, mean and variances in the record are {found}, not {wanted}.")


def component_names(model: Any) -> Array:
    """The class in small letters and a number, one name for each row of `components_`.   -> (K,)"""
    owner = type(model).__name__.lower()
    return np.array([f"{owner}{k}" for k in range(len(model.components_))], dtype=object)
