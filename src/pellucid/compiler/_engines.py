"""The one table of engines.

Here: `ENGINES`, `engine_named`.  Elsewhere: each engine is in a module of its own.
Imports: pellucid.errors, pellucid.compiler; an engine's own libraries when it is first asked for.
"""

from collections.abc import Callable

from pellucid.compiler._engine import Engine
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.errors import ParameterError


def _native() -> Engine:
    from pellucid.compiler.native._engine import NativeEngine  # and with it llvmlite

    return NativeEngine()


ENGINES: dict[str, Callable[[], Engine]] = {"numpy": NumpyEngine, "native": _native}
"""name -> what makes the engine."""


def engine_named(name: str) -> Engine:
    """The engine of that name.  Raises ParameterError for a name that is none."""
    if name not in ENGINES:
        raise ParameterError(f"engine: there is no engine {name!r}; choose one of {', '.join(map(repr, ENGINES))}.")
    return ENGINES[name]()
