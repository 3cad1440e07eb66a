"""Methods that are there only where something else has them.

Here: `available_if`.
Elsewhere: the sentence that tells a caller why a method is not there is worded in _estimator.py.
Imports: the standard library only.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast, final

M = TypeVar("M", bound=Callable[..., Any])


@final
class Available:
    """A method that an object has as long as `condition` holds of it."""

    def __init__(self, method: Callable[..., Any], condition: Callable[[Any], bool], says: str) -> None:
        self.method: Any = method
        self.condition, self.says = condition, says
        self.__doc__ = method.__doc__

    def __get__(self, held: Any, owner: type) -> Any:
        if held is not None and not self.condition(held):
            raise AttributeError(f"This {owner.__name__} has no {self.method.__name__}: {self.says}.")
        return self.method.__get__(held, owner)


def available_if(condition: Callable[[Any], bool], says: str) -> Callable[[M], M]:
    """Decorator of a method that is offered only by objects of which `condition` holds; `hasattr` tells.

    says: what there would have to be, for the AttributeError.

    >>> class Voice:
    ...     def __init__(self, loud):
    ...         self.loud = loud
    ...     @available_if(lambda self: self.loud, "a quiet one has no shout")
    ...     def shout(self):
    ...         return "HEY"
    >>> hasattr(Voice(False), "shout"), Voice(True).shout()
    (False, 'HEY')
    """

    def offer(method: M) -> M:
        return cast(M, Available(method, condition, says))

    return offer
