"""The order of the passes.

Here: `PASSES` and `simplified`.  Elsewhere: each pass is in a module of its own.
Imports: pellucid.compiler.
"""

from collections.abc import Callable

from pellucid.compiler._program import Program
from pellucid.compiler.passes._algebra import simpler_algebra
from pellucid.compiler.passes._constants import folded_constants
from pellucid.compiler.passes._maxima import earlier_maxima
from pellucid.compiler.passes._repeats import shared_repeats

PASSES: tuple[Callable[[Program], Program], ...] = (folded_constants, simpler_algebra, shared_repeats, earlier_maxima)


def simplified(program: Program) -> Program:
    """The program after every pass, each in its turn.

    >>> import numpy as np
    >>> from pellucid.compiler import trace
    >>> program = trace(lambda x: (x * 1 + (x + 2)) * ((x + 2) + x), np.ones(3)).program
    >>> len(program.nodes), len(simplified(program).nodes)
    (6, 3)
    """
    for change in PASSES:
        program = change(program)
    return program
