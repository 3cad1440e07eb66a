"""Kernels that have the same code, told by their form: a program repeats itself, and a function is made once.

Here: `form_of`.
Elsewhere: _driver.py makes the functions, and calls one for each kernel of its form.
Imports: the standard library, pellucid.compiler.native.
"""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any

from pellucid.compiler.native._kernels import Loops, Member
from pellucid.compiler.native._storage import Storage


def form_of(kernel: Any, same: dict[int, int]) -> Hashable:
    """What the code of a kernel depends on: equal for two that differ only in which memory they work on.

    same: buffers that lie in the memory of others.  Memory and members are told by when they first occur.
    """
    memory: dict[int, int] = {}
    members = {node: i for i, node in enumerate(kernel.members)} if isinstance(kernel, Loops) else {}

    def form(x: Any) -> Hashable:
        if isinstance(x, Storage):
            place = memory.setdefault(same.get(x.buffer, x.buffer), len(memory))
            return Storage, place, x.shape, x.strides, x.offset, x.dtype
        if isinstance(x, Member):
            return Member, members[x.node]
        if isinstance(x, Loops):
            return Loops, x.shape, x.order, form(tuple(x.members.values())), form(tuple(x.stores))
        if is_dataclass(x):
            return type(x), *(form(getattr(x, field.name)) for field in fields(x))
        if isinstance(x, tuple):
            return tuple(map(form, x))
        return repr(x) if isinstance(x, float) else x  # 0.0 and -0.0 are equal, and not the same

    return form(kernel)
