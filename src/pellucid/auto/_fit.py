"""The standard pipeline: read, split once, preprocess on training rows, try candidates, test one of them once.

Here: `fit` and its `Result`.
Elsewhere: each step has a module of its own beside this one; the run directory is written by _run_directory.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.data, pellucid.preprocessing, pellucid.auto.
"""

import platform
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from pellucid._version import __version__
from pellucid.auto._candidates import BASELINE, CLASSIFIERS, IMAGE_CLASSIFIERS, REGRESSORS, Candidate
from pellucid.auto._evaluation import DECIDING, HEADLINE, answers, intervals, scores
from pellucid.auto._model import ImageModel, Model, TableModel, flattened
from pellucid.auto._parts import deal
from pellucid.auto._progress import Progress
from pellucid.auto._run_directory import write_run
from pellucid.auto._source import Source, open_source, target_of
from pellucid.auto._task import labels_task, task_of
from pellucid.data import ImageArrays, Table
from pellucid.preprocessing import TableVectorizer
from pellucid.random import integer_seed

Array = NDArray[Any]


@final
@dataclass(frozen=True)
class Result:
    """What a run found: the model that was best on the validation rows, and the record of everything.

    results: plain data, the content of `results.json`.  path: the run directory, None when none was asked for.
    """

    model: Model
    results: dict[str, Any]
    path: Path | None = None

    def __str__(self) -> str:
        test = self.results["test"]
        chosen = self.results["chosen"]
        lines = [f"{self.results['task']['text']}", f"chosen: {chosen} ({test['rows']} test rows, opened once)"]
        for name, row in test["models"][chosen].items():
            base = test["models"][BASELINE].get(name)
            beside = f"   baseline {base['estimate']:.4g}" if base and chosen != BASELINE else ""
            lines.append(f"  {name:<24}{row['estimate']:.4f} [{row['low']:.4f}, {row['high']:.4f}]{beside}")
        return "\n".join(lines)


def fit(
    data: Any,
    target: str | None = None,
    *,
    out: str | Path | None = None,
    seed: int | None = 0,
    task: Literal["auto", "classification", "regression"] = "auto",
    progress: Progress | None = None,
) -> Result:
    """Learn to predict `target` from the other columns, or the labels of images, and say honestly how well.

    data: a bundled set ("iris"), a file (CSV, Parquet; `.npz` of images), a frame, a dict of columns, or ImageArrays.
    target: the column to predict; a bundled set knows its own.
    out: a new directory for `model.pellucid` and `results.json`; it appears complete or not at all.
    seed: the same seed gives the same result; None draws one, which the results name.

    Rows are dealt once into training (65 %), validation (15 %) and test (20 %) parts, class by class; a test part that
    comes with the data is kept. Preprocessing is fitted on training rows only. Candidates are judged on validation
    rows; then the test part is opened, once, for the best of them and the baseline, each number with its 95 % interval.
    Ctrl-C ends the candidate being fitted and goes on with what it has learned.
    Raises DataError, ColumnError or ParameterError, each with the remedy.

    >>> result = fit("wine", seed=0)
    >>> result.results["chosen"] != "baseline", result.results["split"]["test_openings"]
    (True, 1)
    """
    progress = progress or Progress()
    try:
        run = _Run(open_source(data), target, integer_seed(seed), task, progress)
        run.compare()
        model, results = run.conclude()
        where = None if out is None else write_run(Path(out), model, results)
        return Result(model, results, where)
    finally:
        progress.close()


@final
@dataclass
class _Trial:
    """One candidate, fitted and judged on the validation rows."""

    candidate: Candidate
    estimator: Any
    validation: dict[str, float]
    seconds: float
    notes: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        return {
            "name": self.candidate.name,
            "says": self.candidate.says,
            "estimator": repr(self.estimator),
            "validation": self.validation,
            "epochs": getattr(self.estimator, "n_iter_", None) if self.candidate.watches else None,
            "interrupted": bool(vars(self.estimator).get("interrupted_", False)),
            "seconds": round(self.seconds, 3),
            "notes": self.notes,
        }


