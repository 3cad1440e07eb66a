"""The handle by which a hook is taken away again.

Here: `HookHandle`.  Elsewhere: hooks are registered and run by Module (_module.py); those of values, by Tensor.
Imports: nothing.
"""

from collections.abc import Callable
from itertools import count
from types import TracebackType
from typing import Any, Self, final

Hook = tuple[str, Callable[..., Any]]  # "before" or "after" the forward pass, and what to call

_numbers = count()


@final
class HookHandle:
    """A registered hook; `remove()` ends it, once or again, and so does leaving a `with` block."""

    def __init__(self, hooks: dict[int, Hook], hook: Hook) -> None:
        self._hooks = hooks
        self._number = next(_numbers)
        hooks[self._number] = hook

    def remove(self) -> None:
        """Call the hook no more."""
        self._hooks.pop(self._number, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()
