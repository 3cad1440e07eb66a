"""Trees walk without Numba as with it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid.errors import DataError
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor, _walk, _walk_kernels
from pellucid.tree._columns import CELLS
from pellucid.tree._walk import Grove

_WITHOUT_NUMBA = """
import sys
for name in ("numba", "llvmlite", "scipy", "sklearn", "narwhals", "polars", "pandas"):
    sys.modules[name] = None
import numpy as np, pellucid
model = pellucid.load({path!r})
np.save({out!r}, model.predict_proba(np.load({rows!r})))
"""


def test_a_loaded_tree_predicts_the_same_bits_where_numba_cannot_be_imported(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    X[rng.random(X.shape) < 0.1] = np.nan
    model = DecisionTreeClassifier(min_samples_leaf=3).fit(X, rng.integers(3, size=300))
    pellucid.save(model, tmp_path / "tree.pellucid")
    np.save(tmp_path / "rows.npy", X)
    script = _WITHOUT_NUMBA.format(
        path=str(tmp_path / "tree.pellucid"), rows=str(tmp_path / "rows.npy"), out=str(tmp_path / "out.npy")
    )
    subprocess.run(
        [sys.executable, "-c", script], check=True, env={"PYTHONPATH": str(Path(pellucid.__file__).parents[1])}
    )
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), model.predict_proba(X))


def by_hand(grove: Grove, X: np.ndarray) -> np.ndarray:
    total = np.zeros((len(X), grove.trees[0].value.shape[2]))
    for tree in grove.trees:
        total += tree.value[tree.apply(X), 0]
    return total


@pytest.mark.parametrize("n_columns", [5, 60, 200])  # a block holds all rows, 1024 or 327
@pytest.mark.parametrize(
    "cells", ["single precision", "double precision", "close together", "huge", "tiny", "with holes"]
)
@pytest.mark.parametrize("n_rows", [1, 7, 600, 1301])
def test_sums_are_the_bits_that_trees_add_up_to_one_by_one(
    n_columns: int, cells: str, n_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(max(n_rows, 200), n_columns))
    if cells == "single precision":
        X = X.astype(np.float32).astype(np.float64)
    elif cells == "close together":  # ten or so to a float32
        X = rng.integers(2, size=X.shape) * np.where(rng.random(X.shape) < 0.5, -1.0, 1.0) + 1e-9 * X
    elif cells in ("huge", "tiny"):  # most of them infinite or zero in single precision
        X *= 1e39 if cells == "huge" else 1e-46
    elif cells == "with holes":
        X[rng.random(X.shape) < 0.1] = np.nan
    classes = rng.integers(3, size=len(X))
    deep = DecisionTreeClassifier(random_state=0).fit(X, classes).tree_  # leaves of one class
    mixed = DecisionTreeClassifier(min_samples_leaf=5, random_state=0).fit(X, classes).tree_  # of several
    stump = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, classes).tree_
    root = DecisionTreeClassifier(min_samples_split=len(X) + 1).fit(X, classes).tree_  # a leaf, and nothing else
    grove = Grove([root, deep, stump, mixed, root])
    np.testing.assert_array_equal(grove.sums(X[:n_rows]), by_hand(grove, X[:n_rows]))
    leaves = np.column_stack([tree.apply(X[:n_rows]) for tree in grove.trees])
    np.testing.assert_array_equal(grove.apply(X[:n_rows]), leaves)
    monkeypatch.setattr(_walk_kernels, "LARGE", 0)  # as if the trees were large, and the blocks
    monkeypatch.setattr(_walk_kernels, "MANY_CELLS", 2048 * n_columns // 2)
    np.testing.assert_array_equal(grove.sums(X[:n_rows]), by_hand(grove, X[:n_rows]))
    np.testing.assert_array_equal(grove.apply(X[:n_rows]), leaves)
    for steps in (1, 100):  # before those who arrived are left out
        monkeypatch.setattr(_walk, "FEWEST_STEPS", steps)
        np.testing.assert_array_equal(Grove(grove.trees).apply(X[:n_rows]), leaves)


@pytest.mark.parametrize("n_columns", [3, 200])
@pytest.mark.parametrize("kind", CELLS)
def test_cells_that_are_no_float64_answer_as_the_float64_they_are(n_columns: int, kind: np.dtype) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(256, size=(600, n_columns)).astype(kind)
    if kind.kind == "f":
        X = X / kind.type(3)
        X[rng.random(X.shape) < 0.01] = np.nan
    model = DecisionTreeRegressor(max_depth=7).fit(X, rng.normal(size=600))
    wide = X.astype(np.float64)
    for ask in (model.predict, model.apply):
        np.testing.assert_array_equal(ask(X), ask(wide))
    np.testing.assert_array_equal(model.apply(X), model.tree_.apply(wide))


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("n_columns", [3, 200])
@pytest.mark.parametrize("hole", [False, True])
def test_infinite_cells_are_refused_by_name_wherever_a_walk_meets_them(
    compiled: bool, n_columns: int, hole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = np.random.default_rng(0).normal(size=(1300, n_columns))
    if hole:
        X[20, 0] = np.nan
    model = DecisionTreeClassifier(max_depth=3).fit(X, np.arange(1300) % 2)
    if not compiled:
        monkeypatch.setattr(_walk, "_kernels", lambda: None)
    spoilt = X.copy()
    spoilt[1299, 2] = -np.inf
    for given in (spoilt, spoilt.astype(np.float32), spoilt.tolist()):
        for ask in (model.predict, model.apply):
            with pytest.raises(DataError, match=r"X holds 1 infinite values .* in 1 of \d+ columns: 2 \(row 1299\)\."):
                ask(given)
    model.predict(X)


def test_keys_of_float32_stand_in_the_order_of_the_numbers() -> None:
    rng = np.random.default_rng(0)
    numbers = np.sort(np.concatenate([rng.normal(size=500), 10.0 ** rng.uniform(-320, 308, 500), [-np.inf, np.inf]]))
    keys = _walk._keys(np.concatenate([-numbers[::-1], [-0.0, 0.0], numbers]))
    with np.errstate(over="ignore"):
        single = np.concatenate([-numbers[::-1], [0.0, 0.0], numbers]).astype(np.float32)
    np.testing.assert_array_equal(keys[:, None] < keys, single[:, None] < single)


@pytest.mark.parametrize("holes", [False, True])
def test_nodes_are_wide_where_narrow_ones_do_not_hold_their_words(holes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 40))
    if holes:
        X[rng.random(X.shape) < 0.1] = np.nan
    tree = DecisionTreeClassifier(random_state=0).fit(X, rng.integers(3, size=600)).tree_
    ahead = int((tree.children_left - np.arange(tree.node_count)).max())
    bits, kinds = 2 + (39).bit_length() + ahead.bit_length(), []
    for room in (bits, bits - 1):
        monkeypatch.setattr(_walk, "WORD_BITS", room)
        grove = Grove([tree, tree])
        kinds.append(grove._packed.nodes.dtype)
        np.testing.assert_array_equal(grove.sums(X), by_hand(grove, X))
    assert kinds == [_walk.NODE, _walk.WIDE_NODE]


def test_leaves_of_one_class_share_a_row_of_values_and_numbers_keep_their_own() -> None:
    X = np.arange(40.0)[:, None]
    pure = Grove([DecisionTreeClassifier().fit(X, np.arange(40) // 4 % 3).tree_])
    assert pure._packed.value.tolist() == np.eye(3).tolist()
    numbers = DecisionTreeRegressor().fit(X, np.append(np.arange(1.0, 40.0), 1.0)).tree_
    grove = Grove([numbers])
    np.testing.assert_array_equal(grove.sums(X)[:, 0], np.append(np.arange(1.0, 40.0), 1.0))
