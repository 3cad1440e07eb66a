"""What should be known about a table before its scores are believed.

Here: `cautions`, the findings of the leak checks as sentences.
Elsewhere: the checks are pellucid.model_selection's; columns that only name rows are left out by
pellucid.preprocessing.TableVectorizer, which says so.
Imports: numpy, pellucid.data, pellucid.model_selection and this package.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.auto._task import Task
from pellucid.data import Table
from pellucid.model_selection import find_leaks

Array = NDArray[Any]


def cautions(table: Table, task: Task, train: Array) -> list[str]:
    """Sentences, none where nothing is odd; columns are looked at in the training rows `train` only.

    All other rows are compared with them, as rows, and nothing is learned from them: that opens no seal.

    >>> from pellucid.data import as_table
    >>> odd = as_table({"alive": ["no", "yes"] * 20, "survived": [0, 1] * 20, "age": [x * x for x in range(40)]})
    >>> for line in cautions(odd, Task("survived", "by hand", (0, 1)), np.arange(30)):
    ...     print(line)
    column 'alive' alone tells 'survived' in every training row; leave it out if it is known only later (PEL-L005)
    """
    held_back = np.setdiff1d(np.arange(len(table)), train)
    rows, target = table.drop(task.target), table.select(task.target)
    found = find_leaks(
        rows.take(train),
        rows.take(held_back),
        target.take(train),
        target.take(held_back),
        task=task.kind,
        target=repr(task.target),
    )
    return [str(finding) for finding in found]
