"""What a program was traced under: the Python values it took over, noticed when they change.

Here: `Guard`, one thing looked at; `Guards`, many of them; `guards_of`, all of them behind a function and its
arguments; `tensors_of`, the Tensors among them by path; `Seen`, what ran while a function was traced.
Elsewhere: a failed guard makes _compiled.py trace anew; _witness.py sees what runs.  Arrays of captured Tensors need
none: they are read each time.
Imports: the standard library, numpy, pellucid.tensor.

Looked at are the variables of the function's closure, the globals it names, its defaults and attributes, the object it
is a method of, and from there entries of dicts, lists, sets and arrays, attributes of objects, of their classes and of
modules, what a partial holds: numbers, text, flags, and which object is where; os.environ where the code names it, and
files that were read.  Once it is known what ran, that is: which code, so which names, only what they can have read is
looked at; a step may belong to an object that keeps a history of its losses.  Modules and classes of Python itself and
of installed packages are taken to stay as they are.
"""

import os
import sys
import types
from argparse import Namespace
from array import array
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice, starmap
from operator import attrgetter, getitem, is_, methodcaller
from random import Random
from typing import Any, final
from weakref import ref

import numpy as np

from pellucid.tensor._tensor import Tensor

DEPTH = 32  # objects within objects that are followed
MANY = 100_000  # things looked at, at most
ENTRIES = 8192  # of a list, dict or set; more of them is data and not state
ARRAYS, BYTES = 64, 8192  # whose entries are compared, and of each, at most; of larger ones as many, evenly spread
SAMPLE = 256  # entries of a larger one
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
        except (KeyError, IndexError, ValueError, AttributeError, OSError):
            return False
        if now is self.was:
            return True
        return _same(now, self.was)

    def now(self) -> Any:
        """What is there at present; what holds (__getitem__, getattr) raise where there is nothing."""
        container, key = self.container, self.key
        if type(container) is types.CellType:
            return container.cell_contents
        if key is len:
            return len(container)
        if key is bytes:
            return bytes(container) if type(container) is bytearray else container.tobytes()
        if type(key) is Spread:
            return key.entries.tobytes()
        if key is tuple:
            return tuple(container.items())
        if key is list:
            return tuple(container)
        if key is ContextVar:
            return container.get(None)
        if key is changed_at:
            return changed_at(container)
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
        return not any(self.key is x for x in _NO_ENTRIES) and type(self.key) not in (Option, Spread)

    def put(self, value: Any) -> None:
        """Put another value in the place of an entry.  Raises TypeError where that is the body of a class."""
        container, key = self.container, self.key
        if type(container) is types.CellType:
            container.cell_contents = value
        elif type(key) is Attribute:
            setattr(container, key.name, value)
        elif key is ContextVar:
            container.set(value)
        elif isinstance(container, Tensor):
            setattr(container, key, value)
        elif key is bytes and not isinstance(container, np.ndarray):
            memoryview(container).cast("B")[:] = value
        elif key is bytes:
            container[...] = np.frombuffer(value, container.dtype).reshape(container.shape)
        else:
            container[key] = value


@final
class Guards:
    """All guards of a program, looked at before every call: kinds that are many stand in columns, for loops in C."""

    def __init__(self, guards: list[Guard]) -> None:
        columns = ("entry", "length", "requires_grad", "grad", "hooks", "other")
        kinds: dict[str, list[Guard]] = {name: [] for name in columns}
        for g in guards:
            kinds[_column(g)].append(g)
        marks = {id(g.container): g.was for g in kinds["requires_grad"]}
        hooks = {id(g.container): g.was for g in kinds["hooks"]}
        self._tensors = [(x := g.container, marks.pop(id(x)), g.was, hooks[id(x)]) for g in kinds["grad"]]
        alone = [g for g in kinds["requires_grad"] if id(g.container) in marks]
        once = {(id(g.container), g.key): g for g in kinds["entry"]}  # what was found twice is looked at once
        others = {(id(g.container), g.key): g for g in kinds["other"]}
        self._entries, self._others = list(once.values()), [*others.values(), *alone]
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
        for tensor, mark, without, hooks in self._tensors:
            if tensor.requires_grad is not mark or (tensor.grad is None) is not without or tensor.hooks is not hooks:
                return False
        for guard in self._others:
            if not guard.holds():
                return False
        return True


