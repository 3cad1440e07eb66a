"""Stochastic gradient descent.

Here: `SGD`, plain, with momentum, with Nesterov's momentum.
Elsewhere: its rules are in _rules.py; methods with a step length for each entry are in _adaptive.py and _adam.py.
Imports: pellucid.base, pellucid.errors.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, final

from pellucid.base._limits import Flag, Limit, Real
from pellucid.errors import ParameterError
from pellucid.optim._groups import Parameters
from pellucid.optim._optimizer import RuleOptimizer
from pellucid.optim._rules import Ascend, DampedMomentum, Decay, Momentum, Nesterov, Rate, Rule, chain
from pellucid.persistence import register


@final
@register("optim.SGD")
class SGD(RuleOptimizer):
    """Gradient descent: every parameter takes a step against its gradient.

        w <- w - lr b,    b <- mu b + (1 - tau) (g + lambda w),    b = g + lambda w at the first step

    lr: learning rate.  momentum: mu.  dampening: tau.  weight_decay: lambda, the penalty lambda |w|^2 / 2.
    nesterov: the step is along g + lambda w + mu b.  maximize: up the gradient.
    State: momentum_buffer (b), with momentum only; step.
    Raises ParameterError for a hyperparameter outside its limit, and for nesterov without momentum or with dampening.
    Source: Robbins and Monro, 1951; Sutskever et al., On the importance of initialization and momentum, ICML 2013.

    The gradient of the loss over *all* rows makes this plain gradient descent; over a few rows drawn at random, the
    stochastic kind.  Plain descent on f(w) = (w - 3)^2 / 2, whose gradient is w - 3, multiplies the distance to the
    minimum by 1 - lr at each step:

    >>> from pellucid import Tensor
    >>> w = Tensor(0.0, requires_grad=True)
    >>> optimizer = SGD([w], lr=0.5)
    >>> for _ in range(4):
    ...     optimizer.zero_grad()
    ...     f = (w - 3) ** 2 / 2
    ...     f.backward()
    ...     optimizer.step()
    ...     print(f.item(), w.item())
    4.5 1.5
    1.125 2.25
    0.28125 2.625
    0.0703125 2.8125
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "lr": Real(low=0.0),
        "momentum": Real(low=0.0),
        "dampening": Real(),
        "weight_decay": Real(low=0.0),
        "nesterov": Flag(),
        "maximize": Flag(),
    }

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ParameterError(
                f"SGD: nesterov looks ahead along a momentum without dampening, but momentum is {momentum} and "
                f"dampening {dampening}; give momentum > 0 (0.9 is usual) and dampening 0."
            )
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize})

    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """[Ascend], [Decay], [Momentum, DampedMomentum or Nesterov], Rate."""
        momentum = Nesterov if group["nesterov"] else DampedMomentum if group["dampening"] else Momentum
        return chain(
            Ascend if group["maximize"] else None,
            Decay if group["weight_decay"] else None,
            momentum if group["momentum"] else None,
            Rate,
        )
