"""Parts of a batch worked on at the same time.

Here: `in_parts`, which cuts a batch and hands its parts to threads, with BLAS held to one thread meanwhile, and
`shared_from`, from which size on; `among_our_threads`, for the products in between.
Elsewhere: the convolutions that are worked on so are in _convolution_kernels.py.
Imports: the standard library, pellucid.ops; threadpoolctl when the first large batch comes.

NumPy lets go of the interpreter while it copies and multiplies, so threads help. BLAS's own threads share out single
products instead, which are small here: they wait for each other at the end of every one, and on a busy machine, where
one of them is not running, each wait takes a time slice (10 times slower was measured at load 3 on 2 cores).
BLAS's threads also go on turning for some 25 ms after a product, in wait of the next, and take a core from ours:
between convolutions (`among_our_threads`) medium products keep to one thread, too; a step of a small network gains an
eighth.
The cuts depend on the batch alone, so a result does not depend on how many threads there are.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import cache
from typing import Any, TypeVar

from pellucid.ops._memory import keep_freed_memory

PARTS = 4  # of a batch; more would even out better, fewer keep the matrices of a part together
WORTH_BYTES = 2 << 20  # of columns; below, a batch is done before threads have started (about 0.1 ms)
MEDIUM = range(1 << 18, 1 << 28)  # multiplications: BLAS itself uses one thread below; above, two pay for the turning

R = TypeVar("R")


def in_parts(n: int, bytes_each: int, work: Callable[[slice], R]) -> list[R]:
    """work(part) for contiguous parts of range(n), in order; at the same time when there is much to do.

    bytes_each: memory that one of the n moves, by which "much" is judged.

    >>> in_parts(3, 8, lambda part: (part.start, part.stop))
    [(0, 3)]
    """
    if n < PARTS or n * bytes_each < WORTH_BYTES:
        return [work(slice(0, n))]
    keep_freed_memory()
    bounds = [n * p // PARTS for p in range(PARTS + 1)]
    parts = [slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
    threads = _threads(os.getpid())
    if threads is None:
        return [work(part) for part in parts]
    with _one_blas_thread():
        return list(threads.map(work, parts))


def shared_from(bytes_each: int) -> int:
    """The least n that `in_parts` hands to threads; sys.maxsize where it has one alone."""
    least = max(PARTS, -(-WORTH_BYTES // bytes_each))
    return least if _threads(os.getpid()) is not None else sys.maxsize


def among_our_threads() -> Any:
    """A context for a product of medium size: BLAS keeps to one thread in it if ours are in use.

    >>> with among_our_threads():
    ...     pass
    """
    return _one_blas_thread() if _threads.cache_info().currsize else nullcontext()


@cache
def _threads(process: int) -> ThreadPoolExecutor | None:
    """The threads of this process (a forked child has none of its parent's), as many as BLAS may use there; None for
    one alone."""
    controller, cores = _controller(), os.cpu_count() or 1
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    if controller is None:
        return None
    libraries = controller.select(user_api="blas").lib_controllers
    allowed = max((library.num_threads for library in libraries), default=cores)
    number = min(PARTS, cores, allowed)  # OMP_NUM_THREADS=1, as joblib sets it in its workers, means one here, too
    return ThreadPoolExecutor(number, "pellucid") if number > 1 else None


@cache
def _controller() -> Any:
    """What can hold BLAS to one thread; None where threadpoolctl is not installed, and then BLAS uses its own."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


def _one_blas_thread() -> Any:
    controller = _controller()
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")
