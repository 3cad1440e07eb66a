"""Threads run a function together, again and again, from several callers, after sleep, and in a forked process."""

import ctypes
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from pellucid.compiler.native._crew import ASLEEP, READY, Crew, crew, emit_barrier
from pellucid.compiler.native._machine import I64, POINTER, Assembled, function, new_module, object_code

ROUNDS = 200


@pytest.fixture(scope="module")
def meeting() -> Assembled:
    """meet(job, thread): job is barrier (16 words), threads, then a count for each thread.

    Each adds 1 to its own count, and after a barrier takes the sum of all into the place behind them.
    """
    module = new_module()
    emit_barrier(module)
    made, b = function(module, "meet", [POINTER, I64], I64)
    job, thread = made.args
    threads = b.load(b.place(job, 16, I64), typ=I64)
    own = b.place(job, b.add(thread, I64(17)), I64)
    b.store(b.add(b.load(own, typ=I64), I64(1)), own)
    b.call(module.globals["barrier"], [job, threads])
    total = b.alloca(I64)
    b.store(I64(0), total)
    b.loop(
        threads,
        lambda i: b.store(b.add(b.load(total, typ=I64), b.load(b.place(job, b.add(i, I64(17)), I64), typ=I64)), total),
    )
    b.call(module.globals["barrier"], [job, threads])
    b.ret(b.load(total, typ=I64))
    return Assembled(object_code(module))


def job(threads: int) -> Any:
    made = np.zeros(32, np.int64)
    made[16] = threads
    return made


@pytest.mark.parametrize("others", [1, 2, 5])
def test_all_threads_run_it_each_time(meeting: Assembled, others: int) -> None:
    own, given = Crew(others), job(others + 1)
    for i in range(ROUNDS):
        found = own.run(meeting.address("meet"), given.ctypes.data, others)
        assert found == (i + 1) * (others + 1)
    assert given[17 : 18 + others].tolist() == [ROUNDS] * (others + 1)


def test_a_thread_that_slept_is_woken(meeting: Assembled) -> None:
    own, given = Crew(2), job(3)
    for i in range(3):
        assert own.run(meeting.address("meet"), given.ctypes.data, 2) == 3 * (i + 1)
        deadline = time.monotonic() + 30
        while own._states[:2].tolist() != [ASLEEP, ASLEEP]:  # they wait for the next, and then they sleep
            assert time.monotonic() < deadline and set(own._states[:2]) <= {ASLEEP, READY}
            time.sleep(0.001)


def test_callers_on_several_threads_take_turns(meeting: Assembled) -> None:
    own = Crew(2)

    def call(_: int) -> list[int]:
        given = job(3)
        return [own.run(meeting.address("meet"), given.ctypes.data, 2) for _ in range(ROUNDS)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(call, range(4))) == [[3 * (i + 1) for i in range(ROUNDS)]] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(meeting: Assembled) -> None:
    given = job(2)
    assert crew(os.getpid(), 1).run(meeting.address("meet"), given.ctypes.data, 1) == 2
    child = os.fork()
    if child == 0:
        right = crew(os.getpid(), 1).run(meeting.address("meet"), given.ctypes.data, 1) == 4
        os._exit(0 if right else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_process_ends_while_its_threads_look_out_for_more() -> None:
    import subprocess

    code = (
        "import numpy as np, pellucid\n"
        "from pellucid.compiler.native._engine import NativeEngine\n"
        "f = pellucid.compile(lambda x: (x @ x).sum(), engine=NativeEngine(3))\n"
        "x = pellucid.Tensor(np.eye(64, dtype=np.float32))\n"
        "print(float(f(x)), float(f(x)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "64.0 64.0\n", "")


def test_the_boxes_lie_apart() -> None:
    own = Crew(3)
    assert np.diff([own._states[i : i + 1].ctypes.data for i in range(3)]).tolist() == [128, 128]
    assert ctypes.sizeof(ctypes.c_int64) * len(own._boxes.view(np.int64)) == 3 * 128
