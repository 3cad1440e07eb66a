"""Model files: round trips, damage, interruption and hostile content."""

import errno
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy

import pellucid
from pellucid.errors import ModelFileError
from pellucid.persistence import _file
from pellucid.persistence._file import load, save

Alike = Callable[[Any, Any], bool]
Toys = tuple[type[Any], type[Any]]

_GOLDEN = Path(__file__).parent / "golden" / "format-1.pellucid"
_SOURCE = Path(pellucid.__file__).parents[1]


def _sample() -> dict[str, Any]:
    """One value of each tag a document knows; the golden file of format version 1 holds just this."""
    grid = np.arange(6, dtype=np.float64).reshape(2, 3) / 4
    return {
        "plain": [None, True, -7, 2**100, 0.1, -0.0, "naïve \x00 \ud800"],
        "tuple": (float("inf"), float("-inf"), (), {}),
        "pairs": {0: "no", 1: "yes", None: "?"},
        "grid": grid,
        "again": grid,
        "turned": np.asfortranarray(grid),
        "widths": [np.array([0, 1], name) for name in ("bool", "int8", "uint16", "int64", "float16", "float32")],
        "empty": np.zeros((2, 0), np.float32),
        "point": np.array(3, np.int32),
        "text": np.array([["a", "bc"], ["", "é"]]),
        "objects": np.array(["a", None, 1, 2.5, True, float("inf")], dtype=object),
        "scalars": [np.float32(0.1), np.int64(-1), np.bool_(True), np.str_("s")],
        "dtypes": [np.dtype("float32"), np.int8],
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.pellucid"


def _rewrite(path: Path, **changes: str | None) -> None:
    """Change metadata of the file at `path`, with a checksum that fits, as a forger would."""
    with safetensors.safe_open(path, "numpy") as file:
        metadata = {**file.metadata(), **changes}
        arrays = {name: file.get_tensor(name) for name in file.keys()}
    metadata = {key: value for key, value in metadata.items() if value is not None and key != "crc32"}
    slots = _file.slots_for(arrays)
    if changes.get("crc32", "") is not None:
        metadata["crc32"] = _file.checksum(slots, metadata, arrays)
    path.write_bytes(_file.header_of(slots, metadata) + b"".join(bytes(_file.bytes_of(arrays[s.name])) for s in slots))


# --- round trips


def test_what_was_saved_is_loaded(path: Path, alike: Alike) -> None:
    save(_sample(), path)
    back = load(path)
    assert alike(back, _sample())
    assert back["grid"] is back["again"]
    assert back["grid"].flags.writeable


def test_the_golden_file_of_format_1_still_loads(alike: Alike) -> None:
    assert alike(load(_GOLDEN), _sample())


def test_the_same_object_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    save(_sample(), path)
    save(load(path), tmp_path / "again")
    assert path.read_bytes() == (tmp_path / "again").read_bytes()


def test_root_offers_save_and_load(path: Path) -> None:
    pellucid.save([1, 2], path)
    assert pellucid.load(str(path)) == [1, 2]


def test_a_model_file_is_a_safetensors_file_that_says_what_it_is(path: Path) -> None:
    save({"coef_": np.ones(3), "seed": 0}, path)
    with safetensors.safe_open(path, "numpy") as file:
        said = file.metadata()
        np.testing.assert_array_equal(file.get_tensor("coef_"), np.ones(3))
    assert sorted(said) == ["crc32", "format", "format_version", "pellucid_version", "record"]
    assert (said["format"], said["format_version"], said["pellucid_version"]) == ("pellucid", "1", pellucid.__version__)
    assert json.loads(said["record"]) == {"dict": {"coef_": {"array": "coef_"}, "seed": 0}}


def test_registered_objects_come_back_with_what_they_share(path: Path, toys: Toys) -> None:
    knot, _ = toys
    weight = np.ones((2, 2), np.float32)
    save(knot(encoder=knot(weight=weight), decoder=knot(weight=weight)), path)
    back = load(path).held
    assert back["encoder"].held["weight"] is back["decoder"].held["weight"]


def test_a_state_dict_goes_to_pytorch_and_comes_from_pytorch(path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    layer = torch.nn.Linear(3, 2)
    save({name: value.numpy() for name, value in layer.state_dict().items()}, path)
    torch.nn.Linear(3, 2).load_state_dict(load_file(path))
    save_file({"weight": torch.arange(4).to(torch.bfloat16)}, path, metadata={"format": "pt"})
    np.testing.assert_array_equal(load(path)["weight"], np.arange(4, dtype=np.float32))
    save(layer.state_dict(keep_vars=False), path)
    np.testing.assert_array_equal(load(path)["bias"], layer.bias.detach().numpy())


def test_a_dict_with_anything_but_numeric_arrays_is_no_state_dict(path: Path, alike: Alike) -> None:
    for value in ({}, {"a": np.ones(1), "b": 1}, {"a": np.float32(1)}, {"a": np.array(["s"])}):
        save(value, path)
        assert alike(load(path), value)


def test_a_tensor_that_numpy_cannot_read_is_named_with_the_reason(path: Path) -> None:
    torch = pytest.importorskip("torch")
    for value in ({"w": torch.ones(2, requires_grad=True)}, {"w": torch.ones(2, requires_grad=True), "epoch": 1}):
        with pytest.raises(ModelFileError, match="w.? cannot be read as a NumPy array: .*detach"):
            save(value, path)


@pytest.mark.parametrize("name", ["__metadata__", 7])
def test_a_state_dict_with_a_name_no_file_can_hold_is_refused(path: Path, name: Any) -> None:
    with pytest.raises(ModelFileError, match="cannot name an array"):
        save({name: np.ones(1)}, path)


# --- what cannot be written


def test_what_cannot_be_stored_leaves_the_old_file_as_it_was(path: Path) -> None:
    save([1], path)
    with pytest.raises(ModelFileError, match=r"^save: dict to .*model.pellucid: a.1 is a builtins.object, which"):
        save({"a": [np.ones(3), object()]}, path)
    assert load(path) == [1]
    assert os.listdir(path.parent) == ["model.pellucid"]


def test_a_description_too_long_for_a_header_is_refused_before_anything_is_written(path: Path) -> None:
    with pytest.raises(ModelFileError, match="takes .* bytes, and a file's header at most 16,777,216"):
        save(["x" * 2**20] * 17, path)
    assert not path.exists()


def test_a_directory_that_is_missing_or_is_the_target_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"save: list to .*nowhere/m: No such file or directory; check the path"):
        save([], tmp_path / "nowhere" / "m")
    with pytest.raises(ModelFileError, match="is a directory; give the path of a file"):
        save([], tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="limits and permissions of POSIX")
def test_a_full_disk_is_an_error_and_leaves_the_old_file_alone(path: Path) -> None:
    import resource

    save([1], path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # a write beyond fails as on a full disk, with EFBIG
    try:
        with pytest.raises(
            ModelFileError, match="File too large; check the path, its permissions and the disk"
        ) as caught:
            save(np.zeros(10_000), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert load(path) == [1]
    assert os.listdir(path.parent) == ["model.pellucid"]


@contextmanager
def _without_privileges() -> Iterator[None]:
    """Root may write anywhere; be nobody for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="limits and permissions of POSIX")
def test_a_read_only_directory_is_an_error_that_says_so() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, whose parents only their owner may enter
        os.chmod(folder, 0o555)
        with _without_privileges(), pytest.raises(ModelFileError, match="Permission denied; check the path"):
            save([1], Path(folder) / "m")
        assert os.listdir(folder) == []
        os.chmod(folder, 0o755)


def test_an_interrupt_while_writing_leaves_the_old_file_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save([1], path)

    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_file, "bytes_of", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save({"w": np.zeros(10)}, path)
    monkeypatch.undo()
    assert load(path) == [1]
    assert os.listdir(path.parent) == ["model.pellucid"]


_WRITER = """
import sys, numpy as np, pellucid
n = 0
while True:
    n += 1
    pellucid.save({"n": n, "weight": np.full(250_000, n, np.float64)}, sys.argv[1])
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_writer_leaves_a_whole_file(path: Path) -> None:
    for round_ in range(8):
        path.unlink(missing_ok=True)
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, path], env={**os.environ, "PYTHONPATH": str(_SOURCE)})
        give_up = time.monotonic() + 60
        while not path.exists() and time.monotonic() < give_up:
            time.sleep(0.002)
        time.sleep(0.013 * round_)  # a save takes some 10 ms: kill at another point of it each time
        writer.kill()
        writer.wait()
        found = load(path)
        assert (found["weight"] == found["n"]).all()


def test_of_two_writers_one_wins_and_a_reader_never_sees_a_mixture(path: Path) -> None:
    save({"n": 0, "weight": np.zeros(20_000)}, path)
    stop = threading.Event()
    faults: list[BaseException] = []

    def write(n: int) -> None:
        try:
            while not stop.is_set():
                save({"n": n, "weight": np.full(20_000, float(n))}, path)
        except BaseException as error:
            faults.append(error)

    writers = [threading.Thread(target=write, args=(n,)) for n in (1, 2)]
    for writer in writers:
        writer.start()
    seen = set()
    give_up = time.monotonic() + 30
    while not {1, 2} <= seen and time.monotonic() < give_up:
        found = load(path)
        assert (found["weight"] == found["n"]).all()
        seen.add(found["n"])
    stop.set()
    for writer in writers:
        writer.join()
    assert faults == []
    assert {1, 2} <= seen
    assert os.listdir(path.parent) == ["model.pellucid"]


# --- damage


def test_a_file_cut_short_anywhere_is_refused(path: Path) -> None:
    save(_sample(), path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match=r"^load: .*model.pellucid: its? "):
            load(path)


def test_a_file_with_something_appended_is_refused(path: Path) -> None:
    save(_sample(), path)
    path.write_bytes(path.read_bytes() + b"PK\x05\x06" + bytes(18))  # what turns a file into a ZIP archive as well
    with pytest.raises(ModelFileError, match="something was appended"):
        load(path)


def test_no_flipped_bit_goes_unnoticed(path: Path, alike: Alike) -> None:
    save(_sample(), path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            back = load(path)
        except ModelFileError:
            continue
        assert alike(back, _sample())  # \u00e9 and \u00E9 are one text


def test_no_flipped_bit_of_a_plain_file_raises_anything_else(path: Path) -> None:
    save({"weight": np.ones((2, 3), np.float32), "mask": np.array([True])}, path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[at] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                load(path)
            except ModelFileError:
                continue


# --- hostile and foreign files


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"format_version": "2", "pellucid_version": "9.1"},
            r"written by pellucid 9.1 in format version 2; this .* Upg",
        ),
        ({"format_version": None}, "format version is ''"),
        ({"format_version": "0"}, "format version is '0'"),
        ({"format_version": "-1"}, "format version is '-1'"),
        ({"format_version": "²"}, "format version is '²'"),
        ({"format_version": "9" * 5000}, "format version is '99999999999999999999'"),
        ({"record": None}, "its record is not JSON"),
        ({"record": "NaN"}, "its record has NaN"),
        ({"record": '{"dict":{"a":1,"a":2}}'}, "its record has the key 'a' twice"),
        ({"record": "[" * 200_000}, "its record is nested deeper"),
        ({"record": "[" * 150 + "]" * 150}, "nested deeper than 100 levels"),
        ({"record": '{"object":{"kind":"os.system","record":{}}}'}, "unknown kind 'os.system'"),
        ({"record": "1"}, "arrays that its record never mentions"),
        ({"crc32": None}, "does not match its checksum"),
        ({"note": "more"}, None),
    ],
)
def test_metadata_that_lies_is_refused_by_name(path: Path, changes: dict[str, str], fault: str | None) -> None:
    save([np.ones(2)], path)
    _rewrite(path, **changes)
    if fault is None:
        np.testing.assert_array_equal(load(path)[0], np.ones(2))
        return
    with pytest.raises(ModelFileError, match=f"^load: .*model.pellucid: .*{fault}"):
        load(path)


