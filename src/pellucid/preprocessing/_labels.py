"""Labels as the numbers of their classes.

Here: `LabelEncoder`, for the target y.
Elsewhere: columns of X are encoded in _one_hot.py and _ordinal.py; classifiers code their labels themselves.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np

from pellucid.base import check_labels, kin
from pellucid.errors import DataError, ModelFileError, NotFittedError
from pellucid.persistence import register
from pellucid.preprocessing._categories import codes_of
from pellucid.preprocessing._cells import Array


@final
@register("preprocessing.LabelEncoder")
class LabelEncoder:
    """Labels (N,) to numbers 0..K-1 in the order of the sorted classes, and back.

    It is for the target; a column of features has no order of its own and wants OneHotEncoder. It takes y alone, so it
    is no estimator and goes into no pipeline.
    Raises DataError for labels that fit has not seen, and for missing ones.

    >>> encoder = LabelEncoder().fit(["paris", "tokyo", "paris"])
    >>> encoder.transform(["tokyo", "paris"]), encoder.inverse_transform([0, 1])
    (array([1, 0]), array(['paris', 'tokyo'], dtype='<U5'))
    """

    def __init__(self) -> None:
        self._classes: Array | None = None

    def __repr__(self) -> str:
        return "LabelEncoder()"

    @property
    def classes_(self) -> Array:
        """The labels (K,) that fit saw, sorted."""
        if self._classes is None:
            raise kin(NotFittedError, "LabelEncoder has no classes_ yet, fit learns it; call fit first.")
        return self._classes

    def fit(self, y: Any) -> Self:
        """Learn the classes of y (N,)."""
        self.fit_transform(y)
        return self

    def fit_transform(self, y: Any) -> Array:
        """fit(y), then transform(y).   (N,) -> (N,) of int"""
        self._classes, codes = check_labels(y, len(y), where="LabelEncoder")
        return codes

    def transform(self, y: Any) -> Array:
        """Numbers of the labels.   (N,) -> (N,) of int"""
        labels = _column(y)
        codes = codes_of(labels, self.classes_)
        strange = np.flatnonzero(codes < 0)
        if len(strange):
            unseen = ", ".join(sorted({repr(label) for label in labels[strange].tolist()})[:5])
            raise DataError(
                f"LabelEncoder: y contains previously unseen labels: {unseen}, in {len(strange)} rows "
                f"(first: row {strange[0]}); fit on all labels there can be."
            )
        return codes

    def inverse_transform(self, y: Any) -> Array:
        """Labels of the numbers.   (N,) of int -> (N,)"""
        codes = _column(y)
        strange = codes[~np.isin(codes, np.arange(len(self.classes_)))]
        if len(strange):
            raise DataError(
                f"LabelEncoder: y contains previously unseen labels: {strange[0]}; "
                f"give numbers from 0 to {len(self.classes_) - 1}."
            )
        return self.classes_[codes.astype(np.int64)]

    def to_record(self) -> dict[str, Any]:
        """The classes, for a model file."""
        return {"classes": self._classes}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The encoder with these classes; raises ModelFileError for what can be none."""
        encoder, classes = cls(), record.get("classes")
        if classes is not None and not (isinstance(classes, np.ndarray) and classes.ndim == 1):
            raise ModelFileError("LabelEncoder: its record holds no list of classes; it is damaged.")
        encoder._classes = classes
        return encoder


def _column(y: Any) -> Array:
    """y as (N,), or as one column of a table; DataError for a bare label and for several columns."""
    given = np.asarray(y)
    if given.ndim == 0 or given.ndim > 2 or given.size != given.shape[0]:
        raise DataError(
            f"LabelEncoder: y should be a 1d array, got {given.shape or repr(y)} instead; give a list, [y]."
        )
    return given.reshape(-1)
