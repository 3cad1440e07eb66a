"""Transformers of numbers against scikit-learn's: one table of cases, driven through one table of inputs.

A row is a class of ours, its options, the attributes to compare, and what scikit-learn needs to be told besides.
"""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.preprocessing
from pellucid.base import Transformer


@dataclass(frozen=True)
class Case:
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    learned: tuple[str, ...] = ()
    gaps: bool = True
    """NaN is let through."""
    back: bool = True
    """There is an inverse."""
    sparse: tuple[str, ...] = ()
    """Layouts of SciPy's that are taken."""
    zeros: bool = True
    """0 goes to 0, so that sparse and dense rows give the same."""
    told: dict[str, Any] = field(default_factory=dict)
    """Options of scikit-learn's only."""

    def pair(self) -> tuple[Any, Any]:
        ours, theirs = getattr(pellucid.preprocessing, self.name), getattr(sklearn.preprocessing, self.name)
        return ours(**self.options), theirs(**self.options, **self.told)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v}' for k, v in self.options.items())})"


_PEAKS = ("scale_", "max_abs_", "n_samples_seen_")
_MOMENTS = ("mean_", "var_", "scale_", "n_samples_seen_")
_RANKS = ("n_quantiles_", "quantiles_", "references_")
_POLYNOMIALS: list[dict[str, Any]] = [
    {},
    {"degree": 0},
    {"degree": 3, "include_bias": False},
    {"degree": (2, 3), "interaction_only": True, "order": "F"},
    {"degree": (3, 3), "include_bias": True},
]
_LAYOUTS = ("csr", "csc", "coo")

CASES = [
    Case("MaxAbsScaler", {}, _PEAKS, sparse=_LAYOUTS),
    Case("MaxAbsScaler", {"clip": True}, _PEAKS, sparse=_LAYOUTS),
    Case("StandardScaler", {"with_mean": False}, _MOMENTS, sparse=_LAYOUTS),
    Case("StandardScaler", {"with_mean": False, "with_std": False}, _MOMENTS, sparse=_LAYOUTS),
    *(
        Case(
            "Binarizer", {"threshold": cut}, gaps=False, back=False, sparse=_LAYOUTS if cut >= 0 else (), zeros=cut >= 0
        )
        for cut in (0.0, 0.7, -1)
    ),
    *(Case("Normalizer", {"norm": norm}, gaps=False, back=False, sparse=_LAYOUTS) for norm in ("l1", "l2", "max")),
    Case("RobustScaler", {}, ("center_", "scale_")),
    Case("RobustScaler", {"quantile_range": (0.0, 100.0), "with_scaling": False}, ("center_", "scale_")),
    Case("RobustScaler", {"quantile_range": (5, 70), "unit_variance": True}, ("center_", "scale_")),
    Case("RobustScaler", {"with_centering": False}, ("scale_",), sparse=_LAYOUTS),
    *(
        Case("QuantileTransformer", options, _RANKS, sparse=_LAYOUTS, zeros=False)
        for options in ({}, {"n_quantiles": 7}, {"output_distribution": "normal", "ignore_implicit_zeros": True})
    ),
    *(
        Case("PolynomialFeatures", options, ("powers_", "n_output_features_"), False, False, ("csr", "csc"))
        for options in _POLYNOMIALS
    ),
]


@st.composite
def tables(draw: st.DrawFn, gaps: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit and new rows: normal, far from zero, tied, constant and mostly zero columns; from one row up."""
    n = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    both = []
    for rows in (n, 5):
        tied, sparse = rng.integers(-2, 3, rows), rng.normal(size=rows) * (rng.random(rows) < 0.3)
        columns = [rng.normal(size=rows), rng.normal(1e4, 10, rows), tied, np.full(rows, 0.3), sparse]
        both.append(np.stack(columns, axis=1).astype(float))
    if gaps and draw(st.booleans()):
        for table in both:
            table[rng.random(table.shape) < draw(st.sampled_from([0.2, 0.7]))] = np.nan
        if draw(st.booleans()):
            both[0][:, draw(st.integers(0, 4))] = np.nan  # a column of which nothing is known
    return both[0], both[1]


def assert_close(ours: Any, theirs: Any, said: str) -> None:
    """Equal but for rounding."""
    assert scipy.sparse.issparse(ours) == scipy.sparse.issparse(theirs), said
    if scipy.sparse.issparse(ours):
        ours, theirs = ours.toarray(), theirs.toarray()
    if theirs is None:
        assert ours is None, said
        return
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9, err_msg=said)


def assert_agree(case: Case, fit: Any, new: Any) -> Any:
    """Everything the case asks for is equal; gives our output of the new rows."""
    ours, theirs = case.pair()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # columns of NaN, fewer rows than quantiles: both say so, each in its words
        ours.fit(fit)
        theirs.fit(fit)
        for name in case.learned:
            assert_close(getattr(ours, name), getattr(theirs, name), name)
        for rows in (fit, new):
            assert_close(ours.transform(rows), theirs.transform(rows), "transform")
            if case.back:
                assert_close(ours.inverse_transform(rows), theirs.inverse_transform(rows), "inverse_transform")
        assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
        return ours.transform(new)


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_dense_rows_give_the_numbers_of_scikit_learn(case: Case, data: st.DataObject) -> None:
    assert_agree(case, *data.draw(tables(gaps=case.gaps)))


@pytest.mark.parametrize("case", [case for case in CASES if case.sparse], ids=str)
@settings(deadline=None, max_examples=40)
@given(st.data())
def test_sparse_rows_give_the_numbers_of_scikit_learn(case: Case, data: st.DataObject) -> None:
    fit, new = (np.abs(table) for table in data.draw(tables()))
    layout, kind = data.draw(st.sampled_from(case.sparse)), data.draw(st.sampled_from(["array", "matrix"]))
    hold = getattr(scipy.sparse, f"{layout}_{kind}")
    out = assert_agree(case, hold(fit), hold(new))
    assert isinstance(out, scipy.sparse.sparray) == (kind == "array")
    if not case.zeros:
        return
    ours = case.pair()[0]
    np.testing.assert_allclose(out.toarray(), ours.fit(fit).transform(new), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(deadline=None, max_examples=15)
@given(st.data())
def test_float32_comes_out_as_float32_with_the_numbers_of_float64(case: Case, data: st.DataObject) -> None:
    fit, new = (table.astype(np.float32) for table in data.draw(tables()))
    ours, theirs = case.pair()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert theirs.fit(fit).transform(new).dtype == np.float32
        single = ours.fit(fit).transform(new)
        double = ours.fit(fit.astype(np.float64)).transform(new.astype(np.float64))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_input_is_left_alone(case: Case) -> None:
    x = np.abs(np.random.default_rng(0).normal(size=(30, 3)))
    kept, ours = x.copy(), case.pair()[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours.fit(x).transform(x)
    np.testing.assert_array_equal(x, kept)


def test_every_class_of_the_table_is_a_public_transformer() -> None:
    for case in CASES:
        assert issubclass(getattr(pellucid.preprocessing, case.name), Transformer)
