"""What every network estimator shares: the parameters of training, and the fit that uses them.

Here: `NetworkEstimator`, and `NetworkClassifier`, which adds what labels need.
Elsewhere: the networks are planned in _perceptron.py and _convolutional.py; the loop is pellucid.train's.
Imports: numpy, pellucid.errors, pellucid.base, pellucid.data, pellucid.model_selection, pellucid.nn, pellucid.optim,
pellucid.random, pellucid.tensor, pellucid.train and this package.
"""

import warnings
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self, final

import numpy as np

import pellucid.nn as nn
import pellucid.optim as optim
from pellucid.base import (
    SEED,
    Choice,
    Classifier,
    Estimator,
    Flag,
    Limit,
    OneOf,
    Real,
    Watch,
    Whole,
    check_labels,
    check_resumes,
    check_weights,
    kin,
    last_fit,
)
from pellucid.base._tables import Array
from pellucid.compiler import ENGINES
from pellucid.data import ArrayDataset, DataLoader
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError, ParameterError
from pellucid.model_selection import split_rows
from pellucid.neural_network._heads import Head, LabelHead
from pellucid.neural_network._plan import Layer, build, hand_on, is_built
from pellucid.random import generator, integer_seed
from pellucid.tensor import no_grad
from pellucid.tensor._tensor import Tensor
from pellucid.train import EarlyStopping, Training

BLOCK_BYTES = 4 * 2**20  # of inputs predicted at once; activations are some times that, and should fit in memory


