"""What every network estimator shares: the parameters of training, and the fit that uses them.

Here: `NetworkEstimator`.
Elsewhere: the networks are built in _perceptron.py and _convolutional.py; the loop is pellucid.train's.
Imports: numpy, pellucid.errors, pellucid.base, pellucid.data, pellucid.model_selection, pellucid.nn, pellucid.optim,
pellucid.random, pellucid.train.
"""

import warnings
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

import pellucid.nn as nn
import pellucid.optim as optim
from pellucid.base import Choice, Estimator, Flag, Kind, Limit, OneOf, Real, Watch, Whole, kin
from pellucid.base._tables import Array
from pellucid.data import ArrayDataset, DataLoader
from pellucid.errors import ConvergenceWarning, DataError
from pellucid.model_selection import train_test_split
from pellucid.neural_network._heads import Head, forward
from pellucid.random import generator, integer_seed
from pellucid.tensor._tensor import Tensor
from pellucid.train import EarlyStopping, Training

_PREDICT_BYTES = 16 * 2**20  # of inputs in one block of rows; activations are a few times that


class Rows(NamedTuple):
    """Inputs (N, ..), targets in the form the head wants (N, ..), weights (N,) with mean 1, or None."""

    x: Array
    targets: Array
    weights: Array | None

    def take(self, rows: Array) -> "Rows":
        """The rows numbered `rows`."""
        return Rows(self.x[rows], self.targets[rows], None if self.weights is None else self.weights[rows])


