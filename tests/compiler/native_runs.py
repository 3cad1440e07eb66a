"""Single primitives on the native engine: what the tests of its modules run.

Here: `native`, the answer to one primitive; `program_of`, a program of one; `answers`, all a program gives.
Elsewhere: whole programs are in random_programs.py.
"""

from typing import Any

import numpy as np

from pellucid.compiler._engine import Answers
from pellucid.compiler._program import Input, Program, result
from pellucid.compiler.native._engine import NativeEngine
from pellucid.ops import OPS
from pellucid.ops._primitive import Array, aval_of


def input_of(x: Array, name: str = "x") -> Input:
    return Input(aval_of(x), name)


def node(name: str, *operands: Any, **attrs: Any) -> Any:
    return result(OPS[name], operands, attrs)


def program_of(name: str, operands: tuple[Any, ...], attrs: dict[str, Any]) -> tuple[Program, list[Array]]:
    """A program of one primitive, its arrays as inputs, and those arrays."""
    places = [input_of(x, f"x{i}") if isinstance(x, np.ndarray) else x for i, x in enumerate(operands)]
    inputs = tuple(x for x in places if isinstance(x, Input))
    return Program(inputs, (node(name, *places, **attrs),)), [x for x in operands if isinstance(x, np.ndarray)]


def native(name: str, *operands: Any, threads: int = 1, **attrs: Any) -> Array:
    """What the native engine makes of one primitive."""
    program, given = program_of(name, operands, attrs)
    return np.asarray(NativeEngine(threads).build(program)(given).outputs[0])


def answers(program: Program, *given: Any, threads: int = 1) -> Answers:
    """What a run of a program gives; state is renewed in the arrays that are given."""
    return NativeEngine(threads).build(program)(list(given))
