"""Our exceptions, made scikit-learn's as well where scikit-learn is in use.

Code written for scikit-learn catches `sklearn.exceptions.NotFittedError` and filters its `ConvergenceWarning`.
Where that module is loaded already, what we raise is an instance of both; where it is not, nobody can be catching it.

Here: `kin`.  Elsewhere: the exceptions themselves are in pellucid.errors.
Imports: pellucid.errors; never scikit-learn itself.
"""

import sys
from typing import Any, TypeVar

from pellucid.errors import ConvergenceWarning, DataWarning, NotFittedError

_THEIR_NAMES: dict[type[Exception], str] = {
    NotFittedError: "NotFittedError",
    ConvergenceWarning: "ConvergenceWarning",
    DataWarning: "DataConversionWarning",
}
_MADE: dict[tuple[type[Exception], type], Any] = {}

E = TypeVar("E", bound=Exception)


def kin(own: type[E], message: str, theirs: str | None = None) -> E:
    """An instance of `own` with `message`, also an instance of scikit-learn's namesake when that is loaded.

    `theirs` names another one of sklearn.exceptions, where `own` is wider than what scikit-learn has for the case.

    >>> isinstance(kin(NotFittedError, "fit first"), NotFittedError)
    True
    """
    return _both(own, theirs or _THEIR_NAMES[own])(message)


def _both(own: type[E], name: str) -> type[E]:
    theirs = getattr(sys.modules.get("sklearn.exceptions"), name, None)
    if theirs is None:
        return own
    if (own, theirs) not in _MADE:
        parts: dict[str, Any] = {
            "__module__": own.__module__,
            "__doc__": own.__doc__,
            "__reduce__": _reduce,
            "_made_of": (own, name),
        }
        _MADE[own, theirs] = type(name, (own, theirs), parts)
    made: type[E] = _MADE[own, theirs]
    return made


def _reduce(self: Any) -> tuple[Any, ...]:
    """How a made class is pickled, as joblib does to carry it out of a worker: by its parents and its message."""
    own, name = self._made_of
    return kin, (own, str(self), name)
