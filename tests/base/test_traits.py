"""Traits say to scikit-learn what they say to us."""

import pytest

from pellucid.base import Traits
from pellucid.base._traits import Role, sklearn_tags


@pytest.mark.parametrize("role", ["classifier", "regressor", "transformer", None])
def test_a_role_gets_the_tags_of_that_role_and_no_other(role: Role | None) -> None:
    tags = sklearn_tags(role, Traits())
    assert tags.estimator_type == role
    assert tags.target_tags.required is (role in ("classifier", "regressor"))
    for kind in ("classifier", "regressor", "transformer"):
        assert (getattr(tags, f"{kind}_tags") is not None) is (kind == role)


@pytest.mark.parametrize(
    ("traits", "path", "value"),
    [
        (Traits(missing=True), "input_tags.allow_nan", True),
        (Traits(text=True), "input_tags.string", True),
        (Traits(text=True), "input_tags.categorical", True),
        (Traits(sparse=True), "input_tags.sparse", True),
        (Traits(positive=True), "input_tags.positive_only", True),
        (Traits(images=True), "input_tags.two_d_array", False),
        (Traits(images=True), "input_tags.three_d_array", True),
        (Traits(anything=True), "no_validation", True),
        (Traits(many_targets=True), "target_tags.multi_output", True),
        (Traits(many_classes=False), "classifier_tags.multi_class", False),
        (Traits(weak=True), "classifier_tags.poor_score", True),
        (Traits(deterministic=False), "non_deterministic", True),
        (Traits(needs_fit=False), "requires_fit", False),
    ],
)
def test_every_trait_that_scikit_learn_knows_reaches_its_tag(traits: Traits, path: str, value: bool) -> None:
    found, plain = sklearn_tags("classifier", traits), sklearn_tags("classifier", Traits())
    for name in path.split("."):
        found, plain = getattr(found, name), getattr(plain, name)
    assert (found, plain) == (value, not value)


def test_a_transformer_says_which_dtypes_it_keeps() -> None:
    assert sklearn_tags("transformer", Traits(keeps_dtypes=("float64",))).transformer_tags.preserves_dtype == [
        "float64"
    ]
