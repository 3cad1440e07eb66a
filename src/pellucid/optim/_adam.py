"""Adam and its kin: a running mean of the gradient, divided by the root of a running mean of its square.

Here: `Adam`, `AdamW`, `NAdam`, `RAdam`.
Elsewhere: their rules are in _rules.py.
Imports: pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, final

from pellucid.base._limits import Flag, Limit, Real
from pellucid.optim._groups import Parameters
from pellucid.optim._optimizer import RuleOptimizer
from pellucid.optim._rules import (
    AdamRatio,
    Ascend,
    Decay,
    GreatestRatio,
    NesterovRatio,
    Rate,
    RectifiedRatio,
    Rule,
    chain,
)
from pellucid.persistence import register


@final
class Shares(Limit):
    """Two numbers from 0 to below 1: how much of each running mean is kept at a step.

    >>> str(Shares()), Shares().admits((0.9, 1.0))
    ('two numbers >= 0 and < 1', False)
    """

    says = "how much of each running mean is kept at a step"

    def admits(self, value: object) -> bool:
        return isinstance(value, (tuple, list)) and len(value) == 2 and all(map(_SHARE.admits, value))

    def inside(self) -> list[Any]:
        return [(0.0, 0.0), (0.9, 0.999), [0.5, 0.5]]

    def outside(self) -> list[Any]:
        return [(0.9, 1.0), (-0.1, 0.9), (0.9,), 0.9, "ab"]

    def __str__(self) -> str:
        return "two numbers >= 0 and < 1"


_SHARE = Real(0.0, 1.0, open_high=True)

_LIMITS: Mapping[str, Limit] = {
    "lr": Real(low=0.0),
    "betas": Shares(),
    "eps": Real(low=0.0),
    "weight_decay": Real(low=0.0),
    "maximize": Flag(),
}


def _chain(group: Mapping[str, Any], ratio: type[Rule], decoupled: bool) -> tuple[Rule, ...]:
    """[Ascend], [Decay], the ratio of two moments, [Decay, when decoupled], Rate."""
    decay = Decay if group["weight_decay"] else None
    return chain(
        Ascend if group["maximize"] else None,
        None if decoupled else decay,
        ratio,
        decay if decoupled else None,
        Rate,
    )


@final
@register("optim.Adam")
class Adam(RuleOptimizer):
    """Adam: steps of about lr in every entry, along a running mean of its gradient.

        w <- w - lr m' / (sqrt v' + eps),    m <- b1 m + (1 - b1) d,    v <- b2 v + (1 - b2) d^2,    d = g + lambda w

    where m' = m / (1 - b1^t) and v' = v / (1 - b2^t) make up for m and v having begun at 0.
    lr: learning rate.  betas: b1 and b2.  eps: keeps the quotient finite where v is 0.  weight_decay: lambda.
    amsgrad: divide by the root of the greatest v so far.  maximize: up the gradient.
    decoupled_weight_decay: AdamW's decay instead.
    State: exp_avg (m), exp_avg_sq (v), with amsgrad max_exp_avg_sq; step (t).
    Raises ParameterError for a hyperparameter outside its limit.
    Source: Kingma and Ba, Adam, ICLR 2015; amsgrad: Reddi, Kale and Kumar, ICLR 2018.

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.25)
    >>> (w * [100.0, -2.0]).sum().backward(); optimizer.step(); w
    Tensor([0.75, 1.25], requires_grad=True)
    >>> optimizer.state[w]["exp_avg"], optimizer.state[w]["step"]
    (array([10. , -0.2], dtype=float32), 1)
    """

    limits: ClassVar[Mapping[str, Limit]] = {**_LIMITS, "amsgrad": Flag(), "decoupled_weight_decay": Flag()}

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {**options, "maximize": maximize, "decoupled_weight_decay": decoupled_weight_decay})

    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """[Ascend], [Decay], AdamRatio or GreatestRatio, [Decay, when decoupled], Rate."""
        ratio = GreatestRatio if group["amsgrad"] else AdamRatio
        return _chain(group, ratio, group["decoupled_weight_decay"])


@final
@register("optim.AdamW")
class AdamW(RuleOptimizer):
    """AdamW: Adam with weight decay that does not pass through its averages.

        w <- w - lr (m' / (sqrt v' + eps) + lambda w)

    m' and v' and all arguments are as in Adam, with d = g; weight_decay: lambda.
    State: exp_avg (m), exp_avg_sq (v), with amsgrad max_exp_avg_sq; step (t).
    Raises ParameterError for a hyperparameter outside its limit.
    Source: Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019.

    With a gradient of 0 the parameter only shrinks, by 1 - lr lambda:

    >>> from pellucid import Tensor
    >>> w = Tensor([8.0], requires_grad=True)
    >>> optimizer = AdamW([w], lr=0.5, weight_decay=0.25)
    >>> (w * 0).backward(); optimizer.step(); w.item()
    7.0
    """

    limits: ClassVar[Mapping[str, Limit]] = {**_LIMITS, "amsgrad": Flag()}

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {**options, "maximize": maximize})

    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """[Ascend], AdamRatio or GreatestRatio, [Decay], Rate."""
        return _chain(group, GreatestRatio if group["amsgrad"] else AdamRatio, decoupled=True)


@final
@register("optim.NAdam")
class NAdam(RuleOptimizer):
    """NAdam: Adam that looks ahead along its mean, as Nesterov's momentum does.

        w <- w - lr ((1 - mu_t) / (1 - p_t) d + mu_t+1 / (1 - p_t+1) m) / (sqrt v' + eps)
        mu_t = b1 (1 - 0.96^(t psi) / 2),    p_t = mu_1 mu_2 .. mu_t

    m, v, v' and d are as in Adam.  momentum_decay: psi.  decoupled_weight_decay: AdamW's decay.
    State: exp_avg (m), exp_avg_sq (v), mu_product (p_t), step (t).
    Raises ParameterError for a hyperparameter outside its limit.
    Source: Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016.

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0], requires_grad=True)
    >>> optimizer = NAdam([w], lr=0.5)
    >>> (w * 3).backward(); optimizer.step()
    >>> round(w.item(), 4), round(optimizer.state[w]["mu_product"], 4)
    (0.4718, 0.4501)
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        **_LIMITS,
        "momentum_decay": Real(low=0.0),
        "decoupled_weight_decay": Flag(),
    }

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay}
        super().__init__(params, {**options, "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize})

    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """[Ascend], [Decay], NesterovRatio, [Decay, when decoupled], Rate."""
        return _chain(group, NesterovRatio, group["decoupled_weight_decay"])


@final
@register("optim.RAdam")
class RAdam(RuleOptimizer):
    """RAdam: Adam that does not divide by v while v is the mean of too few squares to be trusted.

        w <- w - lr r m' / (sqrt v' + eps)  once rho_t > 5,    w <- w - lr m'  before
        rho_t = rho - 2 t b2^t / (1 - b2^t),    rho = 2 / (1 - b2) - 1
        r^2 = (rho_t - 4) (rho_t - 2) rho / ((rho - 4) (rho - 2) rho_t)

    m', v' and d are as in Adam; as in PyTorch, eps is added before v is corrected.
    State: exp_avg (m), exp_avg_sq (v), step (t).  Raises ParameterError for a hyperparameter outside its limit.
    Source: Liu et al., On the variance of the adaptive learning rate and beyond, ICLR 2020.

    The first steps follow the mean gradient itself:

    >>> from pellucid import Tensor
    >>> w = Tensor([1.0], requires_grad=True)
    >>> optimizer = RAdam([w], lr=0.25)
    >>> (w * 2).backward(); optimizer.step(); w.item()
    0.5
    """

    limits: ClassVar[Mapping[str, Limit]] = {**_LIMITS, "decoupled_weight_decay": Flag()}

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**options, "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize})

    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """[Ascend], [Decay], RectifiedRatio, [Decay, when decoupled], Rate."""
        return _chain(group, RectifiedRatio, group["decoupled_weight_decay"])
