"""An estimator that somebody gave, ours or anybody's who keeps scikit-learn's contract.

Here: `unfitted`, a copy to fit; `is_classifier`, `is_pairwise`, `was_interrupted`: what cross-validation must know of
it.
Elsewhere: `clone` and our own estimators are in pellucid.base.
Imports: pellucid.base and pellucid.errors; scikit-learn is never imported, its estimators bring their own answers.
"""

from typing import Any

from pellucid.base import Estimator, clone
from pellucid.errors import ParameterError


def unfitted(estimator: Any) -> Any:
    """`clone`, of an estimator only: raises ParameterError for a class and for what has no parameters.

    >>> unfitted("model")
    Traceback (most recent call last):
    pellucid.errors.ParameterError: estimator is 'model'; it must be an instance with get_params, set_params and fit,
    such as LogisticRegression().
    """
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        raise ParameterError(
            f"estimator is {estimator!r}; it must be an instance with get_params, set_params and fit, such as "
            "LogisticRegression()."
        )
    return clone(estimator)


def is_classifier(estimator: Any) -> bool:
    """Whether it predicts labels, by its role or its scikit-learn tags.

    >>> is_classifier(3)
    False
    """
    role = getattr(estimator, "role", None)
    if role is None and not isinstance(estimator, Estimator) and hasattr(estimator, "__sklearn_tags__"):
        role = estimator.__sklearn_tags__().estimator_type
    return bool(role == "classifier")


def is_pairwise(estimator: Any) -> bool:
    """Whether its X is (N, N), as kernel="precomputed" makes it, by its own word or its scikit-learn tags.

    >>> is_pairwise(3)
    False
    """
    if isinstance(estimator, Estimator):
        return estimator._traits().pairwise
    return hasattr(estimator, "__sklearn_tags__") and bool(estimator.__sklearn_tags__().input_tags.pairwise)


def was_interrupted(estimator: Any) -> bool:
    """Whether Ctrl-C ended its last fit, or that of an estimator it holds: such a fit returns and does not raise."""
    held = estimator.get_params().values() if hasattr(estimator, "get_params") else ()
    return any(getattr(part, "__dict__", {}).get("interrupted_", False) for part in (estimator, *held))
