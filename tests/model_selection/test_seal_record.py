"""The file that counts openings."""

import json
import threading
from pathlib import Path

import pytest

from pellucid.errors import DataError
from pellucid.model_selection import _seal_record
from pellucid.model_selection._seal_record import Opening, SealRecord, locked, read_record, write_record

RECORD = SealRecord("ab" * 32, 3, [["x", "y"], None], "2026-01-01T00:00:00+00:00", (Opening("then", 7, "look"),))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_record(tmp_path / "seal.json", RECORD)
    assert read_record(tmp_path / "seal.json") == RECORD
    assert json.loads((tmp_path / "seal.json").read_text("utf-8"))["openings"][0]["why"] == "look"
    assert [path.name for path in tmp_path.iterdir()] == ["seal.json"]


def test_no_file_is_no_record(tmp_path: Path) -> None:
    assert read_record(tmp_path / "seal.json") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "3",
        "{}",
        '{"format": "pellucid results", "format_version": 1}',
        json.dumps(RECORD.plain() | {"format_version": 2}),
        json.dumps(RECORD.plain() | {"openings": 3}),
        json.dumps(RECORD.plain() | {"openings": [{"at": "then"}]}),
        json.dumps(RECORD.plain() | {"rows": "3"}),
        json.dumps(RECORD.plain())[:-20],
        "\udcff\udcfe",
    ],
)
def test_a_file_that_is_no_record_is_refused_and_not_taken_for_unopened(tmp_path: Path, text: str) -> None:
    (tmp_path / "seal.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DataError, match="is not the record of a seal, or was damaged"):
        read_record(tmp_path / "seal.json")


def test_when_the_disk_refuses_the_old_record_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_record(tmp_path / "seal.json", RECORD)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_record(tmp_path / "seal.json", SealRecord("cd" * 32, 1, [None], "now"))
    assert read_record(tmp_path / "seal.json") == RECORD


def test_holders_of_the_lock_take_turns(tmp_path: Path) -> None:
    path, inside, met = tmp_path / "seal.json", [0], []

    def work() -> None:
        for _ in range(50):
            with locked(path):
                inside[0] += 1
                met.append(inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [1] * 400
    assert list(tmp_path.iterdir()) == []


def test_the_lock_is_let_go_when_the_block_raises(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "seal.json"):
        raise ZeroDivisionError
    with locked(tmp_path / "seal.json"):
        assert _seal_record.read_record(tmp_path / "seal.json") is None
