"""The downloaded sets: right arrays from right files; where real files are at hand, against the published SHA-256."""

import gzip
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pellucid.data import as_table
from pellucid.datasets import REMOTES, fetch_adult, fetch_fashion_mnist, fetch_mnist, fetch_titanic
from pellucid.errors import DownloadError, ParameterError


def offer(site, monkeypatch, key: str, content: bytes) -> None:
    """Serve `content` in place of the remote file `key`, with its own hash in the table."""
    site.pages[f"/{key}"] = content
    monkeypatch.setitem(REMOTES, key, site.remote(f"/{key}", content=content))


def redirect(site, monkeypatch, key: str, content: bytes) -> None:
    """Serve `content` for the remote file `key` under the published size and hash."""
    site.pages[f"/{key}"] = content
    monkeypatch.setitem(REMOTES, key, replace(REMOTES[key], urls=(f"{site.address}/{key}",)))


def idx(array: np.ndarray) -> bytes:
    return gzip.compress(struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes())


@pytest.mark.parametrize(("fetch", "folder"), [(fetch_mnist, "mnist"), (fetch_fashion_mnist, "fashion_mnist")])
def test_idx_files_become_pictures_and_labels(site, monkeypatch, tmp_path, fetch, folder):
    rng = np.random.default_rng(0)
    for stem, n in (("train", 6), ("t10k", 4)):
        x, y = rng.integers(256, size=(n, 3, 5), dtype=np.uint8), np.arange(n, dtype=np.uint8)
        offer(site, monkeypatch, f"{folder}/{stem}-images-idx3-ubyte.gz", idx(x))
        offer(site, monkeypatch, f"{folder}/{stem}-labels-idx1-ubyte.gz", idx(y))
        bunch = fetch({"train": "train", "t10k": "test"}[stem], data_home=tmp_path)
        np.testing.assert_array_equal(bunch.images, x)
        np.testing.assert_array_equal(bunch.data, x.reshape(n, 15))
        np.testing.assert_array_equal(bunch.target, y)
        assert bunch.target.dtype == np.int64
        assert len(bunch.target_names) == 10
        assert "Citation: " in bunch.description
        assert "Licence: " in bunch.description


def test_the_second_fetch_needs_no_network(site, monkeypatch, tmp_path):
    offer(site, monkeypatch, "mnist/train-images-idx3-ubyte.gz", idx(np.zeros((2, 3, 3), np.uint8)))
    offer(site, monkeypatch, "mnist/train-labels-idx1-ubyte.gz", idx(np.zeros(2, np.uint8)))
    monkeypatch.setenv("PELLUCID_CACHE", str(tmp_path))
    x, y = fetch_mnist(return_X_y=True)
    assert (x.shape, y.shape, len(site.asked)) == ((2, 9), (2,), 2)
    fetch_mnist()
    assert len(site.asked) == 2


def test_titanic_matches_the_published_hash_and_reads_as_a_table(site, monkeypatch, tmp_path, shared_data: Path):
    redirect(site, monkeypatch, "titanic/titanic.csv", (shared_data / "titanic.csv").read_bytes())
    bunch = fetch_titanic(data_home=tmp_path)
    assert bunch.data.shape == (891, 14)
    assert np.bincount(bunch.target).tolist() == [549, 342]
    age = bunch.data[:, bunch.feature_names.index("age")]
    assert sum(np.isnan(value) for value in age) == 177
    table = as_table(bunch.columns())
    assert table.kinds["age"] == "number"
    assert table.kinds["deck"] == "category"
    assert table.kinds["alone"] == "boolean"
    assert table.columns[-1] == "survived"


def upstream_adult(path: Path, subset: str) -> bytes:
    """The bytes UCI publishes, rebuilt from the same rows: spaces after commas, no header, full stops in the test."""
    _, *rows = path.read_text().splitlines()
    stop = "." if subset == "test" else ""
    head = "|1x3 Cross validator\n" if subset == "test" else ""
    return (head + "".join(f"{row.replace(',', ', ')}{stop}\n" for row in rows) + "\n").encode()


@pytest.mark.parametrize(
    ("subset", "key", "rows", "rich"),
    [("train", "adult/adult.data", 32561, 7841), ("test", "adult/adult.test", 16281, 3846)],
)
def test_adult_matches_the_published_hash_and_its_counts(
    site, monkeypatch, tmp_path, shared_data: Path, subset, key, rows, rich
):
    redirect(site, monkeypatch, key, upstream_adult(shared_data / f"adult_{subset}.csv", subset))
    bunch = fetch_adult(subset, data_home=tmp_path)
    assert bunch.data.shape == (rows, 14)
    assert int(bunch.target.sum()) == rich
    assert bunch.target_names == ("<=50K", ">50K")
    missing = [sum(cell is None for cell in bunch.data[:, d]) for d in range(14)]
    found = {name for name, count in zip(bunch.feature_names, missing, strict=True) if count}
    assert found == {"workclass", "occupation", "native_country"}


def test_a_wrong_file_is_never_turned_into_arrays(site, monkeypatch, tmp_path):
    redirect(site, monkeypatch, "titanic/titanic.csv", b"survived\n1\n")
    with pytest.raises(DownloadError, match="broke off after 11 of 57018 bytes"):
        fetch_titanic(data_home=tmp_path)


def test_an_unknown_part_is_refused_before_anything_is_fetched():
    with pytest.raises(ParameterError, match="subset is 'validation'; it must be 'train' or 'test'"):
        fetch_mnist("validation")
