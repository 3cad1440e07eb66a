"""The XLA engine: programs as functions of JAX, for whatever JAX runs on.

Here: `XlaEngine`, for `compile(fn, engine=XlaEngine(jax.devices()))`, loaded when it is asked for, as JAX may be
missing; `_engine.py` is where to begin to read.
Elsewhere: programs are in pellucid.compiler.
Imports: numpy, jax, pellucid.ops, pellucid.compiler.
"""

__all__: list[str] = []


def __getattr__(name: str) -> object:
    if name != "XlaEngine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pellucid.compiler.xla._engine import XlaEngine

    return XlaEngine
