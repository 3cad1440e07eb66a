"""The convolutional network for images."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import pellucid
from pellucid import nn
from pellucid.compiler.native._engine import NativeEngine
from pellucid.data import read_images
from pellucid.datasets import load_digits
from pellucid.errors import DataError, ModelFileError, NotFittedError, ParameterError, ShapeError
from pellucid.neural_network import ConvNetClassifier
from pellucid.persistence._file import load, save

SOURCE = Path(pellucid.__file__).parents[1]


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    bunch = load_digits()
    assert bunch.images is not None
    return bunch.images[:600], bunch.target[:600]


def quick(**options: Any) -> ConvNetClassifier:
    return ConvNetClassifier((8,), **{"hidden": 16, "batch_size": 32, "random_state": 0, **options})


def bars(shape: tuple[int, ...] = (12, 6, 6), dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Images with a bar across, or down."""
    x = np.zeros(shape, dtype)
    half = len(x) // 2
    x[:half, ..., shape[-2] // 2, :] = 1
    x[half:, ..., shape[-1] // 2] = 1
    return x, np.repeat(["across", "down"], [half, len(x) - half])


def test_it_learns_small_digits(digits: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = digits
    test = np.arange(len(X)) % 6 == 0
    model = quick(max_iter=15, hidden=64, learning_rate_init=0.005).fit(X[~test], y[~test])
    assert model.score(X[test], y[test]) > 0.93
    p = model.predict_proba(X[test])
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(X[test]))


def test_an_axis_of_one_channel_may_be_left_out(digits: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = digits
    plain, with_axis = quick(max_iter=1).fit(X, y), quick(max_iter=1).fit(X[:, None], y)
    np.testing.assert_array_equal(plain.predict_proba(X), with_axis.predict_proba(X))
    np.testing.assert_array_equal(plain.predict_proba(X), plain.predict_proba(X[:, None]))


def test_the_unit_and_the_offset_of_pixels_do_not_matter(digits: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = digits
    plain = quick(max_iter=2).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(quick(max_iter=2).fit(100 * X - 7, y).predict_proba(100 * X - 7), plain, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float32, np.float64])
def test_pixels_of_every_dtype_give_the_same(dtype: Any) -> None:
    x, y = bars(dtype=dtype)
    np.testing.assert_allclose(
        quick(max_iter=2).fit(x, y).predict_proba(x),
        quick(max_iter=2).fit(x.astype(np.float64), y).predict_proba(x.astype(np.float64)),
        rtol=1e-6,
    )


@pytest.mark.parametrize("shape", [(12, 1, 9), (12, 9, 1), (12, 3, 7, 5), (12, 2, 2), (12, 1, 1, 8)])
def test_images_of_every_shape_are_taken(shape: tuple[int, ...]) -> None:
    x, y = bars(shape)
    model = ConvNetClassifier((4, 5, 6), hidden=7, max_iter=2, random_state=0).fit(x, y)
    assert model.predict_proba(x).shape == (12, 2)
    assert len(model.image_shape_) == 3


def test_layers_are_those_the_parameters_name(digits: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = digits
    model = ConvNetClassifier([3, 4], hidden=5, kernel_size=5, batch_norm=True, dropout=0.5, max_iter=1, random_state=0)
    kinds = [type(layer) for layer in model.fit(X[:40], y[:40] % 2).network_]
    block = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d]
    assert kinds == [*block, *block, nn.Flatten, nn.Linear, nn.ReLU, nn.Dropout, nn.Linear]
    assert model.network_[0].weight.shape == (3, 1, 5, 5)
    assert model.network_[4].weight.shape == (4, 3, 5, 5)
    assert model.network_[-1].weight.shape == (1, 5)  # two classes: one score


def test_each_channel_is_standardised_by_the_training_images_alone(digits: tuple[np.ndarray, np.ndarray]) -> None:
    x = np.stack([digits[0], 5 * digits[0] + 3, np.full_like(digits[0], 9.0)], axis=1)  # (N, 3, 8, 8)
    model = quick(max_iter=1).fit(x, digits[1], X_val=x[:10] + 100, y_val=digits[1][:10])
    np.testing.assert_allclose(model.channel_mean_, x.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(model.channel_scale_, [x[:, 0].std(), x[:, 1].std(), 1.0])


def test_the_same_random_state_gives_the_same_bits(digits: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = digits
    first, second = (quick(max_iter=2, early_stopping=True).fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_compiled_fit_is_that_of_the_numpy_engine(
    digits: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = digits[0][:200].astype(np.float32), digits[1][:200]
    built, build = [], NativeEngine.build
    monkeypatch.setattr(NativeEngine, "build", lambda self, program: built.append(program) or build(self, program))
    plain = quick(max_iter=3, engine="numpy").fit(X, y)
    assert not built
    compiled = quick(max_iter=3, engine="native").fit(X, y)
    assert built
    np.testing.assert_allclose(compiled.predict_proba(X), plain.predict_proba(X), rtol=0, atol=1e-4)
    np.testing.assert_allclose(compiled.loss_curve_, plain.loss_curve_, rtol=1e-4)


def test_early_stopping_keeps_the_best_weights(digits: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = digits
    model = quick(max_iter=40, learning_rate_init=0.02, n_iter_no_change=2, tol=0.0)
    model.fit(X[:400], y[:400], X_val=X[400:], y_val=y[400:])
    p = model.predict_proba(X[400:])
    assert model.n_iter_ < 40
    assert -np.log(p[np.arange(200), y[400:]]).mean() == pytest.approx(min(model.validation_losses_), rel=1e-5)


# -- warm starts


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_warm_fits_with_an_optimizer_that_keeps_nothing_are_one_fit_as_long(
    batch_norm: bool, engine: str, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    X, y = digits[0][:200], digits[1][:200]
    shared: dict[str, Any] = {"solver": "sgd", "momentum": 0.0, "shuffle": False, "dropout": 0.0, "tol": 0.0}
    shared |= {"batch_norm": batch_norm, "engine": engine, "learning_rate_init": 0.05}
    model = quick(max_iter=2, warm_start=True, **shared).fit(X, y)
    first = model.loss_
    model.fit(X, y)
    once = quick(max_iter=4, **shared).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), once.predict_proba(X), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.loss_curve_, once.loss_curve_, rtol=1e-6)
    assert (len(model.loss_curve_), model.n_iter_) == (4, 2) and model.loss_ < first


def test_a_warm_fit_to_darker_images_begins_with_the_answers_it_had_for_them(
    digits: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = digits
    model = quick(max_iter=3, warm_start=True).fit(X, y)
    before, curve = model.predict_proba(X / 2), model.loss_curve_
    model.set_params(max_iter=1, learning_rate_init=1e-12).fit(X / 2, y)
    np.testing.assert_allclose(model.predict_proba(X / 2), before, rtol=1e-5)
    assert model.loss_ > curve[-1]
    model.set_params(max_iter=3, learning_rate_init=1e-3).fit(X / 2, y)
    assert model.loss_ < model.loss_curve_[3]


def test_a_warm_fit_of_other_images_labels_or_layers_is_refused_and_leaves_the_model(
    digits: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = digits[0][:100], digits[1][:100]
    model = quick(max_iter=1, warm_start=True).fit(X, y)
    kept = model.predict_proba(X)
    with pytest.raises(DataError, match=r"had image_shape_ \(1, 8, 8\), and this one has \(1, 8, 7\); give the same"):
        model.fit(X[..., 1:], y)
    with pytest.raises(DataError, match=r"had the classes \[0, 1, .*, 9\], and this one has \[0, 1\]"):
        model.fit(X, y % 2)
    for change in ({"batch_norm": True}, {"channels": (7,)}, {"hidden": 4}, {"kernel_size": 5}):
        before = {name: getattr(model, name) for name in change}
        with pytest.raises(DataError, match=r"had weights of shapes \[\(8, 1, 3, 3\), \(8,\), .* warm_start=False"):
            model.set_params(**change).fit(X, y)
        model.set_params(**before)
        np.testing.assert_array_equal(model.predict_proba(X), kept)
    assert len(model.fit(X, y).loss_curve_) == 2


def test_a_row_of_weight_zero_teaches_nothing() -> None:
    x, y = bars()
    wrong = np.where(y == "across", "down", "across")
    weights = np.r_[np.ones(12), np.zeros(12)]
    model = quick(max_iter=20, dropout=0.0).fit(np.r_[x, x], np.r_[y, wrong], sample_weight=weights)
    assert model.score(x, y) == 1.0


def test_reaching_max_iter_is_no_failure_and_gives_no_warning(digits: tuple[np.ndarray, np.ndarray]) -> None:
    quick(max_iter=1).fit(*digits)  # warnings are errors here


def test_clone_copies_its_parameters_alone(digits: tuple[np.ndarray, np.ndarray]) -> None:
    model = quick(max_iter=1).fit(*digits)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFittedError, match="call fit first"):
        clone(model).predict(digits[0])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.zeros((4, 64)), ShapeError, r"X has shape \(4, 64\); images come as .* X.reshape\(-1, H, W\)"),
        (np.zeros((4, 0, 8)), ShapeError, "none of them 0"),
        (np.zeros((0, 8, 8)), ShapeError, "none of them 0"),
        (np.full((4, 8, 8), "a"), DataError, "X holds <U1, not numbers"),
        (np.full((4, 8, 8), np.nan), DataError, "4 images hold NaN or inf, first image 0"),
    ],
)
def test_what_is_no_image_is_refused_with_the_remedy(X: np.ndarray, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ConvNetClassifier().fit(X, [0, 1, 0, 1])


def test_images_of_another_size_are_refused_at_predict(digits: tuple[np.ndarray, np.ndarray]) -> None:
    model = quick(max_iter=1).fit(*digits)
    with pytest.raises(ShapeError, match=r"X has images of shape \(1, 8, 9\).*was fitted on \(1, 8, 8\)"):
        model.predict(np.zeros((2, 8, 9)))


def test_channels_that_are_none_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"channels is \(8, 0\); every width must be a whole number >= 1"):
        ConvNetClassifier((8, 0)).fit(*bars())


def test_a_saved_one_comes_back_with_the_same_bits(digits: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    X, y = digits
    model = quick(max_iter=2, batch_norm=True).fit(X, y)
    save(model, tmp_path / "model.pellucid")
    again = load(tmp_path / "model.pellucid")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.update(image_shape_=(1, 8, 9)),
        lambda state: state.update(image_shape_=[1, 8, 8]),
        lambda state: state.update(image_shape_=(1, 8)),
        lambda state: state.update(channel_mean_=np.zeros(2)),
        lambda state: state.update(channel_scale_=np.array(["a"])),
        lambda state: state.update(classes_=np.arange(3)),
        lambda state: state.pop("network_"),
    ],
)
def test_a_record_whose_parts_do_not_fit_is_refused(damage: Any, digits: tuple[np.ndarray, np.ndarray]) -> None:
    record = quick(max_iter=1).fit(*digits).to_record()
    damage(record["state"])
    with pytest.raises(ModelFileError):
        ConvNetClassifier.from_record(record)


LONG_FIT = """
import warnings
import numpy as np
from pellucid.base import Callback
from pellucid.neural_network import ConvNetClassifier

class Tell(Callback):
    def on_step_end(self, estimator, step, values):
        print(step, flush=True)

rng = np.random.default_rng(0)
x = rng.random((200, 8, 8))
y = (x[:, :4].mean(axis=(1, 2)) > x[:, 4:].mean(axis=(1, 2))).astype(int)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    options = {"batch_size": 32, "max_iter": 10**6, "n_iter_no_change": 10**6, "random_state": 0, "engine": "native"}
    model = ConvNetClassifier((4,), hidden=8, **options)
    model.set_callbacks(Tell()).fit(x, y)
print("kept", model.interrupted_, model.n_iter_ == len(model.loss_curve_), model.predict(x).shape == (200,))
print(str(caught[0].message))
"""


def test_ctrl_c_in_a_child_process_keeps_what_was_learned(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1", "PELLUCID_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", LONG_FIT]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == "9":  # in the second epoch
                child.send_signal(signal.SIGINT)
                break
        rest = child.stdout.read()
        assert child.wait(timeout=60) == 0
    assert "kept True True True" in rest
    assert "interrupted after step" in rest


@pytest.mark.slow
def test_ten_thousand_digits_teach_it_to_read(shared_data: Path) -> None:
    images = read_images(shared_data / "mnist10k.npz")
    began = time.perf_counter()
    model = ConvNetClassifier(random_state=0).fit(images.x, images.y)
    took, accuracy = time.perf_counter() - began, model.score(images.x_test, images.y_test)
    print(f"ConvNetClassifier on 10,000 digits: {took:.0f} s, {model.n_iter_} epochs, accuracy {accuracy:.4f}")
    assert accuracy >= 0.975
