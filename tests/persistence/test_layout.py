"""The bytes of a file: written so that the safetensors package reads them, read more strictly than it reads them."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pellucid.errors import ModelFileError
from pellucid.persistence._file import load, save
from pellucid.persistence._layout import CODES, HEADER_MAX, read_array, read_header

_ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}

_arrays = st.dictionaries(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=8).filter("__metadata__".__ne__),
    hnp.arrays(st.sampled_from(sorted(CODES)).map(np.dtype), hnp.array_shapes(min_dims=0, min_side=0, max_side=3)),
    min_size=1,
    max_size=4,
)


def _file(header: Any, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def _read(content: bytes) -> dict[str, Any]:
    file = io.BufferedReader(io.BytesIO(content))  # type: ignore[arg-type]
    slots, _ = read_header(file, len(content))
    return {slot.name: read_array(file, slot) for slot in slots}


@settings(max_examples=60, deadline=None)
@given(arrays=_arrays)
def test_a_dict_of_arrays_is_a_file_that_the_safetensors_package_reads_and_writes(
    arrays: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    ours, theirs = (tmp_path_factory.getbasetemp() / name for name in ("ours.safetensors", "theirs.safetensors"))
    save(arrays, ours)
    safetensors.numpy.save_file(arrays, theirs)
    for found in (safetensors.numpy.load_file(ours), load(theirs), load(ours)):
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            np.testing.assert_array_equal(found[name], array)


def test_strided_transposed_big_endian_and_zero_dimensional_arrays_are_written_by_value(tmp_path: Path) -> None:
    grid = np.arange(12.0).reshape(3, 4)
    arrays = {"t": grid.T, "s": grid[:, ::-2], "big": grid.astype(">f4"), "point": np.array(7, np.int16)}
    save(arrays, tmp_path / "m")
    for name, array in safetensors.numpy.load_file(tmp_path / "m").items():
        np.testing.assert_array_equal(array, arrays[name])
    assert load(tmp_path / "m")["big"].dtype == np.float32


def test_every_array_is_aligned_to_its_item_size() -> None:
    from pellucid.persistence._layout import header_of, slots_for

    slots = slots_for({f"{name}{n}": np.zeros(n, name) for name in CODES for n in (1, 3)})
    assert all(
        slot.start % np.dtype(name).itemsize == 0 for slot in slots for name in CODES if CODES[name] == slot.code
    )
    assert all((len(header_of(slots[:n], {})) % 8) == 0 for n in range(len(slots)))


def test_bfloat16_is_read_as_the_same_float32(tmp_path: Path) -> None:
    wanted = np.array([1.0, -2.5, 3.140625, np.inf], np.float32)
    half = (wanted.view(np.uint32) >> 16).astype(np.uint16)
    (tmp_path / "m").write_bytes(_file({"w": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}, half.tobytes()))
    np.testing.assert_array_equal(load(tmp_path / "m")["w"], wanted)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "cut short"),
        ((2**62).to_bytes(8, "little") + b"{}", "its header would take"),
        ((HEADER_MAX + 1).to_bytes(8, "little") + b"{}", "its header would take"),
        ((9).to_bytes(8, "little") + b"{}", "inside its header of 9"),
        (_file(b"\xff{}"), "not UTF-8"),
        (_file([]), "not a JSON object"),
        (_file({"__metadata__": {"a": 1}}), "not an object of strings"),
        (_file({"__metadata__": "a"}), "not an object of strings"),
        (_file(b'{"__metadata__":{"a":"1","a":"2"}}'), "key 'a' twice"),
        (_file({"a": [1]}), "not described by"),
        (_file({"a": {**_ONE, "extra": 1}}, bytes(8)), "not described by"),
        (_file({"a": {**_ONE, "data_offsets": [0, 8, 8]}}, bytes(8)), "not described by"),
        (_file({"a": {**_ONE, "dtype": "F8_E4M3"}}, bytes(8)), "dtype 'F8_E4M3'; readable are BOOL"),
        (_file({"a": {**_ONE, "shape": [-2]}}, bytes(8)), "not whole numbers"),
        (_file({"a": {**_ONE, "shape": [2.0]}}, bytes(8)), "not whole numbers"),
        (_file({"a": {**_ONE, "shape": [True, 2]}}, bytes(8)), "not whole numbers"),
        (_file({"a": {**_ONE, "shape": [1] * 65 + [2]}}, bytes(8)), "over 64 axes"),
        (_file({"a": {**_ONE, "shape": [2**63, 0]}}, bytes(8)), "not whole numbers"),
        (_file({"a": {**_ONE, "shape": [3]}}, bytes(8)), "needs 12 bytes, not 8"),
        (_file({"a": {**_ONE, "shape": [2**62, 2]}}, bytes(8)), "needs 36893488147419103232 bytes"),
        (_file({"a": {**_ONE, "shape": [2**62, 0], "data_offsets": [0, 0]}}), "does not fit in memory"),
        (_file({"a": {**_ONE, "data_offsets": [8, 0]}}, bytes(8)), "needs 8 bytes, not -8"),
        (_file({"a": {**_ONE, "data_offsets": ["0", "8"]}}, bytes(8)), "not whole numbers"),
        (_file({"a": {**_ONE, "data_offsets": [4, 12]}}, bytes(12)), "a gap before array 'a'"),
        (_file({"a": _ONE, "b": {**_ONE, "data_offsets": [4, 12]}}, bytes(12)), "an overlap at array 'b'"),
        (_file({"a": _ONE, "b": _ONE}, bytes(8)), "an overlap at array 'b'"),
        (_file({"a": _ONE}, bytes(7)), "cut short"),
        (_file({"a": _ONE}, bytes(9)), "something was appended"),
        (_file({"a": {"dtype": "BOOL", "shape": [2], "data_offsets": [0, 2]}}, b"\x01\x02"), "the byte 2 where"),
    ],
)
def test_a_header_that_lies_is_refused_by_name(content: bytes, fault: str) -> None:
    with pytest.raises(ModelFileError, match=fault):
        _read(content)


def test_a_size_that_lies_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "empty", lambda *_: pytest.fail("memory was taken"))
    huge = {"dtype": "F64", "shape": [2**40], "data_offsets": [0, 2**43]}
    with pytest.raises(ModelFileError, match="its arrays take 8,796,093,022,208 bytes, and 8 are there"):
        _read(_file({"a": huge}, bytes(8)))


def test_a_file_that_shrinks_while_it_is_read_is_an_error() -> None:
    content = _file({"a": _ONE}, bytes(8))
    file = io.BufferedReader(io.BytesIO(content[:-1]))  # type: ignore[arg-type]
    slots, _ = read_header(file, len(content))
    with pytest.raises(ModelFileError, match="ended inside array 'a'"):
        read_array(file, slots[0])


_entry = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "U8", "BOOL", "I64", "BF16", "Q9"]),
        "shape": st.lists(st.integers(-1, 3), max_size=2),
        "data_offsets": st.tuples(st.sampled_from([0, 4, 8, 9]), st.sampled_from([0, 2, 4, 8, 16])).map(list),
    }
)


@settings(max_examples=400, deadline=None)
@given(header=st.dictionaries(st.sampled_from("abc"), _entry, max_size=3), body=st.sampled_from([0, 2, 4, 8, 16]))
def test_what_is_accepted_the_safetensors_package_accepts_too_with_the_same_bytes(header: Any, body: int) -> None:
    content = _file(header, bytes([1] * body))
    try:
        ours = _read(content)
    except ModelFileError:
        return
    theirs = dict(safetensors.deserialize(content))
    assert ours.keys() == theirs.keys()
    assert all(ours[name].shape == tuple(theirs[name]["shape"]) for name in ours)


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=80) | st.binary(max_size=60).map(lambda text: _file(b"{" + text)))
def test_no_bytes_raise_anything_but_model_file_error(content: bytes) -> None:
    try:
        _read(content)
    except ModelFileError:
        pass
