"""What a column could be is counted the same in one batch and in many."""

import polars as pl
import pytest

from pellucid.data import Table, _tally, read_table
from pellucid.data._readings import POINT
from pellucid.data._tally import Source, Tally
from pellucid.errors import DataError

CSV = "x,word\n1,ä\n2.5,\n"


def rows(table: Table) -> list[tuple[object, ...]]:
    return table.frame.rows()


def fault(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


def test_mixed_types_make_a_category_that_names_the_strays_and_a_wanted_kind_names_them_as_an_error(write):
    cells = ["1"] * 50
    cells[10], cells[20], cells[30], cells[40] = "x", "yes", "1_0", "0x1"
    path = write("mixed.csv", "a\n" + "\n".join(cells))
    found = "4 of 50 cells are not numbers, first at line 12: 'x', line 22: 'yes', line 32: '1_0'"
    assert read_table(path).report.columns[0].why == found
    assert f"column 'a' must be a number, but {found}. Correct these cells" in fault(path, kinds={"a": "number"})


def test_the_counts_do_not_depend_on_how_the_cells_are_cut_into_batches():
    cells = ["1", " 2,5", "?", None, "x", "2020-01-01", "true", "1e400", "007", ""] * 3
    source = Source("file.csv", "line {}".format, parses=True, decimal="either")
    whole = Tally("x", source)
    whole.add(pl.Series(cells, dtype=pl.String), "line {}".format)
    for size in (1, 4, 7):
        parts = Tally("x", source)
        for start in range(0, len(cells), size):
            batch = pl.Series(cells[start : start + size], dtype=pl.String)
            parts.add(batch, lambda row, start=start: f"line {start + row}")
        assert vars(parts) == vars(whole)


def test_only_so_many_different_words_are_kept(monkeypatch):
    monkeypatch.setattr(_tally, "COUNTED_WORDS", 5)
    tally = Tally("x", Source("file.csv", "line {}".format, parses=True))
    tally.add(pl.Series(list("abcde")), "line {}".format)
    assert tally.why(None) == "5 different words"
    tally.add(pl.Series(["f"]), "line {}".format)
    assert tally.words is None
    assert tally.why(None) == "more than 5 different words"


def test_a_column_whose_first_cells_speak_against_a_reading_is_not_of_it_and_a_wanted_kind_is_still_counted_out():
    cells = pl.Series(["w"] * 1500 + ["1"] * 3000)
    source = Source("file.csv", "line {}".format, parses=True)
    tally = Tally("x", source)
    tally.add(cells, "line {}".format)
    assert tally.reading() is None
    assert tally.why(None) == "2 different words"
    wanted = Tally("x", source, "number")
    wanted.add(cells, "line {}".format)
    with pytest.raises(DataError, match="1500 of 4500 cells are not numbers, first at line 0: 'w', line 1: 'w'"):
        wanted.reading()


@pytest.mark.parametrize(
    "cells",
    [
        ["red", " red", "blue", "NA", "?", None, "", "blue "],
        ["007", "1e400", "2.5", "inf", None],
        ["2020-01-01", "2021-02-28", "-"],
        ["2020-01-01", "2021-02-30", None],
        ["True", "false", " TRUE"],
        ["3,14", "2,5"],
        ["", None],
    ],
    ids=str,
)
def test_few_different_cells_are_looked_at_once_each_and_give_what_every_cell_gives(cells, monkeypatch):
    column = pl.Series("times", (cells * (5000 // len(cells)))[:-1], dtype=pl.String)

    def found():
        tally = Tally("times", Source("file.csv", "line {}".format, parses=True, decimal="either"))
        words = [tally.add(column, "line {}".format) for _ in range(2)]
        evidence = list(tally.evidence.values())
        values = [each.values.to_list() for each in evidence if each.values is not None]
        return [part.to_list() for part in words], values, evidence, tally

    assert _tally._few(column) is not None
    few = found()
    monkeypatch.setattr(_tally, "_few", lambda series: None)
    every = found()
    assert few[:3] == every[:3]
    for name in ("rows", "known", "stripped", "missing", "words"):
        assert getattr(few[3], name) == getattr(every[3], name)
    reading = every[3].reading()
    assert (few[3].reading(), few[3].why(reading)) == (reading, every[3].why(reading))
    assert few[3].coercions(reading) == every[3].coercions(reading)


@pytest.mark.parametrize("early", [0, 2, 3, 5])
def test_the_first_strays_are_named_wherever_they_stand(monkeypatch, early):
    monkeypatch.setattr(_tally, "SAMPLE_CELLS", 10)
    cells = ["no"] * early + ["1"] * (12 - early) + ["x", "1", "y", None, "z", "w"]
    tally = Tally("x", Source("file.csv", "line {}".format, parses=True))
    tally.add(pl.Series("x", cells), "row {}".format)
    wanted = [f"row {row}: {cell!r}" for row, cell in enumerate(cells) if cell not in ("1", None)][:3]
    assert tally.evidence[POINT].first == wanted
