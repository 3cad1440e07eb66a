"""A table in batches is the table as a whole, whatever the size of a batch or a block, in bounded memory."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.data import _streaming, read_table, scan_table
from pellucid.errors import DataError, ParameterError

SOURCE = Path(__file__).resolve().parents[2] / "src"


def whole_of(scan) -> pl.DataFrame:
    return pl.concat([batch.frame for batch in scan])


def soup(draw_width: int):
    cell = st.sampled_from(
        ["1", "2.5", "", "?", "true", "red", '"a,b"', '"x\ny"', '5" pipe', "3,5", "2020-01-01", " 7", "007", "1e400"]
    )
    return st.lists(st.lists(cell, min_size=draw_width, max_size=draw_width), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 3).flatmap(soup),
    st.sampled_from([",", ";"]),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    st.integers(8, 60),
    st.integers(1, 5),
)
def test_batches_are_the_rows_kinds_and_report_of_the_whole(tmp_path, cells, mark, end, size, rows):
    lines = [[f"c{at}" for at in range(len(cells[0]))], *cells]
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(mark.join(line) for line in lines).encode() + end.encode())
    try:
        table = read_table(path, separator=mark)
    except DataError as error:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_streaming, "BLOCK_BYTES", size)
            with pytest.raises(DataError) as caught:
                whole_of(scan_table(path, rows=rows, separator=mark))
        ragged = "the header: "
        if ragged not in str(error):  # a block can only name the ragged rows it holds
            assert str(caught.value) == str(error)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_streaming, "BLOCK_BYTES", size)
        scan = scan_table(path, rows=rows, separator=mark)
        batches = list(scan)
    assert [len(batch) for batch in batches[:-1]] == [rows] * (len(batches) - 1)
    assert whole_of(batches).equals(table.frame)
    assert scan.kinds == table.kinds
    assert scan.report.rows == len(table)
    for own, column in zip(scan.report.columns, table.report.columns, strict=True):
        for counts in (own.coercions, column.coercions):  # the careful reader drops spaces before a cell uncounted
            counts.pop("surrounding spaces removed", None)
        assert (own.kind, own.missing, own.coercions) == (column.kind, column.missing, column.coercions)
        assert own.why == column.why


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "wide.csv", "a.parquet", "a.arrow", "a.stream", "a.jsonl"])
def test_every_format_streams(tmp_path, monkeypatch, name):
    monkeypatch.setattr(_streaming, "BLOCK_BYTES", 5000)
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.normal(size=1000), "n": np.arange(1000), "word": rng.choice(["a", "b"], 1000)})
    writers = {".parquet": frame.write_parquet, ".arrow": frame.write_ipc, ".stream": frame.write_ipc_stream}
    writers[".jsonl"] = frame.write_ndjson
    path = tmp_path / name
    if path.suffix in writers:
        writers[path.suffix](path)
    else:
        raw = frame.write_csv().encode("utf-16" if name.startswith("wide") else "utf-8")
        path.write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    scan = scan_table(path, rows=300)
    assert [len(batch) for batch in scan] == [300, 300, 300, 100]
    assert whole_of(scan).equals(read_table(path).frame)
    assert whole_of(scan).equals(whole_of(scan))
    assert (scan.report.rows, scan.kinds) == (1000, {"x": "number", "n": "number", "word": "category"})


def test_a_stray_word_far_down_makes_the_whole_column_a_category(tmp_path, monkeypatch):
    monkeypatch.setattr(_streaming, "BLOCK_BYTES", 50)
    (tmp_path / "a.csv").write_text("x\n" + "1\n" * 100 + "old\n" + "1\n" * 100)
    scan = scan_table(tmp_path / "a.csv", rows=10)
    assert next(iter(scan)).column("x").tolist() == ["1"] * 10
    assert scan.report.columns[0].why == "1 of 201 cells is not numbers, first at line 102: 'old'"
    with pytest.raises(DataError, match="must be a number, but 1 of .* first at line 102: 'old'"):
        list(scan_table(tmp_path / "a.csv", kinds={"x": "number"}))


def test_objects_of_json_lines_may_lack_names_in_any_block(tmp_path, monkeypatch):
    monkeypatch.setattr(_streaming, "BLOCK_BYTES", 30)
    lines = '{"x": 1}\n' * 5 + '{"y": "a"}\n' * 5 + '{"x": 2, "z": true}\n' * 5
    (tmp_path / "a.jsonl").write_text(lines)
    scan, table = scan_table(tmp_path / "a.jsonl", rows=4), read_table(tmp_path / "a.jsonl")
    assert whole_of(scan).equals(table.frame)
    assert [column.missing for column in scan.report.columns] == [{"null": 5}, {"null": 10}, {"null": 10}]
    (tmp_path / "a.jsonl").write_text(lines + '{"y": 5}\n')
    with pytest.raises(DataError, match="column 'y' is a number from line 15 on, but a category before"):
        list(scan_table(tmp_path / "a.jsonl"))


def test_faults_in_late_blocks_have_the_lines_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(_streaming, "BLOCK_BYTES", 40)
    good = "a,b\n" + '1,"x\ny"\n' * 20
    for bad, message in [
        (b"1\n", "line 42 has 1"),
        (b"1,\xff\n", "line 42, byte 3 of it: byte 0xFF is not UTF-8"),
        (b"1,\0\n", "line 42, byte 3 of it: a NUL byte"),
        (b'1,"x\n', "row that starts on line 42 a quote .* not closed"),
        (b'1,"x"y\n', "row that starts on line 42 a quote .* closes before the cell ends"),
    ]:
        (tmp_path / "a.csv").write_bytes(good.encode() + bad)
        with pytest.raises(DataError, match=message):
            list(scan_table(tmp_path / "a.csv"))


def test_a_file_that_changes_between_the_passes_is_noticed(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    scan = scan_table(tmp_path / "a.csv")
    assert scan.kinds == {"x": "number"}
    (tmp_path / "a.csv").write_text("x\n1\nold\n")
    with pytest.raises(DataError, match="column 'x' held numbers when .* does not at line 3 now"):
        list(scan)


def test_standard_input_streams_when_all_kinds_are_given(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("x,y\n1,a\n2,b\n")
    for kinds in ({"x": "number"}, {"x": "number", "y": "category"}):
        with (tmp_path / "a.csv").open("rb") as file:
            monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": file}))
            if len(kinds) < 2:
                with pytest.raises(DataError, match="standard input comes once"):
                    list(scan_table("-", kinds=kinds))
            else:
                assert whole_of(scan_table("-", kinds=kinds)).rows() == [(1.0, "a"), (2.0, "b")]


@pytest.mark.parametrize("raw", [b"\xfe\xff", b"\xff\xfe\n\0", b"\xef\xbb\xbf", b"\n", b"\n\n \n"])
def test_a_file_of_marks_and_blank_lines_ends_with_an_error(tmp_path, raw):
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(DataError, match="holds nothing but blank lines"):
        list(scan_table(tmp_path / "a.csv"))


def test_an_early_break_closes_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(_streaming, "BLOCK_BYTES", 40)
    (tmp_path / "a.csv").write_text("x\n" + "1\n" * 1000)
    batches = iter(scan_table(tmp_path / "a.csv", rows=2, kinds={"x": "number"}))
    next(batches)
    batches.close()  # an open file would be a ResourceWarning, and warnings are errors


@pytest.mark.parametrize("rows", [0, True, 2.5])
def test_batches_of_no_rows_are_refused(rows):
    with pytest.raises(ParameterError, match="scan_table: rows is .* it must be a whole number >= 1"):
        scan_table("a.csv", rows=rows)


STREAM = """
import resource, sys
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from pellucid.data import scan_table
from pellucid.linear_model import SGDRegressor
from pellucid.preprocessing import StandardScaler
import numpy as np
scaler, model, rows = StandardScaler(), SGDRegressor(random_state=0), 0
for batch in scan_table(sys.argv[1]):
    X = np.column_stack([batch.column(name) for name in ("a", "b")])
    model.partial_fit(scaler.partial_fit(X).transform(X), batch.column("y"))
    rows += len(batch)
