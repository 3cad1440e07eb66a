"""What a program may have taken over of Python: everything within reach of its function that code can have read.

Here: `guards_of`, a guard for all of it; `tensors_of`, the Tensors among it by path; `generators_of`, the sources of
random numbers; `reaches_users`, whether any of it is the user's.
Elsewhere: what a guard compares stands in _guards.py; which code ran is seen by _witness.py, which names it asks for is
told by _names.py.
Imports: the standard library, numpy, pellucid.tensor, pellucid.compiler.

Looked at are the variables of the function's closure, the globals it names, its defaults and attributes, the object it
is a method of, and from there entries of dicts, lists, sets and arrays, attributes of objects, of their classes and of
modules, what a partial holds: numbers, text, flags, and which object is where; os.environ where the code names it, and
files that were read.  Once it is known what ran, that is: which code, so which names, only what they can have read is
looked at; a step may belong to an object that keeps a history of its losses.  Then globals that were asked for and not
there are looked at, too, and variables of modules where the code shows that it can do without them.  Modules and
classes of Python itself and of installed packages are taken to stay as they are.
"""

import os
import types
from argparse import Namespace
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from operator import attrgetter, methodcaller
from random import Random
from typing import Any, final
from weakref import ref

import numpy as np

from pellucid.compiler._guards import PLAIN, SAMPLE, Attribute, Guard, Missing, Option, Spread, changed_at
from pellucid.compiler._names import GLOBALS_BY_TEXT, asked_of_globals, is_users, named, texts_of
from pellucid.compiler._witness import Seen
from pellucid.tensor._tensor import Tensor

DEPTH = 32  # objects within objects that are followed
MANY = 100_000  # things looked at, at most
ENTRIES = 8192  # of a list, dict or set; more of them is data and not state
ARRAYS, BYTES = 64, 8192  # whose entries are compared, and of each, at most; of larger ones as many, evenly spread


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
                isinstance(value, PLAIN) and not isinstance(value, type) and not (isinstance(value, tuple) and value)
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
                yield from _globals(x.__code__, x.__globals__, _closure(x), seen)
                yield x, Attribute("__code__"), x.__code__, path  # as a notebook that reloads does
            yield from _attributes_and_defaults(x)
    elif isinstance(x, _Globals):
        yield from _globals(x.code, x.variables, (), seen)
        missing = frozenset(name for name in asked_of_globals(x.code) if name not in x.variables)
        if missing:  # functions of Python's own, mostly; or what is defined later
            yield x.variables, Missing(missing), True, ", ".join(sorted(missing))
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
    elif not isinstance(x, (*PLAIN, types.ModuleType)):
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
    code: types.CodeType, variables: dict[str, Any], near: Iterable[tuple[Any, Any, Any, str]], seen: Seen | None
) -> Iterator[tuple[Any, Any, Any, str]]:
    """The globals a function's code names, and what it may mean of modules there and `near`."""
    names = [*dict.fromkeys(named(code))]
    near = [*near]
    if not GLOBALS_BY_TEXT.isdisjoint(names):
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
    yield from _of_modules(modules, names, seen is not None and not _ABSENCE.isdisjoint(names))


def _attributes_and_defaults(fn: types.FunctionType) -> Iterator[tuple[Any, Any, Any, str]]:
    for key, value in vars(fn).items():
        yield vars(fn), key, value, f"{fn.__name__}.{key}"
    for i, value in enumerate(fn.__defaults__ or ()):
        yield fn.__defaults__, i, value, f"default {i}"
    for key, value in (fn.__kwdefaults__ or {}).items():
        yield fn.__kwdefaults__, key, value, key


_ABSENCE = GLOBALS_BY_TEXT | {"AttributeError"}  # code that names one of these may do without an attribute


def _of_modules(found: list[tuple[str, Any]], names: list[str], absence: bool) -> Iterator[tuple[Any, Any, Any, str]]:
    """Of modules among what was found, the entries that the code may mean by these names; modules in modules, too.

    absence: whether names that are not there matter as well.
    """
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
            missing = frozenset(name for name in names if name not in kept) if absence else None
            if missing:
                yield kept, Missing(missing), True, f"what {path} has not"
