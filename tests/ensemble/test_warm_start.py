"""An ensemble grown in pieces is the one grown at once, and what does not go with what is there is refused."""

import inspect
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.base import Callback, History, clone
from pellucid.ensemble import (
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
)
from pellucid.errors import ConvergenceWarning, DataError, DataWarning, ParameterError
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
X[RNG.random(X.shape) < 0.05] = np.nan
Y = np.digitize(np.nan_to_num(X[:, 0] + X[:, 1] ** 2) + 0.3 * RNG.normal(size=300), [0.0, 1.0])
NEW = RNG.normal(size=(300, 5))
W = RNG.integers(0, 4, size=300).astype(float)

DRAWN: dict[str, Any] = {"bootstrap": True, "oob_score": True}
FORESTS: list[tuple[Any, dict[str, Any]]] = [
    (RandomForestClassifier, {}),
    (RandomForestClassifier, {**DRAWN, "max_samples": 0.5, "class_weight": "balanced_subsample", "n_jobs": 2}),
    (RandomForestClassifier, {**DRAWN, "max_bins": 20, "ccp_alpha": 0.002}),
    (RandomForestRegressor, {**DRAWN, "max_features": 2}),
    (RandomForestRegressor, {**DRAWN, "criterion": "absolute_error", "max_depth": 3}),
    (ExtraTreesClassifier, {}),
    (ExtraTreesClassifier, {**DRAWN, "class_weight": "balanced"}),
    (ExtraTreesRegressor, DRAWN),
]
BAGS: list[tuple[Any, dict[str, Any]]] = [
    (BaggingClassifier, {"oob_score": True, "max_features": 3}),
    (BaggingClassifier, {"bootstrap": False, "max_samples": 0.3, "n_jobs": 2}),
    (BaggingRegressor, {"oob_score": True, "n_jobs": 3, "bootstrap_features": True}),
    (BaggingRegressor, {"estimator": DecisionTreeRegressor(max_features=2, max_depth=4), "max_samples": 50}),
]
BOOSTERS: list[tuple[Any, dict[str, Any]]] = [
    (GradientBoostingClassifier, {}),
    (GradientBoostingClassifier, {"subsample": 0.5, "max_features": 2, "n_iter_no_change": 20}),
    (GradientBoostingClassifier, {"init": DecisionTreeClassifier(max_depth=2), "max_bins": 30}),
    (GradientBoostingRegressor, {"subsample": 0.7, "loss": "huber", "n_iter_no_change": 20}),
    (GradientBoostingRegressor, {"loss": "absolute_error", "init": "zero", "ccp_alpha": 0.01}),
    (GradientBoostingRegressor, {"loss": "quantile", "init": BaggingRegressor(n_estimators=3), "max_features": 2}),
]
HISTS: list[tuple[Any, dict[str, Any]]] = [
    (HistGradientBoostingClassifier, {"class_weight": "balanced"}),
    (HistGradientBoostingClassifier, {"early_stopping": True, "max_bins": 20}),
    (HistGradientBoostingRegressor, {"early_stopping": True, "max_depth": 3}),
    (HistGradientBoostingRegressor, {"loss": "absolute_error", "max_leaf_nodes": 6}),
]
CASES: list[tuple[Any, dict[str, Any]]] = [*FORESTS, *BAGS, *BOOSTERS, *HISTS]
KINDS: list[Any] = list(dict.fromkeys(kind for kind, _ in CASES))

each_case = pytest.mark.parametrize(("kind", "options"), CASES, ids=lambda v: getattr(v, "__name__", str(v)))
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

LEARNED = (
    "oob_score_",
    "oob_decision_function_",
    "oob_prediction_",
    "oob_improvement_",
    "train_score_",
    "validation_score_",
    "validation_loss_",
    "n_iter_",
    "n_estimators_",
    "init_",
)
"""What two fits must agree in, where they have it, besides their answers and importances."""


def count_of(kind: Any) -> str:
    """The parameter that says how many parts there are to be."""
    return str(kind.grows[0])


def made(kind: Any, n: int, **options: Any) -> Any:
    defaults = {"random_state": 3, "warm_start": True}
    return kind(**{count_of(kind): n, **defaults, **options})


