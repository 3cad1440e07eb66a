"""What is computed of constants alone is computed once.

Here: `folded_constants`.  Elsewhere: simplifications that need algebra are in _algebra.py.
Imports: numpy, pellucid.compiler.
"""

import numpy as np

from pellucid.compiler._program import Constant, Operand, Program, Result
from pellucid.compiler.passes._rewriting import rewritten

LARGEST = 1 << 16  # entries of a constant that takes the place of a node


def folded_constants(program: Program) -> Program:
    """The program with a constant in place of each node whose operands are constants and numbers."""
    return rewritten(program, _folded)


def _folded(node: Result) -> Operand:
    constant = all(isinstance(x, Constant) for x in node.values()) and node.values()
    if not constant or node.aval.weak or node.aval.size > LARGEST:
        return node
    values = [x.array if isinstance(x, Constant) else x for x in node.operands]
    with np.errstate(all="ignore"):
        array = np.array(node.op.run(*values, **node.attrs), dtype=node.aval.dtype)
    return Constant(node.aval, array)
