"""Laws of fetching: the right file or a clear error, nothing half-written, no network when a good copy is kept."""

import hashlib
import os
import re
import threading
from pathlib import Path

import pytest

from pellucid.datasets import REMOTES, Remote, cache_dir, fetch_file
from pellucid.errors import DownloadError

RIGHT = bytes(range(256)) * 5000  # 1.28 MB, several blocks
WRONG = RIGHT[:-1] + b"!"


def test_a_file_is_fetched_checked_and_kept_under_its_key(site, tmp_path):
    site.pages["/a"] = RIGHT
    place = fetch_file("set/file.bin", site.remote("/a", content=RIGHT), cache=tmp_path)
    assert place == tmp_path / "set" / "file.bin"
    assert place.read_bytes() == RIGHT
    assert [entry.name for entry in place.parent.iterdir()] == ["file.bin"]


def test_a_kept_copy_is_used_without_asking_the_network(site, tmp_path):
    site.pages["/a"] = RIGHT
    remote = site.remote("/a", content=RIGHT)
    for _ in range(3):
        fetch_file("file.bin", remote, cache=tmp_path)
    assert site.asked == ["/a"]


def test_a_file_placed_by_hand_is_as_good_as_a_fetched_one(site, tmp_path):
    (tmp_path / "file.bin").write_bytes(RIGHT)
    fetch_file("file.bin", site.remote("/a", content=RIGHT), cache=tmp_path)
    assert site.asked == []


@pytest.mark.parametrize("damaged", [WRONG, RIGHT[:1000], b""])
def test_a_damaged_kept_copy_is_fetched_again(site, tmp_path, damaged):
    site.pages["/a"] = RIGHT
    (tmp_path / "file.bin").write_bytes(damaged)
    place = fetch_file("file.bin", site.remote("/a", content=RIGHT), cache=tmp_path)
    assert place.read_bytes() == RIGHT


def test_mirrors_are_tried_in_order_until_one_gives_the_right_file(site, tmp_path):
    site.pages |= {"/wrong": WRONG, "/short": RIGHT[:5000], "/right": RIGHT}
    site.promised["/short"] = len(RIGHT)
    remote = site.remote("/absent", "/wrong", "/short", "/right", "/never", content=RIGHT)
    assert fetch_file("file.bin", remote, cache=tmp_path).read_bytes() == RIGHT
    assert site.asked == ["/absent", "/wrong", "/short", "/right"]


def test_when_no_mirror_helps_the_error_gives_each_reason_and_what_to_do_by_hand(site, tmp_path):
    site.pages |= {"/wrong": WRONG, "/short": RIGHT[:5000], "/long": RIGHT + b"x"}
    site.promised["/short"] = len(RIGHT)
    remote = site.remote("/absent", "/wrong", "/short", "/long", content=RIGHT)
    with pytest.raises(DownloadError) as caught:
        fetch_file("set/file.bin", remote, cache=tmp_path)
    message = str(caught.value)
    assert "set/file.bin: the file could not be fetched" in message
    assert "/absent: HTTP Error 404" in message
    assert f"/wrong: sent a file with SHA-256 {hashlib.sha256(WRONG).hexdigest()} instead of {remote.sha256}" in message
    assert re.search(r"/short: (broke off after 5000 of 1280000 bytes|IncompleteRead)", message)
    assert "/long: sent more than the 1280000 bytes expected" in message
    assert f"download {remote.urls[0]} by hand to {tmp_path / 'set' / 'file.bin'} (SHA-256 {remote.sha256})" in message


def test_a_failed_download_leaves_nothing_behind_and_spoils_no_kept_copy(site, tmp_path):
    site.pages["/a"] = WRONG
    (tmp_path / "file.bin").write_bytes(b"older")
    with pytest.raises(DownloadError, match="the copy kept there has 5 bytes instead of 1280000"):
        fetch_file("file.bin", site.remote("/a", content=RIGHT), cache=tmp_path)
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("file.bin", b"older")]


def test_a_server_that_is_not_there_is_a_download_error(tmp_path):
    remote = Remote(("http://127.0.0.1:9/file",), "0" * 64, 1, "none", "none")  # port 9: discard, refused
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9/file: Connection refused"):
        fetch_file("file.bin", remote, cache=tmp_path, timeout=5)