def test_a_missing_file_suggests_its_neighbours(tmp_path: Path) -> None:
    save([], tmp_path / "model.pellucid")
    with pytest.raises(ModelFileError, match=r"modle.pellucid: there is no such file. Closest in .*: model.pellucid"):
        load(tmp_path / "modle.pellucid")
    with pytest.raises(ModelFileError, match="Nor is there a directory .*nowhere"):
        load(tmp_path / "nowhere" / "model.pellucid")


def test_directories_devices_and_empty_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(ModelFileError, match="empty: it is empty"):
        load(tmp_path / "empty")
    with pytest.raises(ModelFileError, match="it is a directory; give the path of the model file in it"):
        load(tmp_path)
    with pytest.raises(ModelFileError, match="it is a device, pipe or socket"):
        load(os.devnull)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="device, pipe or socket"):
        load(tmp_path / "pipe")


@pytest.mark.skipif(os.name == "nt", reason="limits and permissions of POSIX")
def test_a_file_that_may_not_be_read_is_an_error_that_says_so() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        save([1], Path(folder) / "m")
        os.chmod(Path(folder) / "m", 0)
        with _without_privileges(), pytest.raises(ModelFileError, match="Permission denied; check the path"):
            load(Path(folder) / "m")


def test_memory_that_is_not_there_is_an_error_of_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save([np.ones(2)], path)

    def no_memory(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "empty", no_memory)
    with pytest.raises(ModelFileError, match="does not fit in memory"):
        load(path)


