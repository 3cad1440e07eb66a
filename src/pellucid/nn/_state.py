"""The state of a module: as arrays by name, and as the record a model file keeps.

Here: what `state_dict`, `load_state_dict`, `to_record` and `from_record` of Module do.
Elsewhere: the methods are in _module.py; files are read and written in pellucid.persistence.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.tensor, pellucid.nn._parameter.
"""

import inspect
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from pellucid.errors import ModelFileError
from pellucid.nn._parameter import Parameter
from pellucid.ops._primitive import Array
from pellucid.tensor._tensor import Tensor

if TYPE_CHECKING:
    from pellucid.nn._module import Module

Source = Mapping[str, Any] | str | os.PathLike[str]
"""Where a state comes from: names and arrays, or the path of a safetensors file."""

M = TypeVar("M", bound="Module")

filling: ContextVar[bool] = ContextVar("pellucid_filling", default=True)
"""Whether a new layer draws its initial entries; not while a file is read, which brings the entries."""

_CONSTRUCTOR, _TRAINING, _LEARNED = "__init__", "training", "requires_grad_"  # fields; parts cannot have these names


class LoadedKeys(NamedTuple):
    """Names that `load_state_dict` found on one side only."""

    missing_keys: list[str]  # here, not in the state
    unexpected_keys: list[str]  # in the state, not here


def assign(buffer: Tensor, value: Tensor) -> None:
    """buffer <- value, in place: the one way in which a forward pass changes the state of a module."""
    buffer.data[...] = value.data
    buffer.touch()


# -- arrays by name ----------------------------------------------------------------------------------------------------


def state_of(module: "Module") -> dict[str, Array]:
    """Copies of the parameters and persistent buffers, by path; a shared one under each of its paths."""
    return {path: tensor.data.copy() for path, tensor in _named_state(module)}


def load_state(module: "Module", source: Source, strict: bool) -> LoadedKeys:
    """Copy the arrays of `source` into `module`, all or none.  Raises ModelFileError that lists what does not fit."""
    theirs, ours = _arrays(source), dict(_named_state(module))
    given = {id(ours[name]) for name in theirs if name in ours}
    missing = [
        name for name, tensor in ours.items() if id(tensor) not in given
    ]  # one of a shared one's names is enough
    unexpected = [name for name in theirs if name not in ours]
    misfits = {name: why for name, array in theirs.items() if name in ours and (why := _misfit(array, ours[name]))}
    if misfits or (strict and (missing or unexpected)):
        raise ModelFileError(_complaint(type(module).__name__, missing, unexpected, misfits))
    for name, array in theirs.items():
        if name in ours:
            ours[name].data[...] = array
            ours[name].touch()
    return LoadedKeys(missing, unexpected)


def _named_state(module: "Module") -> Iterator[tuple[str, Tensor]]:
    """Parameters and persistent buffers of every module in turn, with all their paths."""
    for path, part in module.named_modules(remove_duplicate=False):
        lead = f"{path}." if path else ""
        for name, parameter in part._parameters.items():
            if parameter is not None:
                yield lead + name, parameter
        for name, buffer in part._buffers.items():
            if buffer is not None and name not in part._transient:
                yield lead + name, buffer


def _arrays(source: Source) -> dict[str, Array]:
    if not isinstance(source, Mapping):
        from pellucid.persistence._file import load

        path, source = source, load(source)
        source = source.state_dict() if hasattr(source, "state_dict") else source
        if not isinstance(source, Mapping):
            raise ModelFileError(f"load_state_dict: {os.fspath(path)} holds a {type(source).__name__}, no state.")
    found = {}
    for name, value in source.items():
        try:
            found[name] = np.asarray(value)
        except (TypeError, ValueError, RuntimeError) as error:  # PyTorch's bfloat16, tensors that require a gradient
            raise ModelFileError(
                f"load_state_dict: {name!r}, a {type(value).__name__}, cannot be read as an array ({error}). "
                f"In PyTorch: tensor.detach().float()."
            ) from None
    return found


def _misfit(array: Array, tensor: Tensor) -> str:
    """Why the array cannot be copied into the tensor; empty when it can."""
    if array.shape != tensor.shape:
        return f"{array.shape} in the state, {tensor.shape} here"
    if not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
        return f"{array.dtype} in the state, {tensor.dtype} here"
    return ""


