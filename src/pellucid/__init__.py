"""pellucid: machine learning you can see through.

Here: the sub-packages (loaded when first touched), `Tensor`, `compile`, and `save` / `load` of model files.
Elsewhere: everything else lives in its sub-package, and only there.
Imports: nothing until it is asked for; then NumPy first.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pellucid._layers import LAYERS
from pellucid._version import __version__ as __version__

if TYPE_CHECKING:
    from pellucid.compiler._compiled import compile
    from pellucid.persistence._file import load, save
    from pellucid.tensor._tensor import Tensor

_OBJECTS = {
    "Tensor": "pellucid.tensor._tensor",
    "compile": "pellucid.compiler._compiled",
    "load": "pellucid.persistence._file",
    "save": "pellucid.persistence._file",
}

__all__ = ["compile", "load", "save", "Tensor"]


def __getattr__(name: str) -> Any:
    if name in LAYERS:
        return import_module(f"pellucid.{name}")
    if name in _OBJECTS:
        value = getattr(import_module(_OBJECTS[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}; sub-packages are: {', '.join(LAYERS)}")


def __dir__() -> list[str]:
    return sorted([*LAYERS, *__all__, "__version__"])
