"""What every test of the layer may ask for."""

import pytest


@pytest.fixture
def write(tmp_path):
    """A function that writes bytes or text under a name and gives the path."""

    def writer(name: str, content: bytes | str):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / name

    return writer
