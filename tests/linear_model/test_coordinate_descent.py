"""All forms of the data lead to one optimum, and the gap bounds the distance to it."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.linear_model import _coordinate_descent
from pellucid.linear_model._coordinate_descent import (
    ColumnSquares,
    Descent,
    GramRows,
    GramSquares,
    GrowingSquares,
    Penalty,
    SparseSquares,
    descend,
    duality_gap,
    growing,
    squares_of,
)


def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 6)) * (rng.random((30, 6)) < 0.5) + (np.arange(6) == 2)
    return X, rng.normal(size=(30, 1)) + X[:, :1], rng.uniform(0.5, 2.0, 30)


def forms(weights: np.ndarray | None = None, centred: bool = True) -> list:
    X, aims, _ = sample()
    choices = [(X, True), (X, False), (csr_array(X), True), (csr_array(X), False)]
    return [squares_of(rows, aims, weights, centred, pre).squares[0] for rows, pre in choices]


def test_the_form_follows_the_shape_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    X, aims, _ = sample()
    assert [type(form) for form in forms()] == [GramSquares, ColumnSquares, GramSquares, SparseSquares]

    def auto(rows, aims):
        return type(squares_of(rows, aims, None, True, "auto").squares[0])

    assert [auto(X, aims), auto(X[:4], aims[:4]), auto(csr_array(X[:4]), aims[:4])] == [
        GramSquares,
        ColumnSquares,
        SparseSquares,
    ]
    monkeypatch.setattr(_coordinate_descent, "GRAM_BYTES_MAX", 100)
    assert auto(X, aims) is ColumnSquares


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_all_forms_know_the_same_slopes_and_residuals(weighted: bool, centred: bool) -> None:
    X, aims, weights = sample()
    share = weights if weighted else np.ones(30)
    w = np.array([1.0, 0.0, -0.5, 2.0, 0.0, 0.3])
    offset = centred * np.average(X, axis=0, weights=share), centred * np.average(aims[:, 0], weights=share)
    y = aims[:, 0] - offset[1]
    r = y - (X - offset[0]) @ w
    for form in forms(weights if weighted else None, centred):
        form.place(w)
        np.testing.assert_allclose(form.slope(), (X - offset[0]).T @ (share * r), atol=1e-12)
        np.testing.assert_allclose(form.residual(w), (share @ r**2, share @ (r * y)), atol=1e-12)
        np.testing.assert_allclose(form.square, share @ (X - offset[0]) ** 2, atol=1e-12)
        assert form.power == pytest.approx(share @ y**2) and form.total == pytest.approx(share.sum())


@pytest.mark.parametrize("penalty", [Penalty(2.0, 0.0), Penalty(1.0, 3.0), Penalty(0.0, 3.0), Penalty(1.0, 1.0, True)])
def test_the_gap_is_never_below_the_distance_to_the_minimum_and_vanishes_there(penalty: Penalty) -> None:
    for form in forms():
        best = Descent(np.zeros(6))
        descend(form, penalty, best, 1e-15, 5000)
        assert best.gap <= 1e-13 * form.power
        rng = np.random.default_rng(1)
        for _ in range(20):
            w = np.abs(rng.normal(size=6)) * (rng.random(6) < 0.5)
            form.place(w)
            gap, value = duality_gap(form, w, penalty)
            assert value - best.value <= gap + 1e-12


def test_a_report_that_answers_true_ends_the_search_with_that_round() -> None:
    seen: list[float] = []
    state = Descent(np.zeros(6))
    descend(forms()[0], Penalty(0.1, 0.0), state, 1e-15, 1000, report=lambda s: bool(seen.append(s.gap)) or True)
    assert seen == [state.gap] and not state.converged


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("l2", [0.0, 3.0])
@pytest.mark.parametrize("l1", [0.0, 20.0, 60.0, 1e6])
def test_rows_of_the_gram_formed_as_weights_leave_0_lead_to_the_optimum_of_the_whole(
    l1: float, l2: float, positive: bool, weighted: bool, centred: bool
) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 12)) + 5.0 * rng.random(12)
    if l1 > 0:
        X[:, 4] = 3.0  # a column of one value; without a penalty its weight is any number
    aims = X[:, :2] @ rng.normal(size=(2, 2)) + 0.5 * X[:, 2:3] + rng.normal(size=(300, 2))
    weights = rng.uniform(0.5, 2.0, 300) if weighted else None
    penalty = Penalty(l1, l2, positive)
    grown, whole = growing(X, aims, weights, centred), squares_of(X, aims, weights, centred, True)
    np.testing.assert_allclose(grown.centre, whole.centre)
    for part, wanted in zip(grown.squares, whole.squares, strict=True):
        assert isinstance(part, GrowingSquares) and isinstance(wanted, GramSquares)
        ends = []
        for squares in (part, wanted):
            state = Descent(np.zeros(12))
            descend(squares, penalty, state, 1e-12, 10_000)
            assert state.converged
            ends.append(state)
        assert ends[0].value <= ends[1].value + 1e-11 * wanted.power
        np.testing.assert_allclose(ends[0].w, ends[1].w, atol=1e-5)
        known = part.rows.known
        assert known[ends[0].w != 0.0].all() and part.rows.gram[~known].max(initial=0.0) == 0.0
        np.testing.assert_allclose(part.rows.gram[known], wanted.gram[known], rtol=1e-10, atol=1e-8)
    if l1 == 1e6:
        assert not known.any()


def test_asking_often_or_for_many_rows_of_the_gram_forms_the_whole() -> None:
    X = np.random.default_rng(0).normal(size=(40, 20))
    rows = GramRows(X, np.zeros(20), None)
    for asked in range(1, 5):
        rows.ask(np.arange(20) == asked)
        rows.ask(np.arange(20) == asked)  # known already: costs nothing
        assert rows.known.sum() == asked
    rows.ask(np.arange(20) == 9)
    assert rows.known.all()
    np.testing.assert_allclose(rows.gram, X.T @ X, atol=1e-12)
    rows = GramRows(X, np.zeros(20), None)
    rows.ask(np.arange(20) < 9)
    assert rows.known.all()
