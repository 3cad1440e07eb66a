"""Whole models with their data and losses, in which compiled and eager training are compared.

Each row makes (network, x, y, loss) anew, always the same; sizes are odd on purpose: no multiple of any tile.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import Tensor, nn
from pellucid.nn import functional as F

Row = tuple[Any, Any, Any, Callable[[Any, Any], Any]]


class Residual(nn.Module):
    """y = x + inner(x)."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return x + self.inner(x)


class Bag(nn.Module):
    """The mean of the embedded words, then scores."""

    def __init__(self) -> None:
        self.words = nn.Embedding(11, 5, padding_idx=0, seed=0)
        self.scores = nn.Linear(5, 3, seed=1)

    def forward(self, x: Any) -> Any:
        return self.scores(self.words(x).mean(axis=1))


class Named(nn.Module):
    """Parts of a dict and of a list, in turn."""

    def __init__(self) -> None:
        self.first = nn.ModuleDict({"wide": nn.Linear(6, 12, seed=0), "as it is": nn.Identity()})
        self.then = nn.ModuleList([nn.Tanh(), nn.Unflatten(1, (2, 6)), nn.Conv1d(2, 3, 3, seed=1), nn.Flatten()])

    def forward(self, x: Any) -> Any:
        x = self.first["wide"](self.first["as it is"](x))
        for part in self.then:
            x = part(x)
        return x


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def classes(n: int, k: int) -> Any:
    return np.random.default_rng(1).integers(0, k, n)


def mlp(*layers: Any, n: int = 13, d: int = 7, k: int = 3) -> Row:
    net = nn.Sequential(nn.Linear(d, 9, seed=0), *layers, nn.Linear(9, k, seed=2))
    return net, numbers(n, d), classes(n, k), nn.CrossEntropyLoss()


def cnn(*layers: Any, n: int = 5, channels: int = 2, size: int = 11, features: int, loss: Any = None) -> Row:
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 3, seed=9))
    return net, numbers(n, channels, size, size), classes(n, 3), loss or nn.CrossEntropyLoss()


def regression(loss: Any, last: Any = None, target: Any = None) -> Row:
    net = nn.Sequential(nn.Linear(4, 6, seed=0), nn.Tanh(), nn.Linear(6, 2, seed=1), *([last] if last else []))
    return net, numbers(8, 4), numbers(8, 2, seed=1) if target is None else target, loss


MODELS: dict[str, Callable[[], Row]] = {
    "relu": lambda: mlp(nn.ReLU()),
    "deep": lambda: mlp(*[m for s in range(3) for m in (nn.LeakyReLU(), nn.Linear(9, 9, seed=s))], nn.ELU()),
    "gelu, silu, softplus": lambda: mlp(nn.GELU(), nn.SiLU(), nn.Softplus()),
    "sigmoid, softmax": lambda: mlp(nn.Sigmoid(), nn.Softmax(dim=-1)),
    "batch norm": lambda: mlp(nn.BatchNorm1d(9), nn.ReLU()),
    "layer norm": lambda: mlp(nn.LayerNorm(9), nn.ReLU()),
    "dropout": lambda: mlp(nn.ReLU(), nn.Dropout(0.4, seed=3)),
    "residual": lambda: mlp(Residual(nn.Sequential(nn.Linear(9, 9, seed=4), nn.Tanh()))),
    "one row": lambda: mlp(nn.ReLU(), n=1),
    "class weights, smoothing": lambda: (
        *mlp(nn.ReLU())[:3],
        nn.CrossEntropyLoss(Tensor(np.array([1, 2, 3], np.float32)), label_smoothing=0.1, ignore_index=1),
    ),
    "embedding": lambda: (
        Bag(),
        np.random.default_rng(0).integers(0, 11, (7, 6)),
        classes(7, 3),
        nn.CrossEntropyLoss(),
    ),
    "mse": lambda: regression(nn.MSELoss()),
    "huber": lambda: regression(nn.HuberLoss(delta=0.5)),
    "l1": lambda: regression(nn.L1Loss()),
    "bce": lambda: regression(nn.BCEWithLogitsLoss(), target=(numbers(8, 2) > 0).astype(np.float32)),
    "bce of probabilities": lambda: regression(
        nn.BCELoss(), nn.Sigmoid(), target=(numbers(8, 2) > 0).astype(np.float32)
    ),
    "hinge": lambda: regression(nn.HingeLoss(), target=np.sign(numbers(8, 2))),
    "nll": lambda: (
        nn.Sequential(nn.Linear(4, 3, seed=0), nn.LogSoftmax(dim=1)),
        numbers(8, 4),
        classes(8, 3),
        nn.NLLLoss(),
    ),
    "kl": lambda: regression(
        nn.KLDivLoss(reduction="batchmean"), nn.LogSoftmax(dim=1), target=np.full((8, 2), 0.5, np.float32)
    ),
    "cnn": lambda: cnn(
        *(nn.Conv2d(2, 5, 3, padding=1, seed=0), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(5, 7, 3, padding=1, seed=1), nn.ReLU(), nn.MaxPool2d(2)),
        features=28,
    ),
    "cnn, batch norm": lambda: cnn(nn.Conv2d(2, 5, 3, seed=0), nn.BatchNorm2d(5), nn.ReLU(), features=405),
    "strides": lambda: cnn(nn.Conv2d(2, 4, 3, stride=2, seed=0), nn.ReLU(), features=100),
    "dilation": lambda: cnn(nn.Conv2d(2, 3, 3, dilation=2, padding=1, seed=0), nn.ReLU(), features=243),
    "groups": lambda: cnn(nn.Conv2d(2, 6, 3, groups=2, seed=0), nn.GroupNorm(3, 6), nn.ReLU(), features=486),
    "mean pooling": lambda: cnn(
        nn.Conv2d(2, 4, 3, padding=1, seed=0), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(2), features=16
    ),
    "overlapping pooling": lambda: cnn(nn.Conv2d(2, 3, 2, seed=0), nn.MaxPool2d(3, stride=2), features=48),
    "transposed": lambda: cnn(
        nn.Conv2d(2, 3, 3, stride=2, seed=0), nn.ConvTranspose2d(3, 2, 3, stride=2, seed=1), features=242
    ),
    "one axis": lambda: (
        nn.Sequential(nn.Conv1d(2, 4, 3, seed=0), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(16, 3, seed=1)),
        numbers(5, 2, 11),
        classes(5, 3),
        lambda scores, y: F.cross_entropy(scores, y, reduction="sum") * 0.1,
    ),
    "one axis, means": lambda: (
        nn.Sequential(
            *(nn.Conv1d(2, 4, 3, seed=0), nn.AvgPool1d(2, padding=1), nn.ConvTranspose1d(4, 3, 3, stride=2, seed=1)),
            *(nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(12, 3, seed=2)),
        ),
        numbers(5, 2, 11),
        classes(5, 3),
        nn.CrossEntropyLoss(),
    ),
    "multi margin": lambda: (*mlp(nn.ReLU())[:3], nn.MultiMarginLoss()),
    "multi margin, squared": lambda: (
        *mlp(nn.ReLU())[:3],
        nn.MultiMarginLoss(p=2, margin=0.7, weight=np.array([1, 2, 3], np.float32)),
    ),
    "named parts": lambda: (Named(), numbers(7, 6), numbers(7, 12, seed=1), nn.MSELoss()),
}