def grown(model: Any, n: int, *rows: Any) -> Any:
    """The model, fitted on to n parts."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*was drawn by every|.*were drawn by every", DataWarning)
        return model.set_params(**{count_of(type(model)): n}).fit(*(rows or (X, Y)))


def table_for(options: dict[str, Any]) -> Any:
    """X, without missing cells where an inner estimator begins."""
    return np.nan_to_num(X) if hasattr(options.get("init"), "fit") else X


def said(model: Any, rows: Any = X) -> Any:
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)


def check_same(one: Any, other: Any, rows: Any = X) -> None:
    np.testing.assert_array_equal(said(one, rows), said(other, rows))
    if hasattr(one, "feature_importances_"):
        np.testing.assert_array_equal(one.feature_importances_, other.feature_importances_)
    assert one.interrupted_ == other.interrupted_
    for name in LEARNED:
        assert (name in vars(one)) == (name in vars(other)), name
        if name in vars(one) and name != "init_":
            np.testing.assert_array_equal(vars(one)[name], vars(other)[name], err_msg=name)


def parts_of(model: Any) -> int:
    """Trees or copies that are there."""
    return len(vars(model)[model.grown_in])


class _Press(Callback):
    """Ctrl-C after some steps, once."""

    def __init__(self, after: int) -> None:
        self.after, self.done = after, False

    def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
        assert np.isfinite(said(estimator, NEW[:2])).all()
        if step == self.after and not self.done:
            self.done = True
            raise KeyboardInterrupt


def test_every_ensemble_that_can_go_on_is_held_to_these_laws() -> None:
    public = [getattr(pellucid.ensemble, name) for name in pellucid.ensemble.__all__]
    takes = {kind for kind in public if "warm_start" in inspect.signature(kind).parameters}
    assert takes == set(KINDS)
    assert all(not inspect.signature(kind).parameters["warm_start"].default for kind in KINDS)


@each_case
@pytest.mark.parametrize("weighted", [False, True])
def test_grown_in_pieces_it_is_what_is_grown_at_once(kind: Any, options: dict[str, Any], weighted: bool) -> None:
    rows = (table_for(options), Y, W) if weighted else (table_for(options), Y)
    model = grown(made(kind, 5, **options), 5, *rows)
    few, parts = said(model, NEW), vars(model)[model.grown_in]
    grown(model, 12, *rows)
    check_same(model, grown(made(kind, 12, **options, warm_start=False), 12, *rows), rows[0])
    if len(parts) > 0:
        assert vars(model)[model.grown_in][0] is parts[0]  # kept, not grown once more
    assert not np.array_equal(said(model, NEW), few)


@each_case
def test_after_ctrl_c_a_fit_goes_on_to_what_one_left_in_peace_gives(kind: Any, options: dict[str, Any]) -> None:
    model = made(kind, 12, **options).set_callbacks(_Press(4))
    with pytest.warns(ConvergenceWarning, match="interrupted after step 4"):
        grown(model, 12, table_for(options), Y)
    assert model.interrupted_ and parts_of(model) > 0
    grown(model, 12, table_for(options), Y)
    check_same(model, grown(made(kind, 12, **options), 12, table_for(options), Y), NEW)
    assert not model.interrupted_


@each_kind
@pytest.mark.parametrize(
    "chance", [None, np.random.default_rng, np.random.RandomState], ids=["none", "generator", "state"]
)
def test_the_chance_of_the_first_fit_is_gone_on_with(kind: Any, chance: Any) -> None:
    options = {"max_features": 2} if "max_features" in inspect.signature(kind).parameters else {}
    model = grown(made(kind, 5, **options, random_state=chance and chance(7)), 5)
    seed = model.seed_
    grown(model.set_params(random_state=chance and chance(8)), 12)
    assert model.seed_ == seed
    check_same(model, grown(made(kind, 12, **options, random_state=seed), 12))
    if chance:
        check_same(model, grown(made(kind, 12, **options, random_state=chance(7)), 12))


@each_kind
def test_without_warm_start_a_fit_begins_anew(kind: Any) -> None:
    model = grown(made(kind, 9), 9)
    grown(model.set_params(warm_start=False), 4, X[:, :3], 1 - Y % 2)
    check_same(model, grown(made(kind, 4, warm_start=False), 4, X[:, :3], 1 - Y % 2), X[:, :3])
    assert not hasattr(clone(model.set_params(warm_start=True)), "seed_")


@each_kind
def test_callbacks_are_told_of_the_new_parts_only(kind: Any) -> None:
    history = History()
    model = grown(made(kind, 5), 5).set_callbacks(history)
    grown(model, 12)
    assert [row["step"] for row in history.rows] == list(range(1, 8))


@each_kind
def test_fewer_parts_than_there_are_is_an_error_that_leaves_them_as_they_are(kind: Any) -> None:
    model = grown(made(kind, 12), 12)
    kept, asked = {**vars(model)}, count_of(kind)
    with pytest.raises(ParameterError, match=rf"{kind.__name__}: {asked} is 5, and 12 \w+ are there; .*raise {asked}"):
        grown(model, 5)
    assert {**vars(model), asked: 12} == kept
    check_same(model, grown(made(kind, 12), 12))


@each_kind
def test_as_many_parts_as_there_are_grow_nothing_and_that_is_said(kind: Any) -> None:
    model = grown(made(kind, 6), 6)
    kept = {**vars(model)}
    with pytest.warns(DataWarning, match=f"{kind.__name__}: warm_start=True grew nothing, as .* is 6 and so") as told:
        model.fit(X, Y)
    assert told[0].filename == __file__
    assert vars(model) == kept


@each_kind
@pytest.mark.parametrize("named", [False, True])
def test_other_columns_are_refused_and_what_is_there_stays(kind: Any, named: bool) -> None:
    names = list("abcde") if named else None
    rows = pl.DataFrame(np.nan_to_num(X), schema=names) if named else X
    model = grown(made(kind, 5), 5, rows, Y)
    kept = {**vars(model)}
    with pytest.raises(DataError, match=r"With warm_start=True .*or set warm_start=False to begin anew"):
        grown(model, 12, X[:, :4], Y)
    if named:
        with pytest.raises(DataError, match="With warm_start=True fit goes on from those"):
            grown(model, 12, rows.rename({"a": "z"}), Y)
        assert grown(model, 7, rows.to_numpy(), Y).feature_names_in_.tolist() == names  # columns without names pass
        return
    assert {**vars(model), count_of(kind): 5} == kept


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "Classifier" in kind.__name__])
@pytest.mark.parametrize("labels", [Y * 2, np.minimum(Y, 1), np.where(np.arange(300) == 7, 3, Y), Y.astype(str)])
def test_other_classes_are_refused_and_what_is_there_stays(kind: Any, labels: Any) -> None:
    model = grown(made(kind, 5), 5)
    kept = {**vars(model)}
    with pytest.raises(DataError, match=r"the last fit, which had the classes \[0, 1, 2\], and this one has \["):
        grown(model, 12, X, labels)
    assert {**vars(model), count_of(kind): 5} == kept


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "Bagging" not in kind.__name__])
def test_other_categories_are_refused_and_the_same_in_other_rows_are_not(kind: Any) -> None:
    text = np.array(["a", "b", "c"])[RNG.integers(3, size=300)]
    frame = pl.DataFrame({"text": text, "x": X[:, 0]})
    model = grown(made(kind, 5), 5, frame, Y)
    for other in (frame.with_columns(text=pl.col("text").replace("a", "d")), frame.with_columns(text=X[:, 1])):
        with pytest.raises(DataError, match=r"which had in column 'text' \['a', 'b', 'c'\], and this one has "):
            grown(model, 12, other, Y)
    assert parts_of(grown(model, 12, frame, Y)) == parts_of(grown(made(kind, 12), 12, frame, Y))
    check_same(model, grown(made(kind, 12), 12, frame, Y), frame)


@each_kind
def test_rows_may_differ_between_the_fits(kind: Any) -> None:
    model = grown(made(kind, 5), 5, X[:150], Y[:150])
    first = vars(model)[model.grown_in]
    grown(model, 12, X[150:], Y[150:])
    now = vars(model)[model.grown_in]
    assert all(a is b for a, b in zip(first, now, strict=False)) and len(now) > len(first)
    assert model.score(X[150:], Y[150:]) > grown(made(kind, 5), 5, X[:150], Y[:150]).score(X[150:], Y[150:])


@each_kind
def test_a_fit_that_fails_on_its_way_leaves_what_was_there(kind: Any) -> None:
    class Fails(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            if step == 3:
                raise ZeroDivisionError

    model = grown(made(kind, 5), 5).set_callbacks(Fails())
    kept = {**vars(model)}
    with pytest.raises(ZeroDivisionError):
        grown(model, 12)
    assert {**vars(model), count_of(kind): 5} == kept
    check_same(grown(model.set_callbacks(), 12), grown(made(kind, 12), 12))


@each_case
def test_a_loaded_model_goes_on(kind: Any, options: dict[str, Any], tmp_path: Path) -> None:
    rows = table_for(options), Y
    model = grown(made(kind, 5, **{**options, "random_state": None}), 5, *rows)
    pellucid.save(model, tmp_path / "m")
    check_same(grown(pellucid.load(tmp_path / "m"), 12, *rows), grown(model, 12, *rows), NEW)


@each_kind
def test_a_file_without_the_seed_goes_on_by_random_state(kind: Any) -> None:
    model = grown(made(kind, 5), 5)
    record = model.to_record()
    del record["state"]["seed_"]  # as written before there was one
    check_same(grown(kind.from_record(record), 12), grown(model, 12))


@pytest.mark.parametrize(("kind", "options"), [case for case in CASES if case[1].get("oob_score")], ids=str)
def test_left_out_rows_are_scored_once_asked_for_by_all_that_is_there(kind: Any, options: dict[str, Any]) -> None:
    whole = grown(made(kind, 12, **options), 12)
    late = grown(made(kind, 12, **{**options, "oob_score": False}), 12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # something is done: no word that nothing is
        warnings.filterwarnings("ignore", ".*were drawn by every", DataWarning)
        late.set_params(oob_score=True).fit(X, Y)
    check_same(late, whole)
    pieces = grown(made(kind, 5, **{**options, "oob_score": False}), 5).set_params(oob_score=True)
    check_same(grown(pieces, 12), whole)
    assert not hasattr(grown(late.set_params(oob_score=False), 13), "oob_score_")  # that of 12 is not that of 13


@pytest.mark.parametrize(("kind", "options"), [case for case in FORESTS if case[1].get("oob_score")], ids=str)
@pytest.mark.parametrize("rows", [(X[:299], Y[:299]), (NEW, Y), (X, Y, W)], ids=["fewer", "other", "weighed"])
def test_trees_that_drew_from_other_rows_cannot_score_those_left_out(
    kind: Any, options: dict[str, Any], rows: Any
) -> None:
    model = grown(made(kind, 5, **options), 5)
    kept = model.oob_score_
    with pytest.raises(DataError, match="did not draw from these rows, .* leave oob_score out"):
        grown(model, 12, *rows)
    assert parts_of(model) == 5 and model.oob_score_ == kept
    assert parts_of(grown(model.set_params(oob_score=False), 12, *rows)) == 12


@pytest.mark.parametrize(("kind", "options"), [case for case in FORESTS if case[1].get("oob_score")], ids=str)
def test_nor_can_they_when_the_targets_are_others(kind: Any, options: dict[str, Any]) -> None:
    regresses = "Regressor" in kind.__name__
    target = Y + X[:, 0] ** 2 if regresses else Y  # medians of few values would be the same
    target = np.where(np.isnan(target), 0.0, target) if regresses else target
    model = grown(made(kind, 5, **options), 5, X, target)
    with pytest.raises(DataError, match="did not draw from these rows"):
        grown(model, 12, X, np.roll(target, 1))


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesRegressor])
def test_forests_on_bytes_go_on_as_well(kind: Any) -> None:
    cells = RNG.integers(0, 200, size=(300, 6)).astype(np.uint8)
    model = grown(made(kind, 5, **DRAWN), 5, cells, Y)
    check_same(grown(model, 12, cells, Y), grown(made(kind, 12, **DRAWN), 12, cells, Y), cells)


@pytest.mark.parametrize("kind", [BaggingClassifier, BaggingRegressor])
def test_copies_that_drew_rows_which_are_gone_cannot_score_the_others(kind: Any) -> None:
    model = grown(made(kind, 5, oob_score=True), 5)
    with pytest.raises(DataError, match="drew from 300 rows or more, and X has 200 that count; .* leave oob_score out"):
        grown(model, 12, X[:200], Y[:200])
    assert parts_of(model) == 5


@pytest.mark.parametrize("kind", [BaggingClassifier, BaggingRegressor])
def test_copies_and_their_draws_go_on_by_number(kind: Any) -> None:
    pieces, whole = grown(grown(made(kind, 5, max_features=2), 5), 12), grown(made(kind, 12, max_features=2), 12)
    for name in ("estimators_samples_", "estimators_features_"):
        assert len(vars(pieces)[name]) == 12
        np.testing.assert_array_equal(vars(pieces)[name], vars(whole)[name])


STEPWISE = [GradientBoostingClassifier, GradientBoostingRegressor]


@pytest.mark.parametrize("kind", STEPWISE)
def test_early_stopping_goes_on_with_the_scores_so_far(kind: Any) -> None:
    options = {"n_iter_no_change": 3, "learning_rate": 0.2, "subsample": 0.8}
    whole = grown(made(kind, 200, **options), 200)
    stop = whole.n_estimators_
    assert 6 < stop < 200
    for first in (1, stop - 2, stop - 1):  # the last few scores are those of the first fit
        check_same(grown(grown(made(kind, first, **options), first), 200), whole)
    with pytest.warns(DataWarning, match="grew nothing, as the loss had stopped falling; the steps stay"):
        grown(whole, 201)
    assert whole.n_estimators_ == stop
    grown(whole.set_params(n_iter_no_change=10), stop + 1)
    assert whole.n_estimators_ == stop + 1 == len(whole.validation_score_)


@pytest.mark.parametrize("kind", STEPWISE)
def test_rows_that_were_learned_from_are_not_set_apart_later(kind: Any) -> None:
    model = grown(made(kind, 5), 5)
    with pytest.raises(ParameterError, match=r"n_iter_no_change is 3, and the 5 steps .* learned from all rows"):
        grown(model.set_params(n_iter_no_change=3), 12)
    assert model.n_estimators_ == 5
    stopping = grown(made(kind, 5, n_iter_no_change=9), 5)
    assert not hasattr(grown(stopping.set_params(n_iter_no_change=None), 12), "validation_score_")


@pytest.mark.parametrize("kind", STEPWISE)
def test_gains_on_rows_left_out_are_not_numbers_for_steps_that_left_none(kind: Any) -> None:
    model = grown(made(kind, 5), 5)
    assert not hasattr(model, "oob_improvement_")
    gained = grown(model.set_params(subsample=0.5), 12).oob_improvement_
    assert np.isnan(gained).tolist() == [True] * 5 + [False] * 7


HIST = [HistGradientBoostingClassifier, HistGradientBoostingRegressor]


@pytest.mark.parametrize("kind", HIST)
@pytest.mark.parametrize("given", [False, True], ids=["set apart", "given"])
def test_steps_beyond_the_lowest_loss_are_made_again_and_counted(kind: Any, given: bool) -> None:
    options: dict[str, Any] = {"learning_rate": 0.3, "n_iter_no_change": 4, "early_stopping": True}
    held = {"X_val": X[200:], "y_val": Y[200:]} if given else {}

    def fitted(model: Any, n: int) -> Any:
        return model.set_params(max_iter=n).fit(X[:200], Y[:200], **held)

    whole = fitted(made(kind, 200, **options), 200)
    best, steps = whole.n_iter_, len(whole.validation_loss_) - 1
    assert 1 < best < steps < 200
    for first in (1, best, best + 2, steps):
        check_same(fitted(fitted(made(kind, first, **options), first), 200), whole)
    check_same(fitted(clone(whole), 200), fitted(whole, 200))  # once more: the same steps, the same end


@pytest.mark.parametrize("kind", HIST)
def test_rows_that_steps_learned_from_are_not_set_apart_for_later_ones(kind: Any) -> None:
    model = grown(made(kind, 5), 5).set_params(early_stopping=True)
    with pytest.raises(ParameterError, match=r"early_stopping=True sets rows apart, and the 5 steps .* give X_val"):
        grown(model, 12)
    assert model.n_iter_ == 5
    model.set_params(max_iter=12, early_stopping="auto").fit(X, Y, X_val=NEW, y_val=Y)  # these were not seen
    whole = made(kind, 12).fit(X, Y, X_val=NEW, y_val=Y)
    np.testing.assert_array_equal(model.validation_loss_, whole.validation_loss_)


@pytest.mark.parametrize("kind", HIST)
def test_with_more_rows_than_bins_are_made_of_pieces_come_to_the_whole(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pellucid.ensemble._binning.SAMPLE_ROWS", 100)
    other = grown(made(kind, 12, random_state=4, max_bins=30), 12)
    pieces, whole = (grown(made(kind, n, max_bins=30), n) for n in (5, 12))
    check_same(grown(pieces, 12), whole)
    assert not np.array_equal(said(other), said(whole))  # the sample is drawn by the seed


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "Classifier" in kind.__name__])
def test_two_classes_with_words_for_names_go_on_as_well(kind: Any) -> None:
    labels = np.where(Y > 0, "yes", "no")
    check_same(grown(grown(made(kind, 5), 5, X, labels), 12, X, labels), grown(made(kind, 12), 12, X, labels), NEW)