def _same(a: Any, b: Any) -> bool:
    """Whether two plain values are the same number or text; 0.0 and -0.0 are not, 1 and True neither."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, _PLAIN):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return repr(a) == repr(b) if isinstance(a, (float, complex, np.inexact)) else bool(a == b)


def _column(guard: Guard) -> str:
    """Which of the kinds that `Guards` looks at together."""
    if guard.key is len:
        return "length"
    if isinstance(guard.container, Tensor):
        return str(guard.key)
    return "entry" if type(guard.container) in _TABLES and guard.is_entry else "other"


_TABLES = (dict, list, types.MappingProxyType, defaultdict)


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


@final
@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """Some entries of a large array."""

    entries: Any  # a view of them

    @classmethod
    def of(cls, x: Any) -> "Spread":
        if x.flags.c_contiguous:
            step = x.size // SAMPLE | 1  # odd: not always in the same column
            return cls(x.reshape(-1)[step // 2 :: step])
        along = max(1, round(SAMPLE ** (1 / x.ndim)))
        return cls(x[tuple(slice(None, None, max(1, n // along)) for n in x.shape)])


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """What ran while a function was traced."""

    codes: frozenset[types.CodeType]
    users: list[tuple[types.CodeType, dict[str, Any]]]  # those of the user, and the globals they ran with
    names: frozenset[str]  # that all these look up, and texts of the user's, which may be names
    by_text: bool  # whether attributes may have been read by names that were made at run time
    files: dict[str, Any]  # that were read, and when each was changed last

    def reads(self, name: Any) -> bool:
        """Whether an attribute of this name can have been read."""
        return self.by_text or name in self.names or not isinstance(name, str)


def changed_at(path: str) -> tuple[int, int]:
    """When a file was last changed, in nanoseconds, and how long it is.  Raises OSError where there is none."""
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size


_NO_ENTRIES = (len, frozenset, tuple, list, changed_at)


def guards_of(fn: Callable[..., Any], args: Any, seen: Seen | None = None) -> list[Guard]:
    """Everything behind the function and its arguments that a trace may have taken over.

    seen: what ran in it, where that is known; else all that is within reach.
    """
    if seen is not None and any(isinstance(x, (attrgetter, methodcaller)) for _, _, x, _ in _walk(fn, args)):
        seen = replace(seen, by_text=True)  # the names they read stand in no code
    files = [Guard(path, changed_at, was, path) for path, was in seen.files.items()] if seen else []
    return [*(Guard(*found) for found in _walk(fn, args, seen)), *files]


def reaches_users(fn: Callable[..., Any], args: Any) -> bool:
    """Whether code of the user's, or a thing of a class of theirs, is behind the function or its arguments."""
    return any(map(_of_users, (fn, *args))) or any(_of_users(x) for _, _, x, _ in _walk(fn, args))


def _of_users(x: Any) -> bool:
    named = x if isinstance(x, (types.FunctionType, types.MethodType, type)) else type(x)
    return is_users(named.__module__ or "")


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


def _walk(fn: Any, args: Any, seen: Seen | None = None) -> Iterator[tuple[Any, Any, Any, str]]:
    """(container, key, value, path) of everything looked at, nothing twice."""
    known: set[int] = set()
    todo = deque([(fn, "", 0), *((x, "", 0) for x in args)])
    if seen is not None:
        todo.extend((_Globals(code, variables), "", 0) for code, variables in seen.users)
    count = arrays = 0
    while todo:
        x, path, depth = todo.popleft()
        arrays += isinstance(x, np.ndarray)
        if id(x) in known or depth > DEPTH or (arrays > ARRAYS and isinstance(x, np.ndarray)):
            continue
        known.add(id(x))
        for container, key, value, name in _inside(x, path, seen):
            count += 1
            if count > MANY:
                return
            yield container, key, value, name
            plain = (
                isinstance(value, _PLAIN) and not isinstance(value, type) and not (isinstance(value, tuple) and value)
            )
            if not plain and name is not _NOT_WITHIN:
                todo.append((value, name, depth + 1))


@final
@dataclass(frozen=True, eq=False, slots=True)
class _Globals:
    """Those of the user's code that ran; the function itself may be out of reach."""

    code: types.CodeType
    variables: dict[str, Any]


