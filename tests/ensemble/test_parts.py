"""Parts of any make are fitted, seeded and asked alike, and what will not do is named."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse
import sklearn.linear_model
import sklearn.neighbors

from pellucid.base import Callback
from pellucid.calibration import CalibratedClassifierCV
from pellucid.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
)
from pellucid.ensemble._parts import (
    check_part,
    codes_of,
    counting_rows,
    fit_part,
    role_of,
    rows_asked,
    seeded,
    shares,
)
from pellucid.errors import DataError, ParameterError
from pellucid.linear_model import LogisticRegression, Ridge
from pellucid.model_selection import KFold
from pellucid.neighbors import KNeighborsClassifier
from pellucid.pipeline import make_pipeline
from pellucid.preprocessing import StandardScaler
from pellucid.svm import LinearSVC
from pellucid.tree import DecisionTreeClassifier

X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array(["a", "a", "b", "b"])


def test_the_role_is_asked_of_ours_and_of_scikit_learns() -> None:
    assert role_of(LogisticRegression()) == role_of(sklearn.linear_model.LogisticRegression()) == "classifier"
    assert role_of(make_pipeline(StandardScaler(), Ridge())) == "regressor"
    assert role_of(3) is None


@pytest.mark.parametrize("part", [LogisticRegression, 3, Ridge(), StandardScaler()], ids=str)
def test_what_cannot_classify_is_refused_by_name(part: object) -> None:
    with pytest.raises(ParameterError, match="'it' is|'it'\\) should be a classifier"):
        check_part("it", part, "classifier", where="Voting")


def test_a_part_that_takes_no_weights_is_named_when_it_gets_some() -> None:
    part = sklearn.neighbors.KNeighborsClassifier(1)
    assert fit_part("near", part, X, y, None, where="Voting").predict(X).tolist() == y.tolist()
    with pytest.raises(ParameterError, match="'near' is a KNeighborsClassifier, whose fit takes no sample_weight"):
        fit_part("near", part, X, y, np.ones(4), where="Voting")


def test_a_part_cut_short_cuts_the_whole_short() -> None:
    class CtrlC(Callback):
        def on_step_end(self, *args: object) -> None:
            raise KeyboardInterrupt

    part = RandomForestClassifier(n_estimators=3)
    with pytest.raises(KeyboardInterrupt), pytest.warns(UserWarning, match="interrupted"):
        fit_part("forest", part.set_callbacks(CtrlC()), X, y, None, where="Voting")


def test_every_random_state_is_drawn_those_of_inner_estimators_too_and_the_given_part_is_left_alone() -> None:
    given = make_pipeline(StandardScaler(), DecisionTreeClassifier())
    one, two = (seeded(given, np.random.default_rng(3)) for _ in range(2))
    name = "decisiontreeclassifier__random_state"
    assert one.get_params()[name] == two.get_params()[name] is not None
    assert given.get_params()[name] is None


def test_rows_of_weight_zero_are_as_if_they_were_not_there() -> None:
    rows, labels, weights = counting_rows(X.tolist(), y, np.array([1.0, 0.0, 2.0, 0.0]))
    assert (rows, labels.tolist(), weights.tolist()) == ([[0.0], [2.0]], ["a", "b"], [1.0, 2.0])


def test_a_part_that_knows_fewer_classes_gives_the_others_no_share() -> None:
    classes = np.array(["0", "a", "b"])
    part = DecisionTreeClassifier().fit(X, y)
    assert shares(part, X[:1], classes, where="Bagging").tolist() == [[0.0, 1.0, 0.0]]


def test_a_part_without_probabilities_gives_its_vote() -> None:
    part = LinearSVC().fit(X, y)
    assert shares(part, X, np.unique(y), where="Bagging").tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]


def test_a_label_that_is_none_of_the_classes_is_named() -> None:
    with pytest.raises(DataError, match="a part predicts the label 'z'; y has 'a', 'b'"):
        codes_of(["a", "z"], np.unique(y), where="Voting")


def test_pairs_of_row_numbers_mean_all_rows_also_where_some_have_weight_zero() -> None:
    Z, t = np.arange(12.0)[:, None], np.tile(["a", "b"], 6)
    weight = np.tile([1.0, 1.0, 0.0], 4)
    folds = list(KFold(3).split(Z))
    for kind in (StackingClassifier, CalibratedClassifierCV):
        part = LogisticRegression()
        held = [("line", part)] if kind is StackingClassifier else part
        weighted = kind(held, cv=folds).fit(Z, t, weight)
        rows = np.flatnonzero(weight)
        place = {row: i for i, row in enumerate(rows.tolist())}
        fewer = [([place[r] for r in a if r in place], [place[r] for r in b if r in place]) for a, b in folds]
        np.testing.assert_array_equal(
            weighted.predict_proba(Z), kind(held, cv=fewer).fit(Z[rows], t[rows], np.ones(8)).predict_proba(Z)
        )


# -- sparse rows

OF_TREES: list[Any] = [
    *(kind(n_estimators=3, random_state=0) for kind in (RandomForestClassifier, RandomForestRegressor)),
    *(kind(n_estimators=3, random_state=0) for kind in (ExtraTreesClassifier, ExtraTreesRegressor)),
    *(kind(n_estimators=3, random_state=0) for kind in (GradientBoostingClassifier, GradientBoostingRegressor)),
    *(kind(max_iter=3) for kind in (HistGradientBoostingClassifier, HistGradientBoostingRegressor)),
    *(kind(n_estimators=3, random_state=0) for kind in (AdaBoostClassifier, AdaBoostRegressor)),
    *(kind(n_estimators=3, max_features=0.5, random_state=0) for kind in (BaggingClassifier, BaggingRegressor)),
    AdaBoostClassifier(sklearn.linear_model.LogisticRegression(), n_estimators=3),
    BaggingClassifier(LogisticRegression(), n_estimators=3, random_state=0),
]


@pytest.mark.parametrize("form", ["csr_array", "csc_matrix", "coo_array"])
@pytest.mark.parametrize("model", OF_TREES, ids=repr)
def test_sparse_rows_are_predicted_as_the_same_rows_written_out(model: Any, form: str) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(120, 6)) * (rng.random((120, 6)) < 0.4)
    model.fit(rows, np.digitize(rows[:, 0] + 0.3 * rng.normal(size=120), [-0.2, 0.2]))
    sparse = getattr(scipy.sparse, form)(rows)
    asked = [name for name in ("predict", "predict_proba", "decision_function") if hasattr(model, name)]
    for name in asked:
        said = getattr(model, name)(rows)
        assert len(np.unique(said)) > 1
        np.testing.assert_array_equal(getattr(model, name)(sparse), said)


def test_sparse_rows_are_refused_where_the_part_takes_none_and_with_another_number_of_columns() -> None:
    sparse = scipy.sparse.csr_array(X)
    assert rows_asked(KNeighborsClassifier(), sparse) is sparse and rows_asked(LogisticRegression(), X) is X
    with pytest.raises(DataError, match="X is sparse"):
        BaggingClassifier(KNeighborsClassifier(1), n_estimators=2).fit(X, y).predict(sparse)
    with pytest.raises(DataError, match="X has 2 features"):
        BaggingClassifier(n_estimators=2).fit(X, y).predict(scipy.sparse.csr_array(np.ones((1, 2))))
