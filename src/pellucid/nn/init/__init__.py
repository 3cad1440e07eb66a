"""Initialisers under PyTorch's names: they fill a Tensor in place, from a seed given as an argument.

Here: the list of what is public.  Elsewhere: each one's definition and source is in _initialisers.py.
Imports: pellucid.nn._initialisers.

>>> from pellucid import Tensor
>>> ones_(Tensor([[3.0, 4.0]]))
Tensor([[1., 1.]])
"""

from pellucid.nn._initialisers import (
    calculate_gain,
    constant_,
    eye_,
    kaiming_normal_,
    kaiming_uniform_,
    normal_,
    ones_,
    orthogonal_,
    trunc_normal_,
    uniform_,
    xavier_normal_,
    xavier_uniform_,
    zeros_,
)

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]
