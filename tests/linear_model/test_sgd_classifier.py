"""Steps are scikit-learn's, row by row; pieces add up; the laws of stopping, weights and probabilities."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import SGDClassifier as Oracle

from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, DataError, ParameterError
from pellucid.linear_model import LogisticRegression, SGDClassifier
from pellucid.linear_model._sgd_classifier import LOSSES


def standardised(load: Any = load_iris) -> tuple[np.ndarray, np.ndarray]:
    X, y = load(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def both(X: Any, y: Any, weight: Any = None, **options: Any) -> tuple[SGDClassifier, Oracle]:
    shared = {"shuffle": False, "tol": None, "max_iter": 3, "random_state": 0, **options}
    return SGDClassifier(**shared).fit(X, y, weight), Oracle(**shared).fit(X, y, sample_weight=weight)


def assert_same(model: Any, oracle: Any) -> None:
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=1e-9, atol=1e-11)
    assert model.t_ == oracle.t_


@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_and_penalty_takes_scikit_learns_steps(loss: str, penalty: str | None) -> None:
    X, y = standardised()
    options = {"loss": loss, "penalty": penalty, "alpha": 0.01, "learning_rate": "constant", "eta0": 0.01}
    assert_same(*both(X, y, **options))


@pytest.mark.parametrize("average", [False, True, 40])
@pytest.mark.parametrize("penalty", ["l2", "elasticnet"])
@pytest.mark.parametrize("rate", ["optimal", "invscaling", "constant", "adaptive"])
def test_every_rate_and_average_takes_scikit_learns_steps(rate: str, penalty: str, average: bool | int) -> None:
    if penalty == "elasticnet" and average:
        pytest.skip("scikit-learn's mean leaves out what l1 takes off; ours is held to NumPy in test_sgd_kernels.py")
    X, y = standardised(load_breast_cancer)
    options = {"penalty": penalty, "alpha": 0.01, "learning_rate": rate, "eta0": 0.05, "average": average}
    assert_same(*both(X, y, **options))
    assert_same(*both(csr_array(X), y, **options))


@pytest.mark.parametrize("rate", ["pa1", "pa2"])
def test_passive_aggressive_steps_are_scikit_learns(rate: str) -> None:
    X, y = standardised(load_breast_cancer)
    assert_same(*both(X, y, learning_rate=rate, eta0=0.5, penalty=None))


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
@pytest.mark.parametrize("class_weight", [{0: 3.0}, "balanced", None])
def test_weights_of_rows_and_classes_are_scikit_learns(class_weight: Any, load: Any) -> None:
    X, y = standardised(load)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(X)) if class_weight != "balanced" else None
    assert_same(*both(X, y, weight, class_weight=class_weight, alpha=0.01))


@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet"])
@pytest.mark.parametrize("average", [False, True])
def test_partial_fit_in_pieces_is_partial_fit_at_once(penalty: Any, average: bool) -> None:
    X, y = standardised()
    options: dict[str, Any] = {"shuffle": False, "penalty": penalty, "average": average, "alpha": 0.01}
    once = SGDClassifier(**options).partial_fit(X, y, classes=[0, 1, 2])
    pieces = SGDClassifier(**options)
    for rows in np.array_split(np.arange(len(X)), 7):
        pieces.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    np.testing.assert_allclose(pieces.coef_, once.coef_, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(pieces.intercept_, once.intercept_, rtol=1e-12, atol=1e-13)


def test_a_loaded_model_goes_on_where_it_was_kept() -> None:
    X, y = standardised(load_breast_cancer)
    model = SGDClassifier(shuffle=False).partial_fit(X[:100], y[:100], classes=[0, 1])
    again = SGDClassifier.from_record(model.to_record())
    np.testing.assert_allclose(again.partial_fit(X, y).coef_, model.partial_fit(X, y).coef_, rtol=1e-9)


def test_many_averaged_epochs_of_the_log_loss_come_near_logistic_regression() -> None:
    X, y = standardised(load_breast_cancer)
    model = SGDClassifier("log_loss", alpha=0.01, average=True, tol=None, max_iter=300, random_state=0).fit(X, y)
    wanted = LogisticRegression(C=1 / (0.01 * len(X))).fit(X, y)
    np.testing.assert_allclose(model.coef_, wanted.coef_, atol=0.02)
    np.testing.assert_allclose(model.predict_proba(X), wanted.predict_proba(X), atol=0.05)


def test_probabilities_are_there_for_the_losses_that_have_them_and_are_scikit_learns() -> None:
    X, y = standardised()
    for loss in ("log_loss", "modified_huber"):
        model, oracle = both(X, y, loss=loss)
        np.testing.assert_allclose(model.predict_proba(X), oracle.predict_proba(X), rtol=0, atol=1e-9)
    hinge = SGDClassifier(random_state=0).fit(X, y)
    assert not hasattr(hinge, "predict_proba") and not hasattr(hinge, "predict_log_proba")


def test_the_seed_decides_the_order_of_rows() -> None:
    X, y = standardised()
    fits = [SGDClassifier(random_state=seed).fit(X, y).coef_ for seed in (0, 0, 1)]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


@pytest.mark.parametrize("sparse", [True, False])
def test_early_stopping_judges_by_rows_kept_apart(sparse: bool) -> None:
    X, y = standardised(load_breast_cancer)
    model = SGDClassifier(early_stopping=True, random_state=0).fit(csr_array(X) if sparse else X, y)
    assert 5 < model.n_iter_ < 100 and model.score(X, y) > 0.93
    assert model.t_ - 1 == model.n_iter_ * (len(X) - 57)  # 57 = ceil(0.1 * 569)


def test_callbacks_see_the_loss_of_each_epoch_and_interruption_keeps_the_weights() -> None:
    class Impatient(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 3:
                raise KeyboardInterrupt

    X, y = standardised()
    history = History()
    with pytest.warns(ConvergenceWarning, match="interrupted after step 3"):
        model = SGDClassifier(random_state=0).set_callbacks(history, Impatient()).fit(X, y)
    assert model.interrupted_ and model.n_iter_ == 3 and model.score(X, y) > 0.7
    assert history.rows[-1]["loss"] < history.rows[0]["loss"]


def test_the_limit_of_epochs_gives_a_warning() -> None:
    with pytest.warns(ConvergenceWarning, match=r"2 epochs \(max_iter\) were not enough"):
        SGDClassifier(max_iter=2, random_state=0).fit(*standardised())


def test_features_far_too_large_are_an_error_with_the_remedy() -> None:
    X, y = standardised(load_breast_cancer)
    with pytest.raises(DataError, match="weights overflowed in epoch .* scale the features"):
        SGDClassifier("squared_error", learning_rate="constant", eta0=1.0, random_state=0).fit(X * 1e200, y)


def test_bad_use_is_refused_by_name() -> None:
    X, y = standardised()
    with pytest.raises(DataError, match="y has one class"):
        SGDClassifier().fit(X, np.zeros(len(X)))
    with pytest.raises(DataError, match="classes must be passed on the first call"):
        SGDClassifier().partial_fit(X, y)
    with pytest.raises(DataError, match="y holds 2, which is not among the classes"):
        SGDClassifier().partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ParameterError, match="'balanced' needs all rows at once"):
        SGDClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ParameterError, match="alpha is 0, and learning_rate='optimal' divides by it"):
        SGDClassifier(alpha=0.0).fit(X, y)


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
@pytest.mark.parametrize("rate", ["constant", "optimal", "invscaling"])
def test_a_warm_fit_takes_scikit_learns_steps_from_the_weights_of_the_last_fit(rate: str, load: Any) -> None:
    X, y = standardised(load)
    model, oracle = both(X, y, learning_rate=rate, eta0=0.01, alpha=0.01, warm_start=True)
    first = model.coef_.copy()
    for _ in range(2):
        assert_same(model.fit(X, y), oracle.fit(X, y))
    assert not np.array_equal(model.coef_, first)
    if rate == "constant":
        np.testing.assert_allclose(
            model.coef_, both(X, y, learning_rate=rate, eta0=0.01, alpha=0.01, max_iter=9)[0].coef_
        )


def test_a_warm_fit_of_other_classes_or_features_is_refused_and_leaves_the_model() -> None:
    X, y = standardised()
    model = SGDClassifier(random_state=0, warm_start=True).fit(X, y)
    kept = model.coef_.copy()
    with pytest.raises(DataError, match=r"had the classes \[0, 1, 2\], and this one has \[1, 2, 3\]"):
        model.fit(X, y + 1)
    with pytest.raises(DataError, match=r"had the classes \[0, 1, 2\], and this one has \[0, 1\]"):
        model.fit(X[y < 2], y[y < 2])
    with pytest.raises(DataError, match="had n_features_in_ 4, and this one has 3"):
        model.fit(X[:, :3], y)
    np.testing.assert_array_equal(model.coef_, kept)
