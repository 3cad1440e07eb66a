"""What the network estimators share: which rows are learned from, the scale of weights, blocks of rows, warm starts."""

from typing import Any

import numpy as np
import pytest
from sklearn import neural_network as theirs
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

from pellucid.base import Callback
from pellucid.compiler.native._engine import NativeEngine
from pellucid.errors import DataError
from pellucid.neural_network import MLPClassifier, MLPRegressor
from pellucid.neural_network import _fitting as fitting
from pellucid.neural_network._fitting import Rows, mean_one

pytestmark = pytest.mark.filterwarnings("ignore::pellucid.errors.ConvergenceWarning")


def test_weights_are_brought_to_mean_one_and_their_mean_is_told() -> None:
    weights, mean = mean_one(np.array([1.0, 2.0, 3.0]), np.float32)
    assert weights is not None
    assert (weights.tolist(), weights.dtype, mean) == ([0.5, 1.0, 1.5], np.float32, 2.0)
    assert mean_one(None, np.float32) == (None, 1.0)


@pytest.mark.parametrize("share", [0.01, 0.25, 0.99])
def test_held_out_rows_and_the_others_are_all_rows_and_no_row_twice(share: float) -> None:
    rows, strata = Rows(np.arange(40), np.arange(40)), np.arange(40) % 4
    model = MLPClassifier(early_stopping=True, validation_fraction=share)
    learn, watched = model._split(rows, None, strata, np.random.default_rng(0))
    assert watched is not None
    assert sorted([*learn.x, *watched.x]) == list(range(40))
    assert len(watched.x) == max(1, min(39, round(40 * share)))
    counts = np.bincount(watched.x % 4, minlength=4)
    assert counts.max() - counts.min() <= 1


def test_rows_given_to_watch_are_watched_and_all_others_learned_from() -> None:
    rows, given = Rows(np.arange(4), np.arange(4)), Rows(np.arange(2), np.arange(2))
    model = MLPClassifier(early_stopping=True)
    assert model._split(rows, given, None, np.random.default_rng(0)) == (rows, given)
    assert MLPClassifier()._split(rows, None, None, np.random.default_rng(0)) == (rows, None)


def test_predictions_do_not_depend_on_how_many_rows_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), np.arange(50) % 3
    model = MLPClassifier((5,), max_iter=3, random_state=0).fit(X, y)
    whole = model.predict_proba(X)
    monkeypatch.setattr(fitting, "BLOCK_BYTES", 7 * 3 * 4)  # seven rows
    np.testing.assert_allclose(model.predict_proba(X), whole, rtol=1e-12)
    assert [len(block) for block in fitting._blocks(X)] == [7] * 7 + [1]


def test_a_batch_is_never_larger_than_the_rows_and_auto_is_two_hundred() -> None:
    assert MLPClassifier()._batch_rows() == 200
    assert MLPClassifier(batch_size=7)._batch_rows() == 7
    X, y = np.zeros((3, 1)), [0, 1, 1]
    assert MLPClassifier((2,), batch_size=100, max_iter=1, random_state=0).fit(X, y).n_iter_ == 1


def test_the_penalty_leaves_biases_alone() -> None:
    X, y = np.ones((20, 1)) * 1e-6, np.r_[np.zeros(5), np.ones(15)].astype(int)
    model = MLPClassifier((), alpha=1e6, solver="lbfgs", max_iter=200, random_state=0).fit(X, y)
    assert abs(model.coefs_[0]).max() < 1e-3
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 0.75, atol=1e-3)


# -- warm starts

MLP = MLPClassifier | MLPRegressor
KINDS: list[type[MLP]] = [MLPClassifier, MLPRegressor]
FREE: dict[str, Any] = {
    "tol": 0.0,
    "n_iter_no_change": 1000,
    "random_state": 0,
    "alpha": 0.0,
}  # nothing but max_iter ends a fit