class Rows(NamedTuple):
    """Inputs (N, ..), targets in the form the head wants (N, ..), weights (N,) with mean 1, or None."""

    x: Array
    targets: Array
    weights: Array | None = None

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
        "random_state": SEED,
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
        "engine": Choice("auto", *ENGINES, says="what runs a step: numpy goes eagerly, auto compiles long fits"),
        "warm_start": Flag(says="whether to begin where the last fit ended"),
    }

    max_iter_is_a_limit: ClassVar[bool] = True
    """Whether reaching it means that the descent was not finished, which is then said."""

    input_shape: ClassVar[str] = "n_features_in_"
    """The attribute that notes of what shape inputs are."""

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
    engine: str
    warm_start: bool

    network_: nn.Sequential
    """The fitted network."""
    loss_curve_: list[float]
    """Mean training loss of each epoch, without the penalty; a warm fit goes on with it, and with the two below."""
    validation_losses_: list[float]
    """Loss on the held-out rows after each epoch; empty without early stopping."""
    validation_scores_: list[float]
    """Accuracy, or R^2, on the held-out rows after each epoch; empty without early stopping."""
    loss_: float
    """Mean training loss of the last epoch."""
    best_loss_: float
    """The least of the losses that were watched."""
    n_iter_: int
    """Epochs of the last fit."""

    @abstractmethod
    def _plan(self, n_outputs: int) -> list[Layer]:
        """The layers of the network."""

    @abstractmethod
    def _fit_input(self, X: Any) -> Array:
        """X as checked input (N, ..); notes its shape."""

    @abstractmethod
    def _input(self, X: Any) -> Array:
        """X as checked input (N, ..) of the shape noted at fit."""

    @abstractmethod
    def _learn_scale(self, x: Array, last: Mapping[str, Any]) -> None:
        """Note of the training inputs what `_read` needs; a warm fit keeps what the last one noted."""

    @abstractmethod
    def _read(self, x: Array) -> Array:
        """A block of inputs as the network takes it.   (B, ..) -> (B, ..)"""

    @abstractmethod
    def _dtype_for(self, x: Array) -> Any:
        """What weights fitted to such inputs are: float32 or float64."""

    @property
    def _dtype(self) -> Any:
        """What the weights of the fitted network are."""
        return next(self.network_.parameters()).dtype

    # -- fit -------------------------------------------------------------------------------------------------------

    @final
    def _train(
        self,
        head: Head,
        rows: Rows,
        given: Rows | None,
        strata: Array | None,
        mean_weight: float,
        last: Mapping[str, Any],
    ) -> Self:
        """Build the network and fit it; sets every learned attribute of this class.

        given: rows that decide when to stop.  strata: class numbers (N,), to hold rows out by.
        mean_weight: of the rows, before they were scaled to mean 1.  last: of the fit to go on from, or empty.
        """
        if self.solver == "lbfgs" and self.dropout:
            raise ParameterError(
                f"{type(self).__name__}: solver='lbfgs' compares losses from step to step, and dropout={self.dropout} "
                "makes them a matter of chance; give dropout=0, or another solver."
            )
        weights, chance, split, order = generator(self.random_state).spawn(4)  # none moves when another draws more
        learn, watched = self._split(rows, given, strata, split)
        self._learn_scale(learn.x, last)
        self.network_ = build(self._plan(head.n_outputs), weights, chance).to(self._dtype_for(rows.x))
        stopping = EarlyStopping(
            "loss" if watched is None else "validation_loss",
            patience=self.n_iter_no_change,
            min_delta=self.tol,
            keep_weights=watched is not None,
        )
        if last:
            self._go_on(last)
            if watched is not None:  # the weights it begins with are the best until others are better
                stopping.judge(self._validate(head, watched), self.network_)
        try:
            self._walk(self._training(head, learn, watched, stopping, integer_seed(order), mean_weight), stopping, last)
        except BaseException:
            self._begin_fit()  # forgets: a network whose fit failed is not to be used
            raise
        return self

    def _training(
        self, head: Head, learn: Rows, watched: Rows | None, stopping: EarlyStopping, seed: int, mean_weight: float
    ) -> Training:
        size = len(learn.x) if self.solver == "lbfgs" else min(self._batch_rows(), len(learn.x))
        decay = self.alpha / (size * mean_weight)
        of_penalty = decay if self.solver == "lbfgs" else 0.0

        def loss(network: nn.Module, batch: tuple[Array, ...]) -> Tensor:
            mean = head.loss(network(batch[0]), batch[1], batch[2] if len(batch) > 2 else None)
            return mean + _penalty(network, of_penalty) if of_penalty else mean

        return Training(
            self.network_,
            loss,
            self._optimizer(decay),
            DataLoader(ArrayDataset(*(part for part in learn if part is not None)), size, self.shuffle, seed=seed),
            prepare=lambda batch: (self._read(batch[0]), *batch[1:]),
            validate=None if watched is None else lambda network: self._validate(head, watched),
            stopping=stopping,
            engine="numpy" if self.solver == "lbfgs" else self.engine,
        )

    def _go_on(self, last: Mapping[str, Any]) -> None:
        """Have the network answer as that of the last fit did.  Raises DataError where it has other layers."""
        name, before = type(self).__name__, last["network_"]
        check_resumes(name, self.input_shape, last[self.input_shape], vars(self)[self.input_shape])
        check_resumes(name, "weights of shapes", _shapes(before), _shapes(self.network_))
        hand_on(before, self.network_)
        self.network_.eval()

    def _walk(self, training: Training, stopping: EarlyStopping, last: Mapping[str, Any]) -> None:
        """Go through the epochs, and note what each of them gave."""
        self.n_iter_ = 0
        self.loss_curve_ = [*last.get("loss_curve_", ())]
        self.validation_losses_ = [*last.get("validation_losses_", ())]
        self.validation_scores_ = [*last.get("validation_scores_", ())]
        with Watch(self, self.max_iter) as watch:
            for epoch in training.epochs(self.max_iter):
                self.n_iter_, self.loss_, self.best_loss_ = epoch.number, epoch.loss, stopping.best
                self.loss_curve_.append(epoch.loss)
                if epoch.validation:
                    self.validation_losses_.append(epoch.validation["validation_loss"])
                    self.validation_scores_.append(epoch.validation["validation_score"])
                if watch.step(**epoch.values()):
                    break
            else:
                if self.max_iter_is_a_limit and not stopping.exhausted:
                    self._warn_unfinished()
        self.network_.zero_grad()

    def _warn_unfinished(self) -> None:
        message = (
            f"{type(self).__name__}: stopped after max_iter={self.max_iter} epochs, the loss was still falling by more "
            f"than tol={self.tol:g}. Raise max_iter or tol, or scale the features "
            "(pellucid.preprocessing.StandardScaler)."
        )
        warnings.warn(kin(ConvergenceWarning, message), stacklevel=5)  # 5: the line that called fit

    def _batch_rows(self) -> int:
        """Rows a step; "auto" is 200, as in scikit-learn."""
        return 200 if self.batch_size == "auto" else int(self.batch_size)

    def _optimizer(self, decay: float) -> optim.Optimizer:
        """The solver; its L2 penalty decay / 2 |W|^2 pulls on weights, not on biases."""
        groups = [{"params": _weights(self.network_), "weight_decay": decay}]
        if biases := [p for p in self.network_.parameters() if p.ndim == 1]:
            groups.append({"params": biases, "weight_decay": 0.0})
        if self.solver == "adam":
            betas = (self.beta_1, self.beta_2)
            return optim.Adam(groups, lr=self.learning_rate_init, betas=betas, eps=self.epsilon)
        if self.solver == "sgd":
            nesterov = bool(self.nesterovs_momentum and self.momentum > 0)
            return optim.SGD(groups, lr=self.learning_rate_init, momentum=self.momentum, nesterov=nesterov)
        search = {"max_iter": 1, "max_eval": 25, "history_size": 10, "line_search_fn": "strong_wolfe"}
        return optim.LBFGS(self.network_.parameters(), **search)  # type: ignore[arg-type]

    def _split(
        self, rows: Rows, given: Rows | None, strata: Array | None, seed: np.random.Generator
    ) -> tuple[Rows, Rows | None]:
        """Rows to learn from and rows to watch: those given, a part held out for early stopping, or none."""
        if given is not None or not self.early_stopping:
            return rows, given
        n = len(rows.x)
        if n < 2:
            raise DataError(
                f"{type(self).__name__}: early_stopping=True holds rows out, and there is only {n} row; give more "
                "rows, or early_stopping=False."
            )
        held = min(max(1, round(n * self.validation_fraction)), n - 1)
        learn, watched = split_rows(n, [n - held, held], seed=seed, strata=strata)
        return rows.take(learn), rows.take(watched)

    # -- use -------------------------------------------------------------------------------------------------------

    @final
    def _outputs(self, x: Array) -> Array:
        """The network's outputs, recorded nowhere.   x (N, ..) -> (N, K)"""
        with no_grad():
            return np.concatenate([self.network_(self._read(block)).data for block in _blocks(x)])

    def _validate(self, head: Head, rows: Rows) -> dict[str, float]:
        z = self._outputs(rows.x)
        loss = head.loss(Tensor.wrap(z), rows.targets, rows.weights)
        return {"validation_loss": loss.item(), "validation_score": head.score(z, rows.targets, rows.weights)}

    @final
    def _check_network(self, n_outputs: int) -> None:
        """Raise ModelFileError unless the network read from a file is the one these parameters plan."""
        if not is_built(vars(self).get("network_"), self._plan(n_outputs)):
            raise ModelFileError(f"{type(self).__name__}: the record's network is not the one its parameters describe.")


