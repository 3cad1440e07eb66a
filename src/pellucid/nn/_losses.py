"""Losses as modules: the options are set once, then `loss(input, target)`.

Here: `Loss`, what all have in common; L1Loss, MSELoss, HuberLoss, BCELoss, BCEWithLogitsLoss, KLDivLoss, HingeLoss;
CrossEntropyLoss, NLLLoss, MultiMarginLoss.
Elsewhere: the computations, with equation, shapes, errors and source, are in _loss_functions.py and
_class_loss_functions.py.
Imports: pellucid.persistence, pellucid.nn, pellucid.tensor.

Weights are buffers: part of `state_dict()`, not learned.
"""

from abc import ABC, abstractmethod
from inspect import signature
from typing import Any, final

from pellucid.nn._class_loss_functions import cross_entropy, multi_margin_loss, nll_loss
from pellucid.nn._loss_functions import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
)
from pellucid.nn._loss_targets import check_reduction
from pellucid.nn._module import Module
from pellucid.persistence import register
from pellucid.tensor._tensor import Tensor


class Loss(Module, ABC):
    """A number to be made small: what `input` costs beside `target`.

    reduction: "mean", "sum", or "none" for one number a row or entry.  Raises ParameterError for another.
    """

    reduction: str

    def __init__(self, reduction: str, also: tuple[str, ...] = ()) -> None:
        super().__init__()
        check_reduction(type(self).__name__, reduction, also)
        self.reduction = reduction

    @abstractmethod
    def forward(self, input: Any, target: Any) -> Tensor:
        """The loss of input against target; a single number, or with reduction "none" one for each."""

    def extra_repr(self) -> str:
        """The constructor's arguments that are not the usual ones."""
        usual = {name: parameter.default for name, parameter in signature(type(self)).parameters.items()}
        chosen = {name: getattr(self, name) for name in usual}
        return ", ".join(
            f"{name}={value!r}" for name, value in chosen.items() if isinstance(value, Tensor) or value != usual[name]
        )


# -- numbers against numbers ---------------------------------------------------------------------------------------


@final
@register("nn.L1Loss")
class L1Loss(Loss):
    """The absolute error; see functional.l1_loss.

    >>> L1Loss()([1.0, 5.0], [2.0, 2.0])
    Tensor(2.)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Any, target: Any) -> Tensor:
        """input, target (*)"""
        return l1_loss(input, target, reduction=self.reduction)


@final
@register("nn.MSELoss")
class MSELoss(Loss):
    """The squared error; see functional.mse_loss.

    >>> MSELoss()([1.0, 5.0], [2.0, 2.0])
    Tensor(5.)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Any, target: Any) -> Tensor:
        """input, target (*)"""
        return mse_loss(input, target, reduction=self.reduction)


@final
@register("nn.HuberLoss")
class HuberLoss(Loss):
    """Half the squared error near the target, linear beyond delta; see functional.huber_loss.

    >>> HuberLoss(reduction="none")([1.0, 5.0], [2.0, 2.0])
    Tensor([0.5, 2.5])
    """

    def __init__(self, *, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Tensor:
        """input, target (*)"""
        return huber_loss(input, target, reduction=self.reduction, delta=self.delta)


@final
@register("nn.BCELoss")
class BCELoss(Loss):
    """Binary cross-entropy of probabilities; see functional.binary_cross_entropy.

    >>> BCELoss()([0.5, 0.5], [1.0, 0.0])
    Tensor(0.6931472)
    """

    weight: Tensor | None

    def __init__(self, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        """input, target (*), within [0, 1]"""
        return binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


@final
@register("nn.BCEWithLogitsLoss")
class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of logits of any size; see functional.binary_cross_entropy_with_logits.

    >>> BCEWithLogitsLoss()([0.0, 1e4], [1.0, 0.0])
    Tensor(5000.3467)
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(self, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        """input, target (*), targets within [0, 1]"""
        return binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


@final
@register("nn.KLDivLoss")
class KLDivLoss(Loss):
    """The divergence of probabilities from log-probabilities; see functional.kl_div.

    reduction: also "batchmean", the mean over rows.

    >>> KLDivLoss(reduction="batchmean")([[-0.75, -0.25]], [[1.0, 0.0]])
    Tensor(0.75)
    """

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction, also=("batchmean",))
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Tensor:
        """input, target (*)"""
        return kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


@final
@register("nn.HingeLoss")
class HingeLoss(Loss):
    """What scores lack to a margin of 1, for labels -1 and 1; see functional.hinge_loss.

    >>> HingeLoss()([2.0, 0.25], [1.0, -1.0])
    Tensor(0.625)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Any, target: Any) -> Tensor:
        """input, target (*), targets -1 or 1"""
        return hinge_loss(input, target, reduction=self.reduction)


# -- scores against classes ----------------------------------------------------------------------------------------


@final
@register("nn.CrossEntropyLoss")
class CrossEntropyLoss(Loss):
    """What the true classes cost under the softmax of logits; see functional.cross_entropy.

    >>> CrossEntropyLoss()([[0.0, 0.0]], [1])
    Tensor(0.6931472)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Any = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Tensor:
        """input (N, K, d..), target (N, d..) class numbers or (N, K, d..) class probabilities"""
        return cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


@final
@register("nn.NLLLoss")
class NLLLoss(Loss):
    """The negative log likelihood of the true classes, for log-probabilities; see functional.nll_loss.

    >>> NLLLoss()([[-0.5, -1.0]], [1])
    Tensor(1.)
    """

    weight: Tensor | None

    def __init__(self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Tensor:
        """input (N, K, d..), target (N, d..)"""
        return nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


@final
@register("nn.MultiMarginLoss")
class MultiMarginLoss(Loss):
    """What the true class lacks to a margin over each other class; see functional.multi_margin_loss.

    >>> MultiMarginLoss()([[2.0, 1.5, 0.0]], [0])
    Tensor(0.16666667)
    """

    weight: Tensor | None

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.p, self.margin = p, margin
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        """input (N, K), target (N,)"""
        return multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )
