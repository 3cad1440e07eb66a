"""The standard pipeline from end to end."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.auto import ImageModel, Result, TableModel, fit
from pellucid.data import ImageArrays, read_table
from pellucid.datasets import load_digits, path
from pellucid.errors import ColumnError, DataError, ParameterError
from pellucid.persistence._file import load


def test_the_bundled_tables_are_learned_better_than_the_baseline() -> None:
    for name, metric in (("iris", "accuracy_score"), ("wine", "accuracy_score"), ("diabetes", "r2_score")):
        result = fit(name, seed=0)
        test = result.results["test"]["models"]
        chosen, baseline = test[result.results["chosen"]][metric], test["baseline"][metric]
        assert chosen["low"] > baseline["high"]


def test_the_intervals_of_the_bundled_tables_can_be_read() -> None:
    for name in ("iris", "wine", "breast_cancer", "diabetes"):
        result = fit(name, seed=0)
        for models in result.results["test"]["models"].values():
            for metric, found in models.items():
                if metric in ("log_loss", "root_mean_squared_error", "mean_absolute_error"):
                    assert found["high"] < 9 * found["estimate"]
        assert max(map(len, str(result).splitlines())) < 120


def test_a_loss_that_rests_on_one_row_is_told_with_the_result() -> None:
    result = fit("iris", seed=0)
    assert "caution: 1 of 30 test rows carries" in str(result)


def test_bundled_digits_are_read_as_images() -> None:
    digits = load_digits()
    assert digits.images is not None
    result = fit(ImageArrays(digits.images[:400].astype(np.uint8), digits.target[:400]), seed=0)
    assert isinstance(result.model, ImageModel)
    assert result.results["test"]["models"][result.results["chosen"]]["accuracy_score"]["estimate"] > 0.85


@pytest.mark.usefixtures("without_network")
def test_a_file_and_frames_of_every_kind_give_the_same_run() -> None:
    table = read_table(path("wine"))
    columns = {name: table.column(name).tolist() for name in table.columns}
    wanted = fit("wine", seed=0).results["test"]
    for data in (path("wine"), columns, pd.DataFrame(columns), pl.DataFrame(columns)):
        assert fit(data, "cultivar", seed=0).results["test"] == wanted


def test_the_same_seed_gives_the_same_result_and_another_another_split(wine: Result) -> None:
    first, same, other = wine.results, fit("wine", seed=0).results, fit("wine", seed=1).results
    assert first["test"] == same["test"]
    assert first["split"] == same["split"] != other["split"]


@pytest.mark.usefixtures("without_network")
def test_no_seed_draws_one_that_the_results_name() -> None:
    drawn = fit("wine", seed=None).results
    assert fit("wine", seed=drawn["seed"]).results["test"] == drawn["test"]
    assert json.loads(json.dumps(drawn["seed"])) == drawn["seed"]


def test_the_test_rows_do_not_matter_to_what_is_learned() -> None:
    """With other features in the test rows the model is the same, bit for bit."""
    table = read_table(path("wine"))
    columns = {name: table.column(name) for name in table.columns}
    first = fit(columns, "cultivar", seed=0)
    other = dict(columns)
    rng = np.random.default_rng(np.random.SeedSequence(0).spawn(2)[0])
    from pellucid.auto._parts import deal

    test = deal(len(table), columns["cultivar"].astype(str), rng).open_test()
    for name in table.columns[:-1]:
        other[name] = np.where(np.isin(np.arange(len(table)), test), 1e6, columns[name])
    second = fit(other, "cultivar", seed=0)
    np.testing.assert_array_equal(first.model.predict_proba(columns), second.model.predict_proba(columns))
    assert first.results["candidates"][1]["validation"] == second.results["candidates"][1]["validation"]
    assert first.results["test"] != second.results["test"]


@pytest.mark.usefixtures("without_network")
def test_the_run_directory_holds_what_was_returned(tmp_path: Path) -> None:
    result = fit("wine", out=tmp_path / "run", seed=0)
    assert result.path == tmp_path / "run"
    assert json.loads((result.path / "results.json").read_text("utf-8")) == result.results
    again = load(result.path / "model.pellucid")
    assert isinstance(again, TableModel)
    table = read_table(path("wine"))
    np.testing.assert_array_equal(again.predict_proba(table), result.model.predict_proba(table))


@pytest.mark.usefixtures("without_network")
def test_without_out_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert fit("wine", seed=0).path is None
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(ParameterError, match="is there already"):
        fit("no such data", out=tmp_path / "x")


def test_the_result_prints_the_chosen_beside_the_baseline_with_intervals(wine: Result) -> None:
    lines = str(wine).splitlines()
    chosen = wine.results["chosen"]
    assert lines[0] == "cultivar is one of 3 classes (the column holds words)"
    assert lines[1].startswith(f"chosen: {chosen}, by validation log_loss; tested once, on 36 rows")
    assert wine.results["split"]["test_sha256"][:12] in lines[1]
    assert lines[2].split() == [chosen, "baseline"]
    row = wine.results["test"]["models"][chosen]["accuracy_score"]
    assert lines[3].split()[:3] == [
        "accuracy_score", f"{row['estimate']:.4f}", f"[{row['low']:.4f},"
    ]  # fmt: skip


@pytest.mark.usefixtures("without_network")
def test_where_nothing_can_be_learned_the_baseline_may_be_chosen_and_stands_alone() -> None:
    rng = np.random.default_rng(0)
    result = fit({"x": rng.normal(size=60), "y": rng.normal(size=60)}, "y", seed=1)
    if result.results["chosen"] == "baseline":
        assert str(result).splitlines()[2].split() == ["baseline"]
    model = result.results["test"]["models"][result.results["chosen"]]
    assert model["r2_score"]["low"] < 0.3


@pytest.mark.usefixtures("without_network")
def test_a_leak_is_told_with_the_result() -> None:
    n = 60
    data = {"x": np.arange(n) % 7, "alive": ["no", "yes"] * (n // 2), "y": np.arange(n) % 2}
    text = str(fit(data, "y", seed=0))
    assert "caution: column 'alive' alone tells 'y' in every training row" in text


@pytest.mark.parametrize(
    ("data", "target", "options", "error", "message"),
    [
        ("no such data", None, {}, ParameterError, "neither a file here nor a bundled data set"),
        ("iris", "speices", {}, ColumnError, "Did you mean 'species'"),
        ("iris", None, {"task": "ranking"}, ParameterError, "task is 'ranking'"),
        ("iris", None, {"task": "regression"}, DataError, "holds words such as 'setosa'"),
        ("iris", None, {"seed": -1}, ParameterError, "seed: -1 is not a seed"),
        ({"a": [1.0] * 30, "b": [2.0] * 30}, None, {}, ParameterError, "--target COLUMN"),
        ({"x": [0.0] * 19, "y": list(range(19))}, "y", {}, DataError, "the data have 19 rows"),
        ({"x": [0.0] * 30, "y": list(range(30))}, "y", {}, DataError, "no column is of use"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_remedy(
    data: Any, target: str | None, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fit(data, target, **options)


@pytest.mark.parametrize(("file", "target"), [("penguins", "species"), ("titanic", "survived"), ("mpg", "mpg")])
def test_real_tables_run_with_nothing_but_their_target(shared_data: Path, file: str, target: str) -> None:
    result = fit(shared_data / f"{file}.csv", target, seed=0)
    row = result.results["test"]["models"][result.results["chosen"]]
    assert row["r2_score"]["estimate"] > 0.8 if file == "mpg" else row["accuracy_score"]["estimate"] > 0.95
    leaks = [line for line in result.results["cautions"] if "alone tells" in line]
    assert [line.split("'")[1] for line in leaks] == (["alive"] if file == "titanic" else [])


def _told(result: Result) -> dict[str, Any]:
    print(result, f"\n{result.results['seconds']:.0f} s")
    return dict(result.results["test"]["models"][result.results["chosen"]])


@pytest.mark.slow
def test_incomes_are_told_apart_with_an_area_of_nine_tenths(shared_data: Path) -> None:
    assert _told(fit(shared_data / "adult_train.csv", "income", seed=0))["roc_auc_score"]["estimate"] >= 0.90


@pytest.mark.slow
def test_prices_of_diamonds_are_explained_to_nineteen_twentieths(shared_data: Path) -> None:
    assert _told(fit(shared_data / "diamonds.csv", "price", seed=0))["r2_score"]["estimate"] >= 0.95


@pytest.mark.slow
def test_digits_are_read_by_the_pipeline(shared_data: Path) -> None:
    assert _told(fit(shared_data / "mnist10k.npz", seed=0))["accuracy_score"]["estimate"] >= 0.975
