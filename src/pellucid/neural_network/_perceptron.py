"""The multilayer perceptron as classifier and regressor.

Here: `MLPClassifier`, `MLPRegressor`, and what they share.
Elsewhere: training is in _fitting.py, losses and their meaning in _heads.py, images in _convolutional.py.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.base, pellucid.nn and this package.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

import pellucid.nn as nn
from pellucid.base import (
    Choice,
    Kind,
    Limit,
    OneOf,
    Regressor,
    Traits,
    Whole,
    check_resumes,
    check_targets,
    check_weights,
    last_fit,
)
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError, ParameterError
from pellucid.neural_network._fitting import NetworkClassifier, NetworkEstimator, Rows, both_given, mean_one
from pellucid.neural_network._heads import NumberHead
from pellucid.neural_network._plan import Layer
from pellucid.persistence import register

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "logistic": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "identity": nn.Identity,
}


class MLP(NetworkEstimator):
    """What classifier and regressor share: the layers, and the table they read."""

    limits: ClassVar[Mapping[str, Limit]] = {
        "hidden_layer_sizes": OneOf(Whole(low=1), Kind(tuple, list, np.ndarray, words="a sequence of widths >= 1")),
        "activation": Choice(*ACTIVATIONS),
        **NetworkEstimator.limits,
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: Literal["relu", "tanh", "logistic", "gelu", "silu", "identity"] = "relu",
        *,
        solver: Literal["adam", "sgd", "lbfgs"] = "adam",
        alpha: float = 1e-4,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate_init: float = 1e-3,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        dropout: float = 0.0,
        engine: str = "auto",
        warm_start: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.dropout = dropout
        self.engine = engine
        self.warm_start = warm_start

    @property
    def coefs_(self) -> list[Array]:
        """Weights of each layer, (inputs, outputs) as scikit-learn has them."""
        return [layer.weight.data.T for layer in self.network_ if isinstance(layer, nn.Linear)]

    @property
    def intercepts_(self) -> list[Array]:
        """Biases of each layer, (outputs,)."""
        return [layer.bias.data for layer in self.network_ if isinstance(layer, nn.Linear) and layer.bias is not None]

    def _plan(self, n_outputs: int) -> list[Layer]:
        """Linear, activation (and dropout) for each hidden width, then one Linear to the outputs."""
        layers: list[Layer] = []
        width_in = self.n_features_in_
        for width in self._widths():
            layers.append((nn.Linear, {"in_features": width_in, "out_features": width}))
            layers.append((ACTIVATIONS[self.activation], {}))
            layers += [(nn.Dropout, {"p": self.dropout})] if self.dropout else []
            width_in = width
        return [*layers, (nn.Linear, {"in_features": width_in, "out_features": n_outputs})]

    def _widths(self) -> list[int]:
        """Widths of the hidden layers.  Raises ParameterError for one that is not a whole number >= 1."""
        given = self.hidden_layer_sizes
        widths = [given] if isinstance(given, (int, np.integer)) else list(given)
        if not all(Whole(low=1).admits(width) for width in widths):
            raise ParameterError(
                f"{type(self).__name__}: hidden_layer_sizes is {given!r}; every width must be a whole number >= 1."
            )
        return [int(width) for width in widths]

    def _fit_input(self, X: Any) -> Array:
        return self._fit_table(X)

    def _input(self, X: Any) -> Array:
        return self._table(X)

    def _learn_scale(self, x: Array, last: Mapping[str, Any]) -> None:
        """Nothing: a table is taken as it comes."""

    def _dtype_for(self, x: Array) -> Any:
        return x.dtype

    def _read(self, x: Array) -> Array:
        return x.astype(self._dtype, copy=False)


@final
@register("neural_network.MLPClassifier")
class MLPClassifier(MLP, NetworkClassifier):
    """A network of linear layers with an activation between them, fitted to labels by minibatch gradient steps.

        h_0 = x,    h_l = act(W_l h_(l-1) + b_l),    z = W_L h_(L-1) + b_L
        J = mean_i s_i l(z_i, y_i) + alpha / (2 B) sum_l |W_l|^2,    l the log-loss of softmax(z) (sigmoid for K = 2)

    X (N, D), y (N,) -> predict_proba (N, K).  One step costs O(B sum_l |W_l|), B the rows of a batch.  Computed in
    float64; a float32 table gets float32 weights, which take less time. Assumes many rows beside the weights, or it
    learns the noise; features of very different scales slow the descent down or stop it: standardise them first.
    early_stopping=True holds out `validation_fraction` of the rows, or takes the `X_val, y_val` given to fit, stops
    after `n_iter_no_change` epochs without a gain of `tol` in their loss, and keeps the best weights; otherwise the
    training loss is watched. `set_callbacks` watches each epoch; Ctrl-C keeps what was learned (`interrupted_`).

    warm_start=True has fit go on from the weights of the last fit, also of one that Ctrl-C ended or that came from a
    file, with a new optimizer (Adam's moments begin at 0) and up to max_iter epochs more; `loss_curve_` goes on. Give
    random_state a number, so that early stopping holds out the same rows each time. Between two fits every parameter
    may change but the widths of layers.

    Raises ParameterError outside its limits and DataError for input that is not finite numbers, fewer than two classes,
    a loss that is no longer finite, and a warm start with other classes, features or widths of layers; a warm fit that
    fails leaves the last one in place.  Gives a ConvergenceWarning when `max_iter` ends the descent.
    Source: Rumelhart, Hinton and Williams, Nature 323, 1986; names and defaults are scikit-learn's.

    >>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array(["same", "differ", "differ", "same"])
    >>> model = MLPClassifier((8,), "tanh", solver="lbfgs", max_iter=500, random_state=0).fit(X, y)
    >>> model.predict(X).tolist()
    ['same', 'differ', 'differ', 'same']
    """


@final
@register("neural_network.MLPRegressor")
class MLPRegressor(MLP, Regressor):
    """A network of linear layers with an activation between them, fitted to numbers by minibatch gradient steps.

        h_0 = x,    h_l = act(W_l h_(l-1) + b_l),    prediction = mean + scale (W_L h_(L-1) + b_L)
        J = mean_i s_i (z_i - (y_i - mean) / scale)^2 + alpha / (2 B) sum_l |W_l|^2

    X (N, D), y (N,) or (N, K).  mean and scale are those of y at fit, so that the learning rate does not depend on the
    unit of y; the losses in `loss_curve_` are in these standardised units. A warm fit keeps them, and so begins with
    the predictions that it had. Otherwise as MLPClassifier.

    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> model = MLPRegressor((16,), "tanh", solver="lbfgs", max_iter=300, random_state=0).fit(X, 1000 * X[:, 0] ** 2)
    >>> model.score(X, 1000 * X[:, 0] ** 2) > 0.99
    True
    """

    target_mean_: Array
    """Mean of each target at fit (K,), at the first of warm ones."""
    target_scale_: Array
    """Standard deviation of each target at fit (K,); 1 for a constant one."""
    one_target_: bool
    """Whether y was (N,), so that predict answers (N,)."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> Self:
        """Learn from rows X (N, D) and targets y (N,) or (N, K); row i counts sample_weight[i] times.

        X_val, y_val: rows that decide when to stop and which weights are kept, in place of a part held out of X.
        """
        with last_fit(self, "network_") as last:
            self._begin_fit()
            name = type(self).__name__
            x = self._fit_input(X)
            y = check_targets(y, len(x), where=name, many=True)
            sample_weight = check_weights(sample_weight, len(x), where=name)
            self.one_target_ = y.ndim == 1
            targets = y.reshape(len(x), -1)
            if last:  # in the units that its outputs have
                head = NumberHead(last["target_mean_"], last["target_scale_"])
                check_resumes(name, "n_targets", head.n_outputs, targets.shape[1])
            else:
                head = NumberHead.of(targets, sample_weight)
            self.target_mean_, self.target_scale_ = head.mean, head.scale
            weights, mean_weight = mean_one(sample_weight, x.dtype)
            given = None
            if both_given(X_val, y_val, name):
                held = self._input(X_val)
                wanted = check_targets(y_val, len(held), where=f"{name}, y_val", many=True)
                given = Rows(held, head.targets(wanted.reshape(len(held), -1), x.dtype))
            rows = Rows(x, head.targets(targets, x.dtype), weights)
            return self._train(head, rows, given, None, mean_weight, last)

    def predict(self, X: Any) -> Array:
        """The expected target.   X (N, D) -> (N,) or (N, K), as y was, float64"""
        head = NumberHead(self.target_mean_, self.target_scale_)
        values = head.predictions(self._outputs(self._input(X)))
        return values[:, 0] if self.one_target_ else values

    def _traits(self) -> Traits:
        return Traits(many_targets=True)

    def _check_learned(self) -> None:
        scales = [vars(self).get(name) for name in ("target_mean_", "target_scale_")]
        n_targets = len(scales[0]) if isinstance(scales[0], np.ndarray) and scales[0].ndim == 1 else 0
        flat = vars(self).get("one_target_")
        sound = all(isinstance(a, np.ndarray) and a.shape == (n_targets,) and a.dtype.kind == "f" for a in scales)
        if not sound or type(flat) is not bool or n_targets < 1 or (flat and n_targets > 1):
            raise ModelFileError("MLPRegressor: the record has not one mean and one scale for each target.")
        self._check_network(n_targets)
