"""Trees walk without Numba as with it."""

import subprocess
import sys
from pathlib import Path

import numpy as np

import pellucid
from pellucid.tree import DecisionTreeClassifier

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
