"""What a program was traced under: the Python values it took over, noticed when they change.

Here: `Guard`, one thing looked at; `Guards`, many of them; `guards_of`, all of them behind a function and its
arguments; `tensors_of`, the Tensors among them by path.
Elsewhere: a failed guard makes _compiled.py trace anew.  Arrays of captured Tensors need none: they are read each time.
Imports: the standard library, numpy, pellucid.tensor.

Looked at are the variables of the function's closure, the globals it names, its defaults and attributes, the object it
is a method of, and from there entries of dicts, lists, sets and small arrays, attributes of objects, of their classes
and of modules that the code names, what a partial holds: numbers, text, flags, and which object is where; and
os.environ where the code names it.  Modules and classes of Python itself and of installed packages are taken to stay as
they are.
"""

import os
import sys
import types
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import starmap
from operator import getitem, is_
from random import Random
from typing import Any, final

import numpy as np

from pellucid.tensor._tensor import Tensor

DEPTH = 8  # objects within objects that are followed
MANY = 10_000  # things looked at, at most; a list of data is not state
ARRAYS, BYTES = 64, 8192  # whose entries may be read one by one, and of each, at most; more of them is data
_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype, type, tuple, frozenset)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Guard:
    """An entry of a container, and what it was when the function was traced."""

    container: Any  # a dict, a list, a set, a cell of a closure, a Tensor, or an object
    key: Any
    was: Any
    path: str  # how messages name it

    def holds(self) -> bool:
        """Whether it is still the same object, or an equal plain value."""
        try:
            now = self.now()
        except (KeyError, IndexError, ValueError, AttributeError):
            return False
        if now is self.was:
            return True
        return isinstance(now, _PLAIN) and type(now) is type(self.was) and bool(now == self.was)

    def now(self) -> Any:
        """What is there at present; what holds (__getitem__, getattr) raise where there is nothing."""
        container, key = self.container, self.key
        if type(container) is types.CellType:
            return container.cell_contents
        if key is len:
            return len(container)
        if key is bytes:
            return container.tobytes()
        if key is frozenset:
            return frozenset(container)
        if type(key) is Option:
            return bool(container[key.name])
        if type(key) is Attribute:
            return getattr(container, key.name)
        if isinstance(container, Tensor):
            return getattr(container, key) if key != "grad" else container.grad is None
        return container[key]

    @property
    def is_entry(self) -> bool:
        """Whether it is about a value that can be put back, and not about a length, say."""
        if isinstance(self.container, Tensor):
            return bool(self.key == "requires_grad")
        return self.key is not len and self.key is not frozenset and type(self.key) is not Option

    def put(self, value: Any) -> None:
        """Put another value in the place of an entry.  Raises TypeError where that is the body of a class."""
        container, key = self.container, self.key
        if type(container) is types.CellType:
            container.cell_contents = value
        elif type(key) is Attribute:
            setattr(container, key.name, value)
        elif isinstance(container, Tensor):
            setattr(container, key, value)
        elif key is bytes:
            container[...] = np.frombuffer(value, container.dtype).reshape(container.shape)
        else:
            container[key] = value


@final
class Guards:
    """All guards of a program, looked at before every call: kinds that are many stand in columns, for loops in C."""

    def __init__(self, guards: list[Guard]) -> None:
        kinds: dict[str, list[Guard]] = {"entry": [], "length": [], "requires_grad": [], "grad": [], "other": []}
        for g in guards:
            kinds[_column(g)].append(g)
        marks = {id(g.container): g.was for g in kinds["requires_grad"]}
        self._tensors = [(g.container, marks.pop(id(g.container)), g.was) for g in kinds["grad"]]
        alone = [g for g in kinds["requires_grad"] if id(g.container) in marks]
        once = {(id(g.container), g.key): g for g in kinds["entry"]}  # what was found twice is looked at once
        self._entries, self._others = list(once.values()), [*kinds["other"], *alone]
        self._places = [(g.container, g.key) for g in self._entries]
        self._values = [g.was for g in self._entries]
        self._empty = [g.container for g in kinds["length"] if not g.was]
        self._sized = [g.container for g in kinds["length"] if g.was]
        self._lengths = [g.was for g in kinds["length"] if g.was]

    def hold(self) -> bool:
        """Whether everything is as it was."""
        if any(self._empty) or list(map(len, self._sized)) != self._lengths:
            return False
        try:
            same = all(map(is_, starmap(getitem, self._places), self._values))
        except (KeyError, IndexError):
            return False
        if not same and not all(guard.holds() for guard in self._entries):  # equal numbers may be other objects
            return False
        for tensor, mark, without in self._tensors:
            if tensor.requires_grad is not mark or (tensor.grad is None) is not without:
                return False
        for guard in self._others:
            if not guard.holds():
                return False
        return True


