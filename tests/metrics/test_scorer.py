"""Scorers: the numbers of scikit-learn's under the same names, and clear words where there is none."""

from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import METRICS, accuracy_score, f1_score, hinge_loss, log_loss, max_error, roc_auc_score
from pellucid.metrics._scorer import check_scorers, check_scoring, get_scorer, get_scorer_names, make_scorer, scores_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3))
Y = {2: (X[:, 0] + RNG.normal(size=90) > 0).astype(int), 3: np.digitize(X[:, 0] + RNG.normal(size=90), [-0.5, 0.7])}
SEVERAL = np.stack([Y[2], X[:, 1] > 0.3, X[:, 2] > 0.1], axis=1).astype(int)  # labels of a row
NUMBERS = np.exp(X[:, 0] + 0.2 * RNG.normal(size=90))


class Positive(LinearRegression):  # type: ignore[misc]
    """Numbers that logarithms and deviances take."""

    def predict(self, X: Any) -> Any:
        return np.exp(np.clip(super().predict(X), -2, 2))


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # nine steps are enough to have an answer
@pytest.mark.filterwarnings("ignore:.*ill-defined", "ignore:.*is 0/0 for")  # rows without a label
@pytest.mark.filterwarnings("ignore:.*do not sum to", "ignore:.*values do not sum")  # probabilities of several labels
@pytest.mark.filterwarnings("ignore:.*number of unique classes.*")
@pytest.mark.filterwarnings("ignore:.*k.*2.* classes", "ignore:'k' .2. greater than or equal to")  # top 2 of 2 classes
@pytest.mark.parametrize("name", get_scorer_names())
def test_every_name_gives_the_number_of_scikit_learn(name: str) -> None:
    theirs, tried = sklearn.metrics.get_scorer(name), 0
    row = METRICS.get(get_scorer(name).metric.__name__)
    forest, network = RandomForestClassifier(3, max_depth=2, random_state=0), MLPClassifier((), max_iter=9)
    for y, model in (
        *((Y[2], LogisticRegression()), (Y[3], LogisticRegression()), (Y[2], LinearSVC()), (NUMBERS, Positive())),
        *((SEVERAL, forest), (SEVERAL, network)),
    ):
        if y is NUMBERS and row is not None and row.needs == "clusters":
            continue  # scikit-learn takes numbers with fractions for names of clusters, and warns
        model.fit(X, y)
        try:
            wanted = theirs(model, X, y)
        except (ValueError, AttributeError, IndexError):
            continue
        if not np.isfinite(wanted):  # what scikit-learn 1.9 gives where the metric does not fit the target
            continue
        tried += 1
        assert get_scorer(name)(model, X, y) == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert tried


def test_our_losses_count_as_losses_also_where_no_row_of_the_table_says_so() -> None:
    margin, gap = make_scorer(hinge_loss), make_scorer(max_error)
    model, line = LinearSVC().fit(X, Y[2]), Positive().fit(X, NUMBERS)
    assert margin(model, X, Y[2]) == -hinge_loss(Y[2], model.decision_function(X))
    assert gap(line, X, NUMBERS) == -max_error(NUMBERS, line.predict(X))


def test_text_labels_need_no_positive_class_for_probabilities_and_ranks() -> None:
    y = np.array(["no", "yes"])[Y[2]]
    model, plain = LogisticRegression().fit(X, y), LogisticRegression().fit(X, Y[2])
    for name in ("roc_auc", "neg_log_loss", "neg_brier_score"):
        assert get_scorer(name)(model, X, y) == get_scorer(name)(plain, X, Y[2])
    scorer = make_scorer(roc_auc_score, response_method="decision_function", pos_label="no")
    with pytest.raises(TypeError):  # the metric has no such parameter, and says so
        scorer(model, X, y)