@pytest.fixture(scope="module")
def wine() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def loss(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """The loss of the model's predictions: log-loss, or the mean square in units of the variance of y."""
    if isinstance(model, MLPClassifier):
        return float(-np.log(model.predict_proba(X)[np.arange(len(y)), y]).mean())
    return 1.0 - model.score(X, y)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_fit_goes_on_from_the_last_one_and_its_curve_too(
    kind: type[MLP], solver: Any, wine: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = wine
    model = kind((16,), solver=solver, max_iter=10, warm_start=True, learning_rate_init=0.01, **FREE).fit(X, y)
    first, curve = loss(model, X, y), list(model.loss_curve_)
    network = model.network_
    model.fit(X, y)
    assert loss(model, X, y) < first
    assert model.loss_curve_[:10] == curve and (len(model.loss_curve_), model.n_iter_) == (20, 10)
    assert model.loss_curve_[10] < curve[4] and model.loss_ == model.loss_curve_[-1]
    if solver == "lbfgs":
        assert model.loss_curve_[10] == pytest.approx(first, rel=1e-9)  # an epoch tells the loss it began with
    assert model.network_ is not network  # whoever holds the last one keeps it as it was
    cold = kind((16,), solver=solver, max_iter=10, learning_rate_init=0.01, **FREE).fit(X, y)
    assert cold.fit(X, y).loss_curve_ == curve


@pytest.mark.parametrize("kind", KINDS)
def test_with_an_optimizer_that_keeps_nothing_two_fits_are_one_twice_as_long(
    kind: type[MLP], wine: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = wine
    options: dict[str, Any] = {"solver": "sgd", "momentum": 0.0, "shuffle": False, "batch_size": 32, **FREE}
    twice = kind((8,), max_iter=4, warm_start=True, **options).fit(X, y).fit(X, y)
    once = kind((8,), max_iter=8, **options).fit(X, y)
    np.testing.assert_array_equal(twice.predict(X), once.predict(X))
    assert twice.loss_curve_ == once.loss_curve_


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_warm_fit_takes_the_steps_of_scikit_learns(solver: Any, wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    options: dict[str, Any] = {"solver": solver, "alpha": 0.5, "batch_size": len(X), "shuffle": False, "max_iter": 1}
    options |= {"epsilon": 1e-15, "learning_rate_init": 0.01, "random_state": 0, "warm_start": True}
    ours, other = MLPClassifier((5,), **options).fit(X, y), theirs.MLPClassifier((5,), **options)
    with pytest.warns(UserWarning):
        other.fit(X, y)
        other.coefs_ = [w.copy() for w in ours.coefs_]
        other.intercepts_ = [b.copy() for b in ours.intercepts_]
        for _ in range(3):
            ours.fit(X, y)
            other.fit(X, y)
    for mine, wanted in zip([*ours.coefs_, *ours.intercepts_], [*other.coefs_, *other.intercepts_], strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_engines_agree_on_a_warm_fit(
    kind: type[MLP], dtype: Any, wine: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = wine[0].astype(dtype), wine[1]
    built, build = [], NativeEngine.build
    monkeypatch.setattr(NativeEngine, "build", lambda self, program: built.append(program) or build(self, program))
    told = []
    for engine in ("numpy", "native"):
        model = kind((16,), max_iter=10, engine=engine, warm_start=True, **FREE).fit(X, y)
        told.append(model.fit(X, y).loss_curve_)
        assert {w.dtype for w in model.coefs_} == {np.dtype(dtype)}
        assert bool(built) == (engine == "native")
    np.testing.assert_allclose(told[1], told[0], rtol=1e-4 if dtype is np.float32 else 1e-9)
    assert told[0][10] < told[0][9]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_that_ctrl_c_ended_goes_on(kind: type[MLP], wine: tuple[np.ndarray, np.ndarray]) -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 3:
                raise KeyboardInterrupt

    X, y = wine
    options: dict[str, Any] = {"solver": "sgd", "momentum": 0.0, "shuffle": False, "batch_size": 32, **FREE}
    model = kind((8,), max_iter=10, warm_start=True, **options).set_callbacks(Impatient()).fit(X, y)
    assert model.interrupted_ and len(model.loss_curve_) == 3
    model.set_callbacks().set_params(max_iter=7).fit(X, y)
    assert not model.interrupted_
    np.testing.assert_array_equal(model.predict(X), kind((8,), max_iter=10, **options).fit(X, y).predict(X))


@pytest.mark.parametrize("kind", KINDS)
def test_warm_fits_with_early_stopping_never_end_with_a_greater_loss_of_the_rows_held_out(
    kind: type[MLP], wine: tuple[np.ndarray, np.ndarray]
) -> None:
    X, rng = wine[0], np.random.default_rng(0)
    y = np.where(rng.random(len(X)) < 0.3, rng.permutation(wine[1]), wine[1])  # so that no loss is 0
    options: dict[str, Any] = {
        "early_stopping": True,
        "n_iter_no_change": 4,
        "dropout": 0.2,
        "tol": 0.0,
        "random_state": 0,
    }
    model = kind((16,), warm_start=True, learning_rate_init=0.02, **options).fit(X, y)
    best, epochs = model.best_loss_, len(model.validation_losses_)
    for _ in range(3):
        assert model.fit(X, y).best_loss_ <= best == min(model.validation_losses_[:epochs])
        best, epochs = model.best_loss_, len(model.validation_losses_)
        assert model.best_loss_ == min(model.validation_losses_)
    model.set_params(learning_rate_init=10.0)  # every step leads away
    kept = model.predict(X)
    np.testing.assert_array_equal(model.fit(X, y).predict(X), kept)
    assert model.n_iter_ == 4 and model.best_loss_ == best


def test_a_regressor_fitted_to_other_targets_begins_with_the_predictions_it_had(
    wine: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = wine
    both = np.column_stack([y, X[:, 0]])
    model = MLPRegressor((8,), max_iter=20, warm_start=True, **FREE).fit(X, both)
    before = model.predict(X)
    model.set_params(max_iter=1, learning_rate_init=1e-30).fit(X, both * [1e6, 1e-3] + [7.0, -50.0])
    np.testing.assert_allclose(model.predict(X), before, rtol=1e-6, atol=1e-6)
    assert model.loss_ > 1e6  # it is far from the new targets
    model.set_params(max_iter=200, learning_rate_init=0.01).fit(X, both * [2.0, -1.0] + [1.0, 0.0])
    assert model.score(X, both * [2.0, -1.0] + [1.0, 0.0]) > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_all_but_the_widths_may_change_between_two_fits(kind: type[MLP], wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    model = kind((8,), max_iter=30, warm_start=True, learning_rate_init=0.01, **FREE).fit(X, y)
    first = loss(model, X, y)
    model.set_params(dropout=0.1, solver="sgd", activation="silu", batch_size=50, alpha=1e-3).fit(
        X.astype(np.float32), y
    )
    assert loss(model, X.astype(np.float32), y) < first
    assert {w.dtype for w in model.coefs_} == {np.dtype(np.float32)}
    again = kind.from_record(model.to_record()).set_params(dropout=0.0, max_iter=1, solver="lbfgs", alpha=0.0)
    assert again.fit(X, y).loss_curve_[-1] == pytest.approx(loss(model, X.astype(np.float32), y), rel=1e-4)


def test_other_classes_features_or_widths_are_refused_and_leave_the_model(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    model = MLPClassifier((8,), max_iter=5, warm_start=True, **FREE).fit(X, y)
    kept = model.predict_proba(X)
    with pytest.raises(DataError, match=r"had the classes \[0, 1, 2\], and this one has \[0, 1\]; give the same, or"):
        model.fit(X[y < 2], y[y < 2])
    with pytest.raises(
        DataError, match="had n_features_in_ 13, and this one has 12; .* warm_start=False to begin anew"
    ):
        model.fit(X[:, 1:], y)
    model.set_params(hidden_layer_sizes=(8, 4))
    shapes = (
        r"weights of shapes \[\(8, 13\), \(8,\), \(3, 8\), \(3,\)\], and this one has \[\(8, 13\), \(8,\), \(4, 8\),"
    )
    with pytest.raises(DataError, match=shapes):
        model.fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), kept)
    assert model.set_params(warm_start=False).fit(X[y < 2], y[y < 2]).classes_.tolist() == [0, 1]
    regressor = MLPRegressor((8,), max_iter=5, warm_start=True, **FREE).fit(X, y)
    with pytest.raises(DataError, match="had n_targets 1, and this one has 2; give the same"):
        regressor.fit(X, np.column_stack([y, y]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_fit_that_diverges_leaves_what_the_last_one_learned(
    kind: type[MLP], wine: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = wine
    model = kind((8,), solver="sgd", max_iter=5, warm_start=True, **FREE).fit(X, y)
    kept, curve = model.predict(X), list(model.loss_curve_)
    with pytest.raises(DataError, match="the loss is"), np.errstate(all="ignore"):
        model.set_params(learning_rate_init=1e200).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), kept)
    assert model.loss_curve_ == curve


def test_after_a_first_fit_that_failed_a_warm_one_is_a_cold_one(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    model = MLPClassifier((8,), max_iter=3, warm_start=True, **FREE)
    with pytest.raises(DataError, match="only one class"):
        model.fit(X[:, :4], y * 0)
    model.fit(X, y)
    np.testing.assert_array_equal(
        model.predict_proba(X), MLPClassifier((8,), max_iter=3, **FREE).fit(X, y).predict_proba(X)
    )
