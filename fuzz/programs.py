"""Look for programs on which an engine gives something else than the numpy engine.

    PYTHONPATH=src python fuzz/programs.py 20000                      (native; about 0.15 s of one processor each)
    PYTHONPATH=src python fuzz/programs.py 2000 --engine xla --first 50000

Program number `seed` is always the same one: a finding names its number, prints the program, and is looked at again by
`--first seed` and 1.  Threads take turns: one, two and three.  It stands outside the tests: it needs the better part of
an hour.  What is compared, and how far an engine may be off, is said in tests/compiler/random_programs.py.
"""

import argparse
import os
import sys
import tempfile
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "compiler"))

from random_programs import disagreement, random_program

from pellucid.compiler._engine import Engine
from pellucid.compiler._engines import engine_named

FILTERED = {"FEWEST_CHANNELS": 1, "FEWEST_PIXELS": 1, "MOST_PRODUCTS": 1e6}
"""Limits under which every convolution of 3 x 3 that is moved by single pixels is done by minimal filtering."""


@cache
def _usual() -> dict[str, float]:
    from pellucid.compiler.native import _filters

    return {limit: getattr(_filters, limit) for limit in FILTERED}


def engine_for(name: str, seed: int) -> Engine:
    """The engine; the native one with one, two or three threads, and now and then with what else pays for large sizes.

    Then small values are computed again, or small convolutions are done by minimal filtering.
    """
    if name != "native":
        return engine_named(name)
    from pellucid.compiler.native import _again, _filters
    from pellucid.compiler.native._engine import NativeEngine

    _again.FEWEST_ENTRIES = 1 if seed % 2 else 1 << 15
    for limit, value in (FILTERED if seed // 2 % 2 else _usual()).items():
        setattr(_filters, limit, value)
    return NativeEngine(1 + seed % 3)


def finding(name: str, seed: int) -> str:
    """What the engine does wrong on this program; empty when nothing."""
    try:
        return disagreement(engine_for(name, seed), random_program(Random(seed)))
    except Exception as error:  # whatever escapes is a finding, too
        return f"{type(error).__name__}: {error}"


def main() -> int:
    """Runs the programs; 1 when there is a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("programs", type=int, help="how many programs to try")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--engine", default="native")
    options = parser.parse_args()
    warnings.simplefilter("error")
    began, found, primitives = perf_counter(), 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PELLUCID_CACHE"] = folder  # thousands of programs that nobody needs again
        for seed in range(options.first, options.first + options.programs):
            if what := finding(options.engine, seed):
                found += 1
                print(f"program {seed}: {what}\n{random_program(Random(seed)).program.text()}\n", flush=True)
            primitives.update(node.op.name for node in random_program(Random(seed)).program.nodes)
    print(
        f"{options.programs} programs of {primitives.total()} nodes, {found} findings, {perf_counter() - began:.0f} s"
    )
    print(", ".join(f"{name} {count}" for name, count in primitives.most_common()))
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
