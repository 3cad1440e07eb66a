"""Random numbers that a trace would take over, and every call would use again.

Here: `Chance`.
Elsewhere: layers such as Dropout draw by a counter that is state of the program, so anew at every run.
Imports: the standard library, numpy, pellucid.errors, pellucid.compiler.
"""

import random
from collections.abc import Callable
from typing import Any, final

import numpy as np

from pellucid.compiler._reach import generators_of
from pellucid.errors import TraceError


@final
class Chance:
    """NumPy's and Python's sources of random numbers within reach of a function, and their states before it ran."""

    def __init__(self, fn: Callable[..., Any], args: Any) -> None:
        self._states: list[tuple[str, Callable[[], Any], Any]] = []
        self._note("numpy.random", lambda: np.random.get_state(legacy=False))  # noqa: NPY002  # users draw from it
        self._note("the module random", random.getstate)
        for path, generator in generators_of(fn, args).items():
            if isinstance(generator, random.Random):
                self._note(path, generator.getstate)
            elif isinstance(generator, np.random.RandomState):
                self._note(path, lambda g=generator: g.get_state(legacy=False))  # type: ignore[misc]
            else:
                self._note(path, lambda g=generator: g.bit_generator.state)  # type: ignore[misc]

    def _note(self, path: str, state: Callable[[], Any]) -> None:
        self._states.append((path, state, _plain(state())))

    def check(self) -> None:
        """Raise TraceError where one of them was drawn from."""
        for path, state, before in self._states:
            if _plain(state()) != before:
                raise TraceError(
                    f"compile: the function draws random numbers from {path}, and every call would use the ones of the "
                    "first. Draw them before the call and hand them in, or use layers such as Dropout, which draw anew "
                    "at every run."
                )


def _plain(state: Any) -> Any:
    """A state in which arrays are bytes, so that two can be compared."""
    if isinstance(state, dict):
        return {key: _plain(value) for key, value in state.items()}
    return state.tobytes() if isinstance(state, np.ndarray) else state
