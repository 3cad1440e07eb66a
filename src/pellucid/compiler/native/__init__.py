"""The native engine: programs as machine code for this processor, by way of LLVM.

Here: `NativeEngine`, for `compile(fn, engine=NativeEngine(threads=1))`; `_engine.py` is where to begin to read.
Elsewhere: programs are in pellucid.compiler.
Imports: numpy, llvmlite, pellucid.compiler.
"""

from pellucid.compiler.native._engine import NativeEngine

__all__ = ["NativeEngine"]
