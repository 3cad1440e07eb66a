"""Files of other formats are known by their first bytes; each is written here by the library it belongs to."""

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from pellucid.errors import ModelFileError
from pellucid.persistence._file import load
from pellucid.persistence._foreign import recognise


def _zip() -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr("data.pkl", b"x")
    return buffer.getvalue()


def _npy() -> bytes:
    np.save(buffer := io.BytesIO(), np.eye(2))
    return buffer.getvalue()


_FILES = {
    "ZIP": _zip(),
    "pickle": pickle.dumps({"a": 1}, protocol=4),
    "pickle, which": pickle.dumps([1], protocol=2),
    r"NumPy array \(.npy\)": _npy(),
    "gzip": gzip.compress(b"x"),
    "bzip2": bz2.compress(b"x"),
    "xz": lzma.compress(b"x"),
    "data, as joblib": zlib.compress(b"x"),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(8),  # its specification, section II.A
    "ONNX": b"\x08\x07\x12\x07pytorch\x1a\x05" + bytes(8),  # ModelProto: ir_version 7, producer_name "pytorch"
    "Parquet": b"PAR1\x15\x04",
    "GGUF": b"GGUF\x03\x00\x00\x00",
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "web page": b"<!DOCTYPE html><html></html>",
    "text file, perhaps a table": "naïve,income\n1,2\n".encode(),
}


@pytest.mark.parametrize("name", sorted(_FILES))
def test_a_foreign_file_is_named_in_the_message_and_not_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.pellucid"
    path.write_bytes(_FILES[name])
    with pytest.raises(ModelFileError, match=f"load: .*model.pellucid: it is .*{name}"):
        load(path)


def test_a_database_is_named(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "runs.db") as database:
        database.execute("create table runs (loss real)")
    database.close()
    with pytest.raises(ModelFileError, match="an SQLite database"):
        load(tmp_path / "runs.db")


def test_bytes_like_nothing_known_have_no_name() -> None:
    assert recognise(b"") is None
    assert recognise(bytes(range(200, 250))) is None
