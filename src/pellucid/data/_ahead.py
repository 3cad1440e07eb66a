"""Threads that work ahead of who uses the results.

Here: `read_ahead`.
Elsewhere: the loader, which walks over its results, is in `_loader.py`; folders of images are checked in `_folder.py`.
Imports: nothing but the standard library.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def read_ahead(
    ask: Callable[[Question], Answer], questions: Iterable[Question], workers: int, ahead: int
) -> Generator[Answer, None, None]:
    """ask(question) for each question, in their order, up to `ahead` of them asked by `workers` threads in advance.

    Without workers each is asked when its answer is wanted.  What a question raises is raised where its answer would
    have come, after all answers before it.  Closing the generator waits for the questions in hand, drops the others and
    leaves no thread behind.

    >>> list(read_ahead(abs, [-1, 2, -3], workers=2, ahead=4))
    [1, 2, 3]
    """
    if workers == 0:
        yield from map(ask, questions)
        return
    todo = iter(questions)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="pellucid-ahead")
    try:
        waiting: deque[Future[Answer]] = deque(pool.submit(ask, question) for question in islice(todo, ahead))
        while waiting:
            answer = waiting.popleft().result()
            waiting.extend(pool.submit(ask, question) for question in islice(todo, 1))
            yield answer
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
