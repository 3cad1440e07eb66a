"""Metrics that their data leave undefined, such as 0/0.

Here: `warn_undefined`, which says so.
Elsewhere: what is answered instead is each metric's own choice, told in its docstring.
Imports: pellucid.base and pellucid.errors.
"""

import warnings

from pellucid.base import kin
from pellucid.errors import DataWarning


def warn_undefined(message: str, *, stacklevel: int = 2) -> None:
    """A DataWarning, for scikit-learn's filters an UndefinedMetricWarning too; stacklevel as for `warnings.warn`.

    >>> with warnings.catch_warnings(record=True) as seen:
    ...     warnings.simplefilter("always")
    ...     warn_undefined("r2_score: one row has no variance.")
    >>> [str(one.message) for one in seen]
    ['r2_score: one row has no variance.']
    """
    warnings.warn(kin(DataWarning, message, "UndefinedMetricWarning"), stacklevel=stacklevel + 1)
