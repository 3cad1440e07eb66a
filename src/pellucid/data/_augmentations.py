"""Pictures varied at random, so that a network sees more of them than there are.

Here: `Augmentation` and its kinds (flips, shift, rotation, crop, `Normalize`, `Compose`), and `Augmented`, the dataset
that applies one, with a random stream of its own for each (epoch, row).
Elsewhere: pictures come from `_folder.py` and `_images.py`.
Imports: numpy, pellucid.errors, pellucid.random and pellucid.base (limits).

Every kind maps a picture (C, H, W) to a picture and keeps its dtype, but for `Normalize`, which gives float32.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import Kind, Limit, OneOf, Real, Whole, check_limits
from pellucid.data._dataset import Dataset
from pellucid.errors import DataError, ParameterError, ShapeError
from pellucid.random import integer_seed

__all__ = [
    "Augmentation",
    "Augmented",
    "Compose",
    "Normalize",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomShift",
    "RandomVerticalFlip",
]

Picture = NDArray[Any]
CHANCE = Real(0.0, 1.0, says="a chance")
PIXELS: Limit = OneOf(Whole(low=0), Kind(tuple, words="a pair (down, across)"), says="pixels")


class Augmentation(ABC):
    """A picture (C, H, W) and a random stream in, a picture out.

    >>> class Invert(Augmentation):
    ...     def __call__(self, picture, rng):
    ...         return 255 - picture
    >>> Invert()(np.array([[[0, 255]]], np.uint8), np.random.default_rng(0)).tolist()
    [[[255, 0]]]
    """

    limits: ClassVar[dict[str, Limit]] = {}

    def __post_init__(self) -> None:
        check_limits(type(self).__name__, vars(self), self.limits, {})

    @abstractmethod
    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        """The picture, varied by what is drawn from `rng`."""


@final
@dataclass(frozen=True)
class RandomHorizontalFlip(Augmentation):
    """Left and right exchanged with chance `p`.

    >>> RandomHorizontalFlip(p=1.0)(np.array([[[1, 2, 3]]]), np.random.default_rng(0)).tolist()
    [[[3, 2, 1]]]
    """

    p: float = 0.5
    limits: ClassVar[dict[str, Limit]] = {"p": CHANCE}

    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        return picture[:, :, ::-1] if rng.random() < self.p else picture


@final
@dataclass(frozen=True)
class RandomVerticalFlip(Augmentation):
    """Top and bottom exchanged with chance `p`.

    >>> RandomVerticalFlip(p=1.0)(np.array([[[1], [2]]]), np.random.default_rng(0)).tolist()
    [[[2], [1]]]
    """

    p: float = 0.5
    limits: ClassVar[dict[str, Limit]] = {"p": CHANCE}

    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        return picture[:, ::-1] if rng.random() < self.p else picture


@final
@dataclass(frozen=True)
class RandomShift(Augmentation):
    """The picture moved by up to `pixels`, one number or (down, across), each way; `fill` comes in at the edges.

    Every whole number of pixels is equally likely.

    >>> RandomShift((0, 1))(np.array([[[1, 2, 3]]]), np.random.default_rng(1)).tolist()
    [[[1, 2, 3]]]
    """

    pixels: int | tuple[int, int]
    fill: float = 0.0
    limits: ClassVar[dict[str, Limit]] = {"pixels": PIXELS, "fill": Real()}

    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        down, across = _pair("RandomShift: pixels", self.pixels, low=0)
        padded = _padded(picture, down, across, self.fill)
        return _window(padded, rng, picture.shape[1], picture.shape[2])


@final
@dataclass(frozen=True)
class RandomCrop(Augmentation):
    """A window of `size`, one number or (height, width), at a random place in the picture widened by `padding`.

    Raises ShapeError for a picture that is smaller than the window even so.

    >>> RandomCrop(2)(np.arange(9).reshape(1, 3, 3), np.random.default_rng(0)).tolist()
    [[[4, 5], [7, 8]]]
    """

    size: int | tuple[int, int]
    padding: int | tuple[int, int] = 0
    fill: float = 0.0
    limits: ClassVar[dict[str, Limit]] = {
        "size": OneOf(Whole(low=1), Kind(tuple, words="a pair (height, width)"), says="pixels"),
        "padding": PIXELS,
        "fill": Real(),
    }

    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        height, width = _pair("RandomCrop: size", self.size, low=1)
        down, across = _pair("RandomCrop: padding", self.padding, low=0)
        padded = _padded(picture, down, across, self.fill)
        if padded.shape[1] < height or padded.shape[2] < width:
            raise ShapeError(
                f"RandomCrop: a picture {picture.shape}, padded by {(down, across)}, has no window of {(height, width)}"
                ". Resize it, pad it more, or crop less."
            )
        return _window(padded, rng, height, width)


@final
@dataclass(frozen=True)
class RandomRotation(Augmentation):
    """The picture turned about its middle by an angle, uniform within +-`degrees`, counter-clockwise if positive.

    Pixels are interpolated bilinearly; what comes from outside is `fill`.  Whole-number pixels are rounded.

    >>> RandomRotation(0.0)(np.array([[[1, 2], [3, 4]]]), np.random.default_rng(0)).tolist()
    [[[1, 2], [3, 4]]]
    """

    degrees: float
    fill: float = 0.0
    limits: ClassVar[dict[str, Limit]] = {"degrees": Real(0.0, 180.0), "fill": Real()}

    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        return rotated(picture, rng.uniform(-self.degrees, self.degrees), self.fill)


@final
@dataclass(frozen=True)
class Normalize(Augmentation):
    """(x - mean) / std a channel, in float32; nothing is drawn.

    mean and std are one number, or one a channel, of pixels as they are: for uint8 they lie between 0 and 255.
    Raises ShapeError for a picture of another number of channels.

    >>> Normalize(127.5, 127.5)(np.array([[[0, 255]]], np.uint8), np.random.default_rng(0)).tolist()
    [[[-1.0, 1.0]]]
    """

    mean: float | Sequence[float]
    std: float | Sequence[float]

    def __post_init__(self) -> None:
        mean, std = np.asarray(self.mean, dtype=np.float64), np.asarray(self.std, dtype=np.float64)
        if max(mean.ndim, std.ndim) > 1 or not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
            raise ParameterError(
                f"Normalize: mean is {self.mean!r}, std {self.std!r}; "
                "give finite numbers, std > 0, for all or for each channel."
            )

    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        mean, std = (np.atleast_1d(np.asarray(given, np.float32)) for given in (self.mean, self.std))
        if not {len(mean), len(std)} <= {1, len(picture)}:
            raise ShapeError(
                f"Normalize: mean has {len(mean)} and std {len(std)} numbers, a picture {picture.shape} has "
                f"{len(picture)} channels; give one number, or one a channel."
            )
        return (picture.astype(np.float32) - mean[:, None, None]) / std[:, None, None]


@final
class Compose(Augmentation):
    """Several augmentations, one after the other, drawing from one stream.

    >>> both = Compose([RandomHorizontalFlip(1.0), Normalize(0.0, 2.0)])
    >>> both(np.array([[[2, 4]]]), np.random.default_rng(0)).tolist()
    [[[2.0, 1.0]]]
    """

    def __init__(self, augmentations: Sequence[Augmentation]) -> None:
        self.augmentations = tuple(augmentations)
        other = [type(one).__name__ for one in self.augmentations if not isinstance(one, Augmentation)]
        if other:
            raise ParameterError(f"Compose: {other[0]} is no pellucid.data.Augmentation; make it one.")

    def __call__(self, picture: Picture, rng: np.random.Generator) -> Picture:
        for augmentation in self.augmentations:
            picture = augmentation(picture, rng)
        return picture

    def __repr__(self) -> str:
        return f"Compose([{', '.join(map(repr, self.augmentations))}])"


@final
class Augmented(Dataset):
    """A dataset whose pictures, the first part of each row, are varied anew in every epoch.

    Row i of epoch e draws from child (e, i) of `seed`, so that its picture depends on these three alone: not on the
    batch, the order or the number of a loader's workers.  `seed` None draws one.  A loader says which epoch it is, by
    `at`; asked directly, the rows are those of epoch `epoch`.

    >>> from pellucid.data import ArrayDataset
    >>> rows = Augmented(ArrayDataset(np.arange(6).reshape(2, 1, 1, 3), [0, 1]), RandomHorizontalFlip(), seed=0)
    >>> [rows.at(epoch)[1][0].ravel().tolist() for epoch in range(3)]
    [[5, 4, 3], [3, 4, 5], [5, 4, 3]]
    """

    def __init__(self, dataset: Dataset, augmentation: Augmentation, seed: int | None = None, epoch: int = 0) -> None:
        self.dataset, self.augmentation = dataset, augmentation
        self.seed, self.epoch = integer_seed(seed), epoch

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, row: int) -> Any:
        sample = self.dataset[row]
        parts = sample if isinstance(sample, tuple | list) else (sample,)
        picture = np.asarray(parts[0])
        if picture.ndim != 3:
            raise DataError(f"Augmented: the picture of row {row} is {picture.shape}; give pictures (C, H, W).")
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(self.epoch, row)))
        return (self.augmentation(picture, rng), *parts[1:])

    def at(self, epoch: int) -> Dataset:
        """The same rows with the pictures of epoch `epoch`."""
        return Augmented(self.dataset.at(epoch), self.augmentation, self.seed, epoch)


def rotated(picture: Picture, degrees: float, fill: float = 0.0) -> Picture:
    """The picture (C, H, W) turned counter-clockwise about its middle.

        x' = c_x + cos(a) (x - c_x) - sin(a) (y - c_y),   y' = c_y + sin(a) (x - c_x) + cos(a) (y - c_y)

    is where the pixel (x, y) of the result, y downwards, is taken from; between pixels, bilinearly.
    """
    height, width = picture.shape[1:]
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    y, x = np.mgrid[:height, :width].astype(np.float64)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    from_x, from_y = cos * x - sin * y + (width - 1) / 2, sin * x + cos * y + (height - 1) / 2
    left, top = np.floor(from_x).astype(np.int64), np.floor(from_y).astype(np.int64)
    right_share, bottom_share = from_x - left, from_y - top
    padded = _padded(picture, 1, 1, fill)  # every pixel outside reads this border
    result = np.zeros(picture.shape, np.float64)
    for down, row_share in ((0, 1 - bottom_share), (1, bottom_share)):
        for across, column_share in ((0, 1 - right_share), (1, right_share)):
            row, column = np.clip(top + down, -1, height) + 1, np.clip(left + across, -1, width) + 1
            result += row_share * column_share * padded[:, row, column]
    return (np.rint(result) if picture.dtype.kind in "bui" else result).astype(picture.dtype)


def _padded(picture: Picture, down: int, across: int, fill: float) -> Picture:
    return np.pad(picture, ((0, 0), (down, down), (across, across)), constant_values=picture.dtype.type(fill))


def _window(picture: Picture, rng: np.random.Generator, height: int, width: int) -> Picture:
    """A window (C, height, width) at a random place."""
    top = int(rng.integers(picture.shape[1] - height + 1))
    left = int(rng.integers(picture.shape[2] - width + 1))
    return picture[:, top : top + height, left : left + width]


def _pair(what: str, value: int | tuple[int, ...], low: int) -> tuple[int, int]:
    pair = (value, value) if isinstance(value, int) else value
    if len(pair) != 2 or not all(Whole(low=low).admits(side) for side in pair):
        raise ParameterError(f"{what} is {value!r}; give one whole number >= {low}, or a pair of them.")
    return int(pair[0]), int(pair[1])
