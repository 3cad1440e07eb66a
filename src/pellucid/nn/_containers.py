"""Modules that hold modules.

Here: Sequential, which runs its parts one after another; ModuleList and ModuleDict, which only keep them.
Elsewhere: any Module holds what is assigned to its attributes (_module.py).
Imports: pellucid.errors, pellucid.nn, pellucid.persistence.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn, Self, final, overload

from pellucid.errors import GraphError, ParameterError
from pellucid.nn._module import Module
from pellucid.persistence import register


class _Numbered(Module, ABC):
    """What Sequential and ModuleList share: parts in order, numbered from 0 unless they were given names."""

    def _parts(self) -> list[Module]:
        return [part for part in self._modules.values() if part is not None]

    def _take(self, parts: Iterable[tuple[str, Module]]) -> None:
        """Hold exactly these parts."""
        kept = list(parts)
        for name in list(self._modules):
            delattr(self, name)
        for name, part in kept:
            self.add_module(name, _checked(type(self).__name__, part))

    @abstractmethod
    def _like(self, parts: list[tuple[str, Any]]) -> Self:
        """A container of the same kind with these parts."""

    def _renumber(self, parts: Iterable[Module]) -> None:
        self._take((str(i), part) for i, part in enumerate(parts))

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._parts())

    def __contains__(self, module: object) -> bool:
        return any(part is module for part in self._parts())

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Module | Self:
        """The part at a position, or a container of the same kind with those in a range (the same modules)."""
        if isinstance(index, slice):
            return self._like(list(self._modules.items())[index])
        return self._parts()[self._position(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, list(self._modules)[self._position(index)], _checked(type(self).__name__, module))

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)
        numbered = names == [str(i) for i in range(len(names))]
        for name in names[index] if isinstance(index, slice) else [names[self._position(index)]]:
            delattr(self, name)
        if numbered:
            self._renumber(self._parts())

    def _position(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"{type(self).__name__}: no part has the number {index}; there are {len(self)}.")
        return index % len(self)

    def append(self, module: Module) -> Self:
        """Add a part at the end; returns itself."""
        self.add_module(self._free_number(), _checked(type(self).__name__, module))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several parts at the end; returns itself."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Add a part before position `index`; the parts are numbered anew; returns itself."""
        parts = self._parts()
        parts.insert(index, module)
        self._renumber(parts)
        return self

    def _free_number(self) -> str:
        n = len(self)
        while str(n) in self._modules:
            n += 1
        return str(n)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """None of its own."""
        return 0


@register("nn.Sequential")
@final
class Sequential(_Numbered):
    """Modules run one after another, each on the result of the one before.

    modules: in order; they are named "0", "1", ...  A single mapping gives them names.
    An empty one gives its input back.

    >>> from pellucid.nn import Flatten, Linear
    >>> net = Sequential(Flatten(), Linear(6, 2))
    >>> net
    Sequential(
      (0): Flatten(start_dim=1, end_dim=-1)
      (1): Linear(in_features=6, out_features=2, bias=True)
    )
    >>> len(net), net[1].in_features, len(net[:1])
    (2, 6, 1)
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            self._take(modules[0].items())
        else:
            self._renumber(modules)  # type: ignore[arg-type]  # a mapping among them is refused there

    def _like(self, parts: list[tuple[str, Any]]) -> Self:
        return type(self)(dict(parts))  # parts keep their names, and so the names of a state

    def forward(self, x: Any) -> Any:
        """The result of the last part."""
        for part in self._modules.values():
            if part is not None:
                x = part(x)
        return x


@register("nn.ModuleList")
@final
class ModuleList(_Numbered):
    """Modules in a list, registered, so that walks over the network find them; run by the module that holds it.

    >>> from pellucid.nn import Linear
    >>> blocks = ModuleList(Linear(4, 4) for _ in range(3))
    >>> len(blocks), len(list(blocks.parameters()))
    (3, 6)
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self._renumber(modules)

    def _like(self, parts: list[tuple[str, Any]]) -> Self:
        return type(self)(part for _, part in parts)

    def forward(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises GraphError: a list cannot be run."""
        raise GraphError("a ModuleList only keeps modules; run them one by one, or use Sequential.")


@register("nn.ModuleDict")
@final
class ModuleDict(Module):
    """Modules by name, registered, so that walks over the network find them; run by the module that holds it.

    >>> from pellucid.nn import Identity, Linear
    >>> heads = ModuleDict({"digit": Linear(8, 10), "raw": Identity()})
    >>> list(heads), heads["digit"].out_features
    (['digit', 'raw'], 10)
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        self.update(modules or {})

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def __getitem__(self, key: str) -> Module:
        part = self._modules.get(key)
        if part is None:
            raise KeyError(f"ModuleDict: there is no {key!r}; there are {list(self._modules)}.")
        return part

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, _checked("ModuleDict", module))

    def __delitem__(self, key: str) -> None:
        self[key]
        delattr(self, key)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return [self[key] for key in self._modules]

    def items(self) -> Iterable[tuple[str, Module]]:
        """Names and modules."""
        return [(key, self[key]) for key in self._modules]

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add these, in place of those with the same names."""
        for key, module in modules.items():
            self[key] = module

    def pop(self, key: str) -> Module:
        """Take the module `key` out and return it."""
        module = self[key]
        del self[key]
        return module

    def forward(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises GraphError: a mapping cannot be run."""
        raise GraphError("a ModuleDict only keeps modules; run the one you mean: modules[name](x).")

    def flops(self, inputs: tuple[Any, ...], output: Any) -> int:
        """None of its own."""
        return 0


def _checked(holder: str, module: Any) -> Module:
    if not isinstance(module, Module):
        hint = f" Write its call: {module.__name__}()." if isinstance(module, type) else ""
        hint = f" Unpack it: {holder}(*modules)." if isinstance(module, (list, tuple)) else hint
        raise ParameterError(f"{holder}: holds Modules, got {module!r}.{hint}")
    return module
