"""The models a run tries, as a table.

Here: `Candidate` and the lists of them for tables and for images.
Elsewhere: the estimators live in their own layers; how one is judged is in _evaluation.py.
Imports: pellucid.base, pellucid.dummy, pellucid.linear_model, pellucid.neural_network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from pellucid.dummy import DummyClassifier, DummyRegressor
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.neural_network import ConvNetClassifier, MLPClassifier, MLPRegressor

BASELINE = "baseline"


@final
@dataclass(frozen=True)
class Candidate:
    """A model to try.

    make: from a seed, the unfitted estimator.  says: what it is, for the record.
    watches: its fit takes `X_val, y_val` and stops by them.  flat: it reads images as rows of pixels.
    """

    name: str
    make: Callable[[int], Any]
    says: str
    watches: bool = False
    flat: bool = False


def _network(kind: Callable[..., Any]) -> Candidate:
    """The network for tables, as classifier or regressor."""
    options = {"batch_size": 128, "max_iter": 200, "n_iter_no_change": 12, "early_stopping": True}
    return Candidate(
        "mlp",
        lambda seed: kind((64, 64), random_state=seed, **options),
        "a network with two hidden layers of 64 units, stopped by the validation rows",
        watches=True,
    )


CLASSIFIERS: tuple[Candidate, ...] = (
    Candidate(BASELINE, lambda seed: DummyClassifier(strategy="prior"), "the share of each class, whatever the row"),
    Candidate("logistic", lambda seed: LogisticRegression(), "logistic regression"),
    _network(MLPClassifier),
)
REGRESSORS: tuple[Candidate, ...] = (
    Candidate(BASELINE, lambda seed: DummyRegressor(), "the mean target, whatever the row"),
    Candidate("linear", lambda seed: LinearRegression(), "linear regression"),
    _network(MLPRegressor),
)
IMAGE_CLASSIFIERS: tuple[Candidate, ...] = (
    Candidate(
        BASELINE,
        lambda seed: DummyClassifier(strategy="prior"),
        "the share of each class, whatever the image",
        flat=True,
    ),
    Candidate("logistic", lambda seed: LogisticRegression(C=0.01), "logistic regression on the pixels", flat=True),
    Candidate(
        "convnet",
        lambda seed: ConvNetClassifier(max_iter=15, n_iter_no_change=3, early_stopping=True, random_state=seed),
        "two convolutions with pooling and a hidden layer, stopped by the validation images",
        watches=True,
    ),
)
