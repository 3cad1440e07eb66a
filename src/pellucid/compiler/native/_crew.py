"""Threads that run a function together: how they are called, how they wait for each other.

Here: `Crew`, and `crew`, that of this process; `emit_barrier`, which programs contain.
Elsewhere: what the threads run is made in _driver.py.
Imports: the standard library, numpy, llvmlite, pellucid.ops, pellucid.compiler.native.

A thread that has done its part looks out for the next for a while, in machine code and without Python's lock, before it
goes to sleep in Python: between the calls of a loop it is there in less than a microsecond, where waking it takes 50.
Each thread has a box: its state, and on another line of the cache what it is to run.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, final

import llvmlite.ir as ir
import numpy as np

from pellucid.compiler.native._cache import keep, kept, key_for
from pellucid.compiler.native._machine import (
    I1,
    I32,
    I64,
    POINTER,
    Assembled,
    Code,
    function,
    new_module,
    object_code,
)
from pellucid.ops._memory import zeros_on_line

LOOKS = 2000  # at a word that another thread will change, before the processor is offered to others
PATIENCE = 1000  # times that it is offered before a thread goes to sleep: about 1 ms; calls of a loop come every 0.1 ms
WAKING = 20000  # times that it is offered before a thread that was woken is woken again

ASLEEP, READY, TAKEN, BUSY = range(4)  # states of a thread; TAKEN: it is ready, and will be given something
NOT_THERE = -1  # what `run` gives when some are asleep
_BOX, _WORK = 16, 8  # words of a box; where function, job and number of the thread are in it
_RUN = ir.PointerType(ir.FunctionType(I64, [POINTER, I64]))


def emit_barrier(module: Any) -> None:
    """barrier(state, threads): wait until all threads are here.  state: how many came, and how often all did."""
    made, b = function(module, "barrier", [POINTER, I64])
    made.attributes.add("noinline")
    state, threads = made.args
    times = b.place(state, 8, I64)  # on another line of the cache
    with b.if_then(b.icmp_signed("<=", threads, I64(1))):
        b.ret_void()
    before = b.load_atomic(times, "acquire", 8, typ=I64)
    came = b.atomic_rmw("add", state, I64(1), "acq_rel")
    last = b.icmp_signed("==", came, b.sub(threads, I64(1)))
    with b.if_else(last) as (then, otherwise):
        with then:
            b.atomic_rmw("xchg", state, I64(0), "release")
            b.atomic_rmw("xchg", times, b.add(before, I64(1)), "release")
        with otherwise:
            _wait(b, lambda: b.icmp_signed("!=", b.load_atomic(times, "acquire", 8, typ=I64), before))
    b.ret_void()


def _wait(b: Code, there: Callable[[], Any], patience: Any = None) -> Any:
    """Look until `there`; with `patience`, at most that often LOOKS times.  Whether it was there."""
    entered, head, offer, end = (b.basic_block, *map(b.append_basic_block, ("look", "offer", "looked")))
    b.branch(head)
    b.position_at_end(head)
    looks, offers = b.phi(I64), b.phi(I64)
    for phi in (looks, offers):
        phi.add_incoming(I64(0), entered)
    found, following = there(), b.add(looks, I64(1))
    looked = b.basic_block
    again = b.append_basic_block("again")
    b.cbranch(found, end, again)
    b.position_at_end(again)
    looks.add_incoming(following, again)
    offers.add_incoming(offers, again)
    b.cbranch(b.icmp_signed("<", following, I64(LOOKS)), head, offer)
    b.position_at_end(offer)
    b.intrinsic("sched_yield", I32)
    offered = b.add(offers, I64(1))
    looks.add_incoming(I64(0), offer)
    offers.add_incoming(offered, offer)
    if patience is None:
        b.branch(head)
    else:
        b.cbranch(b.icmp_signed("<", offered, patience), head, end)
    b.position_at_end(end)
    answer = b.phi(I1)
    answer.add_incoming(I1(1), looked)
    if patience is not None:
        answer.add_incoming(I1(0), offer)
    return answer


def _emit_serve(module: Any) -> None:
    """serve(box): run what is put into the box, until nothing has come for a while."""
    made, b = function(module, "serve", [POINTER])
    (box,) = made.args
    b.atomic_rmw("xchg", box, I64(READY), "release")
    ready = b.append_basic_block("ready")
    b.branch(ready)
    b.position_at_end(ready)
    busy = _wait(b, lambda: b.icmp_signed("==", _state(b, box), I64(BUSY)), I64(PATIENCE))
    with b.if_then(busy):
        run, job, thread = (b.load(b.place(box, _WORK + i, I64), typ=I64) for i in range(3))
        b.call(b.inttoptr(run, _RUN), [b.inttoptr(job, POINTER), thread])
        b.atomic_rmw("xchg", box, I64(READY), "release")
        b.branch(ready)
    with b.if_then(_turned(b, box, READY, ASLEEP)):
        b.ret_void()
    b.branch(ready)


def _emit_run(module: Any) -> None:
    """run(boxes, n, patience, function, job): the function, by this thread as number 0 and by n others.

    Gives what thread 0 got; NOT_THERE, and nothing was run, when a thread slept for as long as the patience.
    """
    made, b = function(module, "run", [POINTER, I64, I64, I64, POINTER], I64)
    boxes, n, patience, run, job = made.args

    def box(i: Any) -> Any:
        return b.place(boxes, b.mul(i, I64(_BOX)), I64)

    def take(i: Any) -> None:
        _wait(b, lambda: b.icmp_signed("==", _state(b, box(i)), I64(READY)), patience)
        with b.if_then(b.not_(_turned(b, box(i), READY, TAKEN)), likely=False):
            with b.if_then(b.icmp_signed(">", i, I64(0))):
                b.loop(i, lambda j: b.atomic_rmw("xchg", box(j), I64(READY), "release"))
            b.ret(I64(NOT_THERE))

    def give(i: Any) -> None:
        for j, x in enumerate((run, b.ptrtoint(job, I64), b.add(i, I64(1)))):
            b.store(x, b.place(box(i), _WORK + j, I64))
        b.atomic_rmw("xchg", box(i), I64(BUSY), "release")

    b.loop(n, take)
    b.loop(n, give)
    status = b.call(b.inttoptr(run, _RUN), [job, I64(0)])
    b.loop(n, lambda i: _wait(b, lambda: b.icmp_signed("!=", _state(b, box(i)), I64(BUSY))))
    b.ret(status)


def _state(b: Code, box: Any) -> Any:
    return b.load_atomic(box, "acquire", 8, typ=I64)


def _turned(b: Code, box: Any, old: int, new: int) -> Any:
    """Whether the state was `old`, and is `new` now."""
    return b.extract_value(b.cmpxchg(box, I64(old), I64(new), "acq_rel", "acquire"), 1)


def _object_code() -> bytes:
    """The code of `serve` and `run`, from the cache or made now."""
    key = key_for(b"crew")
    code = kept(key)
    if code is None:
        module = new_module()
        _emit_serve(module)
        _emit_run(module)
        code = object_code(module)
        keep(key, code)
    return code


@final
class Crew:
    """Threads beside the calling one, that run what it runs."""

    def __init__(self, others: int) -> None:
        self._code = Assembled(_object_code())
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p, *[ctypes.c_int64] * 3, ctypes.c_void_p])
        self._run = kind(self._code.address("run"))
        self._serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self._code.address("serve"))
        self._boxes = zeros_on_line((others * 8 * _BOX,), np.uint8)
        self._at = self._boxes.ctypes.data
        self._states = self._boxes.view(np.int64)[::_BOX]
        self._bells: list[SimpleQueue[None]] = [SimpleQueue() for _ in range(others)]
        self._lock = Lock()  # two callers that have a part of the threads each would wait for ever
        for i in range(others):
            Thread(target=self._attend, args=(i,), name=f"pellucid-native-{i + 1}", daemon=True).start()

    def _attend(self, i: int) -> None:
        """The life of a thread."""
        box = self._at + i * 8 * _BOX
        while True:
            self._bells[i].get()
            self._serve(box)

    def run(self, function: int, job: int, others: int) -> int:
        """function(job, thread) by threads 0 ... others at the same time; what thread 0 got, which is not negative.

        An interrupt comes before or after, and leaves no thread waiting for one that does not come.
        """
        with self._lock:
            patience = 1
            while (status := self._run(self._at, others, patience, function, job)) == NOT_THERE:
                for bell, state in zip(self._bells[:others], self._states, strict=False):
                    if state == ASLEEP:
                        bell.put(None)
                patience = WAKING
        return int(status)


@cache
def crew(process: int, others: int) -> Crew:
    """The threads of a process; a forked one has its own."""
    return Crew(others)