class NetworkEstimator(Estimator):
    """A network trained by gradient steps on minibatches; subclasses say what the network is and what it reads."""

    limits: ClassVar[Mapping[str, Limit]] = {
        "solver": Choice("adam", "sgd", "lbfgs"),
        "alpha": Real(low=0.0, says="weight of the L2 penalty"),
        "batch_size": OneOf(Whole(low=1), Choice("auto")),
        "learning_rate_init": Real(low=0.0, open_low=True),
        "max_iter": Whole(low=1, says="passes over the data"),
        "shuffle": Flag(),
        "random_state": OneOf(
            Whole(low=0), Choice(None), Kind(np.random.Generator, np.random.RandomState, words="a generator")
        ),
        "tol": Real(low=0.0, says="smallest gain that counts as one"),
        "momentum": Real(low=0.0, high=1.0),
        "nesterovs_momentum": Flag(),
        "early_stopping": Flag(),
        "validation_fraction": Real(0.0, 1.0, open_low=True, open_high=True),
        "beta_1": Real(0.0, 1.0, open_high=True),
        "beta_2": Real(0.0, 1.0, open_high=True),
        "epsilon": Real(low=0.0, open_low=True),
        "n_iter_no_change": Whole(low=1, says="epochs without a gain before stopping"),
        "dropout": Real(0.0, 1.0, open_high=True),
    }

    solver: str
    alpha: float
    batch_size: int | str
    learning_rate_init: float
    max_iter: int
    shuffle: bool
    random_state: Any
    tol: float
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: int
    dropout: float

    network_: nn.Module
    """The fitted network."""
    loss_curve_: list[float]
    """Mean training loss of each epoch."""
    validation_losses_: list[float]
    """Loss on the held-out rows after each epoch; empty without early stopping."""
    validation_scores_: list[float]
    """Accuracy, or R^2, on the held-out rows after each epoch; empty without early stopping."""
    loss_: float
    """Mean training loss of the last epoch."""
    best_loss_: float
    """The least of the losses that were monitored."""
    n_iter_: int
    """Epochs done."""

    @abstractmethod
    def _read(self, x: Array) -> Array:
        """A block of rows as the network takes it."""

    def _learn(self, network: nn.Module, head: Head, rows: Rows, held_out: Rows | None, order: Any) -> None:
        """Train `network`; sets every learned attribute of this class.

        held_out: rows whose loss decides when to stop and which weights are kept; None watches the training loss.
        order: the generator that shuffles.
        """
        self.network_, self.n_iter_ = network, 0
        self.loss_curve_, self.validation_losses_, self.validation_scores_ = [], [], []
        monitored = "loss" if held_out is None else "validation_loss"
        stopping = EarlyStopping(
            monitored, patience=self.n_iter_no_change, min_delta=self.tol, keep_weights=held_out is not None
        )
        arrays = [part for part in rows if part is not None]
        size = self._batch_rows(len(rows.x))
        training = Training(
            network,
            lambda net, batch: head.loss(net(self._read(batch[0])), batch[1], batch[2] if len(batch) > 2 else None),
            self._optimizer(network, size),
            DataLoader(ArrayDataset(*arrays), batch_size=size, shuffle=self.shuffle, seed=integer_seed(order)),
            validate=None if held_out is None else lambda net: self._validate(net, head, held_out),
            stopping=stopping,
        )
        with Watch(self, self.max_iter) as watch:
            for epoch in training.epochs(self.max_iter):
                self.n_iter_, self.loss_ = epoch.number, epoch.loss
                self.loss_curve_.append(epoch.loss)
                if held_out is not None:
                    self.validation_losses_.append(epoch.validation["validation_loss"])
                    self.validation_scores_.append(epoch.validation["validation_score"])
                if watch.step(**epoch.values()):
                    break
        network.zero_grad()
        self.best_loss_ = stopping.best
        if self.n_iter_ == self.max_iter and not stopping.exhausted and not self.interrupted_:
            self._warn_unfinished()

    def _warn_unfinished(self) -> None:
        name = type(self).__name__
        message = (
            f"{name}: stopped after max_iter={self.max_iter} epochs, the loss was still falling by more than "
            f"tol={self.tol:g}. Raise max_iter or tol, or scale the features (pellucid.preprocessing.StandardScaler)."
        )
        warnings.warn(kin(ConvergenceWarning, message), stacklevel=4)

    def _validate(self, network: nn.Module, head: Head, rows: Rows) -> dict[str, float]:
        z = forward(network, self._blocks(rows.x))
        loss = head.loss(Tensor.wrap(z), rows.targets, rows.weights)
        return {"validation_loss": loss.item(), "validation_score": head.score(z, rows.targets, rows.weights)}

    def _outputs(self, x: Array) -> Array:
        """The fitted network's outputs.   x (N, ..) -> (N, K)"""
        return forward(self.network_, self._blocks(x))

    def _blocks(self, x: Array) -> Iterator[Array]:
        """The rows in blocks, as the network takes them."""
        step = max(1, _PREDICT_BYTES // max(1, 4 * int(np.prod(x.shape[1:], dtype=np.int64))))
        return (self._read(x[start : start + step]) for start in range(0, len(x), step))

    def _batch_rows(self, n_rows: int) -> int:
        """Rows a step: all of them for lbfgs, min(200, N) for "auto", as scikit-learn has it."""
        if self.solver == "lbfgs":
            return n_rows
        return min(200, n_rows) if self.batch_size == "auto" else min(int(self.batch_size), n_rows)

    def _optimizer(self, network: nn.Module, batch_rows: int) -> optim.Optimizer:
        """The solver; its L2 penalty alpha / (2 B) |W|^2 pulls on weights, not on biases (B rows a step)."""
        weights = [p for p in network.parameters() if p.ndim > 1]
        biases = [p for p in network.parameters() if p.ndim <= 1]
        groups = [{"params": weights, "weight_decay": self.alpha / batch_rows}, {"params": biases}]
        if self.solver == "adam":
            betas = (self.beta_1, self.beta_2)
            return optim.Adam(groups, lr=self.learning_rate_init, betas=betas, eps=self.epsilon)
        if self.solver == "sgd":
            nesterov = self.nesterovs_momentum and self.momentum > 0
            return optim.SGD(groups, lr=self.learning_rate_init, momentum=self.momentum, nesterov=nesterov)
        return optim.LBFGS(network.parameters(), line_search_fn="strong_wolfe")

    def _split(self, rows: Rows, given: Rows | None, strata: Array | None, seed: Any) -> tuple[Rows, Rows | None]:
        """Rows to learn from and rows to watch: those given, a part held out for early stopping, or none."""
        if given is not None:
            return rows, given
        if not self.early_stopping:
            return rows, None
        n_rows = len(rows.x)
        if n_rows < 2:
            raise DataError(
                f"{type(self).__name__}: early_stopping=True holds rows out, and there is only {n_rows} row; "
                "give more rows, or early_stopping=False."
            )
        if strata is not None and np.bincount(strata).min() < 2:
            strata = None  # a class of one row cannot be on both sides
        held = max(1 if strata is None else int(strata.max()) + 1, round(n_rows * self.validation_fraction))
        if held >= n_rows or (strata is not None and n_rows - held <= strata.max()):
            held, strata = max(1, min(held, n_rows // 2)), None
        learn, watch = train_test_split(np.arange(n_rows), test_size=held, stratify=strata, random_state=seed)
        return rows.take(learn), rows.take(watch)


def mean_one(weights: Array | None) -> Array | None:
    """Weights scaled to mean 1, in float32, so that the learning rate means the same with and without them."""
    return None if weights is None else (weights / weights.mean()).astype(np.float32)


def streams(random_state: Any) -> list[np.random.Generator]:
    """Separate generators for weights, dropout, split and order: none moves when another draws more."""
    return generator(random_state).spawn(4)
