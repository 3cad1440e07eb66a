"""Timing of several ways to do the same thing, side by side in one run.

Here: `alternating`, which times them in turn, and `table`, which prints medians and ratios.
A machine's speed drifts over seconds; taking turns in short blocks lets the drift fall on all of them alike.
"""

import gc
import platform
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter

ROUNDS = 15  # blocks a contestant; the median of 15 withstands 7 disturbed ones
BLOCK_SECONDS = 0.03  # long against the clock's resolution, short against the drift


def alternating(
    ways: Mapping[str, Callable[[], object]], rounds: int = ROUNDS, block: float = BLOCK_SECONDS
) -> dict[str, list[float]]:
    """Seconds a call for each way, one number a round; in every round each way runs for one block.

    The calls of a block are counted beforehand, so that every block of a way has equally many.
    """
    calls = {name: _calls_in(way, block) for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, way in ways.items():
                seconds[name].append(_block(way, calls[name]) / calls[name])
    finally:
        gc.enable()
    return seconds


def _block(way: Callable[[], object], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        way()
    return perf_counter() - start


def _calls_in(way: Callable[[], object], block: float) -> int:
    """How many calls fill a block; calling it warms up caches, compilers and allocators."""
    calls = 1
    way()
    while (spent := _block(way, calls)) < block / 4:
        calls *= 2
    return max(1, round(calls * block / spent))


def table(title: str, seconds: Mapping[str, Sequence[float]], ours: str) -> str:
    """Median a call of each way, the spread of its middle half, and its ratio to `ours` (above 1: ours is faster).

    A ratio is the median of the ratios of blocks that ran one after another.
    """
    width = max(map(len, seconds))
    lines = [title]
    for name, times in seconds.items():
        ordered = sorted(times)
        low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
        ratio = median(theirs / own for theirs, own in zip(times, seconds[ours], strict=True))
        lines.append(
            f"  {name:<{width}}  {_shown(median(times)):>10}  ({_shown(low)} to {_shown(high)})  {ratio:6.2f}x"
        )
    return "\n".join(lines)


def _shown(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def machine() -> str:
    """Python, system and processor, for the head of a table."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
