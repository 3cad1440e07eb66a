"""k-means by small batches.

Here: `MiniBatchKMeans`.  Elsewhere: the centres of a batch are moved in _minibatch_steps.py; what it shares with
KMeans is in _kmeans.py, first centres in _seeding.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence and pellucid.base; Numba inside fit.
"""

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Flag, Limit, OneOf, Real, Watch, Whole, check_weights, kin
from pellucid.base._tables import Array
from pellucid.cluster._kmeans import INIT, N_INIT, CentreModel, Init
from pellucid.cluster._kmeans_steps import nearest_centres
from pellucid.cluster._minibatch_steps import Following, Smoothed
from pellucid.cluster._rows import Rows
from pellucid.cluster._seeding import on_line
from pellucid.errors import DataWarning, ModelFileError
from pellucid.persistence import register
from pellucid.random import Seed, generator, integer_seed

RUNS_AT_RANDOM = 3  # plain draws miss groups, which starved centres find later: scikit-learn's number
INIT_BATCHES = 3  # batches of rows to draw first centres from, or three rows a cluster if that is more


@register("cluster.MiniBatchKMeans")
@final
class MiniBatchKMeans(CentreModel):
    """K groups of rows, each around its mean, from batches of rows: for very many rows, or rows that keep coming.

        minimise  sum_i w_i min_k |x_i - c_k|^2

        for a batch of `batch_size` rows, drawn by weight:  label_i <- argmin_k |x_i - c_k|^2;
        c_k <- c_k + (sum of its rows - m_k c_k) / (M_k + m_k);    M_k <- M_k + m_k,    m_k the number of its rows

    X (N, D) -> labels_ (N,), cluster_centers_ (K, D), inertia_; M is counts_ (K,).  A batch of B rows costs O(B D K),
    whatever N; labels at the end O(N D K), which compute_labels=False spares.  The sum that is reached lies some per
    cent above that of KMeans, and labels at the borders differ.

    First centres are drawn, by `init`, among `init_size` rows; of `n_init` draws the best on other rows is kept.
    A centre with M_k < `reassignment_ratio` max M is starved: it is put on a row of the batch, when there are centres
    without any row, or 10 K rows have gone by.  It ends after `max_iter` times N rows; or when the mean distance,
    smoothed over batches, has had no new least value for `max_no_improvement` batches; or, with `tol` > 0, when the
    centres move less.  `partial_fit` follows one batch that is given, with its weights, and goes on from what it knows.

    After each batch `cluster_centers_` is there for callbacks, which are told inertia (mean squared distance in the
    batch), the same smoothed, and how many centres were put elsewhere.  With a whole number as `random_state` all draws
    are the same each time, also of partial_fit, after saving and loading, too.

    It assumes what KMeans does, and rows in no order for partial_fit: of groups that come one after another, the first
    keep the centres, as the later have little weight.
    Raises DataError for fewer rows than clusters and for input that is not finite numbers.
    Source: Sculley, Web-Scale K-Means Clustering, WWW 2010.

    >>> X = [[0.0], [1.0], [9.0], [10.0]]
    >>> model = MiniBatchKMeans(2, random_state=0).fit(X)
    >>> model.predict([[2.0], [8.0]]).tolist() == model.labels_[[0, 2]].tolist(), model.inertia_ < 1.2
    (True, True)
    >>> for _ in range(3):
    ...     model = model.partial_fit(X)
    >>> model.n_steps_ - MiniBatchKMeans(2, random_state=0).fit(X).n_steps_
    3
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "n_clusters": Whole(low=1, says="a partition needs a cell"),
        "init": INIT,
        "max_iter": Whole(low=1, says="times that as many rows as there are may be drawn"),
        "batch_size": Whole(low=1, says="rows a step"),
        "verbose": OneOf(Whole(low=0), Flag(), says="not looked at: give ProgressBar() to set_callbacks"),
        "compute_labels": Flag(says="labels and inertia of all rows at the end"),
        "random_state": SEED,
        "tol": Real(low=0.0, says="on the squared way of the centres, in mean variances of a feature; 0: never"),
        "max_no_improvement": OneOf(Whole(low=0), Choice(None), says="batches; None: never end for that"),
        "init_size": OneOf(
            Whole(low=1), Choice(None), says="rows to draw first centres from; None: 3 batches, or 3 n_clusters if more"
        ),
        "n_init": N_INIT,
        "reassignment_ratio": Real(low=0.0, says="of the rows of the largest cluster, below which a centre is starved"),
    }

    counts_: Array
    """M (K,): the weight of the rows each centre has followed."""
    waited_: int
    """Rows since starved centres were last looked for."""
    n_steps_: int
    """Batches that were followed."""
    inertia_: float
    """sum_i w_i |x_i - c_label(i)|^2 over the rows of fit, or of the last partial_fit; without labels, of fit: as
    estimated from batches."""
    n_iter_: int
    """Times that as many rows as there are were drawn, rounded up."""

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        verbose: int = 0,
        compute_labels: bool = True,
        random_state: Seed = None,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: int | Literal["auto"] = "auto",
        reassignment_ratio: float = 0.01,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find K centres of rows X (N, D); a row is drawn into batches in proportion to its weight."""
        self._begin_fit()
        vars(self).pop("_seed", None)
        table = self._fit_table(X)
        self._check_enough(len(table))
        weights = check_weights(sample_weight, len(table), where=type(self).__name__)
        rows = Rows(table, weights)
        self._walk(rows)
        if self.compute_labels:
            self._label(rows, table, weights)
        return self

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Follow one batch X (N, D); row i counts sample_weight[i] times.  The first has `n_clusters` rows or more."""
        self._check_params()
        first = "cluster_centers_" not in vars(self)
        table = self._fit_table(X) if first else self._table(X)
        weights = check_weights(sample_weight, len(table), where=type(self).__name__)
        rows, step = Rows(table, weights), 0 if first else self.n_steps_
        rng = np.random.default_rng([vars(self).setdefault("_seed", integer_seed(self.random_state)), step])
        if first:
            self._check_enough(len(table))
            drawn = self._some(len(rows.X), self._init_rows(len(rows.X), len(rows.X)), rng)
            following = Following(self._begin(rows, rng, drawn), np.zeros(self.n_clusters))
        else:
            following = Following(rows.inward(self.cluster_centers_), self.counts_, self.waited_)
        following.step(rows.X, rows.weight, self.reassignment_ratio, rng)
        self._take(following, rows, step + 1)
        if self.compute_labels:
            self._label(rows, table, weights)
        return self

    def _walk(self, rows: Rows) -> None:
        """Follow batch after batch; keep what there is, when interrupted."""
        n_rows = len(rows.X)
        size = min(self.batch_size, n_rows)
        n_steps = self.max_iter * n_rows // size
        tol = self.tol * rows.variance
        line, alike = np.cumsum(rows.weight), np.ones(size)
        smoothed = Smoothed(size, n_rows, self.max_no_improvement)
        stream = generator(self.random_state)
        following, step = None, 0
        with Watch(self, n_steps) as watch:
            following = Following(self._best_begin(rows, size, stream), np.zeros(self.n_clusters))
            while step < n_steps:
                batch = rows.X[on_line(line, size, stream)]
                mean = following.step(batch, alike, self.reassignment_ratio, stream) / size
                step += 1
                rests = smoothed.rests(mean)
                if self.callbacks:
                    self._take(following, rows, step)
                told = {"inertia": mean * rows.scale**2, "smoothed": smoothed.value * rows.scale**2}
                if watch.step(**told, moved_away=float(following.moved_away)) or rests:
                    break
                if 1 < step and 0.0 < tol and following.shift <= tol:
                    break
        if following is None:
            raise KeyboardInterrupt  # nothing was learned yet
        self._take(following, rows, step)
        self.n_iter_ = -(-step * size // n_rows)
        self.inertia_ = smoothed.value * rows.scale**2 * float(line[-1])

    def _best_begin(self, rows: Rows, size: int, stream: np.random.Generator) -> Array:
        """First centres, each try from rows drawn anew; of several the best on rows drawn for that."""
        runs, n_rows = self._runs(RUNS_AT_RANDOM), len(rows.X)
        among = self._init_rows(n_rows, size)
        tries = (self._begin(rows, stream, self._some(n_rows, among, stream)) for _ in range(runs))
        if runs == 1:
            return next(tries)
        held_out = self._some(n_rows, among, stream)
        X, weight = rows.X[held_out], rows.weight[held_out]
        return min(tries, key=lambda centre: float(weight @ nearest_centres(X, centre)[1]))

    def _init_rows(self, n_rows: int, size: int) -> int:
        """How many rows first centres are drawn from."""
        wanted = INIT_BATCHES * size if self.init_size is None else self.init_size
        if wanted < self.n_clusters:
            if self.init_size is not None:
                message = (
                    f"MiniBatchKMeans: init_size={wanted} should be larger than n_clusters={self.n_clusters}; "
                    f"{min(INIT_BATCHES * self.n_clusters, n_rows)} rows are taken."
                )
                warnings.warn(kin(DataWarning, message), stacklevel=4)
            wanted = INIT_BATCHES * self.n_clusters
        return min(wanted, n_rows)

    @staticmethod
    def _some(n_rows: int, wanted: int, rng: np.random.Generator) -> Array | slice:
        """Numbers of `wanted` rows, none twice; all in their order where all are wanted."""
        return slice(None) if wanted == n_rows else rng.choice(n_rows, wanted, replace=False)

    def _take(self, following: Following, rows: Rows, step: int) -> None:
        self.cluster_centers_ = rows.outward(following.centre).astype(rows.table.dtype)
        self.counts_, self.waited_, self.n_steps_ = following.mass.copy(), following.waited, step

    def _check_learned(self) -> None:
        super()._check_learned()
        counts = np.asarray(self.counts_)
        if counts.shape != (self.n_clusters,) or not (np.isfinite(counts).all() and (counts >= 0.0).all()):
            raise ModelFileError("MiniBatchKMeans: counts_ in the record are not one weight for each centre.")
