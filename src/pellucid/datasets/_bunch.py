"""What every loader hands back.

Here: `Bunch`, one data set in memory with its names and its origin.
Elsewhere: the bundled sets are in `_bundled.py`, the fetched ones in `_fetched.py`.
Imports: numpy only.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bunch"]


@final
@dataclass(frozen=True, eq=False)
class Bunch:
    """One data set: rows, answers, the names of both, and where they come from.

    data (N, D); target (N,), where class k of a classification set is the number k and is called `target_names[k]`;
    a regression set has no `target_names`.  Sets of pictures also carry `images` (N, H, W), the same numbers as `data`.
    A table with words in it has dtype object: numbers are float (missing: NaN), truths bool, words str (missing: None).

    >>> from pellucid.datasets import load_iris
    >>> load_iris()
    Bunch(data=(150, 4) float64, target=(150,) int64 'species', 3 classes)
    """

    data: NDArray[Any]
    target: NDArray[Any]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    target_column: str
    description: str
    images: NDArray[Any] | None = None

    def columns(self) -> dict[str, NDArray[Any]]:
        """Name -> column (N,), the target last and classes by name: what `pellucid.data.as_table` takes.

        >>> from pellucid.datasets import load_iris
        >>> columns = load_iris().columns()
        >>> list(columns)[-2:], str(columns["species"][0])
        (['petal width (cm)', 'species'], 'setosa')
        """
        answer = np.asarray(self.target_names, dtype=object)[self.target] if self.target_names else self.target
        features = {name: self.data[:, d] for d, name in enumerate(self.feature_names)}
        return {**features, self.target_column: answer}

    def __repr__(self) -> str:
        classes = f", {len(self.target_names)} classes" if self.target_names else ""
        images = "" if self.images is None else f", images={self.images.shape}"
        return (
            f"Bunch(data={self.data.shape} {self.data.dtype}, "
            f"target={self.target.shape} {self.target.dtype} {self.target_column!r}{classes}{images})"
        )
