"""Callbacks of scikit-learn's protocol (sklearn.callback, 1.9) at our fits, without scikit-learn.

Such a callback has four hooks: `setup`, `on_fit_task_begin`, `on_fit_task_end`, `teardown`.  It sees a fit as a tree of
tasks: the fit itself, and below it each step of its loop.  Within a pipeline or search of scikit-learn the fit is a
branch of that one's tree.

Here: `takes_tasks` knows such callbacks, `Announced` is a fit that tells them, `FitTask` is what the hooks are given as
context.
Elsewhere: our own callbacks and the loop's side, `Watch`, are in _callbacks.py; `Estimator` stores both kinds.
Imports: numpy, pellucid.errors and this package.
Source: the protocol is described in scikit-learn's developer guide, "Developing callback support".
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from copy import copy, deepcopy
from datetime import UTC, datetime
from functools import cache, update_wrapper, wraps
from types import MethodType
from typing import Any, cast, final
from uuid import UUID, uuid4

import numpy as np

from pellucid.base._callbacks import Callback
from pellucid.errors import ParameterError

FITS = ("fit", "fit_transform", "fit_predict")
HOOKS = ("setup", "on_fit_task_begin", "on_fit_task_end", "teardown")
ASKS_FOR = ("X", "y", "metadata", "fitted_estimator")  # what a hook may take, by name


def takes_tasks(callback: Any) -> bool:
    """Whether this is an instance, not a class, with the four hooks."""
    return not isinstance(callback, type) and all(callable(getattr(callback, hook, None)) for hook in HOOKS)


@final
class FitTask:
    """A task of a fit, with the public attributes of scikit-learn's CallbackContext; iterating gives it and all below.

    max_subtasks is 0 where there is nothing below, None where their number is not known; root_uuid names the tree.
    source_estimator_name and source_task_name: what scikit-learn calls this task, where it called this fit.

    >>> fit = FitTask("Lasso", "fit", max_subtasks=None)
    >>> step = FitTask("Lasso", "step", parent=fit)
    >>> [(task.task_name, task.task_id) for task in fit], step.root_uuid == fit.root_uuid
    ([('fit', 0), ('step', 0)], True)
    """

    def __init__(
        self, estimator_name: str, task_name: str, max_subtasks: int | None = 0, parent: "FitTask | None" = None
    ) -> None:
        self.estimator_name, self.task_name, self.max_subtasks = estimator_name, task_name, max_subtasks
        self.sequential_subtasks = True
        self.parent: Any = parent
        self.task_id = 0
        self.root_uuid: UUID = uuid4() if parent is None else parent.root_uuid
        self.init_time = datetime.now(UTC)
        self.source_estimator_name: str | None = None
        self.source_task_name: str | None = None
        self._below: list[FitTask] = []
        if parent is not None:
            self.task_id = len(parent._below)
            parent._below.append(self)

    def __iter__(self) -> "Iterator[FitTask]":
        yield self
        for task in self._below:
            yield from task

    def __repr__(self) -> str:
        return f"FitTask({self.estimator_name!r}, {self.task_name!r}, task_id={self.task_id})"

    def has_room(self) -> bool:
        """Whether there may be one more task below."""
        return self.max_subtasks is None or len(self._below) < self.max_subtasks

    def stand_in_for(self, task: Any) -> None:
        """Take the place of a task of scikit-learn that consists of this fit."""
        self.parent, self.task_id, self.root_uuid = task.parent, task.task_id, task.root_uuid
        self.source_estimator_name, self.source_task_name = task.estimator_name, task.task_name


@final
class FitHooks(Callback):
    """One fit and the callbacks that follow its tasks; to the loop it is one more callback.

    A step is begun where the one before it ends; one that was begun and not made ends with nothing to show.
    """

    def __init__(self, callbacks: list[Any], estimator: Any, given: Mapping[str, Any]) -> None:
        self._callbacks, self._estimator, self._given = callbacks, estimator, given
        self._fit: FitTask | None = None
        self._step: FitTask | None = None
        self._open = ExitStack()

    def on_fit_begin(self, estimator: Any, steps: int | None) -> None:
        """Begins the fit; when its loop is not its first, the fit goes on."""
        if self._fit is None:
            self._begin(steps)
        self._next_step()

    def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> bool:
        if self._step is None:  # one more than was announced
            self._begin_step()
        stop = self._end_step(self._shown(_still))
        self._next_step()
        return stop

    def on_fit_end(self, estimator: Any) -> None:
        if self._step is not None:
            self._end_step({})

    def finish(self) -> None:
        """The fit succeeded; of one without a loop all there is to tell is told now."""
        if self._fit is None:
            self._begin(0)
        self._tell("on_fit_task_end", self._fit, self._shown(_detached))

    def teardown(self) -> None:
        """Whatever happened: who was set up is taken down."""
        self._open.close()

    def _begin(self, steps: int | None) -> None:
        fit = FitTask(type(self._estimator).__name__, "fit", steps)
        within = vars(self._estimator).get("_parent_callback_ctx")  # put there by scikit-learn
        if within is not None:
            fit.stand_in_for(within)
        self._fit = fit
        for callback in self._callbacks:
            if within is not None and hasattr(callback, "max_propagation_depth"):
                continue  # handed down: set up and taken down where it comes from
            self._open.callback(callback.teardown, estimator=self._estimator, context=fit)
            callback.setup(estimator=self._estimator, context=fit)
        self._tell("on_fit_task_begin", fit, self._given)

    def _next_step(self) -> None:
        """Begin one more step, if the fit may have one."""
        if self._fit is not None and self._fit.has_room():
            self._begin_step()

    def _begin_step(self) -> None:
        self._step = FitTask(type(self._estimator).__name__, "step", parent=self._fit)
        self._tell("on_fit_task_begin", self._step, self._given)

    def _end_step(self, shown: Mapping[str, Any]) -> bool:
        step, self._step = self._step, None  # first: where a callback raises, it has ended
        return self._tell("on_fit_task_end", step, shown)

    def _shown(self, copied: Callable[[Any], Any]) -> dict[str, Any]:
        """What there is to see: with a copy of the model, made when asked for; a search has none before its end."""
        model = (lambda: copied(self._estimator)) if self._estimator.__sklearn_is_fitted__() else None
        return {**self._given, "fitted_estimator": model}

    def _tell(self, hook: str, task: FitTask | None, known: Mapping[str, Any]) -> bool:
        """Call the hook of all, each with what it asks for; True when one answers so."""
        answers, known = [], dict(known)
        for callback in self._callbacks:
            asked = _asked(getattr(callback, hook), type(callback).__name__, hook)
            if "fitted_estimator" in asked and callable(make := known.get("fitted_estimator")):
                known["fitted_estimator"] = make()  # one for all who ask
            told = {name: known.get(name) for name in asked}
            answers.append(bool(getattr(callback, hook)(self._estimator, task, **told)))
        return any(answers)


@final
class Announced:
    """The fit of an estimator; where callbacks follow tasks, it tells them, and elsewhere it is the plain method.

    So warnings name the line that called fit: there is no call in between.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        update_wrapper(cast(Any, self), method)
        self._method = method

    def __get__(self, estimator: Any, owner: type) -> Any:
        if estimator is None:
            return self._method
        callbacks = [callback for callback in estimator.callbacks if not isinstance(callback, Callback)]
        if not callbacks or "_fit_hooks" in vars(estimator):  # the second: one fit calls another
            return MethodType(self._method, estimator)
        return MethodType(_telling(self._method, callbacks), estimator)


