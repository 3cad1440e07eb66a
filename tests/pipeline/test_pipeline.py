"""Pipelines: scikit-learn's contract step by step, with its Pipeline as the oracle."""

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.base
import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing
from sklearn.base import is_classifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import get_tags

import pellucid
from pellucid.base import clone
from pellucid.errors import ColumnError, DataError, DataWarning, ModelFileError, NotFittedError, ParameterError
from pellucid.impute import SimpleImputer
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.pipeline import FeatureUnion, Pipeline, make_pipeline
from pellucid.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) * [1.0, 10.0, 0.1]
y = (X[:, 0] + X[:, 1] / 10 + RNG.normal(size=60) > 0).astype(int)


def model() -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())])


class Recorder:
    """A step that notes what it is given."""

    def fit(self, X: Any, y: Any = None, **params: Any) -> "Recorder":
        self.given_ = params
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X) * 2


# -- numbers


def test_it_predicts_what_its_steps_give_one_after_the_other() -> None:
    fitted = model().fit(X, y)
    scaled = StandardScaler().fit_transform(X)
    alone = LogisticRegression().fit(scaled, y)
    for name in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(fitted, name)(X), getattr(alone, name)(scaled))
    assert fitted.score(X, y, sample_weight=y + 1) == alone.score(scaled, y, sample_weight=y + 1)


def test_steps_of_scikit_learn_give_the_numbers_of_its_pipeline() -> None:
    steps = [("scale", sklearn.preprocessing.StandardScaler()), ("model", sklearn.linear_model.LogisticRegression())]
    ours, theirs = Pipeline(clone(steps)).fit(X, y), sklearn.pipeline.Pipeline(clone(steps)).fit(X, y)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert ours.role == "classifier" and is_classifier(ours) and ours.n_features_in_ == 3
    assert ours.classes_.tolist() == theirs.classes_.tolist()


def test_there_and_back_is_the_identity() -> None:
    both = make_pipeline(StandardScaler(), None, MinMaxScaler()).fit(X)
    np.testing.assert_allclose(both.inverse_transform(both.transform(X)), X, atol=1e-12)
    np.testing.assert_array_equal(both.transform(X), both.fit_transform(X))


def test_a_pipeline_that_passes_everything_through_gives_x_itself() -> None:
    idle = Pipeline([("a", "passthrough"), ("b", None)]).fit(X, y)
    assert idle.transform(X) is X and idle.inverse_transform(X) is X and idle.fit_transform(X) is X
    assert idle.role == "transformer"


# -- what is offered


@pytest.mark.parametrize("last", [LogisticRegression(), LinearRegression(), StandardScaler(), OneHotEncoder(), None])
def test_a_method_is_offered_exactly_when_the_last_step_has_it(last: Any) -> None:
    held = Pipeline([("scale", StandardScaler()), ("last", last)])
    for name in ("predict", "predict_proba", "predict_log_proba", "decision_function", "score", "fit_predict"):
        assert hasattr(held, name) == hasattr(last, name)
    assert hasattr(held, "transform") == hasattr(held, "fit_transform") == (last is None or hasattr(last, "transform"))
    assert hasattr(held, "inverse_transform") == (last is None or hasattr(last, "inverse_transform"))


def test_asking_for_what_the_last_step_lacks_says_so() -> None:
    with pytest.raises(AttributeError, match="'Pipeline' object has no attribute 'predict': the last step has none"):
        make_pipeline(StandardScaler()).predict(X)


# -- steps


def test_steps_are_found_by_number_name_attribute_and_slice() -> None:
    held = model()
    scale, last = held.steps[0][1], held.steps[1][1]
    assert held[0] is held["scale"] is held.named_steps["scale"] is held.named_steps.scale is scale
    assert held[-1] is last and len(held) == 2
    assert isinstance(held[:-1], Pipeline) and held[:-1][0] is scale
    with pytest.raises(ParameterError, match="has the step 1, not -1"):
        _ = held[::-1]
    with pytest.raises(ColumnError, match="there is no step 'scal'; it has scale, model"):
        _ = held["scal"]


def test_a_slice_of_a_fitted_pipeline_is_fitted() -> None:
    fitted = model().fit(X, y)
    np.testing.assert_array_equal(fitted[1:].predict(fitted[:1].transform(X)), fitted.predict(X))


def test_a_last_step_that_learns_nothing_is_fitted_once_the_pipeline_is() -> None:
    class Doubles(sklearn.base.TransformerMixin, sklearn.base.BaseEstimator):  # type: ignore[misc]
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return 2 * X

    pipe = make_pipeline(StandardScaler(), Doubles())
    with pytest.raises(NotFittedError):
        pipe.transform(X)
    z = StandardScaler().fit_transform(X)
    np.testing.assert_array_equal(pipe.fit(X).transform(X), 2 * z)
    np.testing.assert_array_equal(pipe[:2].transform(X), 2 * z)
    np.testing.assert_array_equal(pipe[1:].transform(z), 2 * z)


