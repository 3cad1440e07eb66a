"""Settings of parameters to try: all of a grid, or some drawn at random.

Here: `ParameterGrid` and `ParameterSampler`.
Elsewhere: who tries them is in _search.py and the modules of the searches.
Imports: numpy, pellucid.base, pellucid.errors and pellucid.random.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, final

import numpy as np

from pellucid.base import Whole
from pellucid.errors import DataWarning, ParameterError
from pellucid.random import Seed, generator

Grid = Mapping[str, Sequence[Any]]

_FAR = 2**62  # settings; beyond, a number of one does not fit NumPy's 64 bits, and no draw will ever be repeated


@final
class ParameterGrid:
    """Every combination of the listed values; of several grids, one after the other.

    A mapping of parameter to values, or a list of such. Names are taken in sorted order, the last varies fastest, as in
    scikit-learn. It has a length and can be asked for one setting by its number without making the others.
    Raises ParameterError for what is no grid, and for a parameter without values.

    >>> grid = ParameterGrid([{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": [1, 10]}])
    >>> len(grid), grid[2]
    (3, {'gamma': 10, 'kernel': 'rbf'})
    """

    def __init__(self, param_grid: Grid | Sequence[Grid]) -> None:
        self.param_grid = grids_of(param_grid, "param_grid")
        for grid in self.param_grid:
            for name, values in grid.items():
                check_values(name, values)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for grid in self.param_grid:
            names = sorted(grid)
            for values in product(*(grid[name] for name in names)):
                yield dict(zip(names, values, strict=True))

    def __len__(self) -> int:
        return sum(_size(grid) for grid in self.param_grid)

    def __getitem__(self, number: int) -> dict[str, Any]:
        rest = number
        for grid in self.param_grid:
            if 0 <= rest < _size(grid):
                return _setting(grid, rest)
            rest -= _size(grid)
        raise IndexError(f"ParameterGrid: setting {number} of {len(self)} is not there; they count from 0.")

    def __repr__(self) -> str:
        return f"ParameterGrid({self.param_grid!r})"


@final
class ParameterSampler:
    """`n_iter` settings drawn at random.

    A mapping of parameter to values, or to a distribution: an object with rvs(random_state=...), as SciPy's have; or a
    list of such mappings, of which one is drawn first, all alike. Where there are only lists, settings are drawn
    without repetition, and all of them where there are no more than `n_iter`, with a DataWarning if there are fewer.
    The same `random_state` gives the same settings; they are not those of scikit-learn's generator.

    >>> sampler = ParameterSampler({"C": [1, 2, 3], "tol": [0.1, 0.2]}, n_iter=6, random_state=0)
    >>> sorted((s["C"], s["tol"]) for s in sampler)
    [(1, 0.1), (1, 0.2), (2, 0.1), (2, 0.2), (3, 0.1), (3, 0.2)]
    """

    def __init__(
        self,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        n_iter: int,
        *,
        random_state: Seed = None,
    ) -> None:
        if not Whole(low=1).admits(n_iter):
            raise ParameterError(f"ParameterSampler: n_iter is {n_iter!r}; it must be {Whole(low=1)}.")
        self.param_distributions = grids_of(param_distributions, "param_distributions")
        self.n_iter = n_iter
        self.random_state = random_state
        for distributions in self.param_distributions:
            for name, values in distributions.items():
                if not hasattr(values, "rvs"):
                    check_values(name, values)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        chance = generator(self.random_state)
        if self._listed():
            grid = ParameterGrid(self.param_distributions)
            n = sum(_size(part) for part in grid.param_grid)
            if n < self.n_iter:
                warnings.warn(
                    f"ParameterSampler: there are {n} settings, fewer than n_iter={self.n_iter}; each is tried once.",
                    DataWarning,
                    stacklevel=2,
                )
            if n < _FAR:
                for number in chance.choice(n, min(n, self.n_iter), replace=False).tolist():
                    yield grid[number]
                return
        for _ in range(self.n_iter):
            distributions = self.param_distributions[int(chance.integers(len(self.param_distributions)))]
            yield {name: _draw(distributions[name], chance) for name in sorted(distributions)}

    def __len__(self) -> int:
        if self._listed():
            return min(self.n_iter, sum(_size(grid) for grid in self.param_distributions))
        return self.n_iter

    def _listed(self) -> bool:
        return not any(hasattr(values, "rvs") for grid in self.param_distributions for values in grid.values())


def grids_of(given: Any, name: str) -> list[Mapping[str, Any]]:
    """One mapping or several, as a list.  Raises ParameterError for anything else."""
    grids = [given] if isinstance(given, Mapping) else given
    if not isinstance(grids, list | tuple) or not grids or not all(isinstance(grid, Mapping) for grid in grids):
        raise ParameterError(f"{name} is {given!r}; it must be a mapping of parameter to values, or a list of such.")
    return list(grids)


def check_values(name: str, values: Any) -> None:
    """Raise ParameterError unless `values` is a list, tuple or one-dimensional array with something in it."""
    listed = isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes)
    if not listed or np.ndim(values if isinstance(values, np.ndarray) else [0]) != 1:
        raise ParameterError(f"{name!r} is {values!r}; give a list or one-dimensional array of values to try.")
    if len(values) == 0:
        raise ParameterError(f"{name!r} has no values to try; give at least one, or leave the parameter out.")


def _size(grid: Mapping[str, Any]) -> int:
    return prod(len(values) for values in grid.values())


def _setting(grid: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The setting of this number: its digits, each to the base of its parameter's number of values."""
    setting = {}
    for name in sorted(grid, reverse=True):
        number, place = divmod(number, len(grid[name]))
        setting[name] = grid[name][place]
    return dict(sorted(setting.items()))


def _draw(values: Any, chance: np.random.Generator) -> Any:
    if hasattr(values, "rvs"):
        return values.rvs(random_state=chance)
    return values[int(chance.integers(len(values)))]
