"""What every test may ask for."""

from pathlib import Path

import pytest

_SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets that stands beside the checkout; tests that need it skip where it is absent."""
    if not _SHARED_DATA.is_dir():
        pytest.skip(f"real data sets are not at {_SHARED_DATA}")
    return _SHARED_DATA