@final
class _Run:
    """The state of one run, from the data to the conclusion."""

    def __init__(self, source: Source, target: str | None, seed: int, task: Any, progress: Progress) -> None:
        self.source, self.seed, self.progress = source, seed, progress
        self.began = time.perf_counter()
        self.trials: list[_Trial] = []
        split, self._candidate_seeds = np.random.SeedSequence(seed).spawn(2)
        rng = np.random.default_rng(split)
        if isinstance(source.data, ImageArrays):
            self._take_images(source.data, rng)
        else:
            self._take_table(source.data, target, task, rng)
        rows = self.parts.record()["rows"]
        self.progress.say(str(self.task))
        self.progress.say(
            f"{rows['train']} rows to learn from, {rows['validation']} to choose by, {rows['test']} to test on"
        )

    def _take_table(self, table: Table, target: str | None, wanted: Any, rng: np.random.Generator) -> None:
        name = target_of(self.source, table, target)
        self.task, self.y = task_of(table, name, wanted)
        self.parts = deal(len(table), self.y if self.task.kind == "classification" else None, rng)
        self.table = table.drop(name)
        self.vectorizer = TableVectorizer().fit(self.table.take(self.parts.train), self.y[self.parts.train])
        self.candidates = CLASSIFIERS if self.task.kind == "classification" else REGRESSORS
        self.images = None

    def _take_images(self, images: ImageArrays, rng: np.random.Generator) -> None:
        given = images.x_test is not None and images.y_test is not None
        self.images = np.concatenate([images.x, images.x_test]) if given else images.x
        labels = np.concatenate([images.y, images.y_test]) if given else images.y
        self.task, self.y = labels_task(np.asarray(labels), "y")
        self.parts = deal(len(self.images), self.y, rng, len(images.x_test) if given else 0)
        self.candidates = IMAGE_CLASSIFIERS

    def rows(self, numbers: Array, flat: bool) -> Array:
        """The features of some rows: the vectorised table, the images, or their pixels."""
        if self.images is None:
            return np.asarray(self.vectorizer.transform(self.table.take(numbers)))
        chosen = self.images[numbers]
        return flattened(chosen) if flat else chosen

    def compare(self) -> None:
        """Fit every candidate on the training rows and judge it on the validation rows."""
        seeds = self._candidate_seeds.generate_state(len(self.candidates))
        for candidate, seed in zip(self.candidates, seeds, strict=True):
            trial = self._try(candidate, int(seed))
            self.trials.append(trial)
            name = DECIDING[self.task.kind]
            self.progress.say(
                f"{candidate.name}: validation {name} {trial.validation[name]:.4g}, "
                f"{HEADLINE[self.task.kind]} {trial.validation[HEADLINE[self.task.kind]]:.4f} ({trial.seconds:.1f} s)"
            )

    def _try(self, candidate: Candidate, seed: int) -> _Trial:
        learn, judge = self.parts.train, self.parts.validation
        x, x_judge = self.rows(learn, candidate.flat), self.rows(judge, candidate.flat)
        estimator = candidate.make(seed).set_callbacks(self.progress.candidate(candidate.name))
        watched = {"X_val": x_judge, "y_val": self.y[judge]} if candidate.watches else {}
        began = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            estimator.fit(x, self.y[learn], **watched)
        estimator.set_callbacks()
        found = scores(self.task, self.y[judge], answers(estimator, x_judge, self.task))
        notes = list(dict.fromkeys(str(w.message) for w in caught))
        return _Trial(candidate, estimator, found, time.perf_counter() - began, notes)

    def conclude(self) -> tuple[Model, dict[str, Any]]:
        """Open the test part for the best candidate and the baseline; the model, and the record of the run."""
        best = min(self.trials, key=lambda trial: trial.validation[DECIDING[self.task.kind]])
        shown = {trial.candidate.name: trial for trial in (best, self.trials[0])}
        rows = self.parts.open_test()
        judged = {
            name: intervals(
                self.task,
                self.y[rows],
                answers(trial.estimator, self.rows(rows, trial.candidate.flat), self.task),
                self.seed,
            )
            for name, trial in shown.items()
        }
        return self._model(best), self._results(best, judged, len(rows))

    def _model(self, best: _Trial) -> Model:
        if self.images is not None:
            return ImageModel(best.estimator, self.task, self.images.shape[1:], best.candidate.flat)
        kinds = {name: kind for name, kind in self.table.kinds.items()}
        return TableModel(self.vectorizer, best.estimator, self.task, kinds)

    def _results(self, best: _Trial, judged: dict[str, Any], n_test: int) -> dict[str, Any]:
        return {
            "format": "pellucid results",
            "format_version": 1,
            "pellucid": __version__,
            "data": {
                "name": self.source.name,
                "path": self.source.path,
                "sha256": self.source.sha256,
                **self._reading(),
            },
            "task": {
                "kind": self.task.kind,
                "target": self.task.target,
                "why": self.task.why,
                "classes": list(self.task.classes),
                "text": str(self.task),
            },
            "seed": self.seed,
            "split": self.parts.record(),
            "decided_by": f"validation {DECIDING[self.task.kind]}",
            "candidates": [trial.record() for trial in self.trials],
            "chosen": best.candidate.name,
            "test": {"rows": n_test, "models": judged},
            "seconds": round(time.perf_counter() - self.began, 3),
            "environment": {
                "python": platform.python_version(),
                "numpy": np.__version__,
                "platform": platform.platform(),
                "byteorder": sys.byteorder,
            },
        }

    def _reading(self) -> dict[str, Any]:
        """What reading and preprocessing did with the columns, as data."""
        if self.images is not None:
            report = self.source.data.report if isinstance(self.source.data, ImageArrays) else ()
            return {"rows": len(self.images), "image_shape": list(self.images.shape[1:]), "notes": list(report)}
        assert isinstance(self.source.data, Table)
        report_of = self.source.data.report
        return {
            "rows": len(self.y),
            "notes": list(report_of.notes),
            "columns": [str(column) for column in report_of.columns],
            "treatment": [_plain(row) for row in self.vectorizer.explain()],
        }


def _plain(row: Any) -> Any:
    """A row of `explain()` as JSON can hold it."""
    from dataclasses import asdict, is_dataclass

    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