def _column(guard: Guard) -> str:
    """Which of the kinds that `Guards` looks at together."""
    if guard.key is len:
        return "length"
    if isinstance(guard.container, Tensor):
        return str(guard.key)
    return "entry" if type(guard.container) in _TABLES and guard.is_entry else "other"


_TABLES = (dict, list, types.MappingProxyType)


@final
@dataclass(frozen=True, slots=True)
class Option:
    """Whether an option of an optimizer is on; its value may change, but not which rules there are."""

    name: str


@final
@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that is not in the dict of its object."""

    name: str


def guards_of(fn: Callable[..., Any], args: Any) -> list[Guard]:
    """Everything behind the function and its arguments that a trace may have taken over."""
    return [Guard(*found) for found in _walk(fn, args)]


def tensors_of(fn: Callable[..., Any], args: Any) -> dict[str, Tensor]:
    """The Tensors that are found behind the function and its arguments, by path, such as net.0.weight."""
    found: dict[int, tuple[str, Tensor]] = {}
    for _, _, value, path in _walk(fn, args):
        if path and isinstance(value, Tensor):
            found.setdefault(id(value), (path, value))
    names: dict[str, Tensor] = {}
    for path, tensor in found.values():
        names[path if path not in names else f"{path}_{len(names)}"] = tensor
    return names


def generators_of(fn: Callable[..., Any], args: Any) -> dict[str, Any]:
    """NumPy's and Python's sources of random numbers behind the function and among its arguments, by path."""
    reached = [(f"argument {i}", x) for i, x in enumerate(args)] + [(path, x) for _, _, x, path in _walk(fn, args)]
    found: dict[str, Any] = {}
    for path, x in reached:
        if isinstance(x, (np.random.Generator, np.random.RandomState, Random)):
            found[path if path not in found else f"{path}, number {len(found) + 1}"] = x  # entries may share a path
    return found


def _walk(fn: Any, args: Any) -> Iterator[tuple[Any, Any, Any, str]]:
    """(container, key, value, path) of everything looked at, nothing twice."""
    seen: set[int] = set()
    todo: list[tuple[Any, str, int]] = [(fn, "", 0), *((x, "", 0) for x in args)]
    count = arrays = 0
    while todo:
        x, path, depth = todo.pop(0)
        arrays += isinstance(x, np.ndarray)
        if id(x) in seen or depth > DEPTH or (arrays > ARRAYS and isinstance(x, np.ndarray)):
            continue
        seen.add(id(x))
        for container, key, value, name in _inside(x, path):
            count += 1
            if count > MANY:
                return
            yield container, key, value, name
            if not isinstance(value, _PLAIN) or isinstance(value, type) or (isinstance(value, tuple) and value):
                todo.append((value, name, depth + 1))


def _inside(x: Any, path: str) -> Iterator[tuple[Any, Any, Any, str]]:
    lead = f"{path}." if path else ""
    if isinstance(x, types.MethodType):
        yield from _inside(x.__func__, path)
        yield from _inside(x.__self__, path)
    elif isinstance(x, types.FunctionType):
        yield from _closure(x)
        if x.__module__.partition(".")[0] != "pellucid":
            yield from _variables(x)
    elif isinstance(x, Tensor):
        yield x, "requires_grad", x.requires_grad, f"{lead}requires_grad"
        yield x, "grad", x.grad is None, f"{lead}grad"
    elif isinstance(x, dict):
        yield x, len, len(x), f"{lead}length"
        for key, value in x.items():
            yield x, key, value, f"{lead}{key}" if isinstance(key, str) else path
    elif isinstance(x, (list, tuple, deque)):
        yield x, len, len(x), f"{lead}length"
        for i, value in enumerate(x):
            yield x, i, value, f"{lead}{i}"
    elif isinstance(x, set):
        if x:
            yield x, frozenset, frozenset(x), f"{lead}members"
        else:  # as the other empty ones, which are looked at together
            yield x, len, 0, f"{lead}length"
    elif isinstance(x, type):
        yield from _of_class(x, lead)
    elif isinstance(x, partial):
        for name in ("func", "args", "keywords"):
            yield x, Attribute(name), getattr(x, name), f"{lead}{name}"
    elif isinstance(x, (staticmethod, classmethod)):
        yield from _inside(x.__func__, path)
    elif isinstance(x, property):
        yield x, Attribute("fget"), x.fget, path
    elif isinstance(getattr(x, "param_groups", None), list):
        yield from _of_optimizer(x)
    elif isinstance(x, np.ndarray):
        if x.nbytes <= BYTES and not x.dtype.hasobject:
            yield x, bytes, x.tobytes(), f"{lead}entries"
    elif not isinstance(x, (*_PLAIN, types.ModuleType)):
        yield from _of_object(x, lead)


def _of_object(x: Any, lead: str) -> Iterator[tuple[Any, Any, Any, str]]:
    """Its attributes, and its class where that is the user's."""
    if _is_users(type(x).__module__):
        yield x, Attribute("__class__"), type(x), f"{lead}__class__"
        for name in (name for kind in type(x).__mro__ for name in _slots(kind)):
            if hasattr(x, name):
                yield x, Attribute(name), getattr(x, name), f"{lead}{name}"
    if hasattr(x, "__dict__"):
        kept = vars(x)
        yield kept, len, len(kept), f"{lead}length"  # an attribute that is new may hide one of the class
        for group in _REGISTRIES:  # of a module: its parts go by their own names
            if group in kept:
                yield kept[group], len, len(kept[group]), f"{lead}{group}"
            for key, value in kept.get(group, {}).items():
                yield kept[group], key, value, f"{lead}{key}"
        changing = (*_REGISTRIES, *getattr(type(x), "progress", ()), "_last_lr")  # a schedule moves on by itself
        for key, value in kept.items():
            if key not in changing:
                yield kept, key, value, f"{lead}{key}"