def test_a_download_error_is_an_os_error_too(site, tmp_path):
    with pytest.raises(OSError, match="could not be fetched"):
        fetch_file("file.bin", site.remote("/absent", content=RIGHT), cache=tmp_path)


def test_an_interrupted_download_leaves_nothing_behind(site, tmp_path):
    site.pages["/a"] = RIGHT

    def interrupt(done: int, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_file("file.bin", site.remote("/a", content=RIGHT), cache=tmp_path, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_up_to_the_size(site, tmp_path):
    site.pages["/a"] = RIGHT
    seen: list[tuple[int, int]] = []
    fetch_file(
        "file.bin",
        site.remote("/a", content=RIGHT),
        cache=tmp_path,
        progress=lambda done, size: seen.append((done, size)),
    )
    assert seen[-1] == (len(RIGHT), len(RIGHT))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_a_cache_that_cannot_be_made_is_an_error_that_names_the_variable_to_set(site, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    site.pages["/a"] = RIGHT
    remote = site.remote("/a", "/b", content=RIGHT)
    with pytest.raises(DownloadError, match=r"cannot write to .*: .*[Dd]irectory.*\nSet PELLUCID_CACHE"):
        fetch_file("key/file.bin", remote, cache=tmp_path / "file")
    assert site.asked == []  # no mirror can help


def test_a_read_only_cache_serves_a_kept_copy_and_refuses_a_new_one(site, tmp_path):
    site.pages["/a"] = RIGHT
    (tmp_path / "kept.bin").write_bytes(RIGHT)
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write to a read-only folder")
        remote = site.remote("/a", content=RIGHT)
        assert fetch_file("kept.bin", remote, cache=tmp_path).read_bytes() == RIGHT
        with pytest.raises(DownloadError, match="Permission denied"):
            fetch_file("new.bin", remote, cache=tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_told_from_a_fault_of_the_network(site, tmp_path, monkeypatch):
    site.pages["/a"] = RIGHT

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DownloadError, match=r"cannot write to .*: No space left on device"):
        fetch_file("file.bin", site.remote("/a", "/b", content=RIGHT), cache=tmp_path)
    assert site.asked == ["/a"]
    assert list(tmp_path.iterdir()) == []


def test_many_fetching_at_once_all_get_the_whole_file(site, tmp_path):
    site.pages["/a"] = RIGHT
    remote = site.remote("/a", content=RIGHT)
    got: list[bytes] = []

    def fetch() -> None:
        got.append(fetch_file("file.bin", remote, cache=tmp_path).read_bytes())

    threads = [threading.Thread(target=fetch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [RIGHT] * 8
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.bin"]


def test_the_kept_file_follows_the_umask_so_that_a_shared_cache_can_be_shared(site, tmp_path):
    site.pages["/a"] = RIGHT
    place = fetch_file("file.bin", site.remote("/a", content=RIGHT), cache=tmp_path)
    (tmp_path / "plain").write_bytes(b"")
    assert place.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_cache_is_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    monkeypatch.setenv("PELLUCID_CACHE", "~/mine")
    assert cache_dir() == Path("/home/someone/mine")
    monkeypatch.delenv("PELLUCID_CACHE")
    assert cache_dir() == Path("/elsewhere/pellucid")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_dir() == Path("/home/someone/.cache/pellucid")
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_dir() == Path("/home/someone/Library/Caches/pellucid")


@pytest.mark.parametrize("key", sorted(REMOTES))
def test_every_remote_says_what_it_must_be_and_whose_it_is(key):
    remote = REMOTES[key]
    assert re.fullmatch(r"[0-9a-f]{64}", remote.sha256)
    assert remote.size_bytes > 0
    assert remote.urls
    assert all(url.startswith(("https://", "http://")) and url.endswith(key.split("/")[1]) for url in remote.urls)
    assert remote.licence
    assert remote.citation


def test_no_two_remotes_have_the_same_hash():
    hashes = [remote.sha256 for remote in REMOTES.values()]
    assert len(set(hashes)) == len(hashes)
