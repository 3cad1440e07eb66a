"""What is kept of the rows is as much as the metric needs, and the same whoever adds it."""

import numpy as np
import pytest

from pellucid.errors import DataError
from pellucid.metrics import METRICS
from pellucid.metrics._kept import Counts, Kept, Rows, Table, Totals, empty, kind_for


@pytest.mark.parametrize("name", sorted(METRICS))
def test_cleared_it_is_as_if_new_and_a_record_is_the_way_back(name: str) -> None:
    y, prediction = METRICS[name].sample(np.random.default_rng(0), 90)
    kept = empty(kind_for(name, {}, y, prediction), name, {}, None)
    kept.add(y[:40], prediction[:40], None)
    kept.clear()
    kept.add(y, prediction, None)
    again = empty(type(kept).__name__, name, {}, None)
    again.restored(kept.record())
    expected = METRICS[name].function(y, prediction)
    for one in (kept, again):
        assert one.value(METRICS[name].function, {}) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", sorted(name for name, metric in METRICS.items() if metric.needs == "labels"))
def test_a_table_of_known_classes_says_what_counts_say(name: str, weighted: bool) -> None:
    rng, function = np.random.default_rng(0), METRICS[name].function
    y, prediction = rng.integers(2, size=(2, 60))
    weight = rng.integers(0, 3, 60) if weighted else None
    kinds: list[Kept] = [Counts(), Table(np.arange(2))]
    for kept in kinds:
        kept.add(y[:7], prediction[:7], None if weight is None else weight[:7])
        kept.add(y[7:], prediction[7:], None if weight is None else weight[7:])
    assert kinds[0].value(function, {}) == pytest.approx(kinds[1].value(function, {}), rel=1e-12)


def test_a_class_of_weight_nothing_is_a_class_that_has_occurred() -> None:
    table, function = Table(np.arange(3)), METRICS["f1_score"].function
    y, prediction, weight = np.array([0, 1, 2]), np.array([0, 1, 1]), np.array([1.0, 1.0, 0.0])
    table.add(y, prediction, weight)
    options = {"average": "macro", "zero_division": 0}
    assert table.value(function, options) == function(y, prediction, sample_weight=weight, **options)


def test_a_table_takes_words_and_refuses_what_it_does_not_list_and_stays() -> None:
    table = Table(np.array(["no", "yes"]))
    for wrong, says in ((np.array(["yes", "maybe"]), "'maybe', which classes="), (np.array([0, 1]), "strings on one")):
        with pytest.raises(DataError, match=says):
            table.add(wrong, np.array(["no", "no"]), None)
    assert table.state["rows"].sum() == 0
    table.add(np.array(["yes", "no"]), np.array(["no", "no"]), None)
    assert table.state["rows"].tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize(
    ("name", "options", "columns", "kind"),
    [
        ("accuracy_score", {}, 1, Totals),
        ("accuracy_score", {"normalize": False}, 1, Counts),
        ("f1_score", {}, 1, Counts),
        ("mean_squared_error", {}, 1, Totals),
        ("mean_squared_error", {}, 2, Rows),
        ("log_loss", {"labels": [0, 1]}, 2, Totals),
        ("roc_auc_score", {}, 1, Rows),
    ],
)
def test_the_kind_follows_metric_options_and_columns(
    name: str, options: dict[str, object], columns: int, kind: type
) -> None:
    prediction = np.zeros(4) if columns == 1 else np.zeros((4, columns))
    assert type(empty(kind_for(name, options, np.zeros(4), prediction), name, options, None)) is kind


def test_a_kind_that_is_none_is_refused() -> None:
    for kind in ("Sketch", "Table", "Totals"):  # a table needs classes, totals a metric of sums
        with pytest.raises(ValueError, match=kind):
            empty(kind, "roc_auc_score", {}, None)
