"""GaussianMixture, against scikit-learn's and the laws of likelihood."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.mixture

import pellucid
from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError, ParameterError
from pellucid.mixture import GaussianMixture

SHAPES = ["full", "tied", "diag", "spherical"]


def groups(n_rows: int = 400, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centre = np.array([[0.0, 0.0, 0.0], [4.0, 4.0, 0.0], [-4.0, 3.0, 1.0]])
    return centre[rng.integers(3, size=n_rows)] + rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, 3))


def start(shape: str, X: np.ndarray) -> dict[str, Any]:
    ones = {"full": np.tile(np.eye(3), (3, 1, 1)), "tied": np.eye(3), "diag": np.ones((3, 3)), "spherical": np.ones(3)}
    return {
        "covariance_type": shape,
        "weights_init": [0.2, 0.3, 0.5],
        "means_init": X[:3],
        "precisions_init": ones[shape],
        "tol": 1e-9,
        "max_iter": 2000,
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_from_the_same_start_it_ends_where_scikit_learn_ends(shape: Any) -> None:
    X = groups()
    ours = GaussianMixture(3, **start(shape, X)).fit(X)
    theirs = sklearn.mixture.GaussianMixture(3, **start(shape, X)).fit(X)
    assert ours.converged_ and ours.n_iter_ == theirs.n_iter_
    assert ours.score(X) >= theirs.score(X) - 1e-9
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_", "lower_bounds_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=1e-7, err_msg=name)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    for name in ("bic", "aic"):
        np.testing.assert_allclose(getattr(ours, name)(X), getattr(theirs, name)(X), rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("begin", ["kmeans", "k-means++", "random", "random_from_data"])
def test_no_step_lowers_the_likelihood(shape: Any, begin: Any) -> None:
    X, history = groups(), History()
    model = GaussianMixture(3, covariance_type=shape, init_params=begin, reg_covar=0.0 if begin == "kmeans" else 1e-6,
                            tol=1e-6, max_iter=1000, random_state=0)  # fmt: skip
    model.set_callbacks(history).fit(X)
    logs = [row["log_likelihood"] for row in history.rows]
    assert len(logs) == model.n_iter_ and logs == model.lower_bounds_
    falls = [before - after for before, after in zip(logs[:-1], logs[1:], strict=True)]
    assert max(falls) <= (1e-12 if begin == "kmeans" else 1e-5)  # the ridge gives up some likelihood


def test_the_groups_are_found_and_bic_tells_their_number() -> None:
    rng = np.random.default_rng(1)
    label = rng.integers(3, size=900)
    X = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])[label] + rng.normal(size=(900, 2))
    fits = [GaussianMixture(k, n_init=3, random_state=0, max_iter=500).fit(X) for k in (1, 2, 3, 4)]
    assert np.argmin([fit.bic(X) for fit in fits]) == 2
    agree = (fits[2].predict(X)[:, None] == fits[2].predict(X)) == (label[:, None] == label)
    assert agree.mean() > 0.99


def test_one_gaussian_is_the_mean_and_the_covariance() -> None:
    X = groups()
    model = GaussianMixture(1, reg_covar=0.0).fit(X)
    np.testing.assert_allclose(model.means_[0], X.mean(axis=0), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(model.covariances_[0], np.cov(X.T, bias=True), rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_new_points_have_the_moments_of_the_mixture(shape: Any) -> None:
    X = groups()
    model = GaussianMixture(3, covariance_type=shape, random_state=0, max_iter=500).fit(X)
    points, label = model.sample(200_000)
    assert (np.diff(label) >= 0).all()
    np.testing.assert_allclose(np.bincount(label) / len(label), model.weights_, atol=0.005)  # four standard errors
    spread = points.std(axis=0) / np.sqrt(len(points))
    assert (np.abs(points.mean(axis=0) - model.weights_ @ model.means_) < 5 * spread).all()
    for k in range(3):
        covariance = model.covariances_ if shape == "tied" else model.covariances_[k]
        covariance = covariance if np.ndim(covariance) == 2 else np.diag(np.broadcast_to(covariance, 3))
        found = np.cov(points[label == k].T)
        np.testing.assert_allclose(found, covariance, atol=0.04 * np.abs(covariance).max())
    np.testing.assert_array_equal(model.sample(5)[0], model.sample(5)[0])
    with pytest.raises(ParameterError, match="at least one sample"):
        model.sample(0)


def test_a_seed_gives_the_same_bits_and_more_runs_never_a_lower_likelihood() -> None:
    X = groups()
    once, again = (GaussianMixture(4, random_state=3, max_iter=500).fit(X) for _ in range(2))
    np.testing.assert_array_equal(once.means_, again.means_)
    runs = [GaussianMixture(4, random_state=3, n_init=n, max_iter=500).fit(X).lower_bound_ for n in (1, 3, 6)]
    assert runs[2] >= runs[1] >= runs[0] == once.lower_bound_


def test_after_every_step_the_mixture_is_there() -> None:
    class Look(Callback):
        def __init__(self) -> None:
            self.means: list[np.ndarray] = []

        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
            self.means.append(estimator.means_.copy())
            assert estimator.weights_.sum() == pytest.approx(1.0) and len(estimator.predict(X)) == len(X)

    X, look = groups(), Look()
    model = GaussianMixture(3, random_state=0).set_callbacks(look).fit(X)
    assert len(look.means) == model.n_iter_
    np.testing.assert_array_equal(look.means[-1], model.means_)


@pytest.mark.parametrize("how", ["stop", "interrupt"])
def test_a_fit_that_is_stopped_keeps_the_mixture_it_had(how: str) -> None:
    class At(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> bool:
            if step == 2 and how == "interrupt":
                raise KeyboardInterrupt
            return step == 2

    X = groups()
    model = GaussianMixture(3, random_state=0).set_callbacks(At())
    if how == "interrupt":
        with pytest.warns(ConvergenceWarning, match="interrupted after step 2"):
            model.fit(X)
    else:
        model.fit(X)
    assert model.interrupted_ == (how == "interrupt") and model.n_iter_ == 2 and not model.converged_
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        wanted = GaussianMixture(3, random_state=0, max_iter=2).fit(X)
    np.testing.assert_array_equal(model.means_, wanted.means_)


def test_a_warm_start_goes_on_where_it_was() -> None:
    X = groups()
    whole = GaussianMixture(3, random_state=0, tol=1e-12, max_iter=6)
    pieces = GaussianMixture(3, random_state=0, tol=1e-12, max_iter=3, warm_start=True)
    with pytest.warns(ConvergenceWarning):
        whole.fit(X)
    for _ in range(2):
        with pytest.warns(ConvergenceWarning):
            pieces.fit(X)
    np.testing.assert_allclose(pieces.means_, whole.means_, rtol=1e-12)
    with pytest.raises(DataError, match="warm_start goes on from means of shape"):
        pieces.fit(X[:, :2])


def test_without_steps_the_start_is_kept() -> None:
    X = groups()
    model = GaussianMixture(3, **{**start("full", X), "max_iter": 0}).fit(X)
    np.testing.assert_array_equal(model.means_, X[:3])
    np.testing.assert_allclose(model.covariances_, np.tile(np.eye(3), (3, 1, 1)))


def test_a_group_of_equal_rows_keeps_the_ridge_and_without_it_is_an_error() -> None:
    X = np.vstack([np.zeros((10, 2)), groups(50)[:, :2] + 50.0])
    model = GaussianMixture(2, random_state=0).fit(X)
    assert model.covariances_.min(axis=0).max() >= 0 and np.isfinite(model.score(X))
    for shape in ("full", "diag", "spherical"):
        with pytest.raises(DataError, match="a covariance became singular: .* increase reg_covar"):
            GaussianMixture(2, covariance_type=shape, reg_covar=0.0, random_state=0).fit(X)  # type: ignore[arg-type]


def test_rows_far_from_zero_give_the_same_groups() -> None:
    X = np.round(groups() * 64) / 64  # exact also beside 2^20
    for shape in SHAPES:
        near, far = (
            GaussianMixture(3, covariance_type=shape, means_init=X[:3] + level, random_state=0, max_iter=500).fit(
                X + level
            )  # type: ignore[arg-type]
            for level in (0.0, 2.0**20)
        )
        np.testing.assert_allclose(far.covariances_, near.covariances_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("X", "given", "words"),
    [
        (np.ones((3, 2)), {"n_components": 4}, r"n_samples=3 row\(s\) while 4 are required"),
        (np.ones((1, 2)), {}, r"n_samples=1 row\(s\) while 2 are required"),
        ([[np.nan, 1.0], [1.0, 2.0]], {}, "GaussianMixture: X holds 1 missing values"),
        ([["a", "b"]], {}, "not a number"),
        (np.empty((0, 2)), {}, "0 row"),
        (np.eye(4), {"n_components": 2, "weights_init": [0.9, 0.9]}, "weights are >= 0 and sum up to 1"),
        (np.eye(4), {"n_components": 2, "means_init": [[1.0, 2.0]]}, r"means_init has shape \(1, 2\); .*\(2, 4\)"),
        (np.eye(4), {"precisions_init": -np.eye(4)[None]}, "symmetric, positive-definite"),
        (np.eye(4), {"precisions_init": (np.eye(4) + np.eye(4, k=1))[None]}, "symmetric, positive-definite"),
    ],
)
def test_what_cannot_be_fitted_is_an_error_that_says_why(X: Any, given: dict[str, Any], words: str) -> None:
    with pytest.raises((DataError, ParameterError), match=words):
        GaussianMixture(**given).fit(X)


def test_a_loaded_model_answers_where_numba_and_scipy_cannot_be_imported(tmp_path: Path) -> None:
    X = groups()
    model = GaussianMixture(3, random_state=0).fit(X)
    pellucid.save(model, tmp_path / "m")
    np.savez(tmp_path / "x.npz", X=X, p=model.predict_proba(X), drawn=model.sample(4)[0])
    code = (
        "import sys; sys.modules['numba'] = sys.modules['scipy'] = None\n"
        "import numpy as np, pellucid\n"
        f"m, held = pellucid.load({str(tmp_path / 'm')!r}), np.load({str(tmp_path / 'x.npz')!r})\n"
        "assert (m.predict_proba(held['X']) == held['p']).all() and (m.sample(4)[0] == held['drawn']).all()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_mixture_of_another_shape_is_refused(tmp_path: Path) -> None:
    model = GaussianMixture(2, random_state=0).fit(groups())
    model.means_ = model.means_[:1]
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="the mixture in the record has shapes"):
        pellucid.load(tmp_path / "m")
