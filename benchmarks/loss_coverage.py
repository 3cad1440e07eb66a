"""Intervals of a mean loss from few rows, some of them heavy: how often they hold the truth, and how wide they are.

    python benchmarks/loss_coverage.py                        2000 sets a case, 20, 30, 60 and 100 rows; two minutes
    python benchmarks/loss_coverage.py --sets 200 --rows 50   other numbers
    python benchmarks/loss_coverage.py --only log             cases whose name holds that word

Ways that are compared, all for 95 %:
    pellucid     interval(...) as it is
    logarithm    as it was before: both limits on the logarithmic scale, deviations by leaving rows out on that scale
    Hall         Hall's transformation of Student's t for a mean, its lower limit cut off at 0
    Student      mean -+ t se, its lower limit cut off at 0
    gamma        Fay and Feuer, Statistics in Medicine 16, 1997: a gamma variable with the mean and variance seen, with
                 room above for one more row as heavy as the heaviest
    likelihood   Owen's empirical likelihood, 1988, with Student's quantile squared
    BCa          interval(..., method="bca"), of a tenth of the sets

A cell shows the share of sets whose interval held the truth (and the shares of which it lay below and above), the
median width in units of the truth, and the share of sets whose upper limit is above the greatest loss seen, which a
mean of such losses can hardly be. Sets without any loss are drawn again.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import expit, stdtrit
from scipy.stats import chi2, norm

from pellucid.metrics import interval

Limits = tuple[np.ndarray, np.ndarray]
PLACES = np.linspace(-12, 12, 200_001)  # standard normal scores; the quadrature's error is below 1e-8
WEIGHT = norm.pdf(PLACES) * (PLACES[1] - PLACES[0])
NOTHING = 1e-3  # a set whose greatest loss is below says nothing of the others


class Case(NamedTuple):
    """A distribution of losses with its mean; the losses (S, N) of S sets are drawn at once."""

    name: str
    truth: float
    draw: Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def log_losses(spread: float, boast: float = 1.0) -> Case:
    """Of a classifier whose scores are normal with this spread; it says its logits `boast` times too large."""
    p = expit(spread * PLACES)
    told = np.logaddexp(0, -boast * spread * PLACES), np.logaddexp(0, boast * spread * PLACES)
    errs = float(np.minimum(p, 1 - p) @ WEIGHT)

    def draw(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
        score = spread * rng.normal(size=size)
        right = np.where(rng.random(size) < expit(score), 1, -1)
        return np.logaddexp(0, -boast * score * right)

    name = f"log loss, errs in {errs:.0%}" + (f", boasts {boast:g} times" if boast != 1 else "")
    return Case(name, float((p * told[0] + (1 - p) * told[1]) @ WEIGHT), draw)


def outliers(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    return rng.normal(size=size) * np.where(rng.random(size) < 0.05, 5.0, 1.0)


def cases() -> Iterator[Case]:
    """From losses that are alike to losses that hardly ever are any."""
    yield Case("absolute error, normal", float(np.sqrt(2 / np.pi)), lambda rng, size: np.abs(rng.normal(size=size)))
    yield Case("squared error, normal", 1.0, lambda rng, size: rng.normal(size=size) ** 2)
    yield Case("squared error, t(5)", 5 / 3, lambda rng, size: rng.standard_t(5, size=size) ** 2)
    yield Case("squared error, 5 % outliers of 5 sd", 0.95 + 1.25, lambda rng, size: outliers(rng, size) ** 2)
    yield Case("loss lognormal(1)", float(np.exp(0.5)), lambda rng, size: np.exp(rng.normal(size=size)))
    yield log_losses(1.5)
    yield log_losses(4.0)
    yield log_losses(8.0)
    yield log_losses(8.0, boast=2.0)
    for share in (0.1, 1 / 30):
        yield Case(
            f"loss 1 of {share:.1%} of rows, else 1e-6",
            1e-6 + share,
            lambda rng, size, share=share: 1e-6 + (rng.random(size) < share),
        )


def pellucid(loss: np.ndarray, method: str = "auto") -> Limits:
    """Of a mean absolute error, which these losses could be."""
    found = [interval("mean_absolute_error", np.zeros(len(row)), row, method=method) for row in loss]
    return np.array([one.low for one in found]), np.array([one.high for one in found])


def hall(deviation: np.ndarray) -> Limits:
    """Student's quantile and its negative, bent by the skewness and times the standard error.   (S, N) -> (S,), (S,)"""
    n = deviation.shape[1]
    second, third, fourth = ((deviation**k).sum(axis=1) for k in (2, 3, 4))
    degrees = np.maximum(np.minimum(n - 1, 2 * n / (n * fourth / second**2 - 1)), 2)
    t, g = stdtrit(degrees, 0.975), third / second**1.5
    g = np.where(np.abs(g) < 1e-6, 1e-6, g)
    bent = [3 / g * (np.cbrt(1 + g * (side * t - g / 6)) - 1) for side in (1, -1)]
    error = np.sqrt(second * n / (n - 1))
    return error * bent[0], error * bent[1]


