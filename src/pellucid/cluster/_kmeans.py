"""k-means.

Here: `KMeans`; what it shares with MiniBatchKMeans: `CentreModel`, and the limits of their parameters.
Elsewhere: one run is in _kmeans_steps.py, first centres in _seeding.py; MiniBatchKMeans is in _minibatch.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence and pellucid.base; Numba inside fit.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import (
    SEED,
    Choice,
    Flag,
    Kind,
    Limit,
    OneOf,
    Real,
    Transformer,
    Watch,
    Whole,
    check_table,
    check_weights,
    kin,
)
from pellucid.base._tables import Array
from pellucid.cluster._clusterer import Clusterer
from pellucid.cluster._kmeans_steps import Algorithm, Run, nearest_centres, nearest_of_rows, squared_distances
from pellucid.cluster._rows import Rows
from pellucid.cluster._seeding import at_random, plus_plus
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError
from pellucid.persistence import register
from pellucid.random import Seed, generator

Init = Literal["k-means++", "random"] | Callable[..., Any] | Array | list[Any]

INIT: Limit = OneOf(
    Choice("k-means++", "random"),
    Kind(np.ndarray, list, tuple, words="centres (K, D)"),
    Kind(Callable, words="a function of X, n_clusters and random_state that gives them"),  # type: ignore[arg-type]
    says="the first centres",
)
N_INIT: Limit = OneOf(
    Whole(low=1), Choice("auto"), says="runs, the best is kept; auto: 1 from k-means++ or given centres, else several"
)
RUNS_AT_RANDOM = 10  # plain draws miss groups: scikit-learn's number; MiniBatchKMeans has its own
ELKAN_FEATURES_MIN = 128  # a distance then costs more than the bookkeeping of a bound; measured, MNIST 1.2 to 1.8 times
COMPILED_LABELS = 1 << 24  # N D K; compiling for less than that would cost more than NumPy takes, some 5 ms
ELKAN_BOUNDS_MAX = 1 << 27  # numbers: 1 GiB


class CentreModel(Clusterer, Transformer):
    """What all models of K centres share after fit; abstract."""

    n_clusters: int
    init: Init
    n_init: int | Literal["auto"]
    random_state: Seed

    cluster_centers_: Array
    """(K, D), each the mean of its rows."""
    inertia_: float
    """sum_i w_i |x_i - c_label(i)|^2 over the rows fit saw."""
    n_iter_: int
    """Steps that were taken, of the run that was kept."""

    @final
    def predict(self, X: Any) -> Array:
        """The nearest centre of each row, the lower number at a tie.   X (N, D) -> (N,) of int32"""
        return nearest_centres(self._table(X), self.cluster_centers_)[0]

    @final
    def transform(self, X: Any) -> Array:
        """The distance of each row from each centre.   X (N, D) -> (N, K)"""
        table = self._table(X)
        out: Array = np.sqrt(squared_distances(table, self.cluster_centers_))
        return out.astype(table.dtype, copy=False)

    @final
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Minus the inertia of rows X (N, D) with weights (N,): larger is better."""
        table = self._table(X)
        weights = check_weights(sample_weight, len(table), where=f"{type(self).__name__}.score")
        _, far = nearest_centres(table, self.cluster_centers_)
        return -float(far.sum() if weights is None else weights @ far)

    @final
    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """fit(X), then transform(X)."""
        return self.fit(X, y, sample_weight).transform(X)

    @final
    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """kmeans0, kmeans1, ...: one name (K,) a centre."""
        self._names_in(input_features)
        owner = type(self).__name__.lower()
        return np.array([f"{owner}{k}" for k in range(len(self.cluster_centers_))], dtype=object)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import TransformerTags

        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(["float64", "float32"])
        return tags

    @final
    def _check_enough(self, n_rows: int) -> None:
        if n_rows < self.n_clusters:
            raise DataError(
                f"{type(self).__name__}: n_samples={n_rows} rows cannot be n_clusters={self.n_clusters} groups; "
                "ask for fewer groups, or give more rows."
            )

    @final
    def _first_centres(self, X: Array, weight: Array, rng: np.random.Generator) -> Array:
        """(K, D) in float64, by `init`.  X (N, D) with weights > 0."""
        if isinstance(self.init, str):
            draw = plus_plus if self.init == "k-means++" else at_random
            return draw(X, weight, self.n_clusters, rng)
        given: Any = self.init
        if callable(given):
            given = given(X, self.n_clusters, random_state=np.random.RandomState(int(rng.integers(2**31))))
        where = f"{type(self).__name__}: init"
        centre, _ = check_table(given, where=where)
        if centre.shape != (self.n_clusters, X.shape[1]):
            raise DataError(
                f"{where} has shape {centre.shape}; n_clusters={self.n_clusters} centres of {X.shape[1]} features "
                f"are ({self.n_clusters}, {X.shape[1]})."
            )
        return centre.astype(np.float64)

    @final
    def _begin(self, rows: Rows, stream: np.random.Generator, among: Array | slice = slice(None)) -> Array:
        """First centres, drawn `among` the rows of that number, on the scale of rows.X."""
        X, weight = rows.X if isinstance(self.init, str) else rows.table, rows.weight
        centre = self._first_centres(X[among], weight[among], stream)
        return centre if isinstance(self.init, str) else rows.inward(centre)

    @final
    def _label(self, rows: Rows, table: Array, weights: Array | None) -> None:
        """Set labels_ and inertia_ of a table, of which `rows` were made."""
        compiled = rows.all and table.size * self.n_clusters >= COMPILED_LABELS
        centre = self.cluster_centers_
        self.labels_, far = nearest_of_rows(rows, centre) if compiled else nearest_centres(table, centre)
        self.inertia_ = float(far.sum() if weights is None else weights @ far)

    @final
    def _runs(self, at_random: int) -> int:
        """How many first centres are tried; `at_random`, unless told, where each try draws all of them plainly."""
        if self.n_init != "auto":
            return self.n_init if isinstance(self.init, str) or callable(self.init) else 1
        return at_random if callable(self.init) or (isinstance(self.init, str) and self.init == "random") else 1

    def _check_learned(self) -> None:
        wanted = (self.n_clusters, self.n_features_in_)
        if (found := np.shape(self.cluster_centers_)) != wanted or not np.isfinite(self.cluster_centers_).all():
            raise ModelFileError(f"{type(self).__name__}: cluster_centers_ in the record is {found}, not {wanted}.")


