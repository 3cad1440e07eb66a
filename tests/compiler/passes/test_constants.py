"""Constants are folded, large ones are not made larger."""

import numpy as np

from pellucid.compiler import trace
from pellucid.compiler._program import Constant, Program, result
from pellucid.compiler.passes._constants import LARGEST, folded_constants
from pellucid.ops import OPS
from pellucid.ops._primitive import Aval


def constant(array: np.ndarray) -> Constant:
    return Constant(Aval(array.shape, array.dtype), array)


def test_a_node_of_constants_becomes_one() -> None:
    a = constant(np.arange(3.0))
    program = Program((), (result(OPS["multiply"], (result(OPS["add"], (a, 1), {}), a), {}),))
    (answer,) = folded_constants(program).outputs
    assert isinstance(answer, Constant) and answer.array.tolist() == [0.0, 2.0, 6.0]


def test_a_small_constant_is_not_blown_up() -> None:
    wide = result(OPS["broadcast_to"], (constant(np.ones(1)),), {"shape": (LARGEST + 1,)})
    assert folded_constants(Program((), (wide,))).outputs == (wide,)


def test_what_depends_on_an_input_stays() -> None:
    program = trace(lambda x: x + np.ones(2), np.ones(2)).program
    assert len(folded_constants(program).nodes) == 1
