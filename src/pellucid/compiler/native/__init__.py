"""The native engine: programs as machine code for this processor, by way of LLVM.

Here: the modules of the engine; `_engine.py` is where to begin.
Elsewhere: programs are in pellucid.compiler.
Imports: numpy, llvmlite, pellucid.compiler.
"""

__all__: list[str] = []
