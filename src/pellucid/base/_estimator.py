"""The estimator: parameters that are stored as given, a state that fit learns, and nothing else.

Here: `Estimator`, the abstract parent of everything with a `fit`; it keeps scikit-learn's contract without needing it.
Elsewhere: what a classifier, regressor or transformer adds is in _roles.py; checks of X in _tables.py, of y in
_targets.py; limits in _limits.py; callbacks in _callbacks.py and, of scikit-learn's protocol, in _fit_tasks.py.
Imports: numpy, pellucid.errors and this package.
"""

import inspect
import sys
from abc import ABC
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

from pellucid.base._available import Available
from pellucid.base._callbacks import Callback
from pellucid.base._clone import clone
from pellucid.base._fit_tasks import FITS, HOOKS, Announced, takes_tasks
from pellucid.base._kin import kin
from pellucid.base._limits import Limit, check_limits
from pellucid.base._tables import Array, check_columns, check_finite, check_table, is_plain, read_table
from pellucid.base._traits import Role, Traits, sklearn_tags
from pellucid.errors import ModelFileError, NotFittedError, ParameterError

_SEEN = ("n_features_in_", "feature_names_in_", "interrupted_")  # what a fit notes before it has learned anything


class Estimator(ABC):
    """Something with parameters and a `fit`.

    A subclass writes three things: `__init__`, which only assigns its arguments to attributes of the same names; the
    table `limits`, a row for each of them; and `fit`, which begins with `_begin_fit()`, sets attributes that end in an
    underscore and returns self.  Each such attribute is annotated in the class body: these annotations are the list of
    what can be learned, stored and loaded.

    >>> from pellucid.base import Whole
    >>> class Mean(Estimator):
    ...     limits = {"digits": Whole(low=0)}
    ...     mean_: float
    ...     def __init__(self, digits: int = 2) -> None:
    ...         self.digits = digits
    ...     def fit(self, X, y=None):
    ...         self._begin_fit()
    ...         self.mean_ = round(float(self._fit_table(X).mean()), self.digits)
    ...         return self
    >>> Mean(digits=1).fit([[1.0], [2.0], [2.0]]).mean_
    1.7
    >>> Mean(digits=1)
    Mean(digits=1)
    """

    limits: ClassVar[Mapping[str, Limit]] = {}
    """One row a parameter: the check at fit, the error, the command-line flag and a generated test read it."""

    parts: ClassVar[str | None] = None
    """The parameter that lists inner estimators as rows (name, estimator, ...), in a class that is made of such."""

    role: ClassVar[Role | None] = None

    n_features_in_: int
    """Columns of X that fit saw."""
    feature_names_in_: Array
    """Their names (D,), where X was a frame with names."""
    interrupted_: bool
    """Whether Ctrl-C ended the last iterative fit early."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in FITS:
            own = vars(cls).get(name)
            if isinstance(own, Available):
                own.method = Announced(own.method)
            elif own is not None:
                setattr(cls, name, Announced(own))

    # -- parameters

    @final
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; with `deep`, also those of estimators among them, as `name__inner`.

        The estimators listed in `parts` are there by their own names.
        """
        own = {name: getattr(self, name) for name in parameters(type(self))}
        if not deep:
            return own
        named = {**(_named(own[self.parts]) if self.parts else {}), **own}
        params = dict(named)
        for name, value in named.items():
            if hasattr(value, "get_params") and not isinstance(value, type):
                params.update({f"{name}__{inner}": held for inner, held in value.get_params().items()})
        return params

    @final
    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, those of estimators among them as `name__inner`; returns self.

        An estimator listed in `parts` is replaced by its name.  Values are checked at fit, names here.
        Raises ParameterError for a name that is none of the parameters.
        """
        own, inner = _by_depth(params)
        parts = own.get(self.parts, getattr(self, self.parts)) if self.parts else []
        known = [*parameters(type(self)), *_named(parts)]
        for name in (*own, *inner):
            if name not in known:
                raise ParameterError(_no_such_parameter(type(self), known, name))
        for name in own.keys() & parameters(type(self)).keys():
            setattr(self, name, own[name])
        if self.parts and own.keys() & _named(parts).keys():
            setattr(self, self.parts, [(row[0], own.get(row[0], row[1]), *row[2:]) for row in parts])
        held = self.get_params(deep=False)
        if self.parts:
            held |= _named(held[self.parts])
        for name, nested in inner.items():
            if not hasattr(held[name], "set_params"):
                raise ParameterError(
                    f"{type(self).__name__}: {name} is {held[name]!r}, which has no parameters; "
                    f"set {name} itself before {name}__{next(iter(nested))}."
                )
            held[name].set_params(**nested)
        return self

    @final
    def __repr__(self) -> str:
        """The call that would rebuild the estimator, without the parameters that have their default value."""
        defaults = parameters(type(self))
        given = {name: getattr(self, name, default) for name, default in defaults.items()}
        shown = [f"{name}={value!r}" for name, value in given.items() if repr(value) != repr(defaults[name])]
        return f"{type(self).__name__}({', '.join(shown)})"

    @final
    def _check_params(self) -> None:
        """Raise ParameterError for the first parameter outside its limit."""
        check_limits(type(self).__name__, vars(self), self.limits, parameters(type(self)))

    # -- fit

    @final
    def set_callbacks(self, *callbacks: Any) -> Self:
        """Have `callbacks` called at the moments of every iterative fit; none takes them away.  Returns self.

        They are instances of `pellucid.base.Callback`, or follow scikit-learn's protocol, as those of sklearn.callback
        do: fits without steps tell these of one task.  Raises ParameterError for anything else.
        """
        for callback in callbacks:
            if not (isinstance(callback, Callback) or takes_tasks(callback)):
                raise ParameterError(
                    f"{type(self).__name__}.set_callbacks: {callback!r} is not a Callback; "
                    "give instances of pellucid.base.Callback, such as ProgressBar(), "
                    f"or objects with scikit-learn's hooks {', '.join(HOOKS)}."
                )
        self._callbacks = callbacks
        return self

    @property
    @final
    def callbacks(self) -> tuple[Any, ...]:
        """Those given to `set_callbacks`."""
        held: tuple[Any, ...] = vars(self).get("_callbacks", ())
        return held

    @property
    @final
    def _skl_callbacks(self) -> list[Any]:
        """Where scikit-learn looks for those it has handed down."""
        return [callback for callback in self.callbacks if takes_tasks(callback)]

    @final
    def _begin_fit(self) -> None:
        """Check the parameters, then forget what was learned: a fit that fails leaves no half of an older one."""
        self._check_params()
        for name in learnable(type(self)):
            vars(self).pop(name, None)

    @final
    def _fit_table(self, X: Any) -> Array:
        """X as a checked table (N, D) of float64 or float32; notes its width and names.  For use in fit."""
        table, names = check_table(X, where=type(self).__name__, missing=self._traits().missing)
        self.n_features_in_ = table.shape[1]
        if names is not None:
            self.feature_names_in_ = names
        return table

    @final
    def _table(self, X: Any) -> Array:
        """X as a checked table (N, D) with the columns fit saw.  For use after fit; a plain array takes a short way."""
        if is_plain(X, self.n_features_in_):
            plain: Array = X
            return plain
        where = type(self).__name__
        table, names = read_table(X, where=where)
        check_columns(table, names, self.n_features_in_, vars(self).get("feature_names_in_"), where=where)
        check_finite(table, names, where=where, missing=self._traits().missing)
        return table

    def _traits(self) -> Traits:
        """What this estimator accepts and promises."""
        return Traits()

    # -- what fit learned

    if not TYPE_CHECKING:  # a type checker would take it to mean that every name exists

        def __getattr__(self, name: str) -> Any:
            """Only called for what is not there: names the missing fit when fit is what would have set it."""
            if name not in learnable(type(self)):
                offer = inspect.getattr_static(type(self), name, None)
                if isinstance(offer, property) and name.endswith("_") and not self.__sklearn_is_fitted__():
                    raise kin(NotFittedError, f"{type(self).__name__} is not fitted yet: call fit first, then {name}.")
                why = f": {offer.says}" if isinstance(offer, Available) else ""
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{why}")
            owner = type(self).__name__
            if self.__sklearn_is_fitted__():
                raise AttributeError(f"{owner} has been fitted, but that fit had no {name} to set.")
            raise kin(NotFittedError, f"{owner} is not fitted yet: fit learns {name}; call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        learned = [name for name in learnable(type(self)) if name not in _SEEN]
        return any(name in vars(self) for name in learned or _SEEN)

    def __sklearn_tags__(self) -> Any:
        return sklearn_tags(self.role, self._traits())

    def __sklearn_clone__(self) -> Self:
        """What `clone`, ours and scikit-learn's, gives: unfitted, parameters copied, callbacks shared."""
        params = {name: clone(held) for name, held in self.get_params(deep=False).items()}
        return type(self)(**params).set_callbacks(*self.callbacks)

    @final
    def to_record(self) -> dict[str, Any]:
        """Parameters and learned attributes, for a model file; ModelFileError for what no file can hold."""
        self._check_storable()
        state = {name: vars(self)[name] for name in learnable(type(self)) if name in vars(self)}
        return {"params": self.get_params(deep=False), "state": state}

    @classmethod
    @final
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The estimator that `to_record` was called on; a record sets parameters and learned attributes, and no more.

        Raises ModelFileError for names this class does not know, ParameterError for values outside their limits.
        """
        params, state = dict(record["params"]), dict(record["state"])
        unknown = sorted({*params} - {*parameters(cls)} | {*state} - {*learnable(cls)})
        if unknown:
            raise ModelFileError(
                f"{cls.__name__}: the record holds {', '.join(unknown)}, which this version does not know; "
                "it was written by another version or is damaged."
            )
        estimator = cls(**params)
        estimator._check_params()
        vars(estimator).update(state)
        if estimator.__sklearn_is_fitted__():
            estimator._check_learned()
        return estimator

    def _check_storable(self) -> None:  # noqa: B027  # most hold plain values, of which the file's writer judges
        """Raise ModelFileError for parameters or learned attributes that a model file cannot hold."""

    def _check_learned(self) -> None:  # noqa: B027  # most have nothing to add
        """Raise ModelFileError when learned attributes read from a file do not fit together."""


@cache
def parameters(kind: type) -> Mapping[str, Any]:
    """Parameters of an estimator class and their defaults, in the order of `__init__`."""
    signature = inspect.signature(kind.__init__)  # type: ignore[misc]  # the one of this very class is meant
    taken = list(signature.parameters.values())[1:]
    return {p.name: p.default for p in taken if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


@cache
def learnable(kind: type) -> tuple[str, ...]:
    """Attributes that fit may set: the names annotated in the class or its parents that end in one underscore."""
    named = [name for parent in reversed(kind.__mro__) for name in _annotated(parent)]
    return tuple(dict.fromkeys(name for name in named if name.endswith("_") and not name.startswith("_")))


def _annotated(kind: type) -> list[str]:
    """Names annotated in the class body; what the annotations mean is not asked, they may name types not loaded."""
    if sys.version_info >= (3, 14):  # evaluates annotations on reading, unless told not to
        import annotationlib

        return list(annotationlib.get_annotations(kind, format=annotationlib.Format.FORWARDREF))
    return list(inspect.get_annotations(kind))


def _by_depth(params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Own parameters, and those of inner estimators by the name of their holder."""
    own: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in params.items():
        name, mark, rest = path.partition("__")
        if mark:
            inner.setdefault(name, {})[rest] = value
        else:
            own[name] = value
    return own, inner


def _named(parts: Any) -> dict[str, Any]:
    """The estimators of a list of rows (name, estimator, ...) by name; none where it is no such list, as fit will say.

    A name that stands twice means the last; fit refuses it.
    """
    rows = parts if isinstance(parts, list | tuple) else []
    whole = [row for row in rows if isinstance(row, list | tuple) and len(row) >= 2 and isinstance(row[0], str)]
    return {row[0]: row[1] for row in whole}


def _no_such_parameter(kind: type, known: Iterable[str], name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"{kind.__name__} has no parameter {name!r}; it has {', '.join(known) or 'none'}.{hint}"
