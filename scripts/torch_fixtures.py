#!/usr/bin/env python
"""PyTorch's answers to the tables of cases, stored for the machines that have no PyTorch.

    python scripts/torch_fixtures.py            all tables
    python scripts/torch_fixtures.py functions  some of them

A table is a Python file with CASES (name -> case), STORED (file name) and answer(case) -> float64 array, which calls
PyTorch. The answers go to tests/fixtures/STORED. Needs PyTorch 2.13; the tests compare with it directly where it is
installed, so stored answers cannot go stale unseen.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
TABLES = {
    "functions": "tests/nn/function_cases.py",
    "layers": "tests/nn/layer_cases.py",
    "primitives": "tests/ops/primitive_cases.py",
    "optimizers": "tests/optim/optimizer_cases.py",
    "schedules": "tests/optim/schedule_cases.py",
}
FIXTURES = ROOT / "tests" / "fixtures"


def table(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main(names: list[str]) -> int:
    if unknown := sorted(set(names) - TABLES.keys()):
        print(f"torch_fixtures: no table {', '.join(unknown)}; there are {', '.join(TABLES)}.", file=sys.stderr)
        return 2
    FIXTURES.mkdir(exist_ok=True)
    for name in names or TABLES:
        cases = table(TABLES[name])
        path = FIXTURES / cases.STORED
        np.savez_compressed(path, **{key: cases.answer(case) for key, case in cases.CASES.items()})
        print(f"{path.relative_to(ROOT)}: {len(cases.CASES)} cases, {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