_WATCHED = """
import sys
from pathlib import Path
import numpy, pellucid
from pellucid.persistence import _kinds
_kinds.KINDS["toyhome.Toy"] = "toyhome"
load, seen, before = pellucid.load, [], set(sys.modules)
sys.addaudithook(lambda event, args: seen.append(event))
for path in sys.argv[1:]:
    try:
        load(path)
    except ValueError:
        pass
seen = list(seen)
print(sorted(set(seen)))
print(sorted(set(sys.modules) - before))
"""

_TOYHOME = """
from pellucid.persistence import register

@register("toyhome.Toy")
class Toy:
    def to_record(self):
        return {}

    @classmethod
    def from_record(cls, record):
        return cls()
"""


def _events(folder: Path, *paths: Path) -> tuple[list[str], list[str]]:
    """Audit events of loading `paths` in a fresh interpreter, and the modules it imported meanwhile."""
    (folder / "toyhome.py").write_text(_TOYHOME)
    where = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_SOURCE), str(folder)])}
    command = [sys.executable, "-c", _WATCHED, *paths]
    shown = subprocess.run(command, env=where, capture_output=True, text=True, check=True).stdout.splitlines()
    return json.loads(shown[0].replace("'", '"')), json.loads(shown[1].replace("'", '"'))


def test_loading_opens_the_file_and_does_nothing_else(path: Path, tmp_path: Path) -> None:
    save(_sample(), path)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(path.read_bytes()[:-1])
    events, imported = _events(tmp_path, path, damaged)
    assert events == ["open"]
    assert imported == []


def test_an_object_of_a_known_kind_imports_its_home_and_an_unknown_one_nothing(path: Path, tmp_path: Path) -> None:
    save([np.ones(1)], path)
    _rewrite(path, record='[{"array":"0"},{"object":{"kind":"toyhome.Toy","record":{}}}]')
    assert _events(tmp_path, path)[1] == ["toyhome"]
    _rewrite(path, record='[{"array":"0"},{"object":{"kind":"toyhome","record":{}}}]')
    assert _events(tmp_path, path)[1] == []
