"""Networks: modules, layers with weights, activations, losses, under PyTorch's names.

Here: `Module`, `Parameter`, containers and layers; `functional`, the same computations as functions; `init`.
Elsewhere: optimizers are in pellucid.optim, the training loop in pellucid.train.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.ops, pellucid.tensor.
"""

from pellucid.nn import functional, init
from pellucid.nn._activations import ELU, GELU, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from pellucid.nn._containers import ModuleDict, ModuleList, Sequential
from pellucid.nn._convolution import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from pellucid.nn._dropout import Dropout
from pellucid.nn._embedding import Embedding
from pellucid.nn._linear import Flatten, Identity, Linear, Unflatten
from pellucid.nn._losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HingeLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    MultiMarginLoss,
    NLLLoss,
)
from pellucid.nn._module import Module
from pellucid.nn._normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from pellucid.nn._parameter import Parameter
from pellucid.nn._pooling import AdaptiveAvgPool1d, AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from pellucid.nn._summary import Summary, SummaryRow

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Dropout",
    "ELU",
    "Embedding",
    "Flatten",
    "functional",
    "GELU",
    "GroupNorm",
    "HingeLoss",
    "HuberLoss",
    "Identity",
    "init",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MSELoss",
    "MultiMarginLoss",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SiLU",
    "Softmax",
    "Softplus",
    "Summary",
    "SummaryRow",
    "Tanh",
    "Unflatten",
]
