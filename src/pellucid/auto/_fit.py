"""The standard pipeline: read, split once, preprocess on training rows, try candidates, test one of them once.

Here: `fit` and its `Result`.
Elsewhere: each step has a module of its own beside this one; what is written down of it is in _results.py.
Imports: numpy, pellucid.metrics, pellucid.random and this package.
"""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, final

import numpy as np

from pellucid.auto._candidates import BASELINE
from pellucid.auto._model import Model
from pellucid.auto._problem import pose
from pellucid.auto._progress import Progress
from pellucid.auto._results import results_of
from pellucid.auto._run_directory import check_free, write_run
from pellucid.auto._source import open_source
from pellucid.auto._task import Wanted, check_wanted
from pellucid.auto._trials import best_of, compare, judge_once
from pellucid.metrics import Interval
from pellucid.random import integer_seed

HASH_SHOWN = 12  # digits of the hash of the test rows in a summary; all 64 stand in the results


@final
@dataclass(frozen=True)
class Result:
    """What a run found: the model that was best on the validation rows, and the record of everything.

    results: plain data, the content of `results.json`.  path: the run directory, None when none was asked for.

    >>> result = fit("iris", seed=0)
    >>> print(str(result).splitlines()[0])
    species is one of 3 classes (the column holds words)
    >>> sorted(result.results["test"]["models"]) == sorted({result.results["chosen"], "baseline"})
    True
    """

    model: Model
    results: dict[str, Any]
    path: Path | None = None

    def __str__(self) -> str:
        test, chosen = self.results["test"], self.results["chosen"]
        models = [chosen] if chosen == BASELINE else [chosen, BASELINE]
        lines = [["", *models]]
        for metric in test["models"][chosen]:
            lines.append([metric, *(str(Interval(**test["models"][name][metric])) for name in models)])
        wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = ["  ".join(cell.ljust(n) for cell, n in zip(row, wide, strict=True)).rstrip() for row in lines]
        split = self.results["split"]
        often = "once" if split["test_openings"] == 1 else f"{split['test_openings']} times"
        rows = f"{test['rows']} rows (sha256 {split['test_sha256'][:HASH_SHOWN]})"
        head = f"chosen: {chosen}, by {self.results['decided_by']}; tested {often}, on {rows}, 95 % intervals"
        return "\n".join(
            [self.results["task"]["text"], head, *table, *(f"caution: {c}" for c in self.results["cautions"])]
        )


def fit(
    data: Any,
    target: str | None = None,
    *,
    out: str | Path | None = None,
    seed: int | None = 0,
    task: Wanted = "auto",
    progress: Progress | None = None,
) -> Result:
    """Learn to predict `target` from the other columns, or the labels of images, and say honestly how well.

    data: a bundled set ("iris"), a file (a table that pellucid.data reads, or an `.npz` of images), a frame, a dict of
    columns, or ImageArrays.
    target: the column to predict; a bundled set knows its own.
    out: a new directory for `model.pellucid` and `results.json`; it appears complete or not at all.
    seed: the same seed gives the same result; None draws one, which the results name.
    task: "classification" or "regression" where the kind of the column would be taken wrongly.

    Rows are dealt once into training (65 %), validation (15 %) and test (20 %) parts, class by class; a test part that
    comes with the data is kept. Preprocessing is fitted on training rows only. Candidates are judged on validation
    rows; then the test part is opened, once, for the best of them and the baseline, each number with its 95 % interval.
    Ctrl-C ends the candidate being fitted; the run concludes with what has been learned by then, and says so.
    Raises DataError, ColumnError or ParameterError, each with the remedy; OSError when the disk refuses.

    >>> result = fit("wine", seed=0)
    >>> result.results["chosen"] != "baseline", result.results["split"]["test_openings"]
    (True, 1)
    """
    check_wanted(task)
    if out is not None:
        check_free(Path(out))
    told, began, seed = progress or Progress(), perf_counter(), integer_seed(seed)
    try:
        deal_seed, trial_seed = np.random.SeedSequence(seed).spawn(2)
        source = open_source(data)
        problem = pose(source, target, task, np.random.default_rng(deal_seed))
        told.say(str(problem.task))
        told.say(
            "{train} rows to learn from, {validation} to choose by, {test} to test on".format(**problem.parts.sizes)
        )
        for caution in problem.cautions:
            told.say(f"caution: {caution}")
        trials = compare(problem, trial_seed, told)
        best = best_of(trials, problem.task)
        judged = judge_once(problem, best, trials[0], seed)
        results = results_of(source, problem, trials, best, judged, seed, perf_counter() - began)
        model = problem.model(best.estimator, best.candidate)
        return Result(model, results, None if out is None else write_run(Path(out), model, results))
    finally:
        told.close()
