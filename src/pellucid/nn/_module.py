"""Module: a part of a network that knows its parameters, its state and its parts.

Here: `Module` with its registries, walks, hooks and the naming of errors.
Elsewhere: reading and writing whole states is in _state.py; containers in _containers.py; each layer in its own module.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.tensor, pellucid.nn.

A registered value is an ordinary attribute as well as an entry of its registry, so that reading it costs nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from pellucid.errors import DtypeError, ParameterError, PellucidError
from pellucid.nn._hooks import Hook, HookHandle
from pellucid.nn._parameter import Parameter
from pellucid.nn._state import LoadedKeys, Source, filling, load_state, module_from_record, record_of, state_of
from pellucid.ops._primitive import Array
from pellucid.random import Seed, generator, integer_seed
from pellucid.tensor._tensor import Tensor

if TYPE_CHECKING:
    from pellucid.nn._summary import Summary

ROOT = "net"  # what messages call the module that was called, when it has no `name`
_ABSENT = object()  # no argument at all; None is one


class Module(ABC):
    """A part of a network: parameters to learn, buffers to keep, further modules, and a `forward` that uses them.

    Assigning a Parameter or a Module to an attribute registers it. `forward` is what a subclass answers; it is run by
    calling the module. Names and behaviour are PyTorch's; `super().__init__()` may be left out.

    >>> class Scale(Module):
    ...     def __init__(self, by):
    ...         self.by = Parameter(by)
    ...     def forward(self, x):
    ...         return x * self.by
    >>> scale = Scale([2.0, 3.0])
    >>> scale(Tensor([1.0, 1.0])).tolist(), [name for name, _ in scale.named_parameters()]
    ([2.0, 3.0], ['by'])
    """

    training: bool = True
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, "Module | None"]
    _transient: set[str]  # names of buffers that are no part of state_dict()
    _hooks: dict[int, Hook]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """The registries exist before `__init__` runs, so a forgotten super().__init__() breaks nothing."""
        self = super().__new__(cls)
        self.__dict__.update(_parameters={}, _buffers={}, _modules={}, _transient=set(), _hooks={}, training=True)
        return self

    def __init__(self) -> None:
        return

    # -- running -------------------------------------------------------------------------------------------------------

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; call the module instead, which also runs hooks and names errors."""

    @final
    def __call__(self, x: Any = _ABSENT, /, *others: Any, **options: Any) -> Any:
        """The result of `forward`, between the hooks; an error on the way is told where in the network it arose."""
        try:
            if others or options or self._hooks or x is _ABSENT:
                return self._run(() if x is _ABSENT else (x, *others), options)
            return self.forward(x)  # the common case by itself: *args and **kwargs take as long as all the rest here
        except PellucidError as error:
            _locate(error, self)
            raise

    def _run(self, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        hooks = list(self._hooks.values())
        for when, hook in hooks:
            if when == "before" and (changed := hook(self, args)) is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        y = self.forward(*args, **options)
        for when, hook in hooks:
            if when == "after" and (changed := hook(self, args, y)) is not None:
                y = changed
        return y

    def register_forward_pre_hook(self, hook: Callable[["Module", tuple[Any, ...]], Any]) -> HookHandle:
        """Call `hook(module, args)` before `forward`; what it returns, if anything, replaces the arguments.

        Returns a handle; `handle.remove()` ends it.
        """
        return HookHandle(self._hooks, ("before", hook))

    def register_forward_hook(self, hook: Callable[["Module", tuple[Any, ...], Any], Any]) -> HookHandle:
        """Call `hook(module, args, result)` after `forward`; what it returns, if anything, replaces the result.

        Returns a handle; `handle.remove()` ends it.
        """
        return HookHandle(self._hooks, ("after", hook))

    # -- registering ---------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        home = self._home_of(name, value)
        if home is not None:
            home[name] = value
        object.__setattr__(self, name, value)

    def _home_of(self, name: str, value: Any) -> dict[str, Any] | None:
        """The registry that a value assigned to `name` goes to, taken out of any other; None for a plain attribute.

        A name that is registered keeps its kind, or is None, unless a Parameter or a Module takes its place.
        """
        registries: dict[type, dict[str, Any]]
        registries = {Parameter: self._parameters, Module: self._modules, Tensor: self._buffers}
        had = next((kind for kind, registry in registries.items() if name in registry), None)
        if not isinstance(value, (Parameter, Module)):
            if had is None or value is None or (had is Tensor and isinstance(value, Tensor)):
                return None if had is None else registries[had]
            raise ParameterError(
                f"{type(self).__name__}.{name}: is registered as a {had.__name__}, got {type(value).__name__}; assign "
                f"a {had.__name__} or None, or `del` the attribute first."
            )
        kind = Parameter if isinstance(value, Parameter) else Module
        if isinstance(value, Module):
            self._refuse_ring(name, value)
        if had is not None and had is not kind:
            del registries[had][name]
            self._transient.discard(name)
        return registries[kind]

    def __delattr__(self, name: str) -> None:
        for registry in (self._parameters, self._buffers, self._modules):
            registry.pop(name, None)
        self._transient.discard(name)
        object.__delattr__(self, name)

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Make `parameter` the attribute `name`; None keeps the place free, as for a layer without bias."""
        self._check_name("register_parameter", name, self._parameters)
        self._parameters[name] = None
        setattr(self, name, parameter)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Make `tensor` the attribute `name`: state that is kept, but not learned.

        tensor: a Tensor, an array, or None.  persistent: whether `state_dict()` has it.
        """
        self._check_name("register_buffer", name, self._buffers)
        self._buffers[name] = None
        (self._transient.discard if persistent else self._transient.add)(name)
        setattr(self, name, tensor if tensor is None or isinstance(tensor, Tensor) else Tensor(tensor))

    def add_module(self, name: str, module: "Module | None") -> None:
        """Make `module` the part `name`."""
        self._check_name("add_module", name, self._modules)
        self._modules.setdefault(name, None)
        setattr(self, name, module)

    def _check_name(self, action: str, name: str, registry: Mapping[str, Any]) -> None:
        """Raises ParameterError for a name that cannot be part of a path, or that already means something else."""
        if not isinstance(name, str) or not name or "." in name:
            raise ParameterError(f"{action}: {name!r} is no name; give a string without dots, at least one character.")
        if hasattr(type(self), name) or (name in self.__dict__ and name not in registry):
            raise ParameterError(
                f"{action}: {type(self).__name__} already has an attribute {name!r}; use another name."
            )

    def _refuse_ring(self, name: str, part: "Module") -> None:
        """Raises ParameterError when `part` holds this module: paths through it would have no end."""
        if any(module is self for module in part.modules()):
            raise ParameterError(
                f"{type(self).__name__}.{name}: that {type(part).__name__} contains this {type(self).__name__}, so the "
                f"network would contain itself. A reference upwards can be kept in a list: self.{name} = [module]."
            )

    # -- walking -------------------------------------------------------------------------------------------------------

    def named_modules(self, prefix: str = "", *, remove_duplicate: bool = True) -> Iterator[tuple[str, "Module"]]:
        """This module and all below it with their paths, each before its parts; a shared one once.

        >>> from pellucid.nn import Linear, Sequential
        >>> [path for path, _ in Sequential(Linear(2, 3), Sequential(Linear(3, 1))).named_modules()]
        ['', '0', '1', '1.0']
        """
        seen: set[int] = set()
        todo = [(prefix, self)]
        while todo:
            path, module = todo.pop()
            if remove_duplicate and id(module) in seen:
                continue
            seen.add(id(module))
            yield path, module
            below = [(_join(path, name), part) for name, part in module._modules.items() if part is not None]
            todo.extend(reversed(below))

    def modules(self) -> Iterator["Module"]:
        """This module and all below it, each before its parts; a shared one once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """The parts directly below with their names; a shared one once."""
        seen: set[int] = set()
        for name, part in self._modules.items():
            if part is not None and id(part) not in seen:
                seen.add(id(part))
                yield name, part

    def children(self) -> Iterator["Module"]:
        """The parts directly below; a shared one once."""
        return (part for _, part in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, *, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """What the module learns, with paths; a shared parameter once, under the first of its paths.

        recurse: also the parameters of the modules below.
        """
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """What the module learns; a shared parameter once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, *, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """What the module keeps without learning it, with paths; those outside `state_dict()` too."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """What the module keeps without learning it."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named(self, registry: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for path, module in self.named_modules(prefix, remove_duplicate=once) if recurse else [(prefix, self)]:
            for name, value in module.__dict__[registry].items():
                if value is not None and not (once and id(value) in seen):
                    seen.add(id(value))
                    yield _join(path, name), value

    def get_submodule(self, target: str) -> "Module":
        """The module at the path `target`, such as "encoder.0"; this one for "".

        Raises ParameterError that names the parts there are.
        """
        module: Module = self
        for depth, name in enumerate(target.split(".") if target else []):
            part = module._modules.get(name)
            if part is None:
                at = ".".join(target.split(".")[:depth]) or "the module itself"
                parts = ", ".join(map(repr, module._modules)) or "none"
                raise ParameterError(f"get_submodule: {target!r}: {at} has no part {name!r}; its parts: {parts}.")
            module = part
        return module

    def apply(self, fn: Callable[["Module"], Any]) -> Self:
        """Call `fn(module)` for every module below and then for this one; returns itself."""
        seen: set[int] = set()
        todo: list[tuple[Module, bool]] = [(self, False)]
        while todo:
            module, parts_done = todo.pop()
            if parts_done:
                fn(module)
            elif id(module) not in seen:
                seen.add(id(module))
                todo.append((module, True))
                todo.extend((part, False) for part in reversed([*module.children()]))
        return self

    # -- changing the whole --------------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Behave as in training (dropout drops, batch norm uses the batch), here and below; returns itself."""
        for module in self.modules():
            module.__dict__["training"] = mode
        return self

    def eval(self) -> Self:
        """Behave as in use, here and below; returns itself."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Learn, or freeze, every parameter here and below; returns itself."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self) -> None:
        """Forget the gradients of every parameter."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, dtype: Any) -> Self:
        """Turn floating-point parameters, their gradients and buffers to `dtype`; returns itself.

        Raises DtypeError when that is no floating-point dtype.
        """
        if np.dtype(dtype).kind != "f":
            raise DtypeError(
                f"to: networks compute with floating-point numbers, not {np.dtype(dtype)}; give np.float32."
            )
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.dtype.kind == "f":
                tensor.data = tensor.data.astype(dtype, copy=False)
                tensor.grad = None if tensor.grad is None else tensor.grad.astype(dtype)
                tensor.touch()
        return self

    def float(self) -> Self:
        """Compute in float32 from here on."""
        return self.to(np.float32)

    def double(self) -> Self:
        """Compute in float64 from here on."""
        return self.to(np.float64)

    def name_parameters(self) -> Self:
        """Give every parameter its path as the name that graphs and messages show; returns itself."""
        for path, parameter in self.named_parameters():
            parameter.name = path
        return self

    def initialise(self, rng: np.random.Generator) -> None:
        """Fill this module's own parameters and buffers (not those below) with initial entries, drawn from `rng`."""
        return

    @final
    def _begin(self, seed: Seed = None) -> None:
        """The last line of a layer's constructor: initial entries, unless a file is about to bring them."""
        if filling.get():
            self.initialise(generator(seed))

    @final
    def reset_parameters(self, seed: Seed = None) -> Self:
        """Initialise this module and all below it anew; returns itself.

        Each module draws from a stream of its own, made of the seed and its path: the same seed gives the same
        network, and a layer more or less changes no other layer's entries.
        """
        entropy = integer_seed(seed)
        for path, module in self.named_modules():
            stream = np.random.SeedSequence(entropy, spawn_key=tuple(path.encode()))
            module.initialise(np.random.default_rng(stream))
        return self

    # -- states and records --------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """Parameters and persistent buffers by path, under PyTorch's names and in its shapes; copies.

        >>> from pellucid.nn import Linear
        >>> {name: array.shape for name, array in Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return state_of(self)

    def load_state_dict(self, state: Source, strict: bool = True) -> LoadedKeys:
        """Copy entries into the existing parameters and buffers: all of them, or, when something does not fit, none.

        state: a mapping of names to arrays (ours, NumPy's, PyTorch's), or the path of a safetensors file.
        strict: every name here must be there, and the other way round. Else what is common is taken over.
        Returns the names that are missing and unexpected.  Raises ModelFileError that lists every name that is
        missing, unexpected (with the closest ones) or of another shape.
        """
        return load_state(self, state, strict)

    def to_record(self) -> dict[str, Any]:
        """What a model file keeps of a layer of pellucid: constructor arguments, parameters, buffers and parts."""
        return record_of(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The layer that `record` describes."""
        return module_from_record(cls, record)

    # -- looking -------------------------------------------------------------------------------------------------------

    def summary(self, *inputs: Any) -> "Summary":
        """The modules with output shapes, parameters, operations and memory, as rows that print as a table.

        inputs: what the module is called with; a tuple of whole numbers stands for zeros of that shape.

        >>> from pellucid.nn import Linear
        >>> Linear(784, 10).summary((64, 784)).parameters
        7850
        """
        from pellucid.nn._summary import summary  # it measures modules, so it stands upon this one

        return summary(self, *inputs)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int | None:
        """Floating-point operations from these inputs to this output, the parts below left out; None for unknown.

        A multiplication and the addition after it count as two.
        """
        return None

    def extra_repr(self) -> str:
        """What stands between the brackets of the repr: the arguments that would rebuild the module."""
        return ""

    def __repr__(self) -> str:
        lines: list[str] = []
        todo: list[tuple[str, Module | None]] = [("", self)]  # what stands before a module; without one, a whole line
        while todo:
            lead, module = todo.pop()
            if module is None:
                lines.append(lead)
                continue
            head, extra = f"{lead}{type(module).__name__}(", module.extra_repr()
            if not module._modules:
                lines.append(f"{head}{extra})")
                continue
            outer = " " * (len(lead) - len(lead.lstrip()))
            lines += [head, f"{outer}  {extra}"] if extra else [head]
            below = [(f"{outer}  ({name}): ", part) for name, part in module._modules.items() if part is not None]
            todo += [(f"{outer})", None), *reversed(below)]
        return "\n".join(lines)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _locate(error: PellucidError, caller: Module) -> None:
    """Put before the message the path, seen from `caller`, of the innermost module the error came out of."""
    origin, text = error.__dict__.setdefault("_raised_in", (caller, str(error)))
    path = next((path for path, module in caller.named_modules() if module is origin), None)
    if path is not None:  # else the origin is no registered part of the caller, which has nothing to add
        root = caller.__dict__.get("name")
        whole = ".".join(filter(None, (root if isinstance(root, str) and root else ROOT, path)))
        error.args = (f"{whole} ({type(origin).__name__}): {text}",)