def _complaint(module: str, missing: list[str], unexpected: list[str], misfits: dict[str, str]) -> str:
    """Everything that does not fit, one line each."""
    lines = [f"load_state_dict: the state does not fit this {module}; nothing was changed."]
    lines += [f"  missing in the state: {name!r}{_closest(name, unexpected)}" for name in missing]
    lines += [f"  unexpected in the state: {name!r}{_closest(name, missing)}" for name in unexpected]
    lines += [f"  does not fit: {name!r}: {why}" for name, why in misfits.items()]
    if misfits:
        lines.append("Build the module with the sizes of the state, or leave those names out and give strict=False.")
    else:
        lines.append("Rename the entries of the state, or give strict=False to take over the names that are common.")
    return "\n".join(lines)


def _closest(name: str, others: list[str]) -> str:
    near = get_close_matches(name, others, n=1)
    return f" (closest on the other side: {near[0]!r})" if near else ""


# -- records -----------------------------------------------------------------------------------------------------------


def record_of(module: "Module") -> dict[str, Any]:
    """Constructor arguments, parameters, all buffers and parts.

    Arrays stand at the top under their own names, and first: so the array names in a file are PyTorch's paths, also of
    a buffer that is a constructor argument too.
    """
    record: dict[str, Any] = {}
    for registry in (module._parameters, module._buffers):
        record |= {name: tensor.data for name, tensor in registry.items() if tensor is not None}
    record |= {
        _CONSTRUCTOR: _arguments(module),
        _TRAINING: module.training,
        _LEARNED: [name for name, p in module._parameters.items() if p is not None and p.requires_grad],
    }
    return record | {name: part for name, part in module._modules.items() if part is not None}


def _arguments(module: "Module") -> dict[str, Any]:
    """The constructor arguments that are kept as attributes; a parameter stands for whether there is one."""
    kept = [name for name in inspect.signature(type(module).__init__).parameters if name in module.__dict__]
    switches = module._parameters
    return {name: switches[name] is not None if name in switches else module.__dict__[name] for name in kept}


def module_from_record(cls: type[M], record: dict[str, Any]) -> M:
    """The module of class `cls` that `record` describes, on the arrays of the record.

    Raises ModelFileError for entries that are missing, too many, or of another shape or kind than the class has.
    """
    from pellucid.nn._module import Module  # which imports this module

    with _unfilled():
        module = cls(**record[_CONSTRUCTOR])
    entries = {name: value for name, value in record.items() if name not in (_CONSTRUCTOR, _TRAINING, _LEARNED)}
    for name, part in entries.items():
        if isinstance(part, Module):
            module.add_module(name, part)
    arrays = {name: value for name, value in entries.items() if name not in module._modules}
    wanted = {name: t for r in (module._parameters, module._buffers) for name, t in r.items() if t is not None}
    if arrays.keys() != wanted.keys():
        raise ModelFileError(f"{cls.__name__}: the record has arrays {sorted(arrays)}; expected {sorted(wanted)}.")
    for name, tensor in wanted.items():
        array = np.asarray(arrays[name])
        if array.shape != tensor.shape or array.dtype.kind != tensor.dtype.kind:
            raise ModelFileError(
                f"{cls.__name__}: {name!r} is {array.dtype} {array.shape} in the record; expected {tensor.dtype} "
                f"{tensor.shape}."
            )
        if isinstance(tensor, Parameter):
            setattr(module, name, Parameter.over(array).requires_grad_(name in record[_LEARNED]))
        else:
            setattr(module, name, Tensor(array))
    _tie(module)
    module.training = bool(record[_TRAINING])
    return module


def _tie(module: "Module") -> None:
    """Make parameters that came from one stored array one parameter again."""
    first: dict[int, Parameter] = {}
    for part in module.modules():
        for name, parameter in part._parameters.items():
            if parameter is not None:
                setattr(part, name, first.setdefault(id(parameter.data), parameter))


@contextmanager
def _unfilled() -> Iterator[None]:
    token = filling.set(False)
    try:
        yield
    finally:
        filling.reset(token)