def test_steps_are_fitted_in_place() -> None:
    held = model()
    scale = held["scale"]
    assert held.fit(X, y)["scale"] is scale and scale.mean_.shape == (3,)


def test_names_follow_the_classes_and_are_numbered_where_they_repeat() -> None:
    steps = (StandardScaler(), "passthrough", StandardScaler(), LogisticRegression())
    theirs = sklearn.pipeline.make_pipeline(*steps)
    assert [name for name, _ in make_pipeline(*steps).steps] == [name for name, _ in theirs.steps]


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ([], "steps is empty"),
        ([("a", StandardScaler()), ("a", LogisticRegression())], "has the name 'a' 2 times; names must be unique"),
        ([("a__b", StandardScaler())], "must not contain __"),
        ([("steps", StandardScaler())], "a parameter of its own"),
        ([StandardScaler()], r"has the entry StandardScaler\(\); each must be a tuple \(name, estimator\)"),
        ([("a", LinearRegression()), ("b", LinearRegression())], "which cannot transform; give an object with fit and"),
        ([("a", StandardScaler), ("b", LinearRegression())], r"is the class StandardScaler; .* StandardScaler\(\)"),
        ([("a", StandardScaler()), ("b", 3)], "'b' is 3, which has no fit; give an estimator"),
    ],
)
def test_steps_that_will_not_do_are_refused_at_fit_with_the_reason(steps: Any, complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        Pipeline(steps).fit(X, y)


# -- parameters and arguments


def test_nested_parameters_go_down_any_number_of_levels() -> None:
    held = Pipeline([("inner", Pipeline([("union", FeatureUnion([("scale", StandardScaler())]))])), ("last", None)])
    held.set_params(inner__union__scale__with_mean=False, last=LogisticRegression(), verbose=False)
    assert held["inner"]["union"]["scale"].with_mean is False
    assert held.get_params()["inner__union__scale__with_mean"] is False
    assert held.set_params(last__C=9.0)[-1].C == 9.0


def test_arguments_of_fit_go_to_the_step_they_name() -> None:
    weights = np.arange(60) % 3
    weighted = model().fit(X, y, model__sample_weight=weights)
    alone = LogisticRegression().fit(StandardScaler().fit_transform(X), y, sample_weight=weights)
    np.testing.assert_array_equal(weighted[-1].coef_, alone.coef_)
    for wrong in ("sample_weight", "mode__sample_weight"):
        with pytest.raises(ParameterError, match=rf"does not accept the {wrong} parameter; .* model__sample_weight"):
            model().fit(X, y, **{wrong: weights})


def test_transform_input_sends_an_argument_the_way_of_x() -> None:
    held = Pipeline([("double", Recorder()), ("last", Recorder())], transform_input=["X_val"])
    held.fit(X, y, last__X_val=X[:2], last__other=X[:2])
    np.testing.assert_array_equal(held["last"].given_["X_val"], X[:2] * 2)
    np.testing.assert_array_equal(held["last"].given_["other"], X[:2])


def test_memory_finds_a_fitted_transformer_again_and_changes_no_number(tmp_path: Path) -> None:
    plain = model().fit(X, y)
    for _ in range(2):
        kept = model().set_params(memory=str(tmp_path)).fit(X, y)
        np.testing.assert_array_equal(kept.predict_proba(X), plain.predict_proba(X))
    assert len(list(tmp_path.rglob("output.pkl"))) == 1
    with pytest.raises(ParameterError, match="memory is 3; it must be a directory"):
        model().set_params(memory=3).fit(X, y)


def test_verbose_tells_each_step_on_standard_error() -> None:
    with contextlib.redirect_stderr(io.StringIO()) as told:
        model().set_params(verbose=True).fit(X, y)
    lines = [line.split(",")[0] for line in told.getvalue().splitlines()]
    assert lines == [
        "[Pipeline] (step 1 of 2) Processing scale",
        "[Pipeline] (step 2 of 2) Processing model",
    ]


# -- names, state


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_names_are_followed_from_a_frame_to_the_end(frame: Any) -> None:
    table = frame({"a": [1.0, 2.0], "b": [3.0, 5.0]})
    union = FeatureUnion([("z", StandardScaler()), ("r", MinMaxScaler())])
    held = make_pipeline(StandardScaler(), union, "passthrough").fit(table)
    assert held.get_feature_names_out().tolist() == ["z__a", "z__b", "r__a", "r__b"]
    assert held.feature_names_in_.tolist() == ["a", "b"] and held.n_features_in_ == 2
    with pytest.raises(AttributeError, match=r"step 'recorder' \(Recorder\) does not provide"):
        make_pipeline(StandardScaler(), Recorder()).fit(table).get_feature_names_out()


def test_before_fit_and_after_a_fit_that_failed_there_is_nothing_to_predict_with() -> None:
    held = model()
    with pytest.raises(NotFittedError, match="call fit first"):
        held.predict(X)
    held.fit(X, y)
    with pytest.raises(DataError):
        held.fit(X, y[:5])  # the scaler is fitted again before the model fails
    with pytest.raises(NotFittedError, match="its last fit failed"):
        held.predict(X)
    with pytest.raises(ModelFileError, match="its last fit did not end"):
        pellucid.save(held, "never.pellucid")


# -- scikit-learn's tools, and files


def test_grid_search_and_cross_validation_of_scikit_learn_take_it() -> None:
    grid = {"model__C": [0.01, 1.0], "scale": [StandardScaler(), "passthrough"]}
    search, theirs = (GridSearchCV(held, grid, cv=3) for held in (model(), sklearn.pipeline.Pipeline(model().steps)))
    found = search.fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, theirs.fit(X, y).cv_results_["mean_test_score"])
    assert cross_val_score(model(), X, y, cv=3).shape == (3,)


