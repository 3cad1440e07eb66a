"""Watching a fit: named moments, and an interruption that keeps what was learned.

Here: `Callback` (the moments), `History` and `ProgressBar` (two of its kinds), `Watch` (the loop's side of it).
Elsewhere: `Estimator.set_callbacks` stores them; an iterative fit opens a `Watch` around its loop; callbacks of
scikit-learn's protocol follow the same moments through _fit_tasks.py.
Imports: pellucid.errors and this package.
"""

import sys
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, final

from pellucid.base._kin import kin
from pellucid.errors import ConvergenceWarning

if TYPE_CHECKING:
    from pellucid.base._estimator import Estimator


class Callback:
    """What is called at the moments of a fit; override those you want, the others do nothing.

    >>> class StopAt(Callback):
    ...     def __init__(self, last):
    ...         self.last = last
    ...     def on_step_end(self, estimator, step, values):
    ...         return step >= self.last
    >>> StopAt(3).on_step_end(None, 3, {"loss": 0.1})
    True
    """

    def on_fit_begin(self, estimator: "Estimator", steps: int | None) -> None:
        """The loop is about to start; `steps` is the most it may take, None when that is not known."""

    def on_step_end(self, estimator: "Estimator", step: int, values: Mapping[str, float]) -> bool | None:
        """Step `step` (the first is 1) is done and `estimator` could predict now; True asks to stop here.

        values: numbers of this step by name, such as "loss".
        """
        return None

    def on_fit_end(self, estimator: "Estimator") -> None:
        """The loop is over: finished, stopped, interrupted or failed."""


@final
class History(Callback):
    """Keeps the values of every step of the last fit, one row a step.

    >>> history = History()
    >>> history.on_step_end(None, 1, {"loss": 0.5})
    >>> history.rows
    [{'step': 1, 'loss': 0.5}]
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def on_fit_begin(self, estimator: "Estimator", steps: int | None) -> None:
        self.rows = []

    def on_step_end(self, estimator: "Estimator", step: int, values: Mapping[str, float]) -> None:
        self.rows.append({"step": step, **values})


@final
class ProgressBar(Callback):
    """Writes one line to standard error: redrawn at each step on a terminal, once at the end elsewhere.

    >>> import contextlib, io
    >>> with contextlib.redirect_stderr(io.StringIO()) as err:
    ...     bar = ProgressBar()
    ...     bar.on_fit_begin("an estimator", 10)
    ...     bar.on_step_end("an estimator", 1, {"loss": 0.5})
    ...     bar.on_fit_end("an estimator")
    >>> err.getvalue()
    'str step 1/10  loss 0.5\\n'
    """

    def __init__(self) -> None:
        self._line = ""
        self._of = ""

    def on_fit_begin(self, estimator: "Estimator", steps: int | None) -> None:
        self._line, self._of = "", "" if steps is None else f"/{steps}"

    def on_step_end(self, estimator: "Estimator", step: int, values: Mapping[str, float]) -> None:
        shown = "  ".join(f"{name} {value:.6g}" for name, value in values.items())
        width = len(self._line)
        self._line = f"{type(estimator).__name__} step {step}{self._of}  {shown}"
        if sys.stderr.isatty():
            sys.stderr.write("\r" + self._line.ljust(width))
            sys.stderr.flush()

    def on_fit_end(self, estimator: "Estimator") -> None:
        if self._line:
            sys.stderr.write("\n" if sys.stderr.isatty() else self._line + "\n")


@final
class Watch:
    """The loop's side of the callbacks: `with Watch(self, steps) as watch: ... if watch.step(loss=...): break`.

    Callbacks that saw the beginning see the end, whatever happens between.  Ctrl-C inside the block ends it quietly
    with `estimator.interrupted_ = True` and a ConvergenceWarning, so that fit goes on with what the loop has so far.

    >>> from pellucid.base import Estimator
    >>> class Count(Estimator):
    ...     def fit(self, X=None, y=None):
    ...         with Watch(self, steps=3) as watch:
    ...             while watch.steps_done < 3 and not watch.step(loss=1 / (watch.steps_done + 1)):
    ...                 pass
    ...         return self
    >>> history = History()
    >>> Count().set_callbacks(history).fit().interrupted_, [row["loss"] for row in history.rows]
    (False, [1.0, 0.5, 0.3333333333333333])
    """

    def __init__(self, estimator: "Estimator", steps: int | None = None) -> None:
        self._estimator, self._steps = estimator, steps
        self._open = ExitStack()
        hooks: Callback | None = vars(estimator).get("_fit_hooks")  # those of scikit-learn's protocol, all in one
        self.callbacks = [callback for callback in (*estimator.callbacks, hooks) if isinstance(callback, Callback)]
        self.steps_done = 0

    def __enter__(self) -> "Watch":
        self._estimator.interrupted_ = False
        with ExitStack() as opening:
            for callback in self.callbacks:
                callback.on_fit_begin(self._estimator, self._steps)
                opening.callback(callback.on_fit_end, self._estimator)
            self._open = opening.pop_all()
        return self

    def step(self, **values: float) -> bool:
        """Tell every callback that a step is done; True when one of them asks to stop."""
        self.steps_done += 1
        answers = [callback.on_step_end(self._estimator, self.steps_done, values) for callback in self.callbacks]
        return any(answers)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._open.close()
        if not isinstance(error, KeyboardInterrupt):
            return False
        self._estimator.interrupted_ = True
        name = type(self._estimator).__name__
        told = kin(
            ConvergenceWarning,
            f"{name}: interrupted after step {self.steps_done}; it keeps what it had learned by then. "
            "Call fit again to train to the end.",
        )
        warnings.warn(told, stacklevel=3)
        return True
