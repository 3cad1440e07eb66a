"""Whole training steps as one program, and the engines that run them.

Here: `trace` makes a `Program` of a function; `Compiled`, which `pellucid.compile` gives, runs it; `ENGINES`, by what.
Elsewhere: the primitives a program is made of are in pellucid.ops, symbols in pellucid.tensor.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

from pellucid.compiler._compiled import Compiled
from pellucid.compiler._engines import ENGINES
from pellucid.compiler._program import Program
from pellucid.compiler._tracer import Traced, trace

__all__ = [
    "Compiled",
    "ENGINES",
    "Program",
    "trace",
    "Traced",
]
