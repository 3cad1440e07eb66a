"""What every test may ask for; and one BLAS thread, since tests run side by side (pytest -n auto)."""

import os
import signal
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it to what it starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

_SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets that stands beside the checkout; tests that need it skip where it is absent."""
    if not _SHARED_DATA.is_dir():
        pytest.skip(f"real data sets are not at {_SHARED_DATA}")
    return _SHARED_DATA
