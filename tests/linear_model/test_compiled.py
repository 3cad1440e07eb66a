"""Compiled functions give NumPy's answers."""

import numpy as np

from pellucid.linear_model._compiled import compiled, summing


def test_a_division_by_zero_is_numpys() -> None:
    assert compiled(lambda x, y: x / y)(1.0, 0.0) == np.inf


def test_sums_in_parts_are_the_same_at_every_call() -> None:
    def total(x: np.ndarray) -> float:
        out = 0.0
        for value in x:
            out += value
        return out

    x = np.random.default_rng(0).normal(size=10_001)
    made = summing(total)
    np.testing.assert_allclose(made(x), x.sum(), rtol=1e-12)
    assert len({made(x) for _ in range(5)}) == 1