def _inside(x: Any, path: str, seen: Seen | None) -> Iterator[tuple[Any, Any, Any, str]]:
    lead = f"{path}." if path else ""
    if isinstance(x, types.MethodType):
        yield from _inside(x.__func__, path, seen)
        yield from _inside(x.__self__, path, seen)
    elif isinstance(x, types.FunctionType):
        ran = seen is None or x.__code__ in seen.codes
        if ran:
            yield from _closure(x)
        if (x.__module__ or "").partition(".")[0] != "pellucid":
            if ran:
                yield from _globals(x.__code__, x.__globals__, _closure(x))
                yield x, Attribute("__code__"), x.__code__, path  # as a notebook that reloads does
            yield from _attributes_and_defaults(x)
    elif isinstance(x, _Globals):
        yield from _globals(x.code, x.variables, ())
    elif isinstance(x, Tensor):
        yield x, "requires_grad", x.requires_grad, f"{lead}requires_grad"
        yield x, "grad", x.grad is None, f"{lead}grad"
        yield x, "hooks", x.hooks, f"{lead}hooks"
    elif isinstance(x, (dict, types.MappingProxyType)):
        if len(x) < 2 or len(x) > ENTRIES:
            yield x, len, len(x), f"{lead}length"
        else:
            yield x, list, tuple(x), f"{lead}keys"
        for key, value in islice(x.items(), ENTRIES):
            yield x, key, value, f"{lead}{key}" if isinstance(key, str) else path
        yield from _beside(x, lead, seen)
    elif isinstance(x, (list, tuple, deque)):
        yield x, len, len(x), f"{lead}length"
        for i, value in enumerate(islice(x, ENTRIES)):
            yield x, i, value, f"{lead}{i}"
        yield from _beside(x, lead, seen)
    elif isinstance(x, set):
        if x:
            yield x, frozenset, frozenset(x), f"{lead}members"
        else:  # as the other empty ones, which are looked at together
            yield x, len, 0, f"{lead}length"
    elif isinstance(x, type):
        yield from _of_class(x, lead, seen)
    elif isinstance(x, partial):
        for name in ("func", "args", "keywords"):
            yield x, Attribute(name), getattr(x, name), f"{lead}{name}"
    elif isinstance(x, (staticmethod, classmethod)):
        yield from _inside(x.__func__, path, seen)
    elif isinstance(x, ref):
        yield from _inside(x(), path, seen)
    elif isinstance(x, property):
        yield x, Attribute("fget"), x.fget, path
    elif isinstance(x, np.ndarray):
        if x.nbytes <= BYTES and not x.dtype.hasobject:
            yield x, bytes, x.tobytes(), f"{lead}entries"
        elif not x.dtype.hasobject:
            spread = Spread.of(x)
            yield x, spread, spread.entries.tobytes(), f"{lead}entries"
        elif x.dtype.hasobject and x.flags.c_contiguous and x.size <= SAMPLE:
            flat = x.reshape(-1)
            for i in range(flat.size):
                yield flat, i, flat[i], f"{lead}{i}"
    elif isinstance(x, (bytearray, memoryview, array)):
        if memoryview(x).nbytes <= BYTES:
            yield x, bytes, bytes(x), f"{lead}entries"
    elif isinstance(x, ContextVar):
        yield x, ContextVar, x.get(None), path
    elif not isinstance(x, (*_PLAIN, types.ModuleType)):
        if isinstance(_found(x, "param_groups"), list):
            yield from _of_optimizer(x)
            if not is_users(type(x).__module__):
                return
        yield from _of_object(x, lead, seen)


def _beside(x: Any, lead: str, seen: Seen | None) -> Iterator[tuple[Any, Any, Any, str]]:
    """What a list, tuple or dict of the user's own kind keeps beside its entries."""
    if is_users(type(x).__module__):
        yield from _of_object(x, lead, seen)


def _found(x: Any, name: str) -> Any:
    """What an object keeps under a name, without asking it."""
    return vars(x).get(name) if hasattr(x, "__dict__") else None


def _of_object(x: Any, lead: str, seen: Seen | None) -> Iterator[tuple[Any, Any, Any, str]]:
    """Its attributes, and its class where that is the user's."""
    users = is_users(type(x).__module__)
    if not users and type(x) not in _NAMESPACES:
        seen = None  # its class may read its attributes where nobody sees it
    if users:
        yield x, Attribute("__class__"), type(x), f"{lead}__class__"
        for name in (name for kind in type(x).__mro__ for name in _slots(kind)):
            if (seen is None or seen.reads(name)) and hasattr(x, name):
                yield x, Attribute(name), getattr(x, name), f"{lead}{name}"
    if hasattr(x, "__dict__"):
        kept = vars(x)
        yield kept, len, len(kept), f"{lead}length"  # an attribute that is new may hide one of the class
        for group in _REGISTRIES:  # of a module: its parts go by their own names
            if group in kept:
                yield kept[group], len, len(kept[group]), f"{lead}{group}"
            for key, value in kept.get(group, {}).items():
                yield kept[group], key, value, f"{lead}{key}"
        moving = getattr(type(x), "progress", None)  # a schedule moves on by itself
        changing = (*_REGISTRIES, *(moving if isinstance(moving, tuple) else ()), "_last_lr")
        for key, value in kept.items():
            if key not in changing and (seen is None or seen.reads(key)):
                yield kept, key, value, f"{lead}{key}"