@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
def test_pos_label_turns_the_answer_towards_that_class(method: str) -> None:
    y = np.array(["no", "yes"])[Y[2]]
    model = LogisticRegression().fit(X, y)

    def mean_of_the_class(y: Any, answer: Any, pos_label: str) -> float:
        return float(answer[y == pos_label].mean() - answer[y != pos_label].mean())

    for label in ("no", "yes"):
        assert make_scorer(mean_of_the_class, response_method=method, pos_label=label)(model, X, y) > 0
    with pytest.raises(DataError, match="pos_label='perhaps' is not among the classes"):
        make_scorer(mean_of_the_class, response_method=method, pos_label="perhaps")(model, X, y)


def test_a_part_that_lacks_a_class_the_model_knows_is_still_judged() -> None:
    model = LogisticRegression().fit(X, Y[3])
    rows = Y[3] < 2
    wanted = sklearn.metrics.log_loss(Y[3][rows], model.predict_proba(X[rows]), labels=[0, 1, 2])
    assert get_scorer("neg_log_loss")(model, X[rows], Y[3][rows]) == pytest.approx(-wanted)


def test_a_loss_is_known_to_be_one_unless_the_caller_says_otherwise() -> None:
    model = LogisticRegression().fit(X, Y[2])
    assert make_scorer(log_loss)(model, X, Y[2]) < 0 < make_scorer(log_loss, greater_is_better=True)(model, X, Y[2])
    assert make_scorer(f1_score, average="macro")(model, X, Y[2]) == get_scorer("f1_macro")(model, X, Y[2])
    weight = np.arange(90) % 3
    for name in ("accuracy", "roc_auc", "neg_log_loss"):
        ours, theirs = get_scorer(name), sklearn.metrics.get_scorer(name)
        wanted = theirs(model, X, Y[2], sample_weight=weight)
        assert ours(model, X, Y[2], sample_weight=weight) == pytest.approx(wanted)


def test_the_estimator_is_asked_each_question_once() -> None:
    asked: list[str] = []

    class Counting(LogisticRegression):  # type: ignore[misc]
        def predict(self, X: Any) -> Any:
            asked.append("predict")
            return super().predict(X)

    model = Counting().fit(X, Y[2])
    names = ["accuracy", "f1", "recall_macro"]
    scores = scores_of(check_scorers(model, names), model, X, Y[2])
    assert list(scores) == names and asked == ["predict"]


def test_one_callable_may_give_several_numbers() -> None:
    model = LogisticRegression().fit(X, Y[2])
    scorers = check_scorers(model, lambda model, X, y: {"a": 1, "b": np.float32(0.5)})
    assert scores_of(scorers, model, X, Y[2]) == {"a": 1.0, "b": 0.5}


def test_without_scoring_it_is_the_score_of_the_estimator() -> None:
    model = LogisticRegression().fit(X, Y[2])
    assert check_scoring(model)(model, X, Y[2]) == model.score(X, Y[2])


def test_what_cannot_score_is_refused_in_words() -> None:
    model = LogisticRegression().fit(X, Y[2])
    for ask, message in (
        (lambda: get_scorer("acuracy"), "did you mean accuracy"),
        (lambda: get_scorer(3), "3 is not the name of a scorer"),
        (lambda: check_scoring(object()), "object has no method `score`"),
        (lambda: check_scorers(model, []), "scoring is empty"),
        (lambda: check_scorers(model, ["f1", "f1"]), "twice"),
        (lambda: check_scorers(model, [accuracy_score]), "use a dict"),
        (lambda: check_scoring(model, f1_score), r"f1_score is a metric of .*, or make_scorer\(f1_score\)"),
        (lambda: check_scoring(model, sklearn.metrics.f1_score), "f1_score is a metric of"),
        (lambda: check_scorers(model, 3), "give a name, a callable"),
        (lambda: make_scorer("accuracy"), "names go to get_scorer"),  # type: ignore[arg-type]
        (lambda: make_scorer(accuracy_score, response_method="transform"), "response_method='transform'"),
    ):
        with pytest.raises(ParameterError, match=message):
            ask()
    with pytest.raises(DataError, match="LinearSVC has no predict_proba"):
        get_scorer("neg_log_loss")(LinearSVC().fit(X, Y[2]), X, Y[2])
    with pytest.raises(DataError, match="f1 gave array"):
        scores_of({"f1": make_scorer(f1_score, average=None)}, model, X, Y[2])
