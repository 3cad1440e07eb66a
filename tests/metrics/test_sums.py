"""Metrics as functions of sums: their own numbers, with and without weights."""

import numpy as np
import pytest

from pellucid.errors import DataError
from pellucid.metrics import METRICS, f1_score, log_loss, r2_score
from pellucid.metrics._sums import SUMMED, Cells, label_sums


@pytest.mark.parametrize("name", sorted(SUMMED))
def test_the_value_of_the_sums_is_the_metrics_own_number(name: str) -> None:
    y, prediction = METRICS[name].sample(np.random.default_rng(0), 90)
    rows, weight = SUMMED[name].rows(y, prediction), np.random.default_rng(1).random((3, 90))
    assert SUMMED[name].value(rows.sum(axis=0)) == pytest.approx(METRICS[name].function(y, prediction), rel=1e-12)
    each = [METRICS[name].function(y, prediction, sample_weight=one) for one in weight]
    np.testing.assert_allclose(SUMMED[name].value(weight @ rows), each, rtol=1e-12)


def test_probabilities_of_many_classes_and_of_named_ones_are_understood() -> None:
    rng = np.random.default_rng(2)
    y, proba = np.array(["x", "y", "z"])[rng.integers(3, size=50)], rng.dirichlet(np.ones(3), size=50)
    for some, labels in ((slice(None), None), (y != "y", ["x", "y", "z"])):
        rows = SUMMED["log_loss"].rows(y[some], proba[some], labels=labels)
        assert SUMMED["log_loss"].value(rows.sum(axis=0)) == pytest.approx(
            log_loss(y[some], proba[some], labels=labels)
        )
    with pytest.raises(DataError, match="from 0.5 to 2; probabilities lie in"):
        SUMMED["log_loss"].rows([0, 1], [0.5, 2.0])


def test_a_far_or_constant_target_keeps_its_variance() -> None:
    rng = np.random.default_rng(3)
    y, p = 1e8 + rng.normal(size=200), 1e8 + rng.normal(size=200)
    sums = SUMMED["r2_score"].rows(y, p).sum(axis=0)
    assert SUMMED["r2_score"].value(sums) == pytest.approx(r2_score(y, p), rel=1e-9)
    for constant, p in ((np.full(7, 0.5), np.full(7, 0.5)), (np.full(7, 0.5), np.arange(7.0))):
        sums = SUMMED["r2_score"].rows(constant, p).sum(axis=0)
        assert SUMMED["r2_score"].value(sums) == r2_score(constant, p)


def test_cells_are_the_pairs_of_labels_with_their_rows() -> None:
    y, p = np.array(["b", "a", "b", "b"]), np.array(["a", "a", "a", "b"])
    cells = Cells.of(y, p)
    assert (cells.actual[cells.place] == y).all() and (cells.predicted[cells.place] == p).all()
    assert len(cells.actual) == 3
    how = label_sums(f1_score, cells, {"average": "macro"})
    sums = how.rows(y, p).sum(axis=0)
    assert how.value(np.stack([sums, 2 * sums])).tolist() == pytest.approx([f1_score(y, p, average="macro")] * 2)
