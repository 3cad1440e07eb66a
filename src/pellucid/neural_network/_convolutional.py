"""A convolutional network as a classifier of images.

Here: `ConvNetClassifier`.
Elsewhere: training is in _fitting.py, the losses in _heads.py; the layers are pellucid.nn's.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.nn and this package.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, final

import numpy as np

import pellucid.nn as nn
from pellucid.base import Flag, Kind, Limit, Traits, Whole
from pellucid.base._tables import Array
from pellucid.errors import DataError, ModelFileError, ParameterError, ShapeError
from pellucid.neural_network._fitting import NetworkClassifier, NetworkEstimator
from pellucid.neural_network._plan import Layer
from pellucid.persistence import register

ROUNDING = 1e-12  # of the mean: a spread below is that of sums in float64, not of pixels


@final
@register("neural_network.ConvNetClassifier")
class ConvNetClassifier(NetworkClassifier):
    """A convolutional network for images, fitted by minibatch gradient steps.

        for each width of `channels`: convolution, (batch normalisation,) ReLU, 2 x 2 maximum pooling
        then: a hidden layer of `hidden` units with ReLU and dropout, and one output for each class

    X: images (N, H, W) or (N, C, H, W), whole numbers such as 0 to 255 or floats; each channel is standardised with
    the mean and deviation of the images seen at fit. y (N,) -> predict_proba (N, K). Pooling stops where an axis has
    less than 2 pixels left. Weights are float32; training, early stopping and interruption as in MLPClassifier.
    Warm starts, too; they keep the mean and deviation of channels, and the statistics of batch normalisation go on.
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

    max_iter_is_a_limit: ClassVar[bool] = False
    input_shape: ClassVar[str] = "image_shape_"

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
        max_iter: int = 8,
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
        engine: str = "auto",
        warm_start: bool = False,
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
        self.engine = engine
        self.warm_start = warm_start

    def _plan(self, n_outputs: int) -> list[Layer]:
        """The layers for images of `image_shape_`; pooling stops where an axis has less than 2 pixels left."""
        depth, height, width = self.image_shape_
        layers: list[Layer] = []
        for channels in self._widths():
            kernel = {"kernel_size": (self.kernel_size, self.kernel_size), "padding": "same"}
            layers.append((nn.Conv2d, {"in_channels": depth, "out_channels": channels, **kernel}))
            layers += [(nn.BatchNorm2d, {"num_features": channels})] if self.batch_norm else []
            layers.append((nn.ReLU, {}))
            if min(height, width) >= 2:
                layers.append((nn.MaxPool2d, {"kernel_size": 2}))
                height, width = height // 2, width // 2
            depth = channels
        layers.append((nn.Flatten, {}))
        layers.append((nn.Linear, {"in_features": depth * height * width, "out_features": self.hidden}))
        layers.append((nn.ReLU, {}))
        layers += [(nn.Dropout, {"p": self.dropout})] if self.dropout else []
        return [*layers, (nn.Linear, {"in_features": self.hidden, "out_features": n_outputs})]

    def _widths(self) -> list[int]:
        """Channels of each convolution.  Raises ParameterError for one that is not a whole number >= 1."""
        if not all(Whole(low=1).admits(width) for width in self.channels):
            raise ParameterError(
                f"ConvNetClassifier: channels is {self.channels!r}; every width must be a whole number >= 1."
            )
        return [int(width) for width in self.channels]

    def _fit_input(self, X: Any) -> Array:
        images = self._images(X)
        self.image_shape_ = tuple(int(n) for n in images.shape[1:])
        self.n_features_in_ = math.prod(self.image_shape_)
        return images

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

    def _input(self, X: Any) -> Array:
        shape, images = self.image_shape_, self._images(X)
        if images.shape[1:] != shape:
            raise ShapeError(
                f"{type(self).__name__}: X has images of shape {images.shape[1:]} (channels, height, width), it was "
                f"fitted on {shape}; bring them to that."
            )
        return images

    def _learn_scale(self, x: Array, last: Mapping[str, Any]) -> None:
        """Mean and deviation of each channel, in two passes that never hold a float copy of all images."""
        if last:
            self.channel_mean_, self.channel_scale_ = last["channel_mean_"], last["channel_scale_"]
            return
        n, axes = x.size / x.shape[1], (0, 2, 3)
        self.channel_mean_ = np.sum([block.sum(axis=axes, dtype=np.float64) for block in _blocks(x)], axis=0) / n
        gaps = (block - self.channel_mean_[:, None, None] for block in _blocks(x))
        spread = np.sqrt(np.sum([(gap * gap).sum(axis=axes) for gap in gaps], axis=0) / n)
        self.channel_scale_ = np.where(spread > ROUNDING * np.abs(self.channel_mean_), spread, 1.0)

    def _dtype_for(self, x: Array) -> Any:
        return np.float32

    def _read(self, x: Array) -> Array:
        mean = self.channel_mean_.astype(np.float32)[:, None, None]
        scale = (1.0 / self.channel_scale_).astype(np.float32)[:, None, None]
        return (x.astype(np.float32) - mean) * scale

    def _traits(self) -> Traits:
        return Traits(images=True)

    def _check_learned(self) -> None:
        shape: Any = vars(self).get("image_shape_")
        scales = [vars(self).get(name) for name in ("channel_mean_", "channel_scale_")]
        lengths = isinstance(shape, tuple) and len(shape) == 3 and all(type(n) is int and n > 0 for n in shape)
        if not lengths or math.prod(shape) != vars(self).get("n_features_in_"):
            raise ModelFileError("ConvNetClassifier: the record has no shape (C, H, W) of images.")
        if not all(isinstance(a, np.ndarray) and a.shape == shape[:1] and a.dtype.kind == "f" for a in scales):
            raise ModelFileError("ConvNetClassifier: the record has not one mean and one scale for each channel.")
        super()._check_learned()


def _blocks(x: Array) -> Iterator[Array]:
    return (x[start : start + 256] for start in range(0, len(x), 256))
