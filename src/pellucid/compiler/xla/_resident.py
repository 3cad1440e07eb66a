"""The state of a program on the device, from one call to the next.

Here: `Resident`.
Elsewhere: calls that fetch the state each time, and many steps in one call, are in _engine.py.
Imports: numpy, pellucid.compiler.
"""

from collections.abc import Sequence
from typing import Any, final

from pellucid.compiler._engine import Answers
from pellucid.compiler.xla._engine import Xla, wide


@final
class Resident:
    """A program whose state is put on the device once, renewed there in place, and fetched when asked for.

    given: as for a run.  What stands where the state came from is of old until `updates` are written there.

    >>> import numpy as np
    >>> from pellucid import Tensor
    >>> from pellucid.compiler import trace
    >>> total = Tensor([0.0, 0.0])
    >>> def add(x):
    ...     total[...] = total + x
    >>> program = trace(add, np.ones(2, np.float32)).program
    >>> stay = Resident(Xla(program), [np.ones(2, np.float32), total.data])
    >>> for x in ([1, 2], [3, 4]):
    ...     answers = stay([np.array(x, np.float32), None])
    >>> total.tolist(), stay.updates()[0].tolist()
    ([0.0, 0.0], [4.0, 6.0])
    """

    def __init__(self, run: Xla, given: Sequence[Any]) -> None:
        self._run, self._now = run, list(given)
        self._counts = {run.host.places[k]: j for k, j in run.host.moved}
        self._made: list[Any] = []
        self._plain: list[Any] | None = None
        with wide():
            for i in run.state:
                self._now[i] = run.place.own(given[i])

    def __call__(self, given: Sequence[Any]) -> Answers:
        """A step, without its updates; what is given for the state is not read.  One that fails changes nothing."""
        run = self._run
        kept = {*run.state, *self._counts}
        self._now = [self._now[i] if i in kept else x for i, x in enumerate(given)]
        said, (state, made, *rest) = run.launch(self._now)
        for i, x in zip(run.state, state, strict=True):
            self._now[i] = x
        outputs, flags = map(run.place.fetched, rest)
        holds = run.holding(flags.tolist(), said.holds)
        if all(holds):
            self._made, self._plain = made, said.updates
            for i, j in self._counts.items():
                self._now[i] = type(self._now[i])(said.updates[j])
        return Answers(run.own(outputs, said.outputs), [], holds)

    def updates(self) -> list[Any]:
        """The state as it is now, in the order of the program's updates; empty before the first step."""
        if self._plain is None:
            return []
        state, made = self._run.place.fetched([[self._now[i] for i in self._run.state], self._made])
        return self._run.updates([x.copy() for x in state], made, self._plain)
