"""What an estimator accepts and promises, as data.

Here: `Traits`, and its translation into scikit-learn's tags.
Elsewhere: each estimator answers `_traits()`; validation and the contract suite read the same rows.
Imports: nothing at import; scikit-learn inside `sklearn_tags`, which only scikit-learn calls.
"""

from dataclasses import dataclass
from typing import Any, Literal, final

Role = Literal["classifier", "regressor", "transformer", "clusterer"]


@final
@dataclass(frozen=True)
class Traits:
    """What an estimator accepts and promises; the defaults are those of most.

    >>> Traits(missing=True).missing, Traits().many_targets
    (True, False)
    """

    missing: bool = False
    """NaN in X is a missing value, and welcome."""
    text: bool = False
    """Columns of text and categories are accepted."""
    sparse: bool = False
    """SciPy's sparse matrices and arrays are accepted."""
    positive: bool = False
    """X must not be negative."""
    images: bool = False
    """X is (N, C, H, W) or (N, H, W), not a table."""
    anything: bool = False
    """X is not looked at beyond its number of rows."""
    pairwise: bool = False
    """X is (N, N), what each row is to each other one: of a part of the rows it has as many columns."""
    many_targets: bool = False
    """y may have several columns."""
    many_classes: bool = True
    """A classifier takes more than two classes."""
    weak: bool = False
    """Not expected to score well (a baseline)."""
    deterministic: bool = True
    """Two calls with the same input, and random_state set, agree row by row."""
    needs_fit: bool = True
    """There is something to learn before it can be used."""
    keeps_dtypes: tuple[str, ...] = ("float64", "float32")
    """A transformer's output has the dtype of its input for these."""


def sklearn_tags(role: Role | None, traits: Traits) -> Any:
    """`traits` as a `sklearn.utils.Tags`."""
    from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags, TransformerTags

    supervised = role in ("classifier", "regressor")
    return Tags(
        estimator_type=role,
        target_tags=TargetTags(required=supervised, one_d_labels=False, multi_output=traits.many_targets),
        transformer_tags=TransformerTags(list(traits.keeps_dtypes)) if role == "transformer" else None,
        classifier_tags=ClassifierTags(traits.weak, traits.many_classes) if role == "classifier" else None,
        regressor_tags=RegressorTags(traits.weak) if role == "regressor" else None,
        no_validation=traits.anything,
        non_deterministic=not traits.deterministic,
        requires_fit=traits.needs_fit,
        input_tags=InputTags(
            two_d_array=not traits.images,
            three_d_array=traits.images,
            sparse=traits.sparse,
            categorical=traits.text,
            string=traits.text,
            positive_only=traits.positive,
            allow_nan=traits.missing,
            pairwise=traits.pairwise,
        ),
    )
