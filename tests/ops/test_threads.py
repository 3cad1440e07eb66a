"""A batch in parts: all of it, in order, the same result whatever the number of threads."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pellucid.ops import OPS
from pellucid.ops._threads import PARTS, WORTH_BYTES, in_parts, shared_from

ATTRS = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}


@pytest.mark.parametrize("n", [PARTS, PARTS + 1, 64, 97])
def test_the_parts_of_a_large_batch_cover_it_once_and_in_order(n: int) -> None:
    parts = in_parts(n, WORTH_BYTES, lambda part: np.arange(n)[part])
    assert len(parts) == PARTS
    assert np.concatenate(parts).tolist() == list(range(n))


def test_a_small_batch_stays_in_one_piece() -> None:
    assert in_parts(1000, 8, lambda part: part) == [slice(0, 1000)]
    assert in_parts(0, WORTH_BYTES, lambda part: part) == [slice(0, 0)]


def test_the_size_from_which_threads_share_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(2) as threads:
        monkeypatch.setattr("pellucid.ops._threads._threads", lambda process: threads)
        for bytes_each in (1, 3, 1000, WORTH_BYTES):
            least = shared_from(bytes_each)
            assert len(in_parts(least, bytes_each, lambda part: part)) == PARTS
            assert len(in_parts(least - 1, bytes_each, lambda part: part)) == 1
    monkeypatch.setattr("pellucid.ops._threads._threads", lambda process: None)
    assert shared_from(WORTH_BYTES) == sys.maxsize


def test_an_error_in_one_part_reaches_the_caller() -> None:
    def fail(part: slice) -> None:
        raise ValueError(f"part {part.start}")

    with pytest.raises(ValueError, match="part 0"):
        in_parts(64, WORTH_BYTES, fail)


def test_parts_in_threads_are_those_of_one_call_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 8, 28, 28)).astype(np.float32)
    w = rng.normal(size=(16, 8, 3, 3)).astype(np.float32)
    whole = OPS["conv"].run(x, w, **ATTRS)
    alone = np.concatenate([OPS["conv"].run(x[i : i + 1], w, **ATTRS) for i in range(len(x))])
    np.testing.assert_array_equal(whole, alone)
    d = rng.normal(size=whole.shape).astype(np.float32)
    weight = OPS["conv_weight"].run(x, d, size=(3, 3), **ATTRS)
    np.testing.assert_array_equal(weight, OPS["conv_weight"].run(x, d, size=(3, 3), **ATTRS))
    np.testing.assert_allclose(weight, OPS["conv_weight"].forward(x, d, size=(3, 3), **ATTRS), rtol=1e-4, atol=1e-3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_gets_threads_of_its_own() -> None:
    program = """
import os, numpy as np
from pellucid.ops._threads import WORTH_BYTES, in_parts
work = lambda part: part.stop
assert in_parts(8, WORTH_BYTES, work) == [2, 4, 6, 8]
child = os.fork()
if child == 0:
    os._exit(0 if in_parts(8, WORTH_BYTES, work) == [2, 4, 6, 8] else 1)
raise SystemExit(os.waitpid(child, 0)[1])
"""
    flags = ["-W", "ignore::DeprecationWarning"]  # Python 3.12 warns of forking beside threads, which is the point here
    assert subprocess.run([sys.executable, *flags, "-c", program], timeout=60).returncode == 0