_NAMESPACES = (types.SimpleNamespace, Namespace)
_REGISTRIES = ("_parameters", "_buffers", "_modules")


def _slots(kind: type) -> tuple[str, ...]:
    names = vars(kind).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(name for name in names if not name.startswith("__"))


def _of_class(kind: type, lead: str, seen: Seen | None) -> Iterator[tuple[Any, Any, Any, str]]:
    """What it and the classes it comes from hold, methods included, where they are the user's."""
    for x in kind.__mro__:
        if is_users(x.__module__):
            for name, value in vars(x).items():
                if name.startswith("__"):  # operators, which are called by no name
                    wanted = isinstance(value, types.FunctionType) and (seen is None or value.__code__ in seen.codes)
                else:
                    wanted = not name.startswith("_abc_") and (seen is None or seen.reads(name))
                if wanted:
                    yield vars(x), name, value, f"{lead}{name}"
                if wanted and x is not kind and isinstance(value, types.FunctionType):
                    yield kind, Attribute(name), getattr(kind, name), f"{lead}{name}"  # what is new may hide it


@cache
def is_users(module: str) -> bool:
    """Whether a module is neither Python's, nor this package's, nor an installed one's."""
    top = module.partition(".")[0]
    if top == "pellucid" or (top in sys.stdlib_module_names and top != "__main__"):
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return not any(folder in file for folder in ("site-packages", "dist-packages"))


_NOT_WITHIN = "what an optimizer keeps"  # the path of what must be the same object, whatever becomes of it inside


def _of_optimizer(x: Any) -> Iterator[tuple[Any, Any, Any, str]]:
    """Its groups: which parameters, which options are on; numbers such as lr are read at every run."""
    for name in {"param_groups", "state"} & vars(x).keys():
        yield vars(x), name, vars(x)[name], _NOT_WITHIN
    yield x.param_groups, len, len(x.param_groups), ""
    kept = vars(x).get("state") or {}
    for i, group in enumerate(x.param_groups):
        yield x.param_groups, i, group, _NOT_WITHIN
        yield group, "params", group["params"], _NOT_WITHIN
        yield group["params"], len, len(group["params"]), ""
        for j, p in enumerate(group["params"]):
            yield group["params"], j, p, ""
            if p in kept:
                yield kept, p, kept[p], _NOT_WITHIN  # another dict after load_state_dict
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


def _globals(
    code: types.CodeType, variables: dict[str, Any], near: Iterable[tuple[Any, Any, Any, str]]
) -> Iterator[tuple[Any, Any, Any, str]]:
    """The globals a function's code names, and what it may mean of modules there and `near`."""
    names = [*dict.fromkeys(_named(code))]
    near = [*near]
    if not _BY_TEXT.isdisjoint(names):
        values = [*(value for _, _, value, _ in near), *(variables.get(name) for name in names)]
        names += dict.fromkeys([*texts_of(code), *(value for value in values if isinstance(value, str))])
    modules = [(name, value) for _, _, value, name in near]
    environment = not {"environ", "getenv"}.isdisjoint(names)
    for name in names:
        if name in variables:
            value = variables[name]
            yield variables, name, value, name
            modules.append((name, value))
            environment |= value is os.environ or value is os.getenv
    if environment:
        kept = getattr(os.environ, "_data", os.environ)  # as the system writes them, which is fast
        yield kept, tuple, tuple(kept.items()), "os.environ"
    yield from _of_modules(modules, names)


def _attributes_and_defaults(fn: types.FunctionType) -> Iterator[tuple[Any, Any, Any, str]]:
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
        if isinstance(module, types.ModuleType) and id(module) not in seen and is_users(module.__name__):
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


_BY_TEXT = frozenset(("globals", "getattr", "vars", "__dict__", "eval"))


def texts_of(code: types.CodeType) -> Iterator[str]:
    """The texts among the constants of code, and of the code within it, which may be names."""
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, types.CodeType):
            yield from texts_of(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from (x for x in constant if isinstance(x, str))