def logarithm(loss: np.ndarray) -> Limits:
    n, total = loss.shape[1], loss.sum(axis=1, keepdims=True)
    without = np.log((total - loss) / (n - 1))
    down, up = hall((without.mean(axis=1, keepdims=True) - without) * (n - 1) / n)
    with np.errstate(over="ignore"):
        return loss.mean(axis=1) * np.exp(-down), loss.mean(axis=1) * np.exp(-up)


def hall_plain(loss: np.ndarray) -> Limits:
    mean = loss.mean(axis=1)
    down, up = hall((loss - mean[:, None]) / loss.shape[1])
    return np.maximum(mean - down, 0), mean - up


def student(loss: np.ndarray) -> Limits:
    n, mean = loss.shape[1], loss.mean(axis=1)
    reach = stdtrit(n - 1, 0.975) * loss.std(axis=1, ddof=1) / np.sqrt(n)
    return np.maximum(mean - reach, 0), mean + reach


def gamma(loss: np.ndarray) -> Limits:
    n, mean = loss.shape[1], loss.mean(axis=1)
    variance, one = loss.var(axis=1, ddof=1) / n, loss.max(axis=1) / n
    low = variance / (2 * mean) * chi2.ppf(0.025, 2 * mean**2 / variance)
    more, wider = mean + one, variance + one**2
    return low, wider / (2 * more) * chi2.ppf(0.975, 2 * more**2 / wider)


def likelihood(loss: np.ndarray) -> Limits:
    cut = stdtrit(loss.shape[1] - 1, 0.975) ** 2

    def ratio(mean: np.ndarray) -> np.ndarray:
        """-2 log of the likelihood ratio of this mean; its multiplier is found by bisection."""
        gap = loss - mean[:, None]
        low, high = -1 / gap.max(axis=1), -1 / gap.min(axis=1)
        for _ in range(50):
            middle = (low + high) / 2
            slope = (gap / (1 + middle[:, None] * gap)).sum(axis=1)
            low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
        return 2 * np.log(np.maximum(1 + middle[:, None] * gap, 1e-300)).sum(axis=1)

    ends = []
    for outermost in (loss.min(axis=1), loss.max(axis=1)):
        inside, outside = loss.mean(axis=1), outermost
        for _ in range(40):
            middle = (inside + outside) / 2
            holds = ratio(middle) < cut
            inside, outside = np.where(holds, middle, inside), np.where(holds, outside, middle)
        ends.append(inside)
    return ends[0], ends[1]


WAYS: dict[str, Callable[[np.ndarray], Limits]] = {
    "pellucid": pellucid,
    "logarithm": logarithm,
    "Hall": hall_plain,
    "Student": student,
    "gamma": gamma,
    "likelihood": likelihood,
    "BCa": partial(pellucid, method="bca"),
}


def drawn(case: Case, n: int, sets: int, seed: int = 0) -> np.ndarray:
    """Losses of `sets` sets of n rows, none of them without any loss."""
    rng, kept = np.random.default_rng([seed, n]), np.empty((0, n))
    while len(kept) < sets:
        loss = case.draw(rng, (sets, n))
        kept = np.concatenate([kept, loss[loss.max(axis=1) > NOTHING]])
    return kept[:sets]


def cell(loss: np.ndarray, limits: Limits, truth: float) -> str:
    low, high = limits
    below, above, beyond = np.mean(truth < low), np.mean(truth > high), np.mean(high > loss.max(axis=1))
    width = np.median(high - low) / truth
    return f"{1 - below - above:.1%} ({below:.1%} / {above:.1%}), {width:.3g}, {beyond:.0%}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sets", type=int, default=2000)
    options.add_argument("--rows", type=int, nargs="+", default=[20, 30, 60, 100])
    options.add_argument("--only", default="", help="cases whose name holds this")
    given = options.parse_args()
    start = time.perf_counter()
    print(f"held (truth below / above), width, above all seen\n\n| case | rows | {' | '.join(WAYS)} |")
    print(f"| --- | --- |{' --- |' * len(WAYS)}")
    for case in cases():
        if given.only in case.name:
            for n in given.rows:
                loss = drawn(case, n, given.sets)
                sets = {name: loss[: given.sets // 10] if name == "BCa" else loss for name in WAYS}
                cells = [cell(some, WAYS[name](some), case.truth) for name, some in sets.items()]
                print(f"| {case.name} | {n} | {' | '.join(cells)} |", flush=True)
    print(f"\n{given.sets} sets a number, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
