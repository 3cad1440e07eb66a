"""Importing stays light: NumPy at most, whatever layer; times and sizes are measured by scripts/budgets.py."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pellucid
from pellucid._layers import LAYERS

_SOURCE = Path(pellucid.__file__).parents[1]

_AFTER = """
import json, sys
{first}
before = set(sys.modules)
{statement}
print(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})))
"""


def _packages_loaded_by(statement: str, first: str = "") -> set[str]:
    """Top-level packages outside the standard library that `statement` loads in a fresh interpreter, after `first`."""
    command = [sys.executable, "-c", _AFTER.format(statement=statement, first=first)]
    environment = {**os.environ, "PYTHONPATH": str(_SOURCE)}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return set(json.loads(shown.splitlines()[-1])) - sys.stdlib_module_names


def test_importing_pellucid_loads_nothing_else() -> None:
    assert _packages_loaded_by("import pellucid") == {"pellucid"}


@pytest.mark.parametrize("layer", LAYERS)
def test_importing_a_layer_loads_numpy_at_most(layer: str) -> None:
    if importlib.util.find_spec(f"pellucid.{layer}") is None:
        pytest.skip(f"pellucid.{layer} is not written yet")
    loaded = _packages_loaded_by(f"import pellucid.{layer}", first="import numpy.random")  # it brings Cython's runtime
    assert loaded <= {"pellucid", "numpy"}


def test_a_linear_regression_is_fitted_and_asked_without_a_compiler() -> None:
    statement = """
import numpy as np
from pellucid.linear_model import LinearRegression
x = np.arange(12.0).reshape(6, 2) ** 2
model = LinearRegression().fit(x, x @ [1.0, 2.0])
assert abs(model.predict(x) - x @ [1.0, 2.0]).max() < 1e-9
"""
    assert _packages_loaded_by(statement) & {"llvmlite", "numba"} == set()


def test_help_loads_the_command_line_and_its_looks_but_no_library_of_numbers() -> None:
    if importlib.util.find_spec("pellucid.cli") is None:
        pytest.skip("pellucid.cli is not written yet")
    statement = """
sys.argv = ["pellucid", "--help"]
from pellucid.cli import main
try:
    main()
except SystemExit as stop:
    assert not stop.code
"""
    heavy = {"scipy", "polars", "narwhals", "pandas", "pyarrow", "sklearn", "numba", "matplotlib", "jax", "torch"}
    assert _packages_loaded_by(statement) & heavy == set()


def test_the_probe_sees_what_a_statement_loads() -> None:
    assert "scipy" in _packages_loaded_by("import scipy.special")
