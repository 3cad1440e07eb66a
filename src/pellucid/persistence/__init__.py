"""The one model-file format: a safetensors file whose metadata holds one JSON document with a closed list of kinds.

Here: `register`, by which a class becomes storable; `KINDS`, the closed list; `atomic_write`, for any file.
Elsewhere: `save` and `load` are offered by the root, as `pellucid.save` and `pellucid.load`; threats in SECURITY.md.
Imports: numpy and pellucid.errors only; a kind's home package is imported when a file asks for that kind.
"""

from pellucid.persistence._atomic import atomic_write
from pellucid.persistence._kinds import KINDS, register

__all__ = ["atomic_write", "KINDS", "register"]
