"""What is to be learned, in one form for tables and for images.

Here: `Problem`, the questions a run asks; `TableProblem` and `ImageProblem` answer; `pose`, which picks one of them.
Elsewhere: where the data come from is in _source.py, what the target means in _task.py, the deal of rows in _parts.py.
Imports: numpy, pellucid.data, pellucid.errors, pellucid.preprocessing and this package.
"""

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.auto._candidates import CLASSIFIERS, IMAGE_CLASSIFIERS, REGRESSORS, Candidate
from pellucid.auto._cautions import cautions
from pellucid.auto._model import ImageModel, Model, TableModel, flattened
from pellucid.auto._parts import Parts, deal
from pellucid.auto._source import Source, target_of
from pellucid.auto._task import Task, Wanted, labels_task, task_of
from pellucid.data import ImageArrays, Table
from pellucid.errors import DataError, ParameterError
from pellucid.preprocessing import TableVectorizer

Array = NDArray[Any]


class Problem(ABC):
    """Rows with targets y (N,), dealt into parts, and the candidates that suit them."""

    task: Task
    y: Array
    parts: Parts
    candidates: tuple[Candidate, ...]
    cautions: list[str]

    @abstractmethod
    def rows(self, numbers: Array, candidate: Candidate) -> Array:
        """The features of some rows as the candidate reads them.   numbers (M,) -> (M, ..)"""

    @abstractmethod
    def model(self, estimator: Any, candidate: Candidate) -> Model:
        """The fitted estimator as something that predicts from raw input."""

    @abstractmethod
    def account(self) -> dict[str, Any]:
        """What reading and preprocessing did, as plain data."""


@final
class TableProblem(Problem):
    """One column of a table from the others; how they become numbers is learned from the training rows."""

    def __init__(self, table: Table, target: str, wanted: Wanted, rng: np.random.Generator) -> None:
        self.task, self.y = task_of(table, target, wanted)
        if len(table.columns) == 1:
            raise DataError(
                f"{table.report.source} has no column beside the target {target!r}; there is nothing to learn from."
            )
        self.parts = deal(len(table), self.y if self.task.classes else None, rng, contents=(table,))
        self.candidates = CLASSIFIERS if self.task.classes else REGRESSORS
        self._report = table.report
        self._table = table.drop(target)
        self._vectorizer = TableVectorizer(dtype="float32").fit(self._table.take(self.parts.train))
        self.cautions = cautions(table, self.task, self.parts.train)

    def rows(self, numbers: Array, candidate: Candidate) -> Array:
        return np.asarray(self._vectorizer.transform(self._table.take(numbers)))

    def model(self, estimator: Any, candidate: Candidate) -> TableModel:
        return TableModel(self._vectorizer, estimator, self.task)

    def account(self) -> dict[str, Any]:
        return {
            "rows": len(self.y),
            "notes": list(self._report.notes),
            "columns": [str(column) for column in self._report.columns],
            "treatment": [asdict(row) for row in self._vectorizer.explain()],
        }


@final
class ImageProblem(Problem):
    """The labels of images; a test part that came with them stays the test part."""

    def __init__(self, images: ImageArrays, wanted: Wanted, rng: np.random.Generator) -> None:
        if wanted == "regression":
            raise ParameterError("task is 'regression', but the data are images, which are classified; leave task out.")
        self._notes = images.report
        self._images, labels, n_test = _joined(images)
        self.task, self.y = labels_task(labels, "y")
        self.parts = deal(len(self.y), self.y, rng, n_test, contents=(self._images, self.y))
        self.candidates, self.cautions = IMAGE_CLASSIFIERS, []

    def rows(self, numbers: Array, candidate: Candidate) -> Array:
        images = self._images[numbers]
        return flattened(images) if candidate.flat else images

    def model(self, estimator: Any, candidate: Candidate) -> ImageModel:
        return ImageModel(estimator, self.task, self._images.shape[1:], candidate.flat)

    def account(self) -> dict[str, Any]:
        return {"rows": len(self.y), "image_shape": list(self._images.shape[1:]), "notes": list(self._notes)}


def pose(source: Source, target: str | None, wanted: Wanted, rng: np.random.Generator) -> Problem:
    """The problem that the data of a source pose.

    Raises DataError, ColumnError or ParameterError for data, a target or a task that cannot be used.
    """
    if isinstance(source.data, Table):
        return TableProblem(source.data, target_of(source, source.data, target), wanted, rng)
    if target not in (None, "y"):
        raise ParameterError(
            f"target is {target!r}, but the data are images, whose labels are the array 'y'; leave it out."
        )
    return ImageProblem(source.data, wanted, rng)


def _joined(images: ImageArrays) -> tuple[Array, Array, int]:
    """All images, their labels, and how many at the end are the given test part."""
    if images.y is None:
        raise DataError("the images come without labels y; there is nothing to learn. Add the array y.")
    if images.x_test is None or images.y_test is None:
        return images.x, images.y, 0
    unseen = np.setdiff1d(images.y_test, images.y)
    if len(unseen):
        raise DataError(
            f"y_test holds the label {unseen[0].item()!r}, which no training image has; nothing could learn to say it. "
            "Leave those test images out, or add such images to the training part."
        )
    x = np.concatenate([images.x, images.x_test])
    return x, np.concatenate([images.y, images.y_test]), len(images.x_test)