@register("cluster.KMeans")
@final
class KMeans(CentreModel):
    """K groups of rows, each around its mean.

        minimise  sum_i w_i min_k |x_i - c_k|^2

        label_i <- argmin_k |x_i - c_k|^2;    c_k <- weighted mean of the rows with label k

    X (N, D) -> labels_ (N,), cluster_centers_ (K, D), inertia_.  Each step lowers the sum, until no label changes or
    the centres move less than `tol`; that is a minimum among its neighbours, not the least of all, so it begins from
    centres that lie apart (`init`), and `n_init` begins anew.  A step costs O(N D K); `algorithm` says how:

        "lloyd"    every row with every centre, as matrix products
        "hamerly"  two bounds a row spare most rows the comparison as the centres come to rest: K up to some hundreds
        "elkan"    K bounds a row: fewer distances yet, N K numbers to keep; for costly rows (many features)
        "auto"     "elkan" from 128 features on, while its bounds fit in 1 GiB; otherwise "hamerly"

    All give the same labels.  A cluster that loses all its rows takes the one farthest from its centre.  It assumes
    round groups of like size on like scales: a feature whose numbers are 10^4 times as large decides alone
    (pellucid.preprocessing.StandardScaler), and long or hollow shapes are cut in pieces (DBSCAN finds those).

    After each step `cluster_centers_` is there for callbacks, which are told inertia, the labels that changed, and how
    far the centres went.  With fewer distinct rows than clusters, centres coincide, and a ConvergenceWarning says so.
    Raises DataError for fewer rows than clusters and for input that is not finite numbers.
    Sources: Lloyd, IEEE Trans. Information Theory 28, 1982; Arthur and Vassilvitskii, SODA 2007; Hamerly, SDM 2010.

    >>> model = KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0], [10.0]])
    >>> sorted(model.cluster_centers_.ravel().tolist()), model.inertia_, model.predict([[2.0]]) == model.labels_[:1]
    ([0.5, 9.5], 1.0, array([ True]))
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "n_clusters": Whole(low=1, says="a partition needs a cell"),
        "init": INIT,
        "n_init": N_INIT,
        "max_iter": Whole(low=1, says="steps of a run"),
        "tol": Real(low=0.0, says="on the squared way of the centres, in mean variances of a feature"),
        "verbose": OneOf(Whole(low=0), Flag(), says="not looked at: give ProgressBar() to set_callbacks"),
        "random_state": SEED,
        "copy_x": Flag(says="not looked at: X is never written into"),
        "algorithm": Choice("auto", "lloyd", "elkan", "hamerly", says="how a step is computed"),
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: Seed = None,
        copy_x: bool = True,
        algorithm: Algorithm | Literal["auto"] = "auto",
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find K centres of rows X (N, D); row i counts sample_weight[i] times."""
        self._begin_fit()
        table = self._fit_table(X)
        self._check_enough(len(table))
        weights = check_weights(sample_weight, len(table), where=type(self).__name__)
        rows = Rows(table, weights)
        self._search(rows)
        self._label(rows, table, weights)
        self._warn_of_fewer(np.bincount(self.labels_, minlength=self.n_clusters))
        return self

    def _search(self, rows: Rows) -> None:
        """Set the centres of the best run; of what there is, when interrupted."""
        runs = self._runs(RUNS_AT_RANDOM)
        streams = generator(self.random_state).spawn(runs)
        tol = self.tol * rows.variance
        best, least, run = None, np.inf, None
        with Watch(self, runs * self.max_iter) as watch:
            for stream in streams:
                run = Run(rows.packed, self._begin(rows, stream), self._algorithm(*rows.X.shape))
                stop = self._walk(run, rows, tol, watch)
                inertia = run.inertia()
                if inertia < least:
                    best, least = run, inertia
                if stop:
                    break
        kept = best or run
        if kept is None:
            raise KeyboardInterrupt  # nothing was learned yet
        if best is not None:
            best.finish()
        self._take(kept, rows)

    def _walk(self, run: Run, rows: Rows, tol: float, watch: Watch) -> bool:
        """Steps until the centres rest; whether a callback asked to stop."""
        while run.steps < self.max_iter:
            run.step()
            if self.callbacks:
                self._take(run, rows)
                told = {"inertia": run.inertia() * rows.scale**2, "changed": float(run.changed)}
                if watch.step(**told, shift=float(np.sqrt(run.shift)) * rows.scale):
                    return True
            else:
                watch.step()
            if run.changed == 0 or run.shift <= tol:
                break
        return False

    def _take(self, run: Run, rows: Rows) -> None:
        self.cluster_centers_ = rows.outward(run.centre).astype(rows.table.dtype)
        self.n_iter_ = run.steps

    def _algorithm(self, n_rows: int, n_features: int) -> Algorithm:
        if self.algorithm != "auto":
            return self.algorithm
        costly = n_features >= ELKAN_FEATURES_MIN and n_rows * self.n_clusters <= ELKAN_BOUNDS_MAX
        return "elkan" if costly else "hamerly"

    def _warn_of_fewer(self, count: Array) -> None:
        if (found := int((count > 0).sum())) < self.n_clusters and not self.interrupted_:
            message = (
                f"Number of distinct clusters ({found}) found smaller than n_clusters ({self.n_clusters}). Possibly "
                "due to duplicate points in X. Ask for fewer clusters."
            )
            warnings.warn(kin(ConvergenceWarning, message), stacklevel=3)
