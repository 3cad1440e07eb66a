"""What a run leaves behind: preprocessing and estimator as one thing that predicts from raw input.

Here: `TableModel` and `ImageModel`.
Elsewhere: they are written and read by pellucid.save and pellucid.load; how they come to be is in _problem.py.
Imports: numpy, pellucid.base, pellucid.data, pellucid.errors, pellucid.persistence, pellucid.preprocessing.
"""

from difflib import get_close_matches
from math import prod
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from pellucid.auto._task import Task
from pellucid.base import Classifier, Regressor
from pellucid.data import ImageArrays, Table
from pellucid.errors import ColumnError, DataError, ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing import DroppedColumn, TableVectorizer

Array = NDArray[Any]

SHOWN = 5  # columns named in an error; the rest is counted


@final
@register("auto.TableModel")
class TableModel:
    """Predicts a column of a table from the raw other columns: text, truths, numbers, missing cells and all.

    Columns are found by name; further ones, the target among them, are not looked at.

    >>> from pellucid.auto import fit
    >>> model = fit("iris", seed=0).model
    >>> model.predict({name: [1.0, 5.0] for name in model.kinds}).shape
    (2,)
    """

    def __init__(self, vectorizer: TableVectorizer, estimator: Classifier | Regressor, task: Task) -> None:
        self.vectorizer, self.estimator, self.task = vectorizer, estimator, task

    @property
    def kinds(self) -> dict[str, Any]:
        """The columns it reads, and what each must hold: "number", "boolean" or "category"."""
        plans = self.vectorizer.columns_
        return {plan.column: plan.kind for plan in plans if not isinstance(plan, DroppedColumn)}

    @property
    def classes(self) -> tuple[Any, ...]:
        """The labels it can answer, none for a regression."""
        return self.task.classes

    def predict(self, data: Any) -> Array:
        """The label, or number, of each row.   a Table, frame or dict of N rows -> (N,)

        Raises ColumnError for columns that are not there, DataError for cells that do not fit their column.
        """
        return np.asarray(self.estimator.predict(self._matrix(data)))

    def predict_proba(self, data: Any) -> Array:
        """The probability of each class, in the order of `classes`.   N rows -> (N, K)

        Raises ParameterError for a regression.
        """
        if not isinstance(self.estimator, Classifier):
            raise ParameterError(f"predict_proba: {self.task.target!r} is a number; it has no classes. Use predict.")
        return np.asarray(self.estimator.predict_proba(self._matrix(data)))

    def _matrix(self, data: Any) -> Array:
        if isinstance(data, Table):
            _check_columns(data, list(self.kinds))
        return np.asarray(self.vectorizer.transform(data))

    def __repr__(self) -> str:
        return f"TableModel({self.task.target!r} from {len(self.kinds)} columns by {self.estimator!r})"

    def to_record(self) -> dict[str, Any]:
        """Everything `from_record` needs."""
        return {"vectorizer": self.vectorizer, "estimator": self.estimator, "task": self.task.record()}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The model that `to_record` was called on.  Raises ModelFileError for parts that do not make one."""
        vectorizer, estimator, task = record["vectorizer"], record["estimator"], Task.from_record(record["task"])
        if not isinstance(vectorizer, TableVectorizer) or not vectorizer.__sklearn_is_fitted__():
            raise ModelFileError("TableModel: the record has no fitted vectorizer; the file is damaged.")
        _check_estimator("TableModel", estimator, task, len(vectorizer.get_feature_names_out()))
        return cls(vectorizer, estimator, task)


@final
@register("auto.ImageModel")
class ImageModel:
    """Predicts the label of images (N, H, W) or (N, C, H, W) of the size it learned from.

    >>> from pellucid.auto import fit
    >>> from pellucid.data import ImageArrays
    >>> bars = np.zeros((40, 6, 6)); bars[:20, 1:3] = 1.0; bars[20:, :, 1:3] = 1.0
    >>> model = fit(ImageArrays(bars, np.repeat(["across", "down"], 20)), seed=0).model
    >>> model.predict(bars[[0, -1]]).tolist()
    ['across', 'down']
    """

    def __init__(self, estimator: Classifier, task: Task, shape: tuple[int, ...], flat: bool) -> None:
        self.estimator, self.task, self.shape, self.flat = estimator, task, tuple(shape), flat

    @property
    def classes(self) -> tuple[Any, ...]:
        """The labels it can answer."""
        return self.task.classes

    def predict(self, data: Any) -> Array:
        """The label of each image.   an array of N images, or ImageArrays -> (N,)

        Raises DataError for images of another size.
        """
        return np.asarray(self.estimator.predict(self._images(data)))

    def predict_proba(self, data: Any) -> Array:
        """The probability of each class, in the order of `classes`.   N images -> (N, K)"""
        return np.asarray(self.estimator.predict_proba(self._images(data)))

    def _images(self, data: Any) -> Array:
        images = np.asarray(data.x if isinstance(data, ImageArrays) else data)
        if images.shape[1:] != self.shape:
            raise DataError(
                f"the images have shape {images.shape[1:]}, the model learned from {self.shape}; bring them to that."
            )
        return flattened(images) if self.flat else images

    def __repr__(self) -> str:
        return f"ImageModel({len(self.classes)} classes from images {self.shape} by {self.estimator!r})"

    def to_record(self) -> dict[str, Any]:
        """Everything `from_record` needs."""
        return {
            "estimator": self.estimator,
            "task": self.task.record(),
            "shape": list(self.shape),
            "flat": self.flat,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The model that `to_record` was called on.  Raises ModelFileError for parts that do not make one."""
        shape, flat, task = record["shape"], record["flat"], Task.from_record(record["task"])
        lengths = isinstance(shape, list) and len(shape) in (2, 3) and all(type(n) is int and n > 0 for n in shape)
        if not lengths or type(flat) is not bool or not task.classes:
            raise ModelFileError("ImageModel: the record has no shape of images, or no classes; the file is damaged.")
        _check_estimator("ImageModel", record["estimator"], task, prod(shape))
        return cls(record["estimator"], task, tuple(shape), flat)


