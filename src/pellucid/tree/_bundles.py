"""Bundles of arrays and numbers that compiled code reads from an address.

Numba hands a named tuple from one function to the next field by field, seven words an array, and begins each look at
one field by looking at all of them.  A tree's kernels take some thirty arrays: compiling them was mostly this, and each
call of one by another cost as much as a look at thirty rows.  Of a bundle at an address only what is asked for is read.

Here: `Held`; `answer`, which picks kernels by the kind of a bundle.
Elsewhere: bundles are named tuples, described where they are used.
Imports: numpy, Numba and llvmlite, which it stands on; only functions that need compiled code import this module.
"""

from array import array
from collections.abc import Callable
from ctypes import addressof, c_char
from functools import cache
from hashlib import sha256
from struct import pack, unpack
from typing import Any, final

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import impl_ret_borrowed, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, overload, register_model, typeof_impl, unbox
from numba.np.numpy_support import from_dtype

NOTHING = c_char * 0
WORD = ir.IntType(64)
NUMBERS = {float: types.float64, bool: types.boolean, np.uint32: types.uint32}  # whole numbers else: int64
fields_of: Any = infer_getattr
step_to: Any = cgutils.gep_inbounds
borrowed: Any = impl_ret_borrowed
native: Any = NativeValue


@final
class Held:
    """A named tuple of arrays in C order, numbers and truth values; compiled functions read its fields by their names.

    words: of an array where it is and its shape, of anything else itself; each field after the other.
    """

    def __init__(self, bundle: Any) -> None:
        words: list[int] = []
        kinds: list[tuple[Any, int]] = []
        for name, field in zip(bundle._fields, bundle, strict=True):
            if isinstance(field, np.ndarray):
                if not field.flags.c_contiguous:
                    raise ValueError(f"Held: the field {name} is an array that is not in C order; copy it.")
                words += [_place_of(field), *field.shape]
                kinds.append((field.dtype, field.ndim))
            else:
                words += unpack("q", pack("d", field)) if type(field) is float else (int(field),)
                kinds.append((type(field), 0))
        self.bundle = bundle
        self.words = array("q", words)
        self.address, _ = self.words.buffer_info()
        known: Any = _kind_of
        self.kind: HeldType = known(type(bundle), tuple(kinds))


def _place_of(field: Any) -> int:
    """Where its numbers are: what field.ctypes.data tells, which takes three times as long."""
    return addressof(NOTHING.from_buffer(field)) if field.flags.writeable else field.ctypes.data


class HeldType(types.Type):
    """What compiled code knows of a bundle: its fields."""

    def __init__(self, bundle: type[Any], kinds: tuple[Any, ...]) -> None:
        self.instance_class, self.kinds = bundle, kinds
        name = sha256(str(kinds).encode()).hexdigest()[:12]  # in full it would stand in each line of the code
        super().__init__(f"{bundle.__name__}.{name}")

    def word_of(self, place: int) -> int:
        """Where a field begins."""
        return sum(1 + getattr(kind, "ndim", 0) for kind in self.kinds[:place])


@cache
def _kind_of(bundle: type[Any], kinds: tuple[tuple[Any, int], ...]) -> HeldType:
    """The type of a bundle, from the type of each number and 0, and the dtype of each array and its axes."""
    return HeldType(
        bundle,
        tuple(
            types.Array(from_dtype(kind), axes, "C") if axes else NUMBERS.get(kind, types.int64) for kind, axes in kinds
        ),
    )


@register_model(HeldType)
class HeldModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: HeldType) -> None:
        super().__init__(manager, kind, WORD.as_pointer())  # type: ignore[no-untyped-call]


@typeof_impl.register(Held)
def kind_of(held: Held, _: Any) -> HeldType:
    return held.kind


def address_of(kind: HeldType, held: Any, c: Any) -> Any:
    number = c.pyapi.object_getattr_string(held, "address")
    address = c.builder.inttoptr(c.pyapi.long_as_longlong(number), WORD.as_pointer())
    c.pyapi.decref(number)
    return native(address)


@fields_of
class HeldFields(AttributeTemplate):
    key = HeldType

    def generic_resolve(self, held: HeldType, name: str) -> Any:  # type: ignore[override]
        fields = held.instance_class._fields
        return held.kinds[fields.index(name)] if name in fields else None


def look_at(context: Any, builder: Any, held: HeldType, address: Any, name: str) -> Any:
    """One field; all is said to stay as it is, so that loops need not look again."""
    place = held.instance_class._fields.index(name)
    kind, first = held.kinds[place], held.word_of(place)

    def word(number: int) -> Any:
        found = builder.load(step_to(builder, address, first + number))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    model = context.data_model_manager[kind]
    if kind is types.float64:
        return builder.bitcast(word(0), model.get_value_type())
    if not isinstance(kind, types.Array):
        return word(0) if kind is types.int64 else builder.trunc(word(0), model.get_value_type())
    array = ir.Constant(model.get_value_type(), None)

    def put(value: Any, part: str, *axis: int) -> None:
        nonlocal array
        array = builder.insert_value(array, value, [model.get_field_position(part), *axis])

    data = model.get_value_type().elements[model.get_field_position("data")]
    put(builder.inttoptr(word(0), data), "data")
    step = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    put(step, "itemsize")
    size = context.get_constant(types.intp, 1)
    for axis in reversed(range(kind.ndim)):
        length = word(1 + axis)
        put(length, "shape", axis)
        put(step, "strides", axis)
        size, step = builder.mul(size, length), builder.mul(step, length)
    put(size, "nitems")
    return borrowed(context, builder, kind, array)


for told, code in ((unbox, address_of), (lower_getattr_generic, look_at)):
    decorate: Any = told
    decorate(HeldType)(code)


def answer(stub: Callable[..., Any], kernels: dict[type, Any]) -> None:
    """Compiled calls of `stub` are calls of the kernel that the kind of bundle in their first argument picks.

    The kernel's own code stands in the place of `stub`; a function that handed its arguments on would be compiled
    together with all that it calls, once more.
    """
    for kind, kernel in kernels.items():
        settings: Any = {**kernel.targetoptions, "pipeline_class": kernel._compiler.pipeline_class}
        overload(stub, jit_options=settings, strict=False)(_code_for(kind, kernel))


def _code_for(kind: type, kernel: Any) -> Callable[..., Any]:
    def code(bundle: Any, *_: Any) -> Any:
        return kernel.py_func if bundle.instance_class is kind else None

    return code
