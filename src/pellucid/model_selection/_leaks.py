"""Leaks between the two sides of a split, and from the target into the columns, as data.

Here: `find_leaks`.
Elsewhere: findings and the table of checks are in _leak_finding.py; the checks in _leak_rows.py, _leak_columns.py and
_leak_order.py; how often each is wrong, in either direction, is measured by benchmarks/leaks.py.
Imports: pellucid.errors, pellucid.random and this package.
"""

from collections.abc import Collection
from typing import Any

from pellucid.errors import ParameterError
from pellucid.model_selection._leak_columns import naming_columns, telling_columns
from pellucid.model_selection._leak_finding import LEAK_CHECKS, Finding
from pellucid.model_selection._leak_order import broken_order, shared_groups
from pellucid.model_selection._leak_rows import keys_of, near_rows_on_both_sides, same_rows_on_both_sides
from pellucid.model_selection._leak_sides import Sides, column_of, sides_of
from pellucid.random import Seed, integer_seed


def find_leaks(
    X_train: Any,
    X_test: Any,
    y_train: Any = None,
    y_test: Any = None,
    *,
    groups: Any = None,
    time: Any = None,
    task: str = "auto",
    target: str = "the target",
    checks: Collection[str] | None = None,
    seed: Seed = 0,
) -> list[Finding]:
    """What makes a score on the test rows too good, in the order of `LEAK_CHECKS`; an empty list if nothing does.

    X_train (N, D), X_test (M, D): arrays, frames or tables with the same columns, missing cells and text included.
    y_train (N,), y_test (M,): without them the column of X that `target` names, and if there is none the checks that
    need a target are left out; y_test is only compared as one more column of its row.
    groups, time: the name of a column of X, or a pair of columns (N,) and (M,); time is checked only where it is given.
    task: "classification" or "regression" where a target of numbers would be taken wrongly.
    target: its column in X, or what messages call it.  checks: ids, where not all are wanted.  seed: deals rows into
    folds.

    Columns are looked at in training rows only. A finding is evidence, not proof: a column that tells everything may
    be the very thing one wants to use. Leaks of other kinds (scaling before splitting, a target known from another
    table) cannot be seen in the rows. 100,000 rows of 20 columns take seconds, and memory for a few copies of them.
    Raises DataError, ColumnError and ParameterError, each with the remedy.   Source: Kaufman, Rosset and Perlich,
    Leakage in data mining, KDD 2011; Kapoor and Narayanan, Patterns 4, 2023, for the kinds of leaks.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(2, size=100)
    >>> X = {"age": rng.normal(40, 10, 100), "alive": np.where(y == 1, "yes", "no")}
    >>> X_train, X_test = ({name: column[part] for name, column in X.items()} for part in (slice(80), slice(80, 100)))
    >>> for finding in find_leaks(X_train, X_test, y[:80], y[80:]):
    ...     print(finding)
    column 'alive' alone tells the target in every training row; leave it out if it is known only later (PEL-L005)
    """
    wanted = _wanted(checks)
    sides = sides_of(X_train, X_test, y_train, y_test, task, target)
    found = _of_rows(sides, wanted)
    if "PEL-L003" in wanted:
        found += naming_columns(sides)
    if wanted & {"PEL-L004", "PEL-L005"}:
        found += telling_columns(sides, wanted, target, integer_seed(seed))
    if time is not None and "PEL-L006" in wanted:
        found += broken_order(*column_of(time, sides, "time"))
    if groups is not None and "PEL-L007" in wanted:
        found += shared_groups(*column_of(groups, sides, "groups"))
    return sorted(found, key=lambda finding: finding.id)


def _wanted(checks: Collection[str] | None) -> set[str]:
    if checks is None:
        return set(LEAK_CHECKS)
    unknown = [check for check in checks if check not in LEAK_CHECKS] if not isinstance(checks, str) else [checks]
    if unknown:
        raise ParameterError(f"find_leaks: checks has {unknown[0]!r}; give a list of some of {', '.join(LEAK_CHECKS)}.")
    return set(checks)


def _of_rows(sides: Sides, wanted: set[str]) -> list[Finding]:
    if not wanted & {"PEL-L001", "PEL-L002"}:
        return []
    codes = sides.codes()
    keys = keys_of(codes, len(sides.train))
    found = same_rows_on_both_sides(keys) if "PEL-L001" in wanted else []
    if "PEL-L002" in wanted:
        numbers = [sides.train.kinds[name] == "number" for name in sides.names]
        numbers += [not sides.classes] * (len(codes) - len(numbers))
        found += near_rows_on_both_sides(keys, codes, numbers)
    return found
