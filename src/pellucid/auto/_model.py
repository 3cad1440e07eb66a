"""What a run leaves behind: preprocessing, estimator and schema as one thing that predicts from raw input.

Here: `TableModel` and `ImageModel`.
Elsewhere: they are written and read by pellucid.save and pellucid.load; how they come to be is in _fit.py.
Imports: numpy, pellucid.errors, pellucid.persistence, pellucid.data, pellucid.preprocessing.
"""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from pellucid.auto._task import Task
from pellucid.data import ImageArrays, as_table
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.preprocessing import TableVectorizer

Array = NDArray[Any]


@final
@register("auto.TableModel")
class TableModel:
    """Predicts a column of a table from the raw other columns: text, truths, numbers, missing cells and all.

    Columns are found by name; further ones, the target among them, are not looked at.

    >>> from pellucid.auto import fit
    >>> model = fit("iris", seed=0).model
    >>> model.predict({name: [1.0, 5.0] for name in model.columns}).shape
    (2,)
    """

    def __init__(self, vectorizer: TableVectorizer, estimator: Any, task: Task, kinds: Mapping[str, Any]) -> None:
        self.vectorizer, self.estimator, self.task, self.kinds = vectorizer, estimator, task, dict(kinds)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it reads."""
        return tuple(self.kinds)

    @property
    def classes(self) -> tuple[Any, ...]:
        """The labels it can answer, empty for a regression."""
        return self.task.classes

    def predict(self, data: Any) -> Array:
        """The label, or number, of each row.   a Table, frame or dict of N rows -> (N,)"""
        return np.asarray(self.estimator.predict(self._matrix(data)))

    def predict_proba(self, data: Any) -> Array:
        """The probability of each class, in the order of `classes`.   N rows -> (N, K)

        Raises ParameterError for a regression.
        """
        _check_classifies(self.task)
        return np.asarray(self.estimator.predict_proba(self._matrix(data)))

    def _matrix(self, data: Any) -> Array:
        table = as_table(data, kinds=self.kinds)
        return np.asarray(self.vectorizer.transform(table))

    def __repr__(self) -> str:
        return f"TableModel({self.task.target!r} from {len(self.kinds)} columns by {self.estimator!r})"

    def to_record(self) -> dict[str, Any]:
        """Everything `from_record` needs."""
        return {
            "vectorizer": self.vectorizer,
            "estimator": self.estimator,
            "task": _task_record(self.task),
            "kinds": self.kinds,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The model that `to_record` was called on."""
        if not isinstance(record["vectorizer"], TableVectorizer) or not hasattr(record["estimator"], "predict"):
            raise ModelFileError("TableModel: the record's parts are of other kinds; the file is damaged.")
        return cls(record["vectorizer"], record["estimator"], _task_from(record["task"]), dict(record["kinds"]))


@final
@register("auto.ImageModel")
class ImageModel:
    """Predicts the label of images (N, H, W) or (N, C, H, W) of the size it learned from."""

    def __init__(self, estimator: Any, task: Task, shape: tuple[int, ...], flat: bool) -> None:
        self.estimator, self.task, self.shape, self.flat = estimator, task, tuple(shape), flat

    @property
    def classes(self) -> tuple[Any, ...]:
        """The labels it can answer."""
        return self.task.classes

    def predict(self, data: Any) -> Array:
        """The label of each image.   ImageArrays or an array of N images -> (N,)"""
        return np.asarray(self.estimator.predict(self._images(data)))

    def predict_proba(self, data: Any) -> Array:
        """The probability of each class, in the order of `classes`.   N images -> (N, K)"""
        return np.asarray(self.estimator.predict_proba(self._images(data)))

    def _images(self, data: Any) -> Array:
        images = np.asarray(data.x if isinstance(data, ImageArrays) else data)
        if images.shape[1:] != self.shape:
            raise DataError(
                f"the images have shape {images.shape[1:]}, the model learned from {self.shape}; resize them to that."
            )
        return flattened(images) if self.flat else images

    def __repr__(self) -> str:
        return f"ImageModel({len(self.classes)} classes from images {self.shape} by {self.estimator!r})"

    def to_record(self) -> dict[str, Any]:
        """Everything `from_record` needs."""
        return {
            "estimator": self.estimator,
            "task": _task_record(self.task),
            "shape": list(self.shape),
            "flat": self.flat,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The model that `to_record` was called on."""
        if not hasattr(record["estimator"], "predict_proba"):
            raise ModelFileError("ImageModel: the record's estimator is of another kind; the file is damaged.")
        return cls(record["estimator"], _task_from(record["task"]), tuple(record["shape"]), bool(record["flat"]))


Model = TableModel | ImageModel


def flattened(images: Array) -> Array:
    """Images as rows of pixels; bytes are brought to 0 .. 1.   (N, ..) -> (N, D) float32"""
    rows = images.reshape(len(images), -1).astype(np.float32)
    return rows / np.float32(255.0) if images.dtype == np.uint8 else rows


def _check_classifies(task: Task) -> None:
    if task.kind != "classification":
        raise ParameterError(f"predict_proba: {task.target!r} is a number; it has no classes. Use predict.")


def _task_record(task: Task) -> dict[str, Any]:
    return {"kind": task.kind, "target": task.target, "why": task.why, "classes": list(task.classes)}


def _task_from(record: Mapping[str, Any]) -> Task:
    if record["kind"] not in ("classification", "regression"):
        raise ModelFileError(f"the record names the unknown task {str(record['kind'])[:40]!r}; the file is damaged.")
    return Task(record["kind"], str(record["target"]), str(record["why"]), tuple(record["classes"]))