print(rows, *scaler.mean_, *model.coef_, *model.intercept_)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is kept by Linux")
def test_a_csv_larger_than_the_limit_of_memory_streams_through_partial_fit(tmp_path):
    limit = 1200 * 1_000_000  # bytes of address space; the interpreter with Polars and its threads takes half of it
    rng = np.random.default_rng(0)
    x = rng.normal(size=(10_000, 2)).round(6)
    y = x @ [3.0, -2.0] + 1.0
    words = "w" * 600
    lines = "".join(f"{a},{b},{target:.9f},{words}\n" for (a, b), target in zip(x, y, strict=True)).encode()
    repeats = limit // len(lines) + 10
    with (tmp_path / "big.csv").open("wb") as file:
        file.write(b"a,b,y,word\n")
        for _ in range(repeats):
            file.write(lines)
    assert (tmp_path / "big.csv").stat().st_size > limit
    environment = os.environ | {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment |= {"MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", STREAM, str(tmp_path / "big.csv"), str(limit)]
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-2000:]
    rows, *learned = map(float, found.stdout.split())
    assert rows == 10_000 * repeats
    np.testing.assert_allclose(learned[:2], x.mean(axis=0), atol=1e-9)
    truth = [*(x.std(axis=0) * [3.0, -2.0]), y.mean()]  # of the line through the scaled columns
    np.testing.assert_allclose(learned[2:], truth, rtol=0.01)