def test_a_saved_pipeline_predicts_the_same_bits(tmp_path: Path) -> None:
    fitted = model().fit(pd.DataFrame(X, columns=["a", "b", "c"]), y)
    pellucid.save(fitted, tmp_path / "model.pellucid")
    again = pellucid.load(tmp_path / "model.pellucid")
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.feature_names_in_.tolist() == ["a", "b", "c"]


def test_a_step_that_no_file_can_hold_is_named() -> None:
    held = make_pipeline(StandardScaler(), sklearn.linear_model.Ridge()).fit(X, y)
    with pytest.raises(ModelFileError, match=r"Pipeline: 'ridge' is a sklearn.* Put one of pellucid's own"):
        pellucid.save(held, "never.pellucid")


def test_a_record_with_steps_that_will_not_do_is_refused() -> None:
    record = model().fit(X, y).to_record()
    record["params"]["steps"].append(("more", LogisticRegression().fit(X, y)))
    with pytest.raises(ParameterError, match="'model' is .* cannot transform"):
        Pipeline.from_record(record)


@pytest.mark.parametrize("encoder", [OneHotEncoder(), OrdinalEncoder(), OneHotEncoder(sparse_output=True)])
@pytest.mark.parametrize("holder", [pl.DataFrame, pd.DataFrame, "rows"])
@pytest.mark.parametrize("indicator", [False, True])
def test_words_handed_from_step_to_step_end_as_tables_of_them_would(
    encoder: Any, holder: Any, indicator: bool, tmp_path: Path
) -> None:
    words = {"a": ["x", None, "y", "x"] * 20, "b": [None, "u", "u", "v"] * 20, "n": [1, 2, 2, None] * 20}
    table = [list(row) for row in zip(*words.values(), strict=True)] if holder == "rows" else holder(words)
    imputer = SimpleImputer(strategy="most_frequent", add_indicator=indicator)
    tables = clone(imputer).fit_transform(table)
    wanted = clone(encoder).fit_transform(tables)
    handed, kept = make_pipeline(clone(imputer), clone(encoder)), make_pipeline(imputer, encoder, memory=str(tmp_path))
    nested = make_pipeline(make_pipeline(clone(imputer)), "passthrough", clone(encoder))
    for pipeline in (handed, kept, nested):
        for got in (pipeline.fit_transform(table), pipeline.transform(table)):
            got, spelled = (a.toarray() if hasattr(a, "toarray") else a for a in (got, wanted))
            np.testing.assert_array_equal(got, spelled)
        categories = pipeline[-1].categories_
        assert [known.tolist() for known in categories] == [c.tolist() for c in encoder.fit(tables).categories_]


def test_an_unknown_word_that_was_handed_on_is_named_with_its_rows() -> None:
    pipeline = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()).fit([["a"], ["b"]])
    told = r"unknown categories \['c'\] in column 0 during transform, in 2 of 3 rows \(first: row 1\)"
    with pytest.raises(DataError, match=told):
        pipeline.transform([["a"], ["c"], ["c"]])


def test_columns_that_an_imputer_leaves_out_are_gone_for_the_next_step_too() -> None:
    words = [["a", None], ["b", None]]
    pipeline = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    with pytest.warns(DataWarning, match="Skipping features without any observed values"):
        assert pipeline.fit_transform(words).tolist() == [[1, 0], [0, 1]]


def test_means_of_targets_of_words_handed_on_are_those_of_tables() -> None:
    words, target = [["a"], [None], ["b"], ["a"]] * 10, [0, 1, 1, 0] * 10
    filled = SimpleImputer(strategy="constant").fit_transform(words)
    pipeline = make_pipeline(SimpleImputer(strategy="constant"), TargetEncoder(random_state=0))
    wanted = TargetEncoder(random_state=0).fit_transform(filled, target)
    np.testing.assert_array_equal(pipeline.fit_transform(words, target), wanted)


def test_a_pipeline_without_steps_can_be_looked_at_and_says_at_fit_what_it_lacks() -> None:
    ours, theirs = Pipeline([]), sklearn.pipeline.Pipeline([])
    assert get_tags(ours).estimator_type is get_tags(theirs).estimator_type is None and len(ours) == 0
    assert not is_classifier(ours) and repr(ours) == "Pipeline(steps=[])"
    with pytest.raises(ParameterError, match="Pipeline: steps is empty; give one step at least"):
        ours.fit(X)