def _telling(method: Callable[..., Any], callbacks: list[Any]) -> Callable[..., Any]:
    """The method, between the beginning and the end of its task."""

    @wraps(method)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = inspect.signature(method).bind_partial(self, *args, **kwargs).arguments
        weight = given.get("sample_weight")
        metadata = None if weight is None else {"sample_weight": weight}
        hooks = FitHooks(callbacks, self, {"X": given.get("X"), "y": given.get("y"), "metadata": metadata})
        self._fit_hooks = hooks
        try:
            out = method(self, *args, **kwargs)
            hooks.finish()
            return out
        finally:
            del self._fit_hooks
            hooks.teardown()

    return fit


def _asked(hook: Callable[..., Any], owner: str, name: str) -> list[str]:
    """What a hook takes by name; ParameterError for what no fit can give."""
    taken = _by_name(getattr(hook, "__func__", hook))
    for parameter in taken:
        if parameter not in ASKS_FOR:
            raise ParameterError(
                f"{owner}.{name} asks for {parameter!r}; a fit can give {', '.join(map(repr, ASKS_FOR))}."
            )
    return taken


@cache
def _by_name(hook: Callable[..., Any]) -> list[str]:
    return [p.name for p in inspect.signature(hook).parameters.values() if p.kind == p.KEYWORD_ONLY]


def _detached(estimator: Any) -> Any:
    """A copy that predicts as the estimator does now, and that nobody watches."""
    twin = copy(estimator)
    for name in ("_callbacks", "_fit_hooks", "_parent_callback_ctx"):
        vars(twin).pop(name, None)
    return twin


def _still(estimator: Any) -> Any:
    """The same, which later steps leave as it is."""
    twin = _detached(estimator)
    params = twin.get_params(deep=False)
    vars(twin).update({name: _kept(held) for name, held in vars(twin).items() if name not in params})
    return twin


def _kept(held: Any) -> Any:
    """A copy of what a step may change; parts that are finished are shared, or a forest would be copied every time."""
    if isinstance(held, np.ndarray):
        return held.copy()
    if isinstance(held, list | tuple) and not hasattr(held, "_fields"):
        return type(held)(_kept(item) for item in held)
    frozen = getattr(type(held), "__dataclass_params__", None)
    if hasattr(held, "get_params") or (frozen is not None and frozen.frozen):
        return held
    return deepcopy(held)
