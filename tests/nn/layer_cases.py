"""The table of layers: one row is one layer on one input, which pellucid and PyTorch must answer alike.

A row says the layer's name (the same in both), its arguments, the shape of its input and its mode. Input, parameters
and buffers are filled with fixed numbers. The answer: result, gradients of input and parameters, buffers afterwards.
The tests walk it; scripts/torch_fixtures.py stores PyTorch's answers. A new layer is tested by a row here.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from pellucid import Tensor, nn
from pellucid.random import key, threefry2x32

Array = np.ndarray[Any, Any]
Parts = dict[str, Array]

STORED = "torch_layers.npz"


@dataclass(frozen=True, eq=False)
class Case:
    layer: str
    arguments: tuple[Any, ...]
    shape: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)
    training: bool = True
    index: tuple[int, ...] | None = None  # the entries of the input when they are whole numbers
    ties: bool = False  # an input with many equal entries

    @property
    def name(self) -> str:
        chosen = ", ".join([*map(str, self.arguments), *(f"{key}={value}" for key, value in self.options.items())])
        notes = f"{'' if self.training else ' in use'}{' with ties' if self.ties else ''}"
        return f"{self.layer}({chosen}) on {self.shape}{notes}".replace(", ", ",")


def numbers(shape: tuple[int, ...], label: str) -> Array:
    """Numbers within [-1, 1) that float32 holds exactly, fixed by the label."""
    n = int(np.prod(shape, dtype=int))
    bits = threefry2x32(key(crc32(label.encode())), n) >> np.uint32(8)
    return bits.reshape(shape) / 2.0**23 - 1.0


# -- rows --------------------------------------------------------------------------------------------------------------


def _linear() -> Iterator[Case]:
    for shape in ((5, 3), (1, 3), (3,), (2, 4, 3), (0, 3)):
        yield Case("Linear", (3, 2), shape)
    yield Case("Linear", (4, 1), (7, 4), {"bias": False})
    yield Case("Linear", (1, 5), (2, 1))


def _layout() -> Iterator[Case]:
    yield Case("Identity", (), (2, 3))
    for arguments in ((), (0,), (2, -1), (-3, -2), (1, 1)):
        yield Case("Flatten", arguments, (2, 3, 4, 5))
    yield Case("Unflatten", (1, (2, 3)), (4, 6))
    yield Case("Unflatten", (-1, (-1, 2, 1)), (3, 4))


def _convolutions() -> Iterator[Case]:
    yield Case("Conv1d", (2, 3, 3), (4, 2, 7))
    yield Case("Conv1d", (2, 4, 2), (1, 2, 8), {"stride": 3, "padding": 1, "groups": 2, "bias": False})
    yield Case("Conv1d", (1, 2, 3), (1, 9), {"dilation": 3, "padding": 2})
    for kernel, dilation in ((1, 1), (2, 1), (3, 2), (4, 3)):
        yield Case("Conv1d", (2, 2, kernel), (2, 2, 6), {"padding": "same", "dilation": dilation})
    yield Case("Conv2d", (1, 2, 3), (2, 1, 5, 5))
    yield Case("Conv2d", (3, 2, 1), (2, 3, 4, 3), {"stride": 2})
    yield Case("Conv2d", (2, 3, (3, 2)), (1, 2, 7, 5), {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)})
    yield Case("Conv2d", (2, 2, 3), (2, 2, 3, 3), {"bias": False})
    yield Case("Conv2d", (2, 2, 3), (1, 2, 1, 1), {"padding": 1})
    yield Case("Conv2d", (4, 4, 3), (2, 4, 5, 6), {"groups": 4, "padding": 1})
    yield Case("Conv2d", (4, 6, (1, 3)), (2, 4, 3, 6), {"groups": 2, "stride": 2})
    yield Case("Conv2d", (2, 3, 3), (2, 8, 7), {"padding": 2, "dilation": 2})
    yield Case("Conv2d", (2, 2, (2, 4)), (1, 2, 4, 5), {"padding": "same"})
    yield Case("Conv2d", (2, 2, (3, 2)), (1, 2, 5, 5), {"padding": "same", "dilation": (2, 3), "bias": False})
    yield Case("Conv2d", (2, 2, 2), (1, 2, 4, 5), {"padding": "valid"})
    yield Case("ConvTranspose1d", (2, 3, 3), (2, 2, 4))
    yield Case("ConvTranspose1d", (2, 4, 3), (2, 5), {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2})
    yield Case("ConvTranspose2d", (2, 1, 2), (2, 2, 3, 3), {"stride": 2})
    yield Case("ConvTranspose2d", (3, 2, 3), (1, 3, 4, 5), {"stride": 2, "padding": 1, "output_padding": 1})
    yield Case("ConvTranspose2d", (4, 2, (3, 2)), (2, 4, 3, 2), {"groups": 2, "dilation": (2, 1), "bias": False})
    yield Case("ConvTranspose2d", (2, 3, 3), (2, 4, 4), {"padding": (2, 1), "stride": (1, 2)})


def _pools() -> Iterator[Case]:
    yield Case("MaxPool1d", (2,), (2, 3, 7))
    yield Case("MaxPool1d", (3, 2, 1), (3, 8), {"ceil_mode": True})
    yield Case("MaxPool2d", (2,), (2, 2, 6, 7))
    yield Case("MaxPool2d", (2,), (1, 2, 6, 6), ties=True)
    for options in ({}, {"ceil_mode": True}):
        yield Case("MaxPool2d", (3, 2, 1), (2, 2, 7, 8), options)
        yield Case("MaxPool2d", (3, 2), (1, 2, 6, 8), options)
        yield Case("MaxPool2d", ((2, 3), (3, 2), (1, 0)), (1, 2, 9, 8), options)
    yield Case("MaxPool2d", (3, 1, 1), (1, 2, 5, 5), ties=True)
    yield Case("MaxPool2d", (2, 1, 0, 2), (2, 6, 5))
    yield Case("MaxPool2d", (2, 3, 1), (1, 1, 4, 4), {"ceil_mode": True})
    yield Case("AvgPool1d", (2,), (2, 3, 7))
    yield Case("AvgPool1d", (3, 2, 1), (3, 8), {"ceil_mode": True})
    yield Case("AvgPool2d", (2,), (2, 2, 6, 7))
    for include in (True, False):
        for ceil in (True, False):
            options = {"ceil_mode": ceil, "count_include_pad": include}
            yield Case("AvgPool2d", (3, 2, 1), (2, 2, 6, 8), options)
            yield Case("AvgPool2d", ((2, 3), (3, 2), (1, 0)), (1, 2, 9, 8), options)
    yield Case("AvgPool2d", (2, 1), (2, 4, 3))
    yield Case("AvgPool2d", (2, 3, 1), (1, 1, 4, 4), {"ceil_mode": True})
    for size, shape in ((1, (2, 3, 7)), (3, (2, 3, 7)), (7, (3, 7)), (4, (1, 2, 8)), (5, (1, 2, 3))):
        yield Case("AdaptiveAvgPool1d", (size,), shape)
    for sizes in (1, 3, (2, 3), (None, 2), (6, 1), (7, 9)):
        yield Case("AdaptiveAvgPool2d", (sizes,), (2, 2, 6, 7))
    yield Case("AdaptiveAvgPool2d", (2,), (2, 4, 6))


def _norms() -> Iterator[Case]:
    for training in (True, False):
        for shape in ((4, 3), (2, 3), (4, 3, 5), (1, 3, 5)):
            yield Case("BatchNorm1d", (3,), shape, training=training)
        for options in (
            {},
            {"momentum": None},
            {"momentum": 0.7, "eps": 0.1},
            {"affine": False},
            {"track_running_stats": False},
            {"affine": False, "track_running_stats": False},
        ):
            yield Case("BatchNorm2d", (2,), (3, 2, 4, 3), options, training)
        yield Case("BatchNorm2d", (3,), (1, 3, 2, 1), training=training)
    for arguments, shape in ((4, (3, 4)), ((3, 4), (2, 3, 4)), ((4,), (2, 3, 4)), ((5, 1), (3, 2, 5, 1)), (5, (5,))):
        yield Case("LayerNorm", (arguments,), shape)
    yield Case("LayerNorm", (4,), (3, 4), {"bias": False})
    yield Case("LayerNorm", (4,), (3, 4), {"elementwise_affine": False, "eps": 0.1})
    for groups, shape in ((1, (2, 4, 3)), (2, (2, 4, 3, 2)), (4, (2, 4, 3)), (2, (3, 4))):
        yield Case("GroupNorm", (groups, 4), shape)
    yield Case("GroupNorm", (2, 6), (2, 6, 3, 3), {"affine": False, "eps": 0.1})


def _others() -> Iterator[Case]:
    for p, training in ((0.4, False), (0.0, True), (1.0, True)):
        yield Case("Dropout", (p,), (3, 4), training=training)
    yield Case("Embedding", (5, 3), (2, 4), index=(0, 4, 4, 1, 3, 4, 0, 0))
    yield Case("Embedding", (5, 3), (), index=(2,))
    for padding in (0, 3, -1):
        yield Case("Embedding", (5, 2), (6,), {"padding_idx": padding}, index=(0, 3, 4, 3, 0, 1))


_ROWS = [case for part in (_linear, _layout, _convolutions, _pools, _norms, _others) for case in part()]
CASES: dict[str, Case] = {case.name: case for case in _ROWS}
assert len(CASES) == len(_ROWS), "two rows have one name"

FUNCTIONS: dict[str, tuple[str, str]] = {
    "AdaptiveAvgPool1d": ("adaptive_avg_pool1d", "output_size"),
    "AdaptiveAvgPool2d": ("adaptive_avg_pool2d", "output_size"),
    "AvgPool1d": ("avg_pool1d", "kernel_size stride padding ceil_mode count_include_pad"),
    "AvgPool2d": ("avg_pool2d", "kernel_size stride padding ceil_mode count_include_pad"),
    "BatchNorm1d": ("batch_norm", "running_mean running_var weight bias training momentum eps"),
    "BatchNorm2d": ("batch_norm", "running_mean running_var weight bias training momentum eps"),
    "Conv1d": ("conv1d", "weight bias stride padding dilation groups"),
    "Conv2d": ("conv2d", "weight bias stride padding dilation groups"),
    "ConvTranspose1d": ("conv_transpose1d", "weight bias stride padding output_padding groups dilation"),
    "ConvTranspose2d": ("conv_transpose2d", "weight bias stride padding output_padding groups dilation"),
    "Dropout": ("dropout", "p key"),
    "Embedding": ("embedding", "weight padding_idx"),
    "GroupNorm": ("group_norm", "num_groups weight bias eps"),
    "LayerNorm": ("layer_norm", "normalized_shape weight bias eps"),
    "Linear": ("linear", "weight bias"),
    "MaxPool1d": ("max_pool1d", "kernel_size stride padding dilation ceil_mode"),
    "MaxPool2d": ("max_pool2d", "kernel_size stride padding dilation ceil_mode"),
}
"""For each layer that is also a function: its name, and the attributes of the layer that are its arguments."""


# -- the two answers ---------------------------------------------------------------------------------------------------


def entries(case: Case) -> Array:
    """The input."""
    if case.index is not None:
        return np.array(case.index, dtype=np.int64).reshape(case.shape)
    x = numbers(case.shape, case.name)
    return np.round(x * 2) / 2 if case.ties else x


def state(case: Case, shapes: dict[str, tuple[int, ...]]) -> Parts:
    """Fixed numbers for parameters and buffers; positive ones for variances."""
    found = {name: numbers(shape, f"{case.name} {name}") for name, shape in shapes.items()}
    found |= {name: np.abs(x) + 0.5 for name, x in found.items() if name == "running_var"}
    return found | {name: np.array(3) for name in found if name == "num_batches_tracked"}


def cotangent(shape: tuple[int, ...]) -> Array:
    """What results are weighted by before they are summed and differentiated: 1, 1.25, ... 2, over and over."""
    return 1.0 + (np.arange(np.prod(shape, dtype=int)) % 5).reshape(shape) / 4


def build(case: Case, dtype: type = np.float64) -> nn.Module:
    """pellucid's layer, filled."""
    layer: nn.Module = getattr(nn, case.layer)(*case.arguments, **case.options).to(dtype)
    layer.load_state_dict(state(case, {name: x.shape for name, x in layer.state_dict().items()}))
    return layer.train(case.training)


