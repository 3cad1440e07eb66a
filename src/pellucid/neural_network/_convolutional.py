"""A convolutional network as a classifier of images.

Here: `ConvNetClassifier`.
Elsewhere: training is in _fitting.py, the losses in _heads.py, the layers in pellucid.nn.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.nn, pellucid.neural_network.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

import pellucid.nn as nn
from pellucid.base import Classifier, Flag, Kind, Limit, Traits, Whole, check_labels, check_weights
from pellucid.base._tables import Array
from pellucid.errors import DataError, NotFittedError, ParameterError, ShapeError
from pellucid.neural_network._fitting import NetworkEstimator, Rows, mean_one, streams
from pellucid.neural_network._heads import LabelHead
from pellucid.persistence import register


@final
@register("neural_network.ConvNetClassifier")
class ConvNetClassifier(NetworkEstimator, Classifier):
    """A convolutional network for images, fitted by minibatch gradient steps.

        for each width of `channels`: convolution, (batch normalisation,) ReLU, 2 x 2 maximum pooling
        then: a hidden layer of `hidden` units with ReLU and dropout, and one output for each class

    X: images (N, H, W) or (N, C, H, W), whole numbers such as 0 to 255 or floats; each channel is standardised with
    the mean and deviation of the images seen at fit. y (N,) -> predict_proba (N, K). Pooling stops where an axis has
    less than 2 pixels left. Weights are float32; training, early stopping and interruption as in MLPClassifier.
    It assumes that a pattern means the same wherever it stands, and that near pixels belong together.
    Source: LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 86, 1998.

    >>> images = np.zeros((40, 6, 6)); images[:20, 1:3] = 1.0; images[20:, :, 1:3] = 1.0  # bars across, bars down
    >>> model = ConvNetClassifier((4,), hidden=8, max_iter=20, random_state=0).fit(images, [0] * 20 + [1] * 20)
    >>> model.predict(images[[0, -1]]).tolist()
    [0, 1]
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "channels": Kind(tuple, list, np.ndarray, words="a sequence of whole numbers >= 1"),
        "hidden": Whole(low=1),
        "kernel_size": Whole(low=1),
        "batch_norm": Flag(),
        **NetworkEstimator.limits,
    }

    image_shape_: tuple[int, ...]
    """Channels, height and width of the images seen at fit."""
    channel_mean_: Array
    """Mean of each channel at fit (C,)."""
    channel_scale_: Array
    """Standard deviation of each channel at fit (C,); 1 for a constant one."""

    def __init__(
        self,
        channels: Sequence[int] = (32, 64),
        hidden: int = 128,
        *,
        kernel_size: int = 3,
        batch_norm: bool = False,
        solver: Literal["adam", "sgd", "lbfgs"] = "adam",
        alpha: float = 1e-4,
        batch_size: int | Literal["auto"] = 64,
        learning_rate_init: float = 1e-3,
        max_iter: int = 20,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 5,
        dropout: float = 0.25,
    ) -> None:
        self.channels = channels
        self.hidden = hidden
        self.kernel_size = kernel_size
        self.batch_norm = batch_norm
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.dropout = dropout

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> Self:
        """Learn from images X (N, H, W) or (N, C, H, W) and labels y (N,); X_val, y_val turn early stopping on."""
        self._begin_fit()
        name = type(self).__name__
        images = self._images(X)
        self.image_shape_ = tuple(int(n) for n in images.shape[1:])
        self.n_features_in_ = int(np.prod(self.image_shape_))
        self.classes_, codes = check_labels(y, len(images), where=name)
        if len(self.classes_) < 2:
            raise DataError(
                f"{name}: y has only one class, {self.classes_[0]!r}; a classifier needs 2 classes or more."
            )
        head = LabelHead(len(self.classes_))
        given = None
        if X_val is not None:
            held = self._seen(X_val)
            labels, held_codes = check_labels(y_val, len(held), where=name)
            if not np.isin(labels, self.classes_).all():
                raise DataError(f"{name}: y_val has labels that y does not have: {sorted(set(labels.tolist()))[:5]}.")
            given = Rows(held, head.targets(np.searchsorted(self.classes_, labels)[held_codes]), None)
        weights, dropout, split, order = streams(self.random_state)
        rows = Rows(images, head.targets(codes), mean_one(check_weights(sample_weight, len(images), where=name)))
        learn, watch = self._split(rows, given, codes, split)
        self._standardise(learn.x)
        self._learn(self._network(head.n_outputs, weights, dropout), head, learn, watch, order)
        return self

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of `classes_`.   X as in fit -> (N, K), float64"""
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit first.")
        return LabelHead(len(self.classes_)).probabilities(self._outputs(self._seen(X)))

    def _network(self, n_outputs: int, weights: np.random.Generator, dropout: np.random.Generator) -> nn.Sequential:
        """The layers for images of `image_shape_`."""
        depth, height, width = self.image_shape_
        layers: list[nn.Module] = []
        for channels in self.channels:
            if not Whole(low=1).admits(channels):
                raise ParameterError(
                    f"ConvNetClassifier: channels is {self.channels!r}; every width must be a whole number >= 1."
                )
            layers.append(nn.Conv2d(depth, int(channels), self.kernel_size, padding="same", seed=weights))
            layers += [nn.BatchNorm2d(int(channels))] if self.batch_norm else []
            layers.append(nn.ReLU())
            if min(height, width) >= 2:
                layers.append(nn.MaxPool2d(2))
                height, width = height // 2, width // 2
            depth = int(channels)
        layers += [nn.Flatten(), nn.Linear(depth * height * width, self.hidden, seed=weights), nn.ReLU()]
        layers += [nn.Dropout(self.dropout, seed=dropout)] if self.dropout else []
        return nn.Sequential(*layers, nn.Linear(self.hidden, n_outputs, seed=weights))

    def _images(self, X: Any) -> Array:
        """X as images (N, C, H, W).  Raises ShapeError or DataError naming what is wrong and the remedy."""
        name = type(self).__name__
        images = np.asarray(X)
        if images.dtype.kind not in "biuf":
            raise DataError(f"{name}: X holds {images.dtype}, not numbers; decode the images to arrays first.")
        if images.ndim == 3:
            images = images[:, None]
        if images.ndim != 4 or 0 in images.shape:
            raise ShapeError(
                f"{name}: X has shape {np.shape(X)}; images come as (N, H, W) or (N, C, H, W), none of them 0. A table "
                "of pixels becomes images by X.reshape(-1, H, W); a last axis of colours moves by "
                "numpy.moveaxis(X, -1, 1)."
            )
        if images.dtype.kind == "f" and not np.isfinite(images).all():
            bad = np.unique(np.nonzero(~np.isfinite(images))[0])
            raise DataError(f"{name}: {len(bad)} images hold NaN or inf, first image {bad[0]}; leave them out.")
        return images

    def _seen(self, X: Any) -> Array:
        """X as images of the shape seen at fit.  Raises ShapeError otherwise."""
        images = self._images(X)
        if tuple(images.shape[1:]) != tuple(self.image_shape_):
            raise ShapeError(
                f"{type(self).__name__}: X has images of shape {tuple(images.shape[1:])} (channels, height, width), it "
                f"was fitted on {tuple(self.image_shape_)}; resize them to that."
            )
        return images

    def _standardise(self, images: Array) -> None:
        """Note mean and deviation of each channel, in one pass that never holds a float copy of all images."""
        total = np.zeros(images.shape[1])
        squares = np.zeros(images.shape[1])
        for start in range(0, len(images), 256):
            block = images[start : start + 256].astype(np.float64)
            total += block.sum(axis=(0, 2, 3))
            squares += (block * block).sum(axis=(0, 2, 3))
        n = images.size / images.shape[1]
        self.channel_mean_ = total / n
        spread = np.sqrt(np.maximum(squares / n - self.channel_mean_**2, 0.0))
        self.channel_scale_ = np.where(spread > 1e-12 * np.maximum(1.0, np.abs(self.channel_mean_)), spread, 1.0)

    def _read(self, x: Array) -> Array:
        mean = self.channel_mean_.astype(np.float32)[:, None, None]
        scale = (1.0 / self.channel_scale_).astype(np.float32)[:, None, None]
        return (x.astype(np.float32) - mean) * scale

    def _traits(self) -> Traits:
        return Traits(images=True)
