"""Learning-rate schedules, under PyTorch's names and with its values.

Here: schedules that are a pure function of the step (`lr_at` gives every rate in advance), and ReduceLROnPlateau.
Elsewhere: the optimizers they belong to are in pellucid.optim.
Imports: pellucid.base, pellucid.errors, pellucid.optim, pellucid.persistence, pellucid.tensor.
"""

from pellucid.optim.lr_scheduler._formulas import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    StepLR,
)
from pellucid.optim.lr_scheduler._one_cycle import OneCycleLR
from pellucid.optim.lr_scheduler._plateau import ReduceLROnPlateau
from pellucid.optim.lr_scheduler._schedule import ClosedForm, LRScheduler
from pellucid.optim.lr_scheduler._sequence import SequentialLR

__all__ = [
    "ClosedForm",
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "LRScheduler",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