def ours(case: Case, dtype: type) -> Parts:
    """pellucid's result, gradients and buffers."""
    layer, data = build(case, dtype), entries(case)
    x = Tensor(data.astype(dtype) if case.index is None else data, requires_grad=case.index is None)
    y = layer(x)
    y.backward(cotangent(y.shape))
    slopes = {"input": x, **dict(layer.named_parameters())}
    parts = {f"d {name}": t.grad.numpy() for name, t in slopes.items() if t.grad is not None}
    return {"result": y.numpy()} | parts | {name: layer.state_dict()[name] for name in _buffers(layer.state_dict())}


def theirs(case: Case, dtype: type) -> Parts:
    """PyTorch's result, gradients and buffers."""
    import torch

    layer = getattr(torch.nn, case.layer)(*case.arguments, **case.options)
    layer = layer.to(torch.tensor(np.zeros(1, dtype)).dtype).train(case.training)
    filled = state(case, {name: tuple(x.shape) for name, x in layer.state_dict().items()})
    layer.load_state_dict({name: torch.tensor(x) for name, x in filled.items()})
    data = entries(case)
    x = torch.tensor(data.astype(dtype) if case.index is None else data, requires_grad=case.index is None)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Using padding='same' with even kernel lengths", UserWarning
        )  # a note on speed
        y = layer(x)
    y.backward(torch.tensor(cotangent(tuple(y.shape)).astype(dtype)))
    slopes = {"input": x, **dict(layer.named_parameters())}
    parts = {f"d {name}": t.grad.numpy() for name, t in slopes.items() if t.grad is not None}
    after = {name: x.numpy() for name, x in layer.state_dict().items()}
    return {"result": y.detach().numpy()} | parts | {name: after[name] for name in _buffers(after)}


def _buffers(state: dict[str, Any]) -> list[str]:
    return [name for name in ("running_mean", "running_var", "num_batches_tracked") if name in state]


def answer(case: Case) -> Array:
    """All parts of PyTorch's answer in float64, one after another: what the fixture stores."""
    return np.concatenate([part.ravel() for part in theirs(case, np.float64).values()])
