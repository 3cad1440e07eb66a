"""Freed memory is kept where glibc decides about it, and nowhere else; what the user has set stays."""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from pellucid.ops._memory import LINE, empty_on_line, zeros_on_line

GLIBC = platform.libc_ver()[0] == "glibc"
SCRIPT = """
import resource
import numpy as np
from pellucid.ops._memory import keep_freed_memory
print(keep_freed_memory())
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        a, b = np.ones(1 << 18), np.ones(1 << 18)
        del a, b
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


def told(**variables: str) -> tuple[bool, int]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    out = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**clean, **variables}, capture_output=True, text=True, check=True
    ).stdout.split()
    return out[0] == "True", int(out[1])


@pytest.mark.skipif(not GLIBC, reason="glibc's allocator")
def test_arrays_let_go_are_used_again_without_page_faults() -> None:
    kept, faults = told()
    assert kept and faults < 1000  # 2 MiB twice: 1024 pages each of the 100 times if the memory went back


@pytest.mark.skipif(not GLIBC, reason="glibc's allocator")
@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES"])
def test_what_the_user_set_stays(name: str) -> None:
    value = "glibc.malloc.trim_threshold=131072" if name == "GLIBC_TUNABLES" else "131072"
    assert not told(**{name: value})[0]


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.ops import _memory

    monkeypatch.setattr(_memory.platform, "libc_ver", lambda: ("", ""))
    assert not _memory.keep_freed_memory.__wrapped__()


@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (784, 128)])
def test_arrays_begin_at_a_line_and_are_like_any_other(shape: tuple[int, ...]) -> None:
    for dtype in (np.float32, np.float64, np.uint8, bool):
        array, zeros = empty_on_line(shape, dtype), zeros_on_line(shape, dtype)
        assert zeros.shape == shape and not zeros.any() and (zeros.ctypes.data % LINE == 0 or not zeros.size)
        array[...] = 1
        assert array.shape == shape and array.dtype == dtype and (array == 1).all()
        assert array.ctypes.data % LINE == 0 or not array.size
        assert array.flags.carray
