"""The one table of engines.

Here: `ENGINES`, `engine_named`.  Elsewhere: each engine is in a module of its own.
Imports: pellucid.errors, pellucid.compiler; an engine's own libraries when it is first asked for.
"""

from collections.abc import Callable
from importlib.util import find_spec

from pellucid.compiler._engine import Engine
from pellucid.compiler._numpy_engine import NumpyEngine
from pellucid.errors import ParameterError


def _native() -> Engine:
    from pellucid.compiler.native._engine import NativeEngine  # and with it llvmlite

    return NativeEngine()


def _xla() -> Engine:
    try:
        from pellucid.compiler.xla._engine import XlaEngine  # and with it JAX
    except ImportError as error:
        if error.name not in ("jax", "jaxlib"):
            raise
        raise ParameterError('engine: "xla" needs JAX, which is not installed; pip install "pellucid[xla]".') from error
    return XlaEngine()


ENGINES: dict[str, Callable[[], Engine]] = {"numpy": NumpyEngine, "native": _native, "xla": _xla}
"""name -> what makes the engine."""


def engine_named(name: str | Engine) -> Engine:
    """The engine of that name, or the one given; "auto": native where llvmlite is installed, else numpy.

    Raises ParameterError for a name that is none.
    """
    if isinstance(name, Engine):
        return name
    if name == "auto":
        name = "native" if find_spec("llvmlite") else "numpy"
    if name not in ENGINES:
        known = ", ".join(map(repr, ("auto", *ENGINES)))
        raise ParameterError(f"engine: there is no engine {name!r}; choose one of {known}.")
    return ENGINES[name]()
