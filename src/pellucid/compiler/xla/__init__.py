"""The XLA engine: programs as functions of JAX, for whatever JAX runs on.

Here: the modules of the engine; `_engine.py` is where to begin.
Elsewhere: programs are in pellucid.compiler.
Imports: numpy, jax, pellucid.ops, pellucid.compiler.
"""

__all__: list[str] = []
