"""What every optimizer is: groups of parameters with hyperparameters, a state by parameter, a step.

Here: `Optimizer`, PyTorch's contract; `RuleOptimizer`, for those whose step is a chain of rules, entry by entry.
Elsewhere: rules are in _rules.py; SGD, Adam and so on in _sgd.py, _adaptive.py, _adam.py; LBFGS in _lbfgs.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.tensor.
"""

import inspect
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base._limits import Limit, check_limits
from pellucid.errors import DtypeError, GraphError, ParameterError, ShapeError
from pellucid.ops._primitive import Array
from pellucid.optim._groups import Group, Parameters, checked, groups_of
from pellucid.optim._rules import Rule, begin
from pellucid.optim._traced import write_update
from pellucid.optim._walk import Walk
from pellucid.tensor._node import enable_grad
from pellucid.tensor._symbol import tracer
from pellucid.tensor._tensor import Tensor

Closure = Callable[[], Any]

_ENGINE = ("foreach", "fused", "capturable", "differentiable")  # how PyTorch is to compute; here there is one way


class Optimizer(ABC):
    """Changes parameters by their gradients; keeps what it needs between steps in `state`, by parameter.

    params: Tensors (as net.parameters() gives), (name, Tensor) pairs (net.named_parameters()), or dicts with "params"
    and hyperparameters of their own: groups.  What a group leaves out it takes from the optimizer's arguments.
    Hyperparameters are read from `param_groups` at every step, so they may be changed there at any time.
    Raises ParameterError for no parameters, one given twice, or a hyperparameter outside its limit.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import SGD
    >>> body, head = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([{"params": [body]}, {"params": [head], "lr": 0.5}], lr=0.25)
    >>> (body + head).backward(); optimizer.step(); body.item(), head.item()
    (0.75, 0.5)
    """

    limits: ClassVar[Mapping[str, Limit]] = {}
    """One row a hyperparameter: the check and its message read it."""

    def __init__(self, params: Parameters, defaults: Mapping[str, Any]) -> None:
        self.defaults = dict(defaults)
        self.param_groups: list[Group] = []
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self._needs_parameters = False
        for group in groups_of(self._name, params):
            self.add_param_group(group)

    @property
    @final
    def _name(self) -> str:
        return type(self).__name__

    @property
    @final
    def _parameters(self) -> list[Tensor]:
        """The parameters of all groups, in order."""
        return [p for group in self.param_groups for p in group["params"]]

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Change the parameters of one more group from now on, such as layers that are no longer frozen."""
        group = checked(self._name, {**self.defaults, **param_group}, self._parameters)
        check_limits(self._name, group, self.limits, self.defaults)
        self.param_groups.append(group)

    @abstractmethod
    def step(self, closure: Closure | None = None) -> Any:
        """Change the parameters once by the gradients they have; those without a gradient stay as they are.

        closure: computes the loss, calls its backward() and returns it; it is called first, with recording on.
        Returns what closure returned.
        """

    @final
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients; with set_to_none=False make them zeros, so that the next step counts them."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none or p.grad is None:
                    p.grad = None
                else:
                    p.grad = Tensor.wrap(np.zeros(p.shape, p.dtype))

    @final
    def _loss(self, closure: Closure | None) -> Any:
        """What the closure gives, or None without one.  Raises GraphError while the parameters are missing."""
        if self._needs_parameters:
            raise GraphError(
                f"{self._name}.step: it was read from a file and does not know its parameters yet; call "
                f"attach(net.parameters()) first."
            )
        if closure is None:
            return None
        with enable_grad():
            return closure()

    # -- what it remembers -----------------------------------------------------------------------------------------

    @final
    def state_dict(self) -> dict[str, Any]:
        """State and groups in PyTorch's layout, parameters as numbers; a copy, which later steps leave alone.

        >>> from pellucid import Tensor
        >>> from pellucid.optim import SGD
        >>> SGD([Tensor([1.0])], lr=0.5, momentum=0.9).state_dict()["param_groups"][0]["params"]
        [0]
        """
        number = {id(p): i for i, p in enumerate(self._parameters)}
        groups = [
            {**_options(group), "params": [number[id(p)] for p in group["params"]]} for group in self.param_groups
        ]
        state = {number[id(p)]: deepcopy(entries) for p, entries in self.state.items() if id(p) in number and entries}
        return {"state": dict(sorted(state.items())), "param_groups": groups}

    @final
    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over hyperparameters and state from `state_dict()` of an optimizer of this kind, ours or PyTorch's.

        Raises ParameterError when the groups do not have as many parameters, ShapeError for state of another shape.
        """
        given, state = state_dict["param_groups"], state_dict["state"]
        self._check_sizes("load_state_dict", [len(g["params"]) for g in given], self.param_groups)
        groups = [own | _options(group) for own, group in zip(self.param_groups, given, strict=True)]
        for group in groups:
            check_limits(self._name, group, self.limits, self.defaults)
        numbers = iter([i for group in given for i in group["params"]])
        adopted = {
            p: self._adopted(p, group, state.get(next(numbers)) or {}) for group in groups for p in group["params"]
        }
        self.param_groups = groups
        self.state = defaultdict(dict, {p: entries for p, entries in adopted.items() if entries})

    @abstractmethod
    def _adopted(self, p: Tensor, group: Group, entries: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of `entries`, the state of p in a state_dict, as this optimizer keeps it."""

    @final
    def attach(self, params: Parameters) -> Self:
        """Work on these parameters instead of the present ones, in the same order, with the state of those.

        For an optimizer that pellucid.load has read, which has a state and no parameters:
        `optimizer.attach(net.parameters())`.  It keeps its hyperparameters, also where groups bring others; returns
        itself.
        Raises ParameterError for another number of parameters, ShapeError for other shapes.

        >>> from pellucid import Tensor, load, save
        >>> from pellucid.optim import SGD
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(SGD([Tensor([1.0])], lr=0.5), f"{folder}/sgd.pellucid")
        ...     load(f"{folder}/sgd.pellucid").attach([Tensor([2.0])])
        SGD(1 parameter, lr=0.5)
        """
        groups = groups_of(self._name, params)
        new = [p for group in groups for p in checked(self._name, group, ())["params"]]
        old = self._parameters
        self._check_sizes("attach", [len(new)], [{"params": old}])
        for i, (p, q) in enumerate(zip(new, old, strict=True)):
            if p.shape != q.shape:
                raise ShapeError(
                    f"{self._name}.attach: parameter {i} has shape {p.shape}, the one it stands for {q.shape}; give "
                    f"the parameters of the same layers, in the same order."
                )
        upcoming = iter(new)
        for group in self.param_groups:
            group["params"] = [next(upcoming) for _ in group["params"]]
        self.state = defaultdict(dict, {p: self.state[q] for p, q in zip(new, old, strict=True) if q in self.state})
        self._needs_parameters = False
        return self

    @final
    def _check_sizes(self, method: str, given: Sequence[int], groups: Sequence[Group]) -> None:
        """Raise ParameterError unless there are as many groups, and as many parameters in each."""
        own = [len(group["params"]) for group in groups]
        if list(given) != own:
            raise ParameterError(
                f"{self._name}.{method}: it was given {_counted(given)}, and has {_counted(own)}; they must agree, "
                f"since state belongs to parameters by their order."
            )

    @final
    def to_record(self) -> dict[str, Any]:
        """Hyperparameters and state in the order of the parameters, and the parameters' shapes, not their entries."""
        number = {id(p): i for i, p in enumerate(self._parameters)}
        groups = [
            {"options": _options(group), "params": [number[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {
            "defaults": dict(self.defaults),
            "groups": groups,
            "shapes": [p.shape for p in self._parameters],
            "dtypes": [p.dtype for p in self._parameters],
            "state": [dict(self.state.get(p, {})) for p in self._parameters],
        }

    @classmethod
    @final
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The optimizer that was stored, with its state and without parameters: `attach` gives it those."""
        stand_ins = [_stand_in(shape, dtype) for shape, dtype in zip(record["shapes"], record["dtypes"], strict=True)]
        groups = [{**group["options"], "params": [stand_ins[i] for i in group["params"]]} for group in record["groups"]]
        optimizer = cls(groups, **record["defaults"])
        numbered = [{**group["options"], "params": group["params"]} for group in record["groups"]]
        optimizer.load_state_dict({"state": dict(enumerate(record["state"])), "param_groups": numbered})
        optimizer._needs_parameters = True
        return optimizer

    @final
    def __repr__(self) -> str:
        """The kind, how many parameters, and the hyperparameters that are not the default."""
        usual = {name: p.default for name, p in inspect.signature(type(self)).parameters.items()}
        changed = [{n: v for n, v in _options(g).items() if n in usual and v != usual[n]} for g in self.param_groups]
        shown = [
            ", ".join([_counted([len(group["params"])]), *(f"{name}={value!r}" for name, value in options.items())])
            for group, options in zip(self.param_groups, changed, strict=True)
        ]
        return f"{self._name}({shown[0]})" if len(shown) == 1 else f"{self._name}([{'; '.join(shown)}])"


class RuleOptimizer(Optimizer, ABC):
    """An optimizer whose step is a chain of rules, the same for every entry of every parameter.

    A subclass says in `rules` which rules apply to a group.  All else follows: the eager step in place and in blocks,
    the state by name, PyTorch's state_dict.  For a compiler, the step is the pure function
    `update(optimizer.rules(group), o, w, g, state, group)` of _rules.py.

    >>> from pellucid import Tensor
    >>> from pellucid.optim import Adam
    >>> optimizer = Adam([Tensor([1.0])])
    >>> optimizer.rules(optimizer.param_groups[0])[-1]
    Rate: gives lr d.
    """

    def __init__(self, params: Parameters, defaults: Mapping[str, Any]) -> None:
        self._walks: dict[int, Walk] = {}
        super().__init__(params, defaults)

    @abstractmethod
    def rules(self, group: Mapping[str, Any]) -> tuple[Rule, ...]:
        """The chain for a group; it may depend on which options are on (true, or not zero), not on their values."""

    @final
    def step(self, closure: Closure | None = None) -> Any:
        """Change each parameter that has a gradient, in place; returns what closure, if any, returned."""
        loss = self._loss(closure)
        if (writer := tracer()) is not None:
            for group in self.param_groups:
                write_update(writer, self.rules(group), group, self.state)
            return loss
        for i, group in enumerate(self.param_groups):
            rules, parameters = self.rules(group), group["params"]
            walk = self._walks.get(i)
            if walk is None or not walk.holds(rules, parameters, self.state):
                walk = self._walks[i] = Walk(rules, parameters, self.state, group)
            walk.step(group)
        return loss

    @final
    def _adopted(self, p: Tensor, group: Group, entries: Mapping[str, Any]) -> dict[str, Any]:
        counts, _ = begin(self.rules(group), group)
        own: dict[str, Any] = {}
        for name, value in entries.items():
            if name in counts:
                own[name] = type(counts[name])(value)
            elif value is not None:
                own[name] = _array_like(p, name, value)
        if own and "step" not in own:
            own["step"] = 1  # PyTorch's SGD keeps no count; that it has a buffer says there was a step
        return own

    @final
    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_walks": {}}  # a copy has arrays of its own, so its walks are prepared anew


def _array_like(p: Tensor, name: str, value: Any) -> Array:
    """A copy of value in the parameter's dtype.  Raises ShapeError when it has another shape."""
    array = np.array(np.asarray(value), dtype=p.dtype)
    if array.shape != p.shape:
        raise ShapeError(
            f"load_state_dict: {name} has shape {array.shape}, its parameter {p.title} another; is the state that of "
            f"another network, or are its parameters in another order?"
        )
    return array


def _stand_in(shape: Sequence[int], dtype: Any) -> Tensor:
    """A Tensor of this shape that takes no memory, whatever shape a file asks for."""
    if np.dtype(dtype).kind != "f":
        raise DtypeError(f"a parameter is said to hold {dtype}; only floating-point numbers are learned.")
    return Tensor.wrap(np.broadcast_to(np.zeros((), dtype), tuple(shape)))


def _options(group: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the hyperparameters of a group."""
    return {name: deepcopy(value) for name, value in group.items() if name not in ("params", *_ENGINE)}


def _counted(sizes: Sequence[int]) -> str:
    words = [f"{size} parameter" if size == 1 else f"{size} parameters" for size in sizes]
    return words[0] if len(words) == 1 else f"{len(words)} groups of {', '.join(words)}"
