"""A density made of Gaussians.

Here: `GaussianMixture`.  Elsewhere: its steps are in _em.py, shapes of covariances in _covariance.py.
Imports: numpy, pellucid.base, pellucid.cluster, pellucid.errors, pellucid.persistence, pellucid.random and this
package; Numba inside fit, where first groups come from k-means.
"""

import warnings
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Estimator, Flag, Kind, OneOf, Real, Watch, Whole, kin
from pellucid.base._tables import Array
from pellucid.cluster import KMeans
from pellucid.cluster._seeding import plus_plus
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError, ParameterError
from pellucid.mixture._covariance import SHAPES, Covariance
from pellucid.mixture._em import Mixture, expect, log_joint, maximise
from pellucid.persistence import register
from pellucid.random import Seed, generator

_GIVEN = (np.ndarray, list, tuple)


@register("mixture.GaussianMixture")
@final
class GaussianMixture(Estimator):
    """Rows drawn from one of K Gaussians, which one is not known.

        maximise  sum_i log p(x_i),    p(x) = sum_k w_k N(x; m_k, S_k)

        share_ik <- w_k N(x_i; m_k, S_k) / p(x_i)                                         (expectation)
        n_k <- sum_i share_ik;  w_k <- n_k / N;  m_k, S_k <- mean and covariance by share_ik    (maximisation)

    X (N, D) -> weights_ (K,), means_ (K, D), covariances_: "full" (K, D, D), "tied" (D, D), "diag" (K, D), "spherical"
    (K,).  No step lowers the likelihood; it ends where the mean log-likelihood changes by less than `tol`, which is a
    maximum among its neighbours, so `n_init` begins anew from other first shares (`init_params`: groups of k-means,
    single rows by k-means++ or drawn, or shares at random).  A step costs N K D^2 for "full" and "tied", N K D
    otherwise.  Numbers are float64.

    It assumes groups that are ellipsoids.  The likelihood has no upper bound: a Gaussian that shrinks onto one row, or
    onto a plane that rows lie in exactly, gains without end; `reg_covar` is added to all variances against it, and has
    to be small beside those of the features but not lost in them (scale the features first).  "full" needs some D rows
    a group and more.  Choose K and the shape by `bic`.  After each step means_, weights_ and covariances_ are there
    for callbacks, which are told the mean log-likelihood and its change; Ctrl-C keeps the best so far.
    Raises DataError for fewer rows than Gaussians, and where a covariance is singular all the same.
    Sources: Dempster, Laird and Rubin, J. Royal Stat. Soc. B 39, 1977; Bishop, Pattern Recognition and Machine
    Learning, 2006, section 9.2.

    >>> model = GaussianMixture(2, random_state=0).fit([[0.0], [1.0], [2.0], [9.0], [10.0], [11.0]])
    >>> sorted(model.means_.ravel().round(3).tolist()), model.weights_.round(3).tolist()
    ([1.0, 10.0], [0.5, 0.5])
    >>> points, group = model.sample(3)
    >>> points.shape, group.shape
    ((3, 1), (3,))
    """

    limits = {
        "n_components": Whole(low=1),
        "covariance_type": Choice(*SHAPES),
        "tol": Real(low=0.0, says="change of the mean log-likelihood of a row"),
        "reg_covar": Real(low=0.0, says="added to all variances"),
        "max_iter": Whole(low=0, says="steps of a run"),
        "n_init": Whole(low=1, says="runs, the likeliest is kept"),
        "init_params": Choice("kmeans", "k-means++", "random", "random_from_data"),
        "weights_init": OneOf(Choice(None), Kind(*_GIVEN, words="weights (K,)")),
        "means_init": OneOf(Choice(None), Kind(*_GIVEN, words="means (K, D)")),
        "precisions_init": OneOf(Choice(None), Kind(*_GIVEN, words="inverse covariances")),
        "random_state": SEED,
        "warm_start": Flag(says="fit goes on from the last one"),
        "verbose": OneOf(Whole(low=0), Flag(), says="not looked at: give ProgressBar() to set_callbacks"),
        "verbose_interval": Whole(low=1, says="not looked at"),
    }

    weights_: Array
    """(K,), summing up to 1."""
    means_: Array
    """(K, D)"""
    covariances_: Array
    precisions_: Array
    """Inverses of the covariances."""
    precisions_cholesky_: Array
    """F with precision = F F^T."""
    converged_: bool
    n_iter_: int
    """Steps of the run that was kept."""
    lower_bound_: float
    """Mean log-likelihood of a row before its last step."""
    lower_bounds_: list[float]
    """The same for each step."""

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: Literal["full", "tied", "diag", "spherical"] = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Literal["kmeans", "k-means++", "random", "random_from_data"] = "kmeans",
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Seed = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    # -- learning

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the mixture under which rows X (N, D) are likely."""
        held = (self._mixture(), self.lower_bound_) if self.warm_start and "converged_" in vars(self) else None
        self._begin_fit()
        table = self._fit_table(X).astype(np.float64, copy=False)
        if len(table) < max(2, self.n_components):
            raise DataError(
                f"GaussianMixture: n_samples={len(table)} row(s) while {max(2, self.n_components)} are required for "
                f"n_components={self.n_components}; ask for fewer Gaussians, or give more rows."
            )
        if held and held[0].means.shape != (self.n_components, table.shape[1]):
            raise DataError(
                f"GaussianMixture: warm_start goes on from means of shape {held[0].means.shape}, and X with "
                f"n_components asks for {(self.n_components, table.shape[1])}; fit a new one."
            )
        self._search(table, held)
        if not (self.converged_ or self.interrupted_ or self.max_iter == 0 or self._stopped):
            message = (
                "Best performing initialization did not converge. Try different init parameters, or increase max_iter, "
                "tol, or check for degenerate data."
            )
            warnings.warn(kin(ConvergenceWarning, message), stacklevel=2)
        return self

    def fit_predict(self, X: Any, y: Any = None) -> Array:
        """fit(X), then predict(X)."""
        return self.fit(X).predict(X)

    def _search(self, X: Array, held: tuple[Mixture, float] | None) -> None:
        """Set what the best run came to; of what there is, when interrupted."""
        streams = generator(self.random_state).spawn(1 if held else self.n_init)
        best: _Run | None = None
        run: _Run | None = None
        self._stopped = False
        columns = np.asfortranarray(X)  # what each step would turn
        with Watch(self, len(streams) * self.max_iter) as watch:
            for stream in streams:
                run = None
                run = _Run(self._shape(), *(held or (self._first(X, stream), -np.inf)))
                self._stopped = self._walk(run, columns, watch)
                best = run if best is None or run.bound > best.bound else best
                if self._stopped:
                    break
        kept = best if run is None or (best is not None and best.bound >= run.bound) else run
        if kept is None:
            raise KeyboardInterrupt  # nothing was learned yet
        self._take(kept)

    def _walk(self, run: "_Run", X: Array, watch: Watch) -> bool:
        """Steps until the likelihood rests; whether a callback asked to stop."""
        while len(run.bounds) < self.max_iter:
            before = run.bound
            try:
                run.step(X, self.reg_covar)
            except np.linalg.LinAlgError as error:
                raise DataError(self._singular()) from error
            run.converged = abs(run.bound - before) < self.tol
            if self.callbacks:
                self._take(run)
            if watch.step(log_likelihood=run.bound, change=run.bound - before):
                return True
            if run.converged:
                break
        return False

    def _take(self, run: "_Run") -> None:
        self.weights_, self.means_, self.covariances_, self.precisions_cholesky_ = run.mixture
        self.precisions_ = self._shape().precisions(run.mixture.factor)
        self.converged_, self.n_iter_ = run.converged, len(run.bounds)
        self.lower_bound_, self.lower_bounds_ = run.bound, list(run.bounds)

    # -- beginning

    def _first(self, X: Array, rng: np.random.Generator) -> Mixture:
        """The mixture of the first shares, with the parts that were given in its place."""
        shape, k, d = self._shape(), self.n_components, X.shape[1]
        parts: list[Array] = []
        if any(part is None for part in (self.weights_init, self.means_init, self.precisions_init)):
            try:
                parts = list(maximise(X, self._first_shares(X, rng), shape, self.reg_covar))
            except np.linalg.LinAlgError as error:
                raise DataError(self._singular()) from error
        weights = parts[0] if self.weights_init is None else self._given("weights_init", (k,))
        if (weights < 0).any() or not np.isclose(weights.sum(), 1.0):
            raise ParameterError(
                f"GaussianMixture: weights_init is {self.weights_init!r}; weights are >= 0 and sum up to 1."
            )
        means = parts[1] if self.means_init is None else self._given("means_init", (k, d))
        if self.precisions_init is None:
            return Mixture(weights, means, parts[2], parts[3])
        precisions = self._given("precisions_init", shape.shape(k, d))
        try:
            symmetric = self.covariance_type not in ("full", "tied") or np.allclose(
                precisions, precisions.swapaxes(-1, -2)
            )
            factor = shape.factor_of(precisions if symmetric else -np.ones_like(precisions))
        except np.linalg.LinAlgError as error:
            raise ParameterError("GaussianMixture: precisions_init must be symmetric, positive-definite.") from error
        return Mixture(weights, means, shape.covariances(factor), factor)

    def _given(self, name: str, shape: tuple[int, ...]) -> Array:
        held = np.asarray(getattr(self, name), np.float64)
        if held.shape != shape or not np.isfinite(held).all():
            raise ParameterError(
                f"GaussianMixture: {name} has shape {held.shape}; for n_components={self.n_components} and "
                f"covariance_type={self.covariance_type!r} it must be finite numbers of shape {shape}."
            )
        return held

    def _first_shares(self, X: Array, rng: np.random.Generator) -> Array:
        """(N, K)"""
        n, k = len(X), self.n_components
        if self.init_params == "random":
            share = rng.uniform(size=(n, k))
            return share / share.sum(axis=1, keepdims=True)
        if self.init_params == "kmeans":
            label = KMeans(k, n_init=1, random_state=rng).fit(X).labels_
            return (label[:, None] == np.arange(k)).astype(np.float64)
        if self.init_params == "random_from_data":
            rows = rng.choice(n, size=k, replace=False)
        else:
            seeds = plus_plus(X, np.ones(n), k, rng)
            rows = np.array([np.square(X - seed).sum(axis=1).argmin() for seed in seeds])
        share = np.zeros((n, k))
        share[rows, np.arange(k)] = 1.0
        return share

    # -- answers

    def score_samples(self, X: Any) -> Array:
        """log p(x) of each row.   X (N, D) -> (N,)"""
        return self._expected(X)[0]

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood of rows X (N, D)."""
        return float(self.score_samples(X).mean())

    def predict_proba(self, X: Any) -> Array:
        """The share of each Gaussian in each row.   X (N, D) -> (N, K), rows sum to 1"""
        return self._expected(X)[1]

    def predict(self, X: Any) -> Array:
        """The likeliest Gaussian of each row, the lower number at a tie.   X (N, D) -> (N,)"""
        mixture = self._mixture()
        label: Array = log_joint(self._table(X).astype(np.float64, copy=False), mixture, self._shape()).argmax(axis=1)
        return label

    def bic(self, X: Any) -> float:
        """p log N - 2 log-likelihood of rows X (N, D), p the free parameters; lower is better.  Schwarz, 1978."""
        n = len(logs := self.score_samples(X))
        return float(self._free() * np.log(n) - 2.0 * logs.sum())

    def aic(self, X: Any) -> float:
        """2 p - 2 log-likelihood of rows X (N, D), p the free parameters; lower is better.  Akaike, 1974."""
        return float(2.0 * self._free() - 2.0 * self.score_samples(X).sum())

    def sample(self, n_samples: int = 1) -> tuple[Array, Array]:
        """New points from the learned density, sorted by their Gaussian, and its number.   -> (n, D), (n,)

        With a whole number for random_state, each call draws the same points.  Raises ParameterError for n < 1.
        """
        mixture = self._mixture()
        if not Whole(low=1).admits(n_samples):
            raise ParameterError(
                f"GaussianMixture.sample: Invalid value for 'n_samples': {n_samples!r}; at least one sample is drawn."
            )
        rng = generator(self.random_state)
        label = np.repeat(np.arange(len(mixture.weights)), rng.multinomial(n_samples, mixture.weights))
        points = rng.standard_normal((n_samples, mixture.means.shape[1]))
        for k, mean in enumerate(mixture.means):
            own = label == k
            points[own] = mean + self._shape().drawn(points[own], mixture.covariances, k)
        return points, label

    def _expected(self, X: Any) -> tuple[Array, Array]:
        mixture = self._mixture()
        return expect(self._table(X).astype(np.float64, copy=False), mixture, self._shape())

    def _mixture(self) -> Mixture:
        return Mixture(self.weights_, self.means_, self.covariances_, self.precisions_cholesky_)

    def _shape(self) -> Covariance:
        return SHAPES[self.covariance_type]

    def _free(self) -> int:
        k, d = self.means_.shape
        return self._shape().free(k, d) + k * d + k - 1

    def _singular(self) -> str:
        return (
            "GaussianMixture: a covariance became singular: a group has too few rows, or they lie in a plane. Ask for "
            f"fewer n_components, increase reg_covar (it is {self.reg_covar!r}), scale the features, or use "
            "covariance_type='diag'."
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "density_estimator"
        return tags

    def _check_learned(self) -> None:
        k, d = self.n_components, self.n_features_in_
        wanted = (k,), (k, d), self._shape().shape(k, d), self._shape().shape(k, d)
        if (found := tuple(np.shape(part) for part in self._mixture())) != wanted:
            raise ModelFileError(f"GaussianMixture: the mixture in the record has shapes {found}, not {wanted}.")


@final
class _Run:
    """One run from a first mixture, of which the state after any step can be looked at."""

    def __init__(self, shape: Covariance, mixture: Mixture, bound: float) -> None:
        self.mixture, self.bound = mixture, bound
        self.bounds: list[float] = []
        self.converged = False
        self._shape = shape

    def step(self, X: Array, ridge: float) -> None:
        """One expectation and one maximisation."""
        logs, share = expect(X, self.mixture, self._shape)
        self.mixture = maximise(X, share, self._shape, ridge)
        self.bound = float(logs.mean())
        self.bounds.append(self.bound)
