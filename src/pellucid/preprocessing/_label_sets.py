"""Sets of labels as zeros and ones.

Here: `MultiLabelBinarizer`, for a target y of several labels a row.
Elsewhere: one label a row is in _binarizer.py; columns of X are encoded in _one_hot.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package; SciPy for sparse output only.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, Limit, OneOf, check_limits, kin
from pellucid.errors import DataError, DataWarning, DtypeError, ModelFileError, NotFittedError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing._cells import Array
from pellucid.preprocessing._sparse import is_sparse

_DEFAULTS = {"classes": None, "sparse_output": False}
_SHOWN = 5  # labels named before the rest is counted


@final
@register("preprocessing.MultiLabelBinarizer")
class MultiLabelBinarizer:
    """Sets of labels as one column a label: 1 in the rows that have it, 0 elsewhere.

        z_ik = 1 if label k is in y_i, else 0

    y of N iterables of labels -> (N, K) of int, in CSR with `sparse_output`.  A row may have no label, and a label
    twice counts once.  The columns stand in the order of `classes`, or of the sorted labels that fit saw.
    A label that fit has not seen is left out with a DataWarning.
    It is for the target and takes y alone, so it is no estimator and goes into no pipeline.
    Raises ParameterError for classes given twice; DataError for a row that is a text (its letters would be the labels)
    or no iterable, for labels that have no order, and for anything but 0 and 1 on the way back; DtypeError for labels
    that are lists or dicts.   Names and numbers are scikit-learn's.

    >>> films = MultiLabelBinarizer().fit([{"thriller", "comedy"}, {"drama"}])
    >>> films.transform([["drama", "thriller"], []])
    array([[0, 1, 1],
           [0, 0, 0]])
    >>> films.inverse_transform(np.array([[1, 0, 1], [0, 0, 0]]))
    [('comedy', 'thriller'), ()]
    """

    limits: Mapping[str, Limit] = {
        "classes": OneOf(Kind(list, tuple, np.ndarray, words="a list of labels"), Choice(None)),
        "sparse_output": Flag(),
    }

    classes_: Array
    """The labels (K,): of int where all are whole numbers, else of objects."""

    def __init__(self, *, classes: Any = None, sparse_output: bool = False) -> None:
        self.classes = classes
        self.sparse_output = sparse_output

    def __repr__(self) -> str:
        given = [f"{name}={vars(self)[name]!r}" for name, value in _DEFAULTS.items() if vars(self)[name] is not value]
        return f"MultiLabelBinarizer({', '.join(given)})"

    def fit(self, y: Any) -> Self:
        """Learn the labels there are in y, which is not looked at where `classes` are given."""
        self._check_params()
        labels = list(self.classes) if self.classes is not None else _sorted({one for row in _sets(y) for one in row})
        whole = all(isinstance(label, int | np.integer) for label in labels)
        self.classes_ = np.empty(len(labels), dtype=np.int64 if whole else object)
        self.classes_[:] = labels
        return self

    def fit_transform(self, y: Any) -> Any:
        """fit(y), then transform(y); y may be an iterator."""
        rows = y if self.classes is not None else [list(row) if isinstance(row, Iterator) else row for row in y]
        return self.fit(rows).transform(rows)

    def transform(self, y: Any) -> Any:
        """The sets as zeros and ones.   N iterables -> (N, K)"""
        self._check_fitted()
        place = {label: k for k, label in enumerate(self.classes_.tolist())}
        columns: list[int] = []
        ends, unknown = [0], set()
        for labels in _sets(y):
            columns += sorted(place[label] for label in labels if label in place)
            unknown |= labels - place.keys()
            ends.append(len(columns))
        if unknown:
            warnings.warn(
                f"MultiLabelBinarizer: unknown class(es) {_listed(unknown)} will be ignored; fit has not seen them. "
                "Fit on all labels there can be, or give them as `classes`.",
                DataWarning,
                stacklevel=2,
            )
        shape = (len(ends) - 1, len(place))
        if self.sparse_output:
            from scipy.sparse import csr_array

            return csr_array((np.ones(len(columns), np.int64), columns, ends), shape=shape)
        out = np.zeros(shape, np.int64)
        out[np.repeat(np.arange(shape[0]), np.diff(ends)), columns] = 1
        return out

    def inverse_transform(self, yt: Any) -> list[tuple[Any, ...]]:
        """The labels of each row, in the order of `classes_`.   (N, K) of 0 and 1, dense or sparse -> N tuples"""
        self._check_fitted()
        table = yt.toarray() if is_sparse(yt) else np.asarray(yt)
        if table.ndim != 2 or table.shape[1] != len(self.classes_):
            raise DataError(
                f"MultiLabelBinarizer: Expected indicator for {len(self.classes_)} classes, but got shape "
                f"{table.shape}; give a column for each of classes_."
            )
        odd = np.setdiff1d(table, [0, 1])
        if len(odd):
            raise DataError(
                "MultiLabelBinarizer: Expected only 0s and 1s in label indicator. Also got "
                f"{_listed(odd.tolist())}; cut probabilities first, such as p > 0.5."
            )
        return [tuple(self.classes_[row != 0]) for row in table]

    def _check_params(self) -> None:
        check_limits("MultiLabelBinarizer", vars(self), self.limits, _DEFAULTS)
        if self.classes is not None and len(set(self.classes)) < len(self.classes):
            raise ParameterError(
                "MultiLabelBinarizer: The classes argument contains duplicate classes. Remove these duplicates before "
                "passing them to MultiLabelBinarizer."
            )

    def _check_fitted(self) -> None:
        if "classes_" not in vars(self):
            raise kin(NotFittedError, "MultiLabelBinarizer is not fitted yet: fit learns classes_; call fit first.")

    def to_record(self) -> dict[str, Any]:
        """Parameters and what fit learned, for a model file."""
        state = {"classes_": self.classes_} if "classes_" in vars(self) else {}
        return {"params": {name: vars(self)[name] for name in _DEFAULTS}, "state": state}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The binarizer that `to_record` was called on; raises ModelFileError for what can be none."""
        binarizer, state = cls(**record["params"]), record["state"]
        binarizer._check_params()
        if state:
            classes = state.get("classes_")
            if [*state] != ["classes_"] or not isinstance(classes, np.ndarray) or classes.ndim != 1:
                raise ModelFileError("MultiLabelBinarizer: its record holds no list of classes; it is damaged.")
            binarizer.classes_ = classes
        return binarizer


def _sets(y: Any) -> Iterable[set[Any]]:
    """The rows of y as sets of labels; raises DataError for what can be none."""
    for n, row in enumerate(y):
        if isinstance(row, str | bytes) or not isinstance(row, Iterable):
            why = "whose letters would be its labels" if isinstance(row, str | bytes) else "and no set of labels"
            raise DataError(
                f"MultiLabelBinarizer: row {n} of y is {row!r}, {why}; give a list of labels a row, such as [{row!r}]. "
                "One label a row is for LabelBinarizer."
            )
        try:
            yield set(row)
        except TypeError as error:
            raise DtypeError(
                f"MultiLabelBinarizer: row {n} of y has labels that are lists, sets or dicts ({error}); "
                "give texts, numbers or tuples."
            ) from None


def _sorted(labels: set[Any]) -> list[Any]:
    try:
        return sorted(labels)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in labels})
        raise DataError(
            f"MultiLabelBinarizer: labels are of kinds that have no order ({', '.join(kinds)}); "
            "turn them into one kind, or give the order as `classes`."
        ) from None


def _listed(labels: Iterable[Any]) -> str:
    named = sorted(labels, key=str)
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return f"{named[:_SHOWN]}{more}"
