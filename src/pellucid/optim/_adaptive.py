"""Step lengths that adapt to each entry's own past gradients: the methods before Adam.

Here: `Adagrad`, `RMSprop`.
Elsewhere: their rules are in _rules.py; Adam and its kin are in _adam.py.
Imports: pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, final

from pellucid.base._limits import Flag, Limit, Real
from pellucid.optim._groups import Parameters
from pellucid.optim._optimizer import RuleOptimizer
from pellucid.optim._rules import (
    Ascend,
    Decay,
    DecayingRate,
    Momentum,
    Rate,
    Rule,
    SquareAverage,
    SquareSum,
    Variance,
    chain,
)
from pellucid.persistence import register


@final
@register("optim.Adagrad")
class Adagrad(RuleOptimizer):
    """Adagrad: the more an entry has been changed, the smaller its steps.

        w <- w - lr / (1 + (t - 1) eta) d / (sqrt v + eps),    v <- v + d^2,    d = g + lambda w

    lr: learning rate.  lr_decay: eta.  weight_decay: lambda.  initial_accumulator_value: v before the first step.
    eps: keeps the quotient finite where v is 0.  maximize: up the gradient.
    State: sum (v), step.  Raises ParameterError for a hyperparameter outside its limit.
    Source: Duchi, Hazan and Singer, Adaptive subgradient methods, JMLR 12, 2011.

    The first step is lr long in every entry, however large its gradient:

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = Adagrad([w], lr=0.25)
    >>> (w * [100.0, -2.0]).sum().backward(); optimizer.step()
    >>> w.tolist(), optimizer.state[w]["sum"].tolist()
    ([0.75, 1.25], [10000.0, 4.0])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "lr": Real(low=0.0),
        "lr_decay": Real(low=0.0),
        "weight_decay": Real(low=0.0),
        "initial_accumulator_value": Real(low=0.0),
        "eps": Real(low=0.0),
        "maximize": Flag(),
    }

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay, "eps": eps, "maximize": maximize}
        super().__init__(params, {**options, "initial_accumulator_value": initial_accumulator_value})

    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """[Ascend], [Decay], SquareSum, Rate or DecayingRate."""
        return chain(
            Ascend if group["maximize"] else None,
            Decay if group["weight_decay"] else None,
            SquareSum,
            DecayingRate if group["lr_decay"] else Rate,
        )


@final
@register("optim.RMSprop")
class RMSprop(RuleOptimizer):
    """RMSprop: steps are divided by the root of a running mean of the squared gradient.

        w <- w - lr b,    b <- mu b + d / (sqrt v + eps),    v <- alpha v + (1 - alpha) d^2,    d = g + lambda w

    lr: learning rate.  alpha: how much of the mean is kept.  eps: keeps the quotient finite where v is 0.
    weight_decay: lambda.  momentum: mu.  centered: divide by the root of the variance v - a^2 instead, a the running
    mean of d.  maximize: up the gradient.
    State: square_avg (v), with momentum momentum_buffer (b), with centered grad_avg (a); step.
    Raises ParameterError for a hyperparameter outside its limit.
    Source: Hinton, lecture 6e of Neural networks for machine learning, 2012; centered: Graves, arXiv 1308.0850.

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0], requires_grad=True)
    >>> optimizer = RMSprop([w], lr=0.25, alpha=0.75)
    >>> (w * 8).backward(); optimizer.step()
    >>> w.item(), optimizer.state[w]["square_avg"].tolist()
    (0.5, [16.0])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "lr": Real(low=0.0),
        "alpha": Real(low=0.0),
        "eps": Real(low=0.0),
        "weight_decay": Real(low=0.0),
        "momentum": Real(low=0.0),
        "centered": Flag(),
        "maximize": Flag(),
    }

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**options, "centered": centered, "maximize": maximize})

    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """[Ascend], [Decay], SquareAverage or Variance, [Momentum], Rate."""
        return chain(
            Ascend if group["maximize"] else None,
            Decay if group["weight_decay"] else None,
            Variance if group["centered"] else SquareAverage,
            Momentum if group["momentum"] else None,
            Rate,
        )
