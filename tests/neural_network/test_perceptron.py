"""The multilayer perceptron: against scikit-learn's, against hand-made steps, and its own laws."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import neural_network as theirs
from sklearn.datasets import load_diabetes, load_wine
from sklearn.preprocessing import StandardScaler

import pellucid
from pellucid import nn
from pellucid.base import Callback, History
from pellucid.compiler.native._engine import NativeEngine
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError, NotFittedError, ParameterError
from pellucid.neural_network import MLPClassifier, MLPRegressor
from pellucid.persistence._file import load, save

SOURCE = Path(pellucid.__file__).parents[1]

pytestmark = pytest.mark.filterwarnings("ignore::pellucid.errors.ConvergenceWarning")  # most fits here are cut short


@pytest.fixture(scope="module")
def wine() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="module")
def diabetes() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def quick(kind: type, **options: Any) -> Any:
    return kind((16,), max_iter=60, tol=0.0, n_iter_no_change=1000, random_state=0, **options)


# -- what is computed


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_outputs_are_those_of_scikit_learn_with_the_same_weights(
    solver: Any, activation: Any, wine: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = wine
    ours = MLPClassifier((5, 4), activation, solver=solver, max_iter=3, random_state=0)
    ours.fit(X, y)
    other = theirs.MLPClassifier((5, 4), activation=activation, max_iter=1, random_state=0)
    with pytest.warns(UserWarning):
        other.fit(X, y)
    other.coefs_, other.intercepts_ = ours.coefs_, ours.intercepts_
    np.testing.assert_allclose(ours.predict_proba(X), other.predict_proba(X), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_full_batch_step_is_that_of_scikit_learn(solver: Any, wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    options = {"solver": solver, "alpha": 0.5, "learning_rate_init": 0.01, "batch_size": len(X), "shuffle": False}
    options["epsilon"] = 1e-15  # of Adam: scikit-learn adds it before it corrects the bias of the second moment
    other = theirs.MLPClassifier((5,), max_iter=1, random_state=0, **options)
    with pytest.warns(UserWarning):
        other.fit(X, y)
        start_coefs, start_intercepts = [w.copy() for w in other.coefs_], [b.copy() for b in other.intercepts_]
        other.set_params(warm_start=True).fit(X, y)  # one more step, from there, with a fresh optimizer
    ours = MLPClassifier((5,), max_iter=1, random_state=0, **options)
    with started_at(start_coefs, start_intercepts):
        ours.fit(X, y)
    for mine, wanted in zip([*ours.coefs_, *ours.intercepts_], [*other.coefs_, *other.intercepts_], strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-6, atol=1e-9)


def started_at(coefs: list[np.ndarray], intercepts: list[np.ndarray]) -> Any:
    """Has the next network begin with these weights."""
    patch = pytest.MonkeyPatch()
    original = nn.Linear.initialise
    values = iter(zip(coefs, intercepts, strict=True))

    def initialise(layer: nn.Linear, rng: np.random.Generator) -> None:
        coef, intercept = next(values)
        layer.weight.data = coef.T.copy()
        layer.bias.data = intercept.copy()

    class Started:
        def __enter__(self) -> None:
            patch.setattr(nn.Linear, "initialise", initialise)

        def __exit__(self, *_: object) -> None:
            patch.undo()
            assert nn.Linear.initialise is original

    return Started()


def test_lbfgs_reaches_the_minimum_that_scikit_learn_reaches_where_there_is_one(
    diabetes: tuple[np.ndarray, np.ndarray],
) -> None:
    """Without an activation, and with a penalty, the network is a linear map with one minimum of its loss."""
    X, y = diabetes
    scaled = (y - y.mean()) / y.std()
    ours = MLPRegressor((3,), "identity", solver="lbfgs", alpha=10.0, max_iter=2000, tol=0.0, random_state=0)
    ours.fit(X, y)
    other = theirs.MLPRegressor(
        hidden_layer_sizes=(3,), activation="identity", solver="lbfgs", alpha=5.0, max_iter=2000, random_state=1
    )
    other.fit(X, scaled)  # its loss is half the square, so half the alpha is as strong
    np.testing.assert_allclose((ours.predict(X) - y.mean()) / y.std(), other.predict(X), atol=2e-3)


def test_it_learns_as_well_as_scikit_learn(
    wine: tuple[np.ndarray, np.ndarray], diabetes: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = wine
    assert quick(MLPClassifier, learning_rate_init=0.01).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.95
    X, y = diabetes
    assert quick(MLPRegressor, learning_rate_init=0.003).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.4


def test_the_unit_of_the_target_does_not_matter(diabetes: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = diabetes
    plain, scaled = quick(MLPRegressor).fit(X, y), quick(MLPRegressor).fit(X, 1e6 * y - 5e8)
    np.testing.assert_allclose(scaled.predict(X), 1e6 * plain.predict(X) - 5e8, rtol=1e-6)


def test_many_targets_are_learned_at_once_and_one_column_stays_a_column(
    diabetes: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = diabetes
    both = quick(MLPRegressor).fit(X, np.column_stack([y, -y]))
    assert both.predict(X).shape == (len(X), 2)
    assert both.score(X, np.column_stack([y, -y])) > 0.4
    assert quick(MLPRegressor).fit(X, y[:, None]).predict(X).shape == (len(X), 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_have_the_dtype_of_the_table(dtype: Any, wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    model = quick(MLPClassifier).fit(X.astype(dtype), y)
    assert {w.dtype for w in model.coefs_} == {np.dtype(dtype)}
    assert model.predict_proba(X).dtype == np.float64


# -- parameters


def test_the_same_random_state_gives_the_same_bits_and_another_does_not(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    options = {"dropout": 0.2, "early_stopping": True, "batch_size": 16}
    first, second = (quick(MLPClassifier, **options).fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = quick(MLPClassifier, **options).set_params(random_state=1).fit(X, y).predict_proba(X)
    assert np.abs(other - first).max() > 1e-3


def test_fitting_twice_learns_the_same(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    model = quick(MLPClassifier)
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), model.fit(X, y).predict_proba(X))


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_penalty_pulls_the_weights_towards_zero(kind: type, wine: tuple[np.ndarray, np.ndarray]) -> None:
    sizes = [
        sum(np.square(w).sum() for w in quick(kind, alpha=alpha, solver=solver).fit(*wine).coefs_)
        for solver in ("adam", "lbfgs")
        for alpha in (0.0, 10.0)
    ]
    assert sizes[1] < sizes[0]
    assert sizes[3] < sizes[2]


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("widths", [(0,), (3, 2.5), ("8",), [True]])
def test_widths_that_are_none_are_refused(kind: type, widths: Any) -> None:
    with pytest.raises(ParameterError, match="every width must be a whole number >= 1"):
        kind(widths).fit([[0.0], [1.0]], [0, 1])


def test_no_hidden_layer_is_logistic_regression(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    model = MLPClassifier((), solver="lbfgs", alpha=1.0, max_iter=500, random_state=0).fit(X, y)
    other = pellucid.linear_model.LogisticRegression(C=1.0).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), atol=1e-3)


def test_dropout_with_lbfgs_is_refused() -> None:
    with pytest.raises(ParameterError, match="give dropout=0, or another solver"):
        MLPClassifier(solver="lbfgs", dropout=0.5).fit([[0.0], [1.0]], [0, 1])


def test_numpy_numbers_and_arrays_are_taken_for_widths(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    for widths in (np.int64(7), np.array([7]), [7], 7):
        assert quick(MLPClassifier).set_params(hidden_layer_sizes=widths).fit(X, y).coefs_[0].shape == (13, 7)


# -- weights of rows


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_row_of_weight_two_is_a_row_twice_and_one_of_weight_zero_is_none(
    kind: type, solver: Any, wine: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = wine[0][::3], wine[1][::3]
    times = np.arange(len(X)) % 3
    model = kind((6,), "tanh", solver=solver, alpha=0.1, max_iter=40, tol=0.0, n_iter_no_change=1000, random_state=0)
    weighted = model.fit(X, y, sample_weight=times).predict(X)
    repeated = model.fit(X.repeat(times, axis=0), y.repeat(times)).predict(X)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-6)


def test_only_the_ratio_of_weights_matters_without_a_penalty(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    w = np.random.default_rng(0).uniform(1, 2, len(X))
    fits = [quick(MLPClassifier, alpha=0.0).fit(X, y, sample_weight=k * w).predict_proba(X) for k in (1, 100)]
    np.testing.assert_allclose(*fits, rtol=1e-6)


# -- stopping


def test_given_rows_decide_when_to_stop_and_the_best_weights_stay(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    noise = np.random.default_rng(0).permutation(y[::2])  # labels that tell nothing: it can only get worse at X_val
    model = MLPClassifier((64,), learning_rate_init=0.01, max_iter=300, n_iter_no_change=5, tol=0.0, random_state=0)
    model.fit(X[::2], noise, X_val=X[1::2], y_val=y[1::2])
    losses = model.validation_losses_
    assert len(losses) == model.n_iter_ == int(np.argmin(losses)) + 1 + 5
    p = model.predict_proba(X[1::2])
    assert -np.log(p[np.arange(len(p)), y[1::2]]).mean() == pytest.approx(min(losses), rel=1e-9)
    assert model.best_loss_ == min(losses)
    assert model.validation_scores_[int(np.argmin(losses))] == model.score(X[1::2], y[1::2])


def test_early_stopping_holds_rows_out_of_each_class(wine: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = wine
    model = MLPClassifier((8,), early_stopping=True, validation_fraction=0.2, learning_rate_init=0.05, random_state=0)
    model.fit(X, y)
    assert model.n_iter_ < 200
    assert model.score(X, y) > 0.95
    assert len(model.validation_losses_) == model.n_iter_


def test_early_stopping_of_a_regressor_keeps_its_best(diabetes: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = diabetes
    model = MLPRegressor((32,), early_stopping=True, learning_rate_init=0.01, random_state=0).fit(X, y)
    assert model.best_loss_ == min(model.validation_losses_)
    assert max(model.validation_scores_) > 0.3


def test_two_rows_can_be_held_out_of_and_one_cannot() -> None:
    MLPRegressor((2,), early_stopping=True, random_state=0, tol=10.0).fit([[0.0], [1.0]], [0.0, 1.0])
    with pytest.raises(DataError, match="there is only 1 row"):
        MLPRegressor(early_stopping=True).fit([[0.0]], [0.0])


def test_max_iter_ends_the_descent_with_a_warning_that_names_the_remedy(wine: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.warns(
        ConvergenceWarning, match=r"MLPClassifier: stopped after max_iter=2 epochs.*Raise max_iter"
    ) as seen:
        MLPClassifier((4,), max_iter=2, random_state=0).fit(*wine)
    assert seen[0].filename == __file__


def test_callbacks_see_each_epoch_and_may_stop_it(wine: tuple[np.ndarray, np.ndarray]) -> None:
    class StopAtThree(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> bool:
            estimator.predict(wine[0])  # it could be used now
            return step == 3

    history = History()
    model = MLPClassifier((4,), random_state=0).set_callbacks(history, StopAtThree()).fit(*wine)
    assert model.n_iter_ == len(history.rows) == 3
    assert [row["loss"] for row in history.rows] == model.loss_curve_


def test_a_callback_that_looks_does_not_change_what_is_learned(wine: tuple[np.ndarray, np.ndarray]) -> None:
    class Look(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            estimator.predict_proba(wine[0])

    options: dict[str, Any] = {"dropout": 0.3, "max_iter": 5, "batch_size": 32, "tol": 10.0, "random_state": 0}
    plain = MLPClassifier((8,), **options).fit(*wine)
    looked = MLPClassifier((8,), **options).set_callbacks(Look()).fit(*wine)
    np.testing.assert_array_equal(plain.predict_proba(wine[0]), looked.predict_proba(wine[0]))


# -- input that cannot be used


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="y has only one class, 'a'"):
        MLPClassifier().fit([[0.0], [1.0]], ["a", "a"])


def test_half_of_the_rows_to_watch_is_refused() -> None:
    for kind in (MLPClassifier, MLPRegressor):
        with pytest.raises(DataError, match="X_val and y_val belong together"):
            kind().fit([[0.0], [1.0]], [0, 1], X_val=[[0.0]])
        with pytest.raises(DataError, match="X_val and y_val belong together"):
            kind().fit([[0.0], [1.0]], [0, 1], y_val=[0])


def test_a_label_to_watch_that_was_not_learned_is_named() -> None:
    with pytest.raises(DataError, match="y_val has the label 'c', which y does not have"):
        MLPClassifier().fit([[0.0], [1.0]], ["a", "b"], X_val=[[0.0]], y_val=["c"])


def test_a_loss_that_overflows_is_an_error_with_the_remedy_and_leaves_no_network(
    wine: tuple[np.ndarray, np.ndarray],
) -> None:
    model = MLPRegressor((8,), solver="sgd", learning_rate_init=1e6, random_state=0)
    with pytest.raises(DataError, match="lower the learning rate"), np.errstate(all="ignore"):
        model.fit(*wine)
    with pytest.raises(NotFittedError, match="call fit first"):
        model.predict(wine[0])


# -- files


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_saved_one_comes_back_with_the_same_bits(
    kind: type, wine: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    X, y = wine
    model = quick(kind, dropout=0.1, early_stopping=True).fit(X, y)
    save(model, tmp_path / "model.pellucid")
    again = load(tmp_path / "model.pellucid")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.loss_curve_ == model.loss_curve_
    assert again.get_params() == model.get_params()


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.update(n_features_in_=12),
        lambda state: state.update(network_=nn.Linear(13, 3, seed=0)),
        lambda state: state.update(network_="Sequential"),
        lambda state: state.update(classes_=np.array([0, 1])),
        lambda state: state.update(classes_=[0, 1, 2]),
        lambda state: state.pop("network_"),
    ],
)
def test_a_record_whose_parts_do_not_fit_is_refused(damage: Any, wine: tuple[np.ndarray, np.ndarray]) -> None:
    record = quick(MLPClassifier).fit(*wine).to_record()
    damage(record["state"])
    with pytest.raises((ModelFileError, AttributeError, TypeError)):
        MLPClassifier.from_record(record)


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.update(target_mean_=np.zeros(2)),
        lambda state: state.update(target_scale_=np.ones((1, 1))),
        lambda state: state.update(target_mean_=np.array(["a"])),
        lambda state: state.update(one_target_=1),
        lambda state: state.pop("target_scale_"),
    ],
)
def test_a_record_of_a_regressor_whose_parts_do_not_fit_is_refused(
    damage: Any, diabetes: tuple[np.ndarray, np.ndarray]
) -> None:
    record = quick(MLPRegressor).fit(*diabetes).to_record()
    damage(record["state"])
    with pytest.raises(ModelFileError):
        MLPRegressor.from_record(record)


BLOCKED = """
import sys, importlib.abc

class OnlyNumPy(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in sys.stdlib_module_names | {"numpy", "pellucid"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, OnlyNumPy())
import numpy as np, pellucid
X = np.load(sys.argv[2])
np.save(sys.argv[3], pellucid.load(sys.argv[1]).predict_proba(X))
"""


def test_a_loaded_one_predicts_where_every_import_but_numpy_is_blocked(
    wine: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    X, y = wine
    model = quick(MLPClassifier).fit(X, y)
    save(model, tmp_path / "model.pellucid")
    np.save(tmp_path / "x.npy", X)
    places = [str(tmp_path / name) for name in ("model.pellucid", "x.npy", "p.npy")]
    command = [sys.executable, "-c", BLOCKED, *places]
    done = subprocess.run(command, env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(places[2]), model.predict_proba(X))


# -- engines


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_compiled_fit_is_that_of_the_numpy_engine(
    kind: type,
    solver: str,
    wine: tuple[np.ndarray, np.ndarray],
    diabetes: tuple[np.ndarray, np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = wine if kind is MLPClassifier else diabetes
    X = X.astype(np.float32)
    built, build = [], NativeEngine.build
    monkeypatch.setattr(NativeEngine, "build", lambda self, program: built.append(program) or build(self, program))
    plain = kind((16,), solver=solver, max_iter=20, engine="numpy", random_state=0).fit(X, y)
    assert not built
    compiled = kind((16,), solver=solver, max_iter=20, engine="native", random_state=0).fit(X, y)
    assert built
    asked = "predict_proba" if kind is MLPClassifier else "predict"
    said, again = getattr(plain, asked)(X), getattr(compiled, asked)(X)
    assert {w.dtype for w in (*plain.coefs_, *compiled.coefs_)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(again, said, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(compiled.loss_curve_, plain.loss_curve_, rtol=1e-4)
    for ours, theirs_ in zip(compiled.coefs_, plain.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs_, rtol=1e-4, atol=1e-4)


# -- interruption

LONG_FIT = """
import os, signal, sys, warnings
import numpy as np
from pellucid.base import Callback
from pellucid.neural_network import MLPClassifier

class Press(Callback):
    def on_step_end(self, estimator, step, values):
        print(step, flush=True)

rng = np.random.default_rng(0)
X = rng.normal(size=(2000, 20))
y = (X[:, 0] > 0).astype(int)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model = MLPClassifier((50,), learning_rate_init=0.01, max_iter=10**6, n_iter_no_change=10**6, random_state=0)
    model.set_callbacks(Press()).fit(X, y)
print("kept", model.interrupted_, model.n_iter_ == len(model.loss_curve_), model.score(X, y) > 0.9)
print(str(caught[0].message))
"""


def test_ctrl_c_in_a_child_process_keeps_what_was_learned() -> None:
    command = [sys.executable, "-c", LONG_FIT]
    environment = {"PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == "3":
                child.send_signal(signal.SIGINT)
                break
        rest = child.stdout.read()
        assert child.wait(timeout=60) == 0
    assert "kept True True True" in rest
    assert "interrupted after step" in rest