Model = TableModel | ImageModel


def flattened(images: Array) -> Array:
    """Images as rows of pixels; bytes are brought to 0 .. 1.   (N, ..) -> (N, D) float32

    >>> flattened(np.full((1, 2, 2), 255, np.uint8)).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """
    rows = images.reshape(len(images), -1).astype(np.float32)
    return rows / np.float32(255.0) if images.dtype == np.uint8 else rows


def _check_columns(table: Table, wanted: list[str]) -> None:
    """Raise ColumnError that lists every wanted column the table does not have, with the closest it has."""
    absent = [name for name in wanted if name not in table.columns]
    if not absent:
        return
    shown = []
    for name in absent[:SHOWN]:
        near = get_close_matches(name, [column for column in table.columns if column not in wanted], n=1)
        shown.append(f"{name!r}" + (f" (closest: {near[0]!r})" if near else ""))
    more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
    raise ColumnError(
        f"{table.report.source} lacks {len(absent)} of the {len(wanted)} columns the model reads: {', '.join(shown)}"
        f"{more}. Add them under these names; single cells may be empty."
    )


def _check_estimator(owner: str, estimator: Any, task: Task, n_features: int) -> None:
    """Raise ModelFileError unless a fitted estimator suits the task and reads so many features."""
    role = Classifier if task.classes else Regressor
    if not isinstance(estimator, role) or not estimator.__sklearn_is_fitted__():
        raise ModelFileError(f"{owner}: the record has no fitted {role.__name__.lower()}; the file is damaged.")
    seen = vars(estimator).get("n_features_in_", n_features)  # a baseline looks at no feature
    if seen != n_features:
        raise ModelFileError(f"{owner}: the record's estimator reads {seen} features, not {n_features}; it is damaged.")
    if isinstance(estimator, Classifier) and tuple(np.asarray(estimator.classes_).tolist()) != task.classes:
        raise ModelFileError(f"{owner}: the record's estimator answers other classes than its task; it is damaged.")
