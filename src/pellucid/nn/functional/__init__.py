"""Layers, activations and losses as functions, under PyTorch's names.

Here: the list of what is public.  Elsewhere: the code of a layer's function stands beside the layer; the rest is in
_activation_functions.py, _loss_functions.py and _class_loss_functions.py; each is offered as a module in pellucid.nn;
tanh is pellucid.tensor.tanh.
Imports: pellucid.nn.

>>> softmax([0.0, 0.0])
Tensor([0.5, 0.5])
"""

from pellucid.nn._activation_functions import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
)
from pellucid.nn._class_loss_functions import cross_entropy, multi_margin_loss, nll_loss
from pellucid.nn._convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from pellucid.nn._dropout import dropout
from pellucid.nn._embedding import embedding
from pellucid.nn._linear import linear
from pellucid.nn._loss_functions import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
)
from pellucid.nn._normalization import batch_norm, group_norm, layer_norm
from pellucid.nn._pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool2d,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "group_norm",
    "hinge_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "max_pool1d",
    "max_pool2d",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
]
