"""The training loop: epochs of steps, each forward, backward, update.

Here: `Training`, which owns the loop, and `Epoch`, the row it yields after each pass over the data.
Elsewhere: when to stop is in _stopping.py; what a step computes is the caller's loss; batches are pellucid.data's.
Imports: pellucid.base, pellucid.errors, pellucid.tensor, pellucid.compiler, pellucid.nn, pellucid.optim.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol, final

from pellucid.base._interruption import Interruption
from pellucid.compiler import trace
from pellucid.compiler._compiled import compile
from pellucid.errors import DataError, TraceError
from pellucid.nn import Module
from pellucid.optim import Optimizer
from pellucid.tensor._tensor import Tensor
from pellucid.train._stopping import EarlyStopping

Batch = tuple[Any, ...]
OVERHEAD_SECONDS = 3e-4  # of an eager step, whatever its size
EAGER_FLOPS = 2e10  # a second, of eager products
WORTH_SECONDS = 8.0  # of eager steps: compiling takes one to three, and makes the rest two to four times as fast


class Batches(Iterable[Batch], Sized, Protocol):
    """Batches of arrays, anew each time they are walked; DataLoader is one."""


@final
@dataclass(frozen=True, slots=True)
class Epoch:
    """What one pass over the data gave.

    >>> Epoch(1, 0.5, 0.001, 2.0, True, {"validation_loss": 0.6}).values()
    {'loss': 0.5, 'validation_loss': 0.6}
    """

    number: int  # the first is 1
    loss: float  # mean over the rows of the epoch, each at the weights its batch met
    rate: float  # learning rate of the first parameter group, at the end of the epoch
    seconds: float  # training and validation together
    improved: bool  # whether the monitored number is the best so far; True throughout without early stopping
    validation: Mapping[str, float] = field(default_factory=dict)

    def values(self) -> dict[str, float]:
        """The numbers of the epoch by name, for callbacks and records."""
        return {"loss": self.loss, **self.validation}


@final
class Training:
    """Fits a model by steps, each of them

        zero_grad()  ->  loss(model, batch)  ->  backward()  ->  optimizer.step()

    loss: from the model and one batch, the mean loss of the batch's rows as a Tensor of one entry.
    batches: what a DataLoader gives: tuples of arrays, the first axis of the first of them counting rows.
    prepare: makes of such a batch what loss is given.
    engine: "numpy" takes every step eagerly; "native" and other names of pellucid.compiler.ENGINES compile it; "auto"
        compiles natively when the steps that may come would take longer than compiling, by an estimate from their
        number and their products alone, so that the same call does the same on every machine.
    validate: called with the model in evaluation mode after each epoch; its numbers join the epoch's.
    stopping: keeps the best weights and ends the loop; they are back in the model when the loop is over.
    after_step, after_epoch: called there, for schedules.

    `epochs` is an iterator, so that the caller's own `for` can look at everything between two epochs; leaving it early
    is allowed. Ctrl-C is raised between two steps, never within one; then, too, the best weights are put back.
    Raises DataError when the loss is no longer a finite number, or when there is no batch.

    >>> import numpy as np
    >>> from pellucid import nn, optim
    >>> x = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]
    >>> net = nn.Linear(1, 1, seed=0)
    >>> training = Training(net, lambda net, batch: nn.MSELoss()(net(batch[0]), batch[1]),
    ...                     optim.SGD(net.parameters(), lr=0.5), [(x, 3 * x + 1)])
    >>> losses = [epoch.loss for epoch in training.epochs(100)]
    >>> losses[-1] < 1e-6, round(net.weight.item(), 2), round(net.bias.item(), 2)
    (True, 3.0, 1.0)
    """

    def __init__(
        self,
        model: Module,
        loss: Callable[[Module, Batch], Tensor],
        optimizer: Optimizer,
        batches: Batches,
        *,
        prepare: Callable[[Batch], Batch] | None = None,
        validate: Callable[[Module], Mapping[str, float]] | None = None,
        stopping: EarlyStopping | None = None,
        after_step: Callable[[], Any] | None = None,
        after_epoch: Callable[[], Any] | None = None,
        engine: str = "numpy",
    ) -> None:
        self.model, self.loss, self.optimizer, self.batches = model, loss, optimizer, batches
        self.prepare, self.validate, self.stopping, self.engine = prepare, validate, stopping, engine
        self.after_step, self.after_epoch = after_step, after_epoch
        self.steps = 0  # updates made so far
        self._update: Callable[..., Any] | None = None  # a step, eager or compiled; decided at the first batch
        self._eager: Callable[..., Any] = self._written()
        self._most_steps = 0

    def epochs(self, most: int) -> Iterator[Epoch]:
        """Up to `most` passes over the data, a row after each; ends in evaluation mode, with the best weights."""
        self._most_steps = most * len(self.batches)
        try:
            for number in range(1, most + 1):
                with Interruption() as ctrl_c:
                    epoch = self._epoch(number, ctrl_c)
                yield epoch
                if self.stopping is not None and self.stopping.exhausted:
                    break
        finally:
            if self.stopping is not None:
                self.stopping.restore(self.model)
            self.model.eval()

    def _epoch(self, number: int, ctrl_c: Interruption) -> Epoch:
        began = perf_counter()
        self.model.train()
        loss = self._pass(number, ctrl_c)
        if self.after_epoch is not None:
            self.after_epoch()
        self.model.eval()
        validation = dict(self.validate(self.model)) if self.validate is not None else {}
        improved = self.stopping is None or self.stopping.judge({"loss": loss, **validation}, self.model)
        rate = float(self.optimizer.param_groups[0]["lr"])
        return Epoch(number, loss, rate, perf_counter() - began, improved, validation)

    def _pass(self, number: int, ctrl_c: Interruption) -> float:
        """A step for each batch; the mean loss of their rows."""
        total, rows = 0.0, 0
        for batch in self.batches:
            loss = self._step(batch)
            if not math.isfinite(loss):
                raise DataError(
                    f"training: the loss is {loss} at step {self.steps} (epoch {number}). Bring the features to "
                    "similar scales (pellucid.preprocessing.StandardScaler), lower the learning rate, or look for "
                    "missing or huge values."
                )
            total += loss * len(batch[0])
            rows += len(batch[0])
            ctrl_c.check()
        if not rows:
            raise DataError(f"training: epoch {number} had no batch; give rows, or drop_last=False.")
        return total / rows

    def _step(self, batch: Batch) -> float:
        """One update; the batch's mean loss at the weights before it."""
        given = batch if self.prepare is None else self.prepare(batch)
        if self._update is None:
            self._update = self._chosen(self._eager, given)
        try:
            loss = self._update(*given)
        except TraceError:  # a loss that counts its calls, say, which is found out late
            if self.engine != "auto":
                raise
            self._update = self._eager
            loss = self._update(*given)
        self.steps += 1
        if self.after_step is not None:
            self.after_step()
        return float(loss)

    def _written(self) -> Callable[..., Tensor]:
        """The step as a function of a batch."""
        model, of_batch, optimizer = self.model, self.loss, self.optimizer

        def update(*batch: Any) -> Tensor:
            def closure() -> Tensor:
                optimizer.zero_grad()
                loss = of_batch(model, batch)
                loss.backward()
                return loss

            return optimizer.step(closure)

        return update

    def _chosen(self, update: Callable[..., Tensor], batch: Batch) -> Callable[..., Any]:
        """The step as it is, or compiled."""
        if self.engine == "numpy":
            return update
        if self.engine != "auto":
            return compile(update, engine=self.engine)
        if self._most_steps * OVERHEAD_SECONDS < WORTH_SECONDS / 50:
            return update
        try:
            flops = trace(update, *batch).program.flops
        except TraceError:  # a loss that looks at its values
            return update
        eager = self._most_steps * (OVERHEAD_SECONDS + flops / EAGER_FLOPS)
        return compile(update) if eager > WORTH_SECONDS else update
