"""What a learning-rate schedule is: something that changes the rates of an optimizer's groups, step by step.

Here: `LRScheduler`, what all have in common; `ClosedForm`, those whose rate is a pure function of the step.
Elsewhere: the schedules are in the modules beside this one.
Imports: pellucid.base, pellucid.errors, pellucid.optim, pellucid.persistence, pellucid.tensor.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar, Self, final

from pellucid.base._estimator import parameters
from pellucid.base._limits import Limit, check_limits
from pellucid.errors import DtypeError, GraphError, ParameterError
from pellucid.optim._optimizer import Optimizer
from pellucid.optim._sgd import SGD
from pellucid.tensor._symbol import tracer
from pellucid.tensor._tensor import Tensor


class LRScheduler(ABC):
    """Changes the learning rates of an optimizer; its `step()` is called after the optimizer's.

    A subclass keeps each option of its `__init__` under the option's name, and names in `progress` what its steps
    change; all else follows: state_dict, storing, `attach`.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> from pellucid.optim.lr_scheduler import StepLR
    >>> optimizer = SGD([Tensor([1.0])], lr=0.5)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for _ in range(4):
    ...     optimizer.step(); schedule.step()
    ...     print(schedule.get_last_lr())
    [0.5]
    [0.25]
    [0.25]
    [0.125]
    """

    limits: ClassVar[Mapping[str, Limit]] = {}
    """One row an option."""

    progress: ClassVar[tuple[str, ...]] = ("last_epoch",)
    """What changes from step to step."""

    def __init__(self, optimizer: Optimizer, last_epoch: int) -> None:
        name = type(self).__name__
        if not isinstance(optimizer, Optimizer):
            raise DtypeError(f"{name}: the first argument is a {type(optimizer).__name__}; give an optimizer.")
        check_limits(name, self._options(), self.limits, parameters(type(self)))
        self._optimizer: Optimizer | None = optimizer
        self.last_epoch = last_epoch
        self._last_lr = [float(group["lr"]) for group in optimizer.param_groups]

    @abstractmethod
    def step(self, *args: Any, **kwargs: Any) -> None:
        """Go on by one step; ReduceLROnPlateau is given the new value of its metric."""

    @property
    @final
    def optimizer(self) -> Optimizer:
        """The optimizer whose rates are changed.  Raises GraphError for a schedule that was read from a file."""
        if self._optimizer is None:
            raise GraphError(
                f"{type(self).__name__}: it was read from a file and does not know its optimizer yet; call "
                f"attach(optimizer) first."
            )
        return self._optimizer

    @final
    def get_last_lr(self) -> list[float]:
        """The learning rate of each group since the last step."""
        return list(self._last_lr)

    @final
    def _set_rates(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = list(rates)

    # -- what it remembers -----------------------------------------------------------------------------------------

    @final
    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in parameters(type(self)) if name not in ("optimizer", "last_epoch")}

    def state_dict(self) -> dict[str, Any]:
        """Options and progress, by name, without the optimizer; a copy.  Functions given as options are left out."""
        values = {**self._options(), **{name: getattr(self, name) for name in (*self.progress, "_last_lr")}}
        return {name: deepcopy(value) for name, value in values.items() if not _is_code(value)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict()` of such a schedule gave, ours or PyTorch's; the optimizer stays as it is."""
        for name in (*self._options(), *self.progress, "_last_lr"):
            if name in state_dict:
                setattr(self, name, deepcopy(state_dict[name]))

    @final
    def attach(self, optimizer: Optimizer) -> Self:
        """Go on with this optimizer, which brings its present rates along; returns itself.

        For a schedule that pellucid.load has read.  Raises ParameterError for another number of groups.

        >>> from pellucid import Tensor
        >>> from pellucid.optim import SGD
        >>> from pellucid.optim.lr_scheduler import ExponentialLR
        >>> schedule = ExponentialLR(SGD([Tensor([1.0])], lr=1.0), gamma=0.5)
        >>> schedule.step()
        >>> other = SGD([Tensor([1.0])], lr=0.5)
        >>> schedule.attach(other).step(); other.param_groups[0]["lr"]
        0.25
        """
        self._check_groups(optimizer)
        self._attach(optimizer)
        return self

    def _attach(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer

    @final
    def _check_groups(self, optimizer: Optimizer) -> None:
        if len(optimizer.param_groups) != len(self._last_lr):
            raise ParameterError(
                f"{type(self).__name__}: it was made for {len(self._last_lr)} groups of parameters, the optimizer has "
                f"{len(optimizer.param_groups)}; make a schedule anew after add_param_group."
            )

    @final
    def to_record(self) -> dict[str, Any]:
        """Options, progress and the last rates, without the optimizer."""
        return {
            "options": self._options(),
            "progress": {name: getattr(self, name) for name in self.progress},
            "rates": self.get_last_lr(),
        }

    @classmethod
    @final
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The schedule that was stored, without its optimizer: `attach` gives it that."""
        groups = [{"params": [Tensor(())], "lr": float(rate)} for rate in record["rates"]]
        schedule = cls(SGD(groups, momentum=0.9), **record["options"])  # a stand-in with all a schedule may change
        for name in cls.progress:
            setattr(schedule, name, record["progress"][name])
        schedule._last_lr = [float(rate) for rate in record["rates"]]
        schedule._optimizer = None
        return schedule

    @final
    def __repr__(self) -> str:
        """The call that would make it, without the options that have their default."""
        usual = parameters(type(self))
        shown = [f"{name}={value!r}" for name, value in self._options().items() if value != usual[name]]
        return f"{type(self).__name__}({', '.join(['optimizer', *shown])})"


class ClosedForm(LRScheduler, ABC):
    """A schedule whose rate is a pure function of the number of the step: `lr_at`.

    If nothing else has changed the rate of a group since the last step, it becomes lr_at(step).  Otherwise what
    happened to it is carried along: the rate is multiplied by lr_at(step) / lr_at(step - 1), so that schedules can
    work side by side.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> from pellucid.optim.lr_scheduler import LinearLR
    >>> schedule = LinearLR(SGD([Tensor([1.0])], lr=1.0), start_factor=0.25, total_iters=3)
    >>> [schedule.lr_at(step) for step in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    progress = ("last_epoch", "base_lrs")

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        super().__init__(optimizer, last_epoch + 1)
        self._prepare(optimizer, begins=last_epoch == -1)
        groups = optimizer.param_groups
        for i, group in enumerate(groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise ParameterError(
                    f"{type(self).__name__}: last_epoch={last_epoch} means going on, but group {i} has no 'initial_lr' "
                    f"to go on from; load the optimizer's state_dict first, or begin with last_epoch=-1."
                )
        self.base_lrs = [float(group["initial_lr"]) for group in groups]
        self._apply()

    def _prepare(self, optimizer: Optimizer, begins: bool) -> None:
        """Check options against the optimizer's groups; when it begins, set rates to begin with, if it has its own."""

    @abstractmethod
    def lr_at(self, step: int, group: int = 0) -> float:
        """The learning rate of a group after that many steps."""

    def momentum_at(self, step: int, group: int = 0) -> float | None:
        """The momentum (or first of betas) of a group after that many steps; None where it is left alone."""
        return None

    @final
    def step(self) -> None:
        """Go on by one step; in a traced function, after every run of its program."""
        self._check_groups(self.optimizer)
        if (writer := tracer()) is not None:
            writer.afterwards(self.step)
            return
        self.last_epoch += 1
        self._apply()

    @final
    def _apply(self) -> None:
        """Give every group what belongs to the step `last_epoch`."""
        rates = []
        for i, group in enumerate(self.optimizer.param_groups):
            before = self.lr_at(self.last_epoch - 1, i) if self.last_epoch else self.base_lrs[i]
            now = self.lr_at(self.last_epoch, i)
            rates.append(now if before in (group["lr"], 0.0) else group["lr"] * (now / before))
            momentum = self.momentum_at(self.last_epoch, i)
            if momentum is not None:
                group.update(_with_momentum(group, momentum))
        self._set_rates(rates)


def _with_momentum(group: Mapping[str, Any], momentum: float) -> dict[str, Any]:
    return {"betas": (momentum, *group["betas"][1:])} if "betas" in group else {"momentum": momentum}


def per_group(owner: str, name: str, value: float | Sequence[float], groups: int) -> list[float]:
    """An option that may be given once for all groups, or as a list of one a group.

    >>> per_group("OneCycleLR", "max_lr", 0.5, 2)
    [0.5, 0.5]
    """
    values = list(value) if isinstance(value, Sequence) else [value] * groups
    if len(values) != groups:
        raise ParameterError(f"{owner}: {name} has {len(values)} values for {groups} groups; give one, or one a group.")
    return [float(v) for v in values]


def _is_code(value: Any) -> bool:
    return callable(value) or (isinstance(value, (list, tuple)) and any(map(callable, value)))