class NetworkClassifier(NetworkEstimator, Classifier):
    """A network that predicts labels, by the log-loss of its outputs."""

    @final
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> Self:
        """Learn from inputs X (N, ..) and labels y (N,); row i counts sample_weight[i] times.

        X_val, y_val: rows that decide when to stop and which weights are kept, in place of a part held out of X.
        """
        with last_fit(self, "network_") as last:
            self._begin_fit()
            name = type(self).__name__
            x = self._fit_input(X)
            self.classes_, codes = check_labels(y, len(x), where=name)
            if last:
                check_resumes(name, "the classes", last["classes_"].tolist(), self.classes_.tolist())
            if len(self.classes_) < 2:
                raise DataError(
                    f"{name}: y has only one class, {self.classes_.tolist()[0]!r}; two or more are needed to tell "
                    "apart."
                )
            head, dtype = LabelHead(len(self.classes_)), self._dtype_for(x)
            weights, mean_weight = mean_one(check_weights(sample_weight, len(x), where=name), dtype)
            given = None
            if both_given(X_val, y_val, name):
                held = self._input(X_val)
                given = Rows(held, head.targets(self._codes(y_val, len(held)), dtype))
            rows = Rows(x, head.targets(codes, dtype), weights)
            return self._train(head, rows, given, codes, mean_weight, last)

    def _codes(self, y: Any, n_rows: int) -> Array:
        """Class numbers of further labels.  Raises DataError for one that fit has not seen."""
        labels, codes = check_labels(y, n_rows, where=f"{type(self).__name__}, y_val")
        unseen = [label for label in labels.tolist() if label not in self.classes_.tolist()]
        if unseen:
            raise DataError(f"{type(self).__name__}: y_val has the label {unseen[0]!r}, which y does not have.")
        return np.searchsorted(self.classes_, labels)[codes]

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of `classes_`.   X as in fit -> (N, K), float64"""
        return LabelHead(len(self.classes_)).probabilities(self._outputs(self._input(X)))

    def _check_learned(self) -> None:
        classes = vars(self).get("classes_")
        if not isinstance(classes, np.ndarray) or classes.ndim != 1 or len(classes) < 2:
            raise ModelFileError(f"{type(self).__name__}: the record has no classes (K,), K >= 2.")
        self._check_network(LabelHead(len(classes)).n_outputs)


def both_given(X_val: Any, y_val: Any, where: str) -> bool:
    """Whether there are rows to watch.  Raises DataError for a half of them."""
    if (X_val is None) != (y_val is None):
        raise DataError(f"{where}.fit: X_val and y_val belong together; give both, or neither.")
    return X_val is not None


def mean_one(weights: Array | None, dtype: Any) -> tuple[Array | None, float]:
    """Weights scaled to mean 1, so that the learning rate means the same with and without them; their mean before."""
    if weights is None:
        return None, 1.0
    mean = float(weights.mean())
    return (weights / mean).astype(dtype), mean


def _shapes(network: nn.Module) -> list[tuple[int, ...]]:
    return [p.shape for p in network.parameters()]


def _weights(network: nn.Module) -> list[nn.Parameter]:
    return [p for p in network.parameters() if p.ndim > 1]


def _penalty(network: nn.Module, decay: float) -> Tensor:
    """decay / 2 |W|^2, the biases left out."""
    squares: Sequence[Tensor] = [(w * w).sum() for w in _weights(network)]
    return sum(squares[1:], squares[0]) * (decay / 2)


def _blocks(x: Array) -> Iterator[Array]:
    """The rows in blocks of about BLOCK_BYTES as float32."""
    step = max(1, BLOCK_BYTES // max(1, 4 * int(np.prod(x.shape[1:], dtype=np.int64))))
    return (x[start : start + step] for start in range(0, len(x), step))
