"""How often each leak check is wrong: false alarms on clean splits, and leaks of several strengths that it finds.

    python benchmarks/leaks.py [--splits N] [--tuning]

Clean sets are drawn from formulas of many shapes, anew for each split, or are the real sets at hand, split at random
each time. Real sets that hold repeated rows stand in the table twice: as they come, where an alarm is true, and with
one copy of each row. A leak is planted into one side of a clean split; found is the share of splits in which the check
that is meant for it speaks.

The checks' thresholds were chosen while looking at this table drawn from TUNING_SEED. What is reported is drawn from
FRESH_SEED, which nobody looked at before; once a check is mended because of it, take a new one. `--tuning` draws the
sets of development again.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import read_table
from pellucid.datasets import load_digits, make_blobs, make_classification, make_regression, make_spirals, path, target
from pellucid.model_selection import LEAK_CHECKS, find_leaks, split_rows

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SPLITS = 40  # of each set: one alarm is 2.5 %
TUNING_SEED = 0
FRESH_SEED = 20_261_129
TEST_SHARE = 0.25
REPEATED = ("iris", "diamonds", "adult", "titanic")  # real sets in which rows stand more than once
REAL = {
    "penguins": ("penguins.csv", "species"),
    "mpg": ("mpg.csv", "mpg"),
    "titanic": ("titanic.csv", "survived"),
    "adult": ("adult_train.csv", "income"),
    "diamonds": ("diamonds.csv", "price"),
}
TRULY = {  # sets in which a check speaks, and what it is right about
    "random walk, split in time": "yesterday's value nearly is today's",
    "five blobs": "now and then one coordinate sets all five apart",
    "adult": "some rows stand in the table twice, the sampling weight among their columns",
    "diamonds": "some rows stand in the table twice",
    "diamonds, each row once": "some stones are listed twice, length and width exchanged, at two prices",
}
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Split:
    """Both sides of a split, and what else is known of the rows."""

    train: Columns
    test: Columns
    y_train: np.ndarray
    y_test: np.ndarray
    asked: dict[str, Any] = field(default_factory=dict)

    def found(self) -> set[str]:
        """Ids of the checks that speak."""
        return {f.id for f in find_leaks(self.train, self.test, self.y_train, self.y_test, **self.asked)}


def dealt(x: Columns, y: np.ndarray, rng: np.random.Generator) -> Split:
    """A random split."""
    n_test = round(len(y) * TEST_SHARE)
    train, test = split_rows(len(y), [len(y) - n_test, n_test], seed=rng)
    left, right = ({name: column[rows] for name, column in x.items()} for rows in (train, test))
    return Split(left, right, y[train], y[test])


def named(x: np.ndarray) -> Columns:
    return {f"x{d}": x[:, d] for d in range(x.shape[1])}


def gaussian(n: int, d: int, classes: int = 2) -> Callable[[np.random.Generator], Split]:
    def draw(rng: np.random.Generator) -> Split:
        x, noise = rng.normal(size=(n, d)), rng.normal(size=n)
        y = x[:, 0] + noise
        if classes:
            y = np.searchsorted(np.quantile(y, np.arange(1, classes) / classes), y)
        return dealt(named(x), y, rng)

    return draw


def shaped(shape: Callable[[np.random.Generator, int], np.ndarray], n: int = 1000) -> Callable[..., Split]:
    """Columns of some shape, and a target that follows the first with much noise."""

    def draw(rng: np.random.Generator) -> Split:
        x = shape(rng, n)
        rank = np.argsort(np.argsort(x[:, 0] + 1e-9 * rng.normal(size=n))) / n
        return dealt(named(x), (rank + rng.normal(size=n) > 0.5).astype(int), rng)

    return draw


def mixed(rng: np.random.Generator, n: int = 1000) -> Split:
    """Numbers, words and truths with gaps, as tables of customers have them."""
    age = rng.integers(18, 90, n).astype(float)
    town = np.array([f"town {k}" for k in rng.zipf(1.6, n) % 40], object)
    income = np.exp(rng.normal(10, 0.6, n)).round(-2)
    age[rng.random(n) < 0.1] = np.nan
    town[rng.random(n) < 0.05] = None
    x = {"age": age, "town": town, "income": income, "owner": rng.random(n) < 0.4, "visits": rng.poisson(2.0, n)}
    return dealt(x, np.where(income * rng.lognormal(0, 1, n) > 25_000, "yes", "no"), rng)


def rare(rng: np.random.Generator) -> Split:
    """One positive in fifty, well told by two columns."""
    x, y = rng.normal(size=(2000, 6)), (rng.random(2000) < 0.02).astype(int)
    x[:, :2] += 1.2 * y[:, None]
    return dealt(named(x), y, rng)


def in_time(rng: np.random.Generator) -> Split:
    """A random walk, split at one moment."""
    walk, n = np.cumsum(rng.normal(size=800)), 600
    x = {"yesterday": walk[:-1], "noise": rng.normal(size=799)}
    left, right = ({name: column[part] for name, column in x.items()} for part in (slice(n), slice(n, None)))
    return Split(left, right, walk[1 : n + 1], walk[n + 1 :], {"time": (np.arange(n), np.arange(n, 799))})


def by_group(rng: np.random.Generator) -> Split:
    """Five rows of each of 200 people, whole people on one side."""
    person = np.repeat(rng.permutation(200), 5)
    x = rng.normal(size=(200, 6))[person] + rng.normal(size=(1000, 6))
    y, left = (x[:, 0] + rng.normal(size=1000) > 0).astype(int), person < 150
    sides = (named(x[left]), named(x[~left]), y[left], y[~left])
    return Split(*sides, {"groups": (person[left], person[~left])})


def levels(chances: list[float], d: int) -> Callable[..., Split]:
    return shaped(lambda rng, n: rng.choice(len(chances), (n, d), p=chances).astype(float))


def redundant(rng: np.random.Generator, n: int) -> np.ndarray:
    length = rng.lognormal(0, 1, n).round(2)
    return np.column_stack([length, 2.54 * length, length**2, -length, rng.normal(size=(n, 2))])


SYNTHETIC: dict[str, Callable[[np.random.Generator], Split]] = {
    "gaussian 100 x 3": gaussian(100, 3),
    "gaussian 1000 x 1": gaussian(1000, 1),
    "gaussian 1000 x 2": gaussian(1000, 2),
    "gaussian 1000 x 20": gaussian(1000, 20),
    "gaussian 1000 x 5, 5 classes": gaussian(1000, 5, 5),
    "gaussian 1000 x 5, number": gaussian(1000, 5, 0),
    "gaussian 20000 x 4": gaussian(20_000, 4),
    "cauchy 1000 x 5": shaped(lambda rng, n: rng.standard_cauchy((n, 5))),
    "log-normal, to the cent": shaped(lambda rng, n: rng.lognormal(3, 1, (n, 4)).round(2)),
    "grid of 0.1": shaped(lambda rng, n: rng.normal(5, 1, (n, 4)).round(1)),
    "counts": shaped(lambda rng, n: rng.poisson(3.0, (n, 6)).astype(float)),
    "truths, even x 5": levels([0.5, 0.5], 5),
    "truths, rare x 12": levels([0.95, 0.05], 12),
    "four levels x 8": levels([0.25] * 4, 8),
    "ten levels x 5": levels([0.1] * 10, 5),
    "one length in four units": shaped(redundant),
    "mixed, with gaps": mixed,
    "one positive in fifty": rare,
    "random walk, split in time": in_time,
    "people, split by person": by_group,
    "five blobs": lambda rng: dealt(*_first_named(make_blobs(1000, 4, centers=5, random_state=rng)), rng),
    "spirals": lambda rng: dealt(*_first_named(make_spirals(1000, noise=0.02, random_state=rng)), rng),
    "make_classification": lambda rng: dealt(
        *_first_named(make_classification(1000, 20, n_redundant=5, random_state=rng)), rng
    ),
    "make_regression": lambda rng: dealt(*_first_named(make_regression(1000, 8, noise=20.0, random_state=rng)), rng),
}


def _first_named(pair: tuple[np.ndarray, ...]) -> tuple[Columns, np.ndarray]:
    return named(pair[0]), pair[1]


def real_sets() -> Iterator[tuple[str, Columns, np.ndarray]]:
    """The bundled sets and those that stand beside the checkout; titanic without `alive`, which is its target."""
    places = {name: (path(name), target(name)) for name in ("iris", "wine", "breast_cancer", "diabetes")}
    if SHARED.is_dir():
        places |= {name: (SHARED / file, wanted) for name, (file, wanted) in REAL.items()}
    for name, (file, wanted) in places.items():
        table = read_table(file)
        columns = {column: table.column(column) for column in table.columns if column not in (wanted, "alive")}
        yield name, columns, table.column(wanted)
        if name in REPEATED:
            numbered = table.frame.with_row_index("row of the file")
            once = numbered.unique(table.columns, keep="first", maintain_order=True)["row of the file"].to_numpy()
            yield f"{name}, each row once", {k: v[once] for k, v in columns.items()}, table.column(wanted)[once]
    digits = load_digits()
    yield "digits", named(digits.data), digits.target


Plant = Callable[[Split, np.random.Generator], Split]


def copied(share: float) -> Plant:
    """Training rows put in place of so many test rows (at least one), targets and all."""
    return lambda split, rng: _moved(split, rng, share, lambda column: column)


def with_noise(size: float, share: float = 0.05) -> Plant:
    """Training rows put in place of test rows, each number off by so many of its standard deviations."""

    def off(split: Split, rng: np.random.Generator) -> Split:
        def change(column: np.ndarray) -> np.ndarray:
            if column.dtype.kind != "f":
                return column
            return column + size * np.nanstd(column) * rng.normal(size=len(column))

        return _moved(split, rng, share, change)

    return off


def one_column_off(split: Split, rng: np.random.Generator) -> Split:
    """Training rows put in place of one test row in twenty, the first column as it was in the test rows."""
    planted = _moved(split, rng, 0.05, lambda column: column)
    first = next(iter(split.test))
    return replace(planted, test=planted.test | {first: split.test[first]})


def _moved(split: Split, rng: np.random.Generator, share: float, change: Callable[..., np.ndarray]) -> Split:
    k = max(1, round(share * len(split.y_test)))
    source = rng.choice(len(split.y_train), k, replace=False)
    y, test = split.y_test.copy(), {}
    y[:k] = split.y_train[source]
    for name, column in split.test.items():
        test[name] = column.copy()
        test[name][:k] = change(split.train[name])[source]
    return replace(split, test=test, y_test=y)


def column(make: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Plant:
    """One more column, made from the targets of all rows."""

    def add(split: Split, rng: np.random.Generator) -> Split:
        made, n = make(np.concatenate([split.y_train, split.y_test]), rng), len(split.y_train)
        return replace(split, train=split.train | {"planted": made[:n]}, test=split.test | {"planted": made[n:]})

    return add


def words(share: float) -> Plant:
    """The target in words, wrong in so many rows."""

    def make(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        told = np.where(rng.random(len(y)) < share, rng.permutation(y), y)
        return np.array([f"is {label}" for label in told], object)

    return column(make)


def other_unit(share: float) -> Plant:
    """A number as a falling straight line of the target, wrong in so many rows."""
    return column(lambda y, rng: 5 - 3 * np.where(rng.random(len(y)) < share, rng.permutation(y), y))


def noisy(auc: float) -> Plant:
    """A number that tells two classes apart with that AUC."""
    from statistics import NormalDist

    apart = 2**0.5 * NormalDist().inv_cdf(auc)
    return column(lambda y, rng: apart * np.unique(y, return_inverse=True)[1] + rng.normal(size=len(y)))


def names(share: float) -> Plant:
    """Words that name rows, so many of which are there before."""

    def make(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        number = rng.permutation(len(y))
        number = np.where(rng.random(len(y)) < share, rng.permutation(number), number)
        return np.array([f"id-{k}" for k in number], object)

    return column(make)


def late(share: float) -> Plant:
    """So many training rows exchanged in time with test rows."""

    def swap(split: Split, rng: np.random.Generator) -> Split:
        before, after = np.arange(len(split.y_train)), len(split.y_train) + np.arange(len(split.y_test))
        k = max(1, round(share * len(after)))
        before[-k:], after[:k] = after[:k].copy(), before[-k:].copy()
        return replace(split, asked={"time": (before, after)})

    return swap


def parted(share: float) -> Plant:
    """So many groups with rows on both sides (at least one)."""

    def part(split: Split, rng: np.random.Generator) -> Split:
        left, right = np.arange(len(split.y_train)) // 5, 10_000 + np.arange(len(split.y_test)) // 5
        k = max(1, round(share * len(np.unique(right))))
        right[::5][:k] = left[::5][:k]
        return replace(split, asked={"groups": (left, right)})

    return part


PLANTS: dict[str, list[tuple[str, Plant, str]]] = {  # check: (strength, plant, "classes" or "number" or "both")
    "PEL-L001": [
        ("1 row", copied(0.0), "both"),
        ("1 % of the test rows", copied(0.01), "both"),
        ("10 % of the test rows", copied(0.1), "both"),
    ],
    "PEL-L002": [
        ("5 % of the rows, noise 0.001", with_noise(0.001), "both"),
        ("5 % of the rows, noise 0.01", with_noise(0.01), "both"),
        ("5 % of the rows, noise 0.1", with_noise(0.1), "both"),
        ("5 % of the rows, one column off", one_column_off, "both"),
    ],
    "PEL-L003": [
        ("names", names(0.0), "both"),
        ("names, 5 % used before", names(0.05), "both"),
        ("names, half used before", names(0.5), "both"),
        ("shuffled row numbers", column(lambda y, rng: rng.permutation(len(y)).astype(float)), "both"),
    ],
    "PEL-L004": [
        ("AUC 0.97", noisy(0.97), "classes"),
        ("AUC 0.995", noisy(0.995), "classes"),
        ("AUC 0.999", noisy(0.999), "classes"),
        ("correlation 0.997", column(lambda y, rng: y + 0.078 * y.std() * rng.normal(size=len(y))), "number"),
    ],
    "PEL-L005": [
        ("no errors", words(0.0), "classes"),
        ("1 % of the rows redrawn", words(0.01), "classes"),
        ("3 % of the rows redrawn", words(0.03), "classes"),
        ("10 % of the rows redrawn", words(0.1), "classes"),
        ("another unit", other_unit(0.0), "number"),
        ("another unit, 1 % redrawn", other_unit(0.01), "number"),
        ("another unit, 5 % redrawn", other_unit(0.05), "number"),
    ],
    "PEL-L006": [("one row", late(0.0), "both"), ("5 % of the rows", late(0.05), "both")],
    "PEL-L007": [("one group", parted(0.0), "both"), ("5 % of the groups", parted(0.05), "both")],
}
GROUNDS: dict[str, tuple[Callable[[np.random.Generator], Split], str]] = {  # where leaks are planted
    "gaussian x 3": (gaussian(1000, 3), "classes"),
    "gaussian x 20": (gaussian(1000, 20), "classes"),
    "mixed": (mixed, "classes"),
    "log-normal": (SYNTHETIC["log-normal, to the cent"], "classes"),
    "number": (gaussian(1000, 5, 0), "number"),
}


def false_alarms(draw: Callable[[np.random.Generator], Split], splits: int, seed: int = FRESH_SEED) -> dict[str, float]:
    """The share of splits in which each check speaks."""
    found = [draw(rng).found() for rng in np.random.default_rng(seed).spawn(splits)]
    return {check: sum(check in ids for ids in found) / splits for check in LEAK_CHECKS}


def detection(check: str, plant: Plant, ground: str, splits: int, seed: int = FRESH_SEED) -> float:
    """The share of splits of a ground in which a check speaks of what was planted."""
    draw = GROUNDS[ground][0]
    found = 0
    for rng in np.random.default_rng(seed).spawn(splits):
        split = plant(draw(rng), rng)
        asked = replace(split, asked=split.asked | {"checks": [check]})
        found += check in asked.found()
    return found / splits


def main() -> None:
    options = argparse.ArgumentParser(description="False alarms and found leaks of each leak check.")
    options.add_argument("--splits", type=int, default=SPLITS, help="splits of each set")
    options.add_argument("--tuning", action="store_true", help="draw the sets the checks were tuned on")
    asked = options.parse_args()
    splits, seed = asked.splits, TUNING_SEED if asked.tuning else FRESH_SEED
    print(f"clean splits, {splits} of each set, seed {seed}: share in which a check speaks, in %")
    print(f"  {'':28}" + "".join(f"{check[4:]:>6}" for check in LEAK_CHECKS))
    shares = {name: _line(name, false_alarms(draw, splits, seed)) for name, draw in SYNTHETIC.items()}
    clean = [share for name, share in shares.items() if name not in TRULY]
    _line("mean but for true alarms", {c: float(np.mean([s[c] for s in clean])) for c in LEAK_CHECKS})
    print("  real sets, split at random")
    for name, x, y in real_sets():
        few = splits if len(y) < 5000 else max(5, splits // 8)
        _line(name, false_alarms(lambda rng, x=x, y=y: dealt(x, y, rng), few, seed))
    print("  true alarms:", *(f"    {name}: {reason}" for name, reason in TRULY.items()), sep="\n")
    print(f"\nplanted leaks, {splits} splits of 1000 rows each: share in which the check speaks, in %")
    print(f"  {'':42}" + "".join(f"{ground:>15}" for ground in GROUNDS))
    for check, plants in PLANTS.items():
        print(f"  {check}: {LEAK_CHECKS[check].title}")
        for strength, plant, suits in plants:
            cells = [
                f"{100 * detection(check, plant, ground, splits, seed):15.0f}"
                if suits in (kind, "both")
                else f"{'-':>15}"
                for ground, (_, kind) in GROUNDS.items()
            ]
            print(f"    {strength:40}" + "".join(cells))


def _line(name: str, shares: dict[str, float]) -> dict[str, float]:
    print(f"  {name:28}" + "".join(f"{100 * share:6.1f}" for share in shares.values()))
    return shares


if __name__ == "__main__":
    main()