_REGISTRIES = ("_parameters", "_buffers", "_modules")


def _slots(kind: type) -> tuple[str, ...]:
    names = vars(kind).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(name for name in names if not name.startswith("__"))


def _of_class(kind: type, lead: str) -> Iterator[tuple[Any, Any, Any, str]]:
    """What it and the classes it comes from hold, methods included, where they are the user's."""
    for x in kind.__mro__:
        if _is_users(x.__module__):
            for name, value in vars(x).items():
                if name == "__call__" or not (name.startswith("__") or name.startswith("_abc_")):
                    yield vars(x), name, value, f"{lead}{name}"


@cache
def _is_users(module: str) -> bool:
    """Whether a module is neither Python's, nor this package's, nor an installed one's."""
    top = module.partition(".")[0]
    if top == "pellucid" or (top in sys.stdlib_module_names and top != "__main__"):
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return not any(folder in file for folder in ("site-packages", "dist-packages"))


def _of_optimizer(x: Any) -> Iterator[tuple[Any, Any, Any, str]]:
    """Its groups: which parameters, which options are on; numbers such as lr are read at every run."""
    yield x.param_groups, len, len(x.param_groups), ""
    for group in x.param_groups:
        yield group["params"], len, len(group["params"]), ""
        for i, p in enumerate(group["params"]):
            yield group["params"], i, p, ""
        for name, value in group.items():
            if value is None or isinstance(value, (bool, str)):
                yield group, name, value, name
            elif isinstance(value, (int, float)):
                yield group, Option(name), bool(value), name


def _closure(fn: types.FunctionType) -> Iterator[tuple[Any, Any, Any, str]]:
    """The cells of its closure; a function of pellucid may hold one of the user's there, such as a loss."""
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        try:
            yield cell, None, cell.cell_contents, name
        except ValueError:  # not filled yet
            continue


def _variables(fn: types.FunctionType) -> Iterator[tuple[Any, Any, Any, str]]:
    """The globals its code names, and what it may mean of modules; its attributes and defaults."""
    names = [*dict.fromkeys(_named(fn.__code__))]
    modules = [(name, value) for _, _, value, name in _closure(fn)]
    for name in names:
        if name in fn.__globals__:
            yield fn.__globals__, name, fn.__globals__[name], name
            modules.append((name, fn.__globals__[name]))
    if {"environ", "getenv"} & set(names):
        yield os.environ.items(), frozenset, frozenset(os.environ.items()), "os.environ"
    yield from _of_modules(modules, names)
    for key, value in vars(fn).items():
        yield vars(fn), key, value, f"{fn.__name__}.{key}"
    for i, value in enumerate(fn.__defaults__ or ()):
        yield fn.__defaults__, i, value, f"default {i}"
    for key, value in (fn.__kwdefaults__ or {}).items():
        yield fn.__kwdefaults__, key, value, key


def _of_modules(found: list[tuple[str, Any]], names: list[str]) -> Iterator[tuple[Any, Any, Any, str]]:
    """Of modules among what was found, the entries that the code may mean by these names; modules in modules, too."""
    seen: set[int] = set()
    while found:
        path, module = found.pop()
        if isinstance(module, types.ModuleType) and id(module) not in seen and _is_users(module.__name__):
            seen.add(id(module))
            kept = vars(module)
            for name in names:
                if name in kept:
                    yield kept, name, kept[name], f"{path}.{name}"
                    found.append((f"{path}.{name}", kept[name]))


def _named(code: types.CodeType) -> Iterator[str]:
    """The names a function's code, and the code within it, looks up outside."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _named(constant)
