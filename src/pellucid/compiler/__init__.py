"""Whole training steps as one program, and the engines that run them.

Here: `compile` makes a function run as a `Program`; `trace` gives the program alone; `Engine` is what runs programs.
Elsewhere: the primitives a program is made of are in pellucid.ops, symbols in pellucid.tensor.
Imports: numpy, pellucid.errors, pellucid.ops, pellucid.tensor.
"""

from pellucid.compiler._compiled import Compiled, compile
from pellucid.compiler._engines import ENGINES
from pellucid.compiler._program import Program
from pellucid.compiler._tracer import Traced, trace

__all__ = [
    "compile",
    "Compiled",
    "ENGINES",
    "Program",
    "trace",
    "Traced",
]
