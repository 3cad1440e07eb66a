"""What should be known about a table before its scores are believed.

Here: `cautions`: columns that give the target away, and rows that stand in the table more than once.
Elsewhere: columns that only name rows are left out by pellucid.preprocessing.TableVectorizer, which says so.
Imports: numpy, pellucid.data and this package; Polars through pellucid.data and inside the functions.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.auto._task import Task
from pellucid.data import Table

Array = NDArray[Any]

ROWS_A_LEVEL = 5  # below, levels that agree with the target may do so by chance
SAME_ORDER = 0.9999  # correlation of two columns of numbers beyond which one is the other in another unit


def cautions(table: Table, task: Task, train: Array) -> list[str]:
    """Sentences, none where nothing is odd; columns are looked at in the training rows `train` only.

    >>> from pellucid.data import as_table
    >>> odd = as_table({"alive": ["no", "yes"] * 20, "survived": [0, 1] * 20, "age": list(range(40))})
    >>> cautions(odd, Task("survived", "by hand", (0, 1)), np.arange(40))
    ["column 'alive' alone tells 'survived' in every training row; leave it out if it is known only later"]
    """
    learned = table.take(train)
    telling = [name for name in table.columns if name != task.target and _tells(learned, name, task)]
    said = [
        f"column {name!r} alone tells {task.target!r} in every training row; leave it out if it is known only later"
        for name in telling
    ]
    repeated = int(table.frame.is_duplicated().sum())
    if repeated:
        said.append(
            f"{repeated} of {len(table)} rows stand in the table more than once; one copy of such a row may be learned "
            "from and another tested on"
        )
    return said


def _tells(table: Table, name: str, task: Task) -> bool:
    """Whether the column determines the target, and not because nearly every row has a value of its own."""
    import polars as pl

    if not task.classes:
        if table.kinds[name] != "number":
            return False
        pairs = table.frame.select([name, task.target]).drop_nulls().filter(pl.col(name).is_finite()).to_numpy()
        if len(pairs) < ROWS_A_LEVEL or not pairs.std(axis=0).all():
            return False
        return bool(abs(np.corrcoef(pairs, rowvar=False)[0, 1]) > SAME_ORDER)
    levels = table.frame.group_by(name).agg(pl.col(task.target).n_unique().alias("classes"))
    few = len(task.classes) <= levels.height <= len(table) / ROWS_A_LEVEL
    return bool(few and levels["classes"].max() == 1)
